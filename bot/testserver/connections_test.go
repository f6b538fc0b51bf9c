package testserver

import (
	"testing"
	"time"
)

func TestConnections(t *testing.T) {
	w := newWorld(t, Options{DefaultBot: "helper"})
	c := w.connect(0)
	c.ws.NetConn().Close()
	w.eventuallyEnded(1)
	again := w.dial()
	again.op(opHello)
	again.send(resumeText(c, 1))
	again.event("RESUMED")
	double := w.dial()
	double.op(opHello)
	double.send(resumeText(c, 1))
	double.event("RESUMED")
	list := w.s.Connections("helper")
	if len(list) != 3 {
		t.Fatalf("connections %+v", list)
	}
	for i, want := range []Connection{{Resumed: false}, {Resumed: true}, {Resumed: true, Doubled: true}} {
		got := list[i]
		if got.Resumed != want.Resumed || got.Doubled != want.Doubled || got.Session != c.session || got.Shard != 0 || got.Shards != 1 {
			t.Errorf("connection %d is %+v", i, got)
		}
		if stands := got.Until.IsZero(); stands != (i == 2) {
			t.Errorf("connection %d stands: %t", i, stands)
		}
	}
}

// eventuallyEnded waits until so many connections have ended.
func (w *world) eventuallyEnded(n int) {
	w.t.Helper()
	for late := time.Now().Add(time.Minute); time.Now().Before(late); time.Sleep(time.Millisecond) {
		ended := 0
		for _, c := range w.s.Connections("helper") {
			if !c.Until.IsZero() {
				ended++
			}
		}
		if ended == n {
			return
		}
	}
	w.t.Fatalf("not %d connections have ended", n)
}
