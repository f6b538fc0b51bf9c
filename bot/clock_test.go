package bot

import (
	"testing"
	"testing/synctest"
	"time"
)

// A clock shows what it was told, and goes on from there; what does not
// contradict it leaves it alone.
func TestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewClock()
		far := time.Now().Add(-20 * time.Minute)
		c.Tell(far, far.Add(2*time.Second))
		at := c.Now()
		if want := far.Add(time.Second); !at.Equal(want) {
			t.Fatalf("it shows %v, not %v", at, want)
		}
		time.Sleep(time.Hour)
		for _, told := range []struct{ least, most, want time.Duration }{
			{-time.Second, time.Second, 0},
			{0, 3 * time.Second, 0},
			{10 * time.Second, 10 * time.Second, 10 * time.Second},
			{-4 * time.Second, -2 * time.Second, -3 * time.Second},
		} {
			at := at.Add(time.Hour)
			c.Tell(at.Add(told.least), at.Add(told.most))
			if got := c.Now().Sub(at); got != told.want {
				t.Errorf("told %v to %v, it is off by %v, not %v", told.least, told.most, got, told.want)
			}
			c.Tell(at, at)
		}
		if !c.Steady() {
			t.Error("nobody has set the machine's clock")
		}
		r := *c.told.Load()
		r.wall = r.wall.Add(-20 * time.Minute)
		c.told.Store(&r)
		if c.Steady() {
			t.Error("the machine's clock was set, or it was asleep")
		}
		if got := c.Now().Sub(at); got != time.Hour {
			t.Errorf("once the machine's clock is set, it is off by %v", got-time.Hour)
		}
	})
}
