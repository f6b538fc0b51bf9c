package gateway

import (
	"testing"
	"time"
	"unsafe"
)

// readBefore is a time as it was read before the machine's clock was put forward
// by so many seconds: the clock that nobody sets, which it holds beside, shows
// the same. Those of package time are the fields.
func readBefore(t time.Time, seconds uint64) time.Time {
	(*struct {
		wall uint64 // the seconds in its bits 30 to 62
		ext  int64
		loc  *time.Location
	})(unsafe.Pointer(&t)).wall -= seconds << 30
	return t
}

// A lease goes on although the machine's clock is put right.
func TestClockIsSetWithinALease(t *testing.T) {
	end := readBefore(time.Now().Add(time.Hour), 2*3600)
	if left := time.Until(end); left < 59*time.Minute || end.Round(0).After(time.Now()) {
		t.Fatalf("%v is no time of before the clock was set, %v are left", end, left)
	}
	var l lease
	l.last(end)
	if l.over() {
		t.Error("it is over")
	}
	l.last(time.Now().Add(-time.Second))
	if !l.over() {
		t.Error("it is not over")
	}
}
