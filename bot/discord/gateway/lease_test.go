package gateway

import (
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"summitbot/bot/testserver/discordtest"
)

// hello is the beginning of a gateway's connection.
var hello = upgradeAnswer + discordtest.Frame(discordtest.Whole, `{"op":10,"d":{"heartbeat_interval":41250}}`)

// piped returns a watched connection and its other end, which has said Hello.
func piped(t *testing.T, l *lease) (c *gatewayConn, server net.Conn) {
	t.Helper()
	ours, server := net.Pipe()
	c = watch(ours, 15*time.Second, l, nil, 0)
	go func() {
		if _, err := io.WriteString(server, hello); err != nil {
			t.Error(err)
		}
	}()
	if _, err := io.ReadFull(c, make([]byte, len(hello))); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return c, server
}

// A connection on which nothing comes is given up when the lease is over, not
// when it was about to be over before it was renewed.
func TestLeaseEndsARead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l lease
		start := time.Now()
		l.last(start.Add(12 * time.Second))
		c, _ := piped(t, &l)
		go func() {
			time.Sleep(3 * time.Second)
			l.last(start.Add(15 * time.Second))
		}()
		if _, err := c.Read(make([]byte, 9)); !errors.Is(err, ErrLease) || time.Since(start) != 15*time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		select {
		case <-c.lost:
		default:
			t.Error("the connection stands")
		}
	})
}

// Without a lease, or with one that goes on, silence is what ends a read.
func TestSilenceEndsARead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, until := range []time.Time{{}, time.Now().Add(24 * time.Hour)} {
			var l lease
			l.last(until)
			c, _ := piped(t, &l)
			start := time.Now()
			if _, err := c.Read(make([]byte, 9)); !errors.Is(err, ErrSilent) || time.Since(start) != 41250*time.Millisecond*3/2 {
				t.Errorf("after %v: %v", time.Since(start), err)
			}
		}
	})
}

// asleep is a connection whose deadlines do not come: a process that stands
// still has no timers.
type asleep struct{ net.Conn }

func (asleep) SetReadDeadline(time.Time) error { return nil }

// A process that wakes up after its lease hands nothing on of what has come
// meanwhile, and sends nothing.
func TestNothingPassesAfterTheLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l lease
		l.last(time.Now().Add(12 * time.Second))
		c, server := piped(t, &l)
		if err := c.SetReadDeadline(time.Time{}); err != nil {
			t.Fatal(err)
		}
		c.Conn = asleep{c.Conn}
		go func() {
			time.Sleep(20 * time.Second)
			_, _ = io.WriteString(server, discordtest.Frame(discordtest.Whole, `{"op":0,"t":"MESSAGE_CREATE","s":2,"d":{}}`)) // it may be cut off
		}()
		if n, err := c.Read(make([]byte, 999)); n != 0 || !errors.Is(err, ErrLease) {
			t.Errorf("%d bytes passed, %v", n, err)
		}

		l.last(time.Now().Add(12 * time.Second))
		c, server = piped(t, &l)
		time.Sleep(12 * time.Second)
		if n, err := c.Write([]byte("heartbeat")); n != 0 || !errors.Is(err, ErrLease) {
			t.Errorf("%d bytes were sent, %v", n, err)
		}
		if n, err := server.Read(make([]byte, 9)); n != 0 || !errors.Is(err, io.EOF) {
			t.Errorf("%d bytes came, %v", n, err)
		}
		l.last(time.Now().Add(time.Hour)) // too late for this connection
		if _, err := c.Read(make([]byte, 9)); !errors.Is(err, ErrLease) {
			t.Errorf("the connection came back: %v", err)
		}
	})
}

// What follows Hello waits for its turn, and what comes later does not.
func TestIdentifyWaitsForItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l lease
		c, server := piped(t, &l)
		turns := 0
		c.turn = func() error {
			turns++
			time.Sleep(time.Minute)
			return nil
		}
		go func() { _, _ = io.Copy(io.Discard, server) }()
		start := time.Now()
		for range 3 {
			if _, err := c.Write([]byte("identify, heartbeat")); err != nil {
				t.Fatal(err)
			}
		}
		if turns != 1 || time.Since(start) != time.Minute {
			t.Errorf("%d turns, %v", turns, time.Since(start))
		}
		c, _ = piped(t, &l)
		c.turn = func() error { return errOnPurpose }
		if _, err := c.Write([]byte("identify")); !errors.Is(err, errOnPurpose) {
			t.Errorf("without a turn: %v", err)
		}
	})
}

// What was read under the lease and not handed on before it was over stays
// where it is.
func TestNothingIsHandedOnAfterTheLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l lease
		l.last(time.Now().Add(time.Second))
		var handed []string
		k, err := newConnection(connectOptions{lease: &l, receive: func(d dispatch) { handed = append(handed, d.kind) }})
		if err != nil {
			t.Fatal(err)
		}
		k.conn, _ = piped(t, &l)
		k.hand(dispatch{kind: "RESUMED"})
		time.Sleep(time.Second)
		k.hand(dispatch{kind: "MESSAGE_CREATE"})
		l.last(time.Now().Add(time.Hour))
		k.hand(dispatch{kind: "MESSAGE_CREATE"})
		if len(handed) != 1 || !errors.Is(k.cause(nil), ErrLease) {
			t.Errorf("%v were handed on, %v", handed, k.cause(nil))
		}
	})
}
