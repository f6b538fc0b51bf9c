package testserver

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"
)

func TestFaultsJSON(t *testing.T) {
	var f Faults
	if err := json.Unmarshal([]byte(`{"no_hello":2,"slow_rest":"200ms","close_code":4014}`), &f); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(f, Faults{NoHello: 2, SlowREST: 200 * time.Millisecond, CloseCode: 4014}) {
		t.Errorf("read %+v", f)
	}
	data, err := json.Marshal(f)
	if err != nil || string(data) != `{"no_hello":2,"close_code":4014,"slow_rest":"200ms"}` {
		t.Errorf("wrote %s, %v", data, err)
	}
	for _, bad := range []string{`{"slow_rest":"2h"}`, `{"slow_rest":"-1s"}`, `{"retry_after":"soon"}`, `{"no_hello":"x"}`} {
		if json.Unmarshal([]byte(bad), &f) == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

func TestFaultNoHello(t *testing.T) {
	w := newWorld(t, Options{Faults: Faults{NoHello: 1}})
	mute := w.dial()
	mute.send(`{"op":1,"d":null}`)
	if m, err := mute.read(); err != nil || m.Op != opHeartbeatACK {
		t.Errorf("the first message is %+v, %v", m, err)
	}
	w.dial().op(opHello)
}

func TestFaultsAtIdentify(t *testing.T) {
	for name, c := range map[string]struct {
		faults Faults
		op     int
		code   int
	}{
		"reconnect":       {Faults{ReconnectInsteadOfReady: 1}, opReconnect, 0},
		"invalid session": {Faults{InvalidSession: 1}, opInvalidSession, 0},
		"token":           {Faults{RejectToken: 1}, 0, 4004},
		"code":            {Faults{CloseCode: 4014}, 0, 4014},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, Options{Faults: c.faults})
			client := w.dial()
			client.op(opHello)
			client.send(identifyText(testToken, 0))
			if c.code != 0 {
				if code := client.closed(); code != c.code {
					t.Errorf("closed with %d", code)
				}
			} else if m, err := client.read(); err != nil || m.Op != c.op {
				t.Errorf("got %+v, %v", m, err)
			}
			if left := w.s.PendingFaults(); !left.None() {
				t.Errorf("left over: %+v", left)
			}
			w.connect(0)
		})
	}
}

func TestFaultDropSocket(t *testing.T) {
	w := newWorld(t, Options{})
	c := w.connect(allIntents)
	w.s.SetFaults(Faults{DropSocket: 1})
	w.post("lost")
	if code := c.closed(); code != 1006 {
		t.Errorf("closed with %d", code)
	}
	again := w.dial()
	again.send(resumeText(c, c.seq))
	if got := in[Message](t, again.event("MESSAGE_CREATE")).Content; got != "lost" {
		t.Errorf("resumed with %q", got)
	}
}

func TestFaultSilence(t *testing.T) {
	w := newWorld(t, Options{Faults: Faults{Silent: 1, NoACK: 1}, HeartbeatInterval: 50 * time.Millisecond})
	c := w.connect(allIntents)
	w.post("unheard")
	c.send(`{"op":1,"d":null}`)
	if m, err := c.read(); err == nil {
		t.Errorf("a mute connection sent %+v", m)
	}
	second := w.dial()
	second.op(opHello)
	second.send(`{"op":1,"d":null}`) // not acknowledged
	second.send(identifyText(testToken, 0))
	if m, err := second.read(); err != nil || m.T != "READY" {
		t.Errorf("got %+v, %v", m, err)
	}
}

func TestFaultEvents(t *testing.T) {
	w := newWorld(t, Options{})
	c := w.connect(allIntents)
	w.s.SetFaults(Faults{UnknownComponent: 1, DuplicateEvents: 1})
	w.post("odd")
	first, second := c.event("MESSAGE_CREATE"), c.event("MESSAGE_CREATE")
	if string(first.D) != string(second.D) || first.S == second.S {
		t.Error("the event did not come twice")
	}
	if m := in[Message](t, first); len(m.Components) != 1 || string(m.Components[0]) != `{"type":9999,"id":99}` {
		t.Errorf("components %s", m.Components)
	}
	w.post("plain")
	if m := in[Message](t, c.event("MESSAGE_CREATE")); m.Content != "plain" || len(m.Components) != 0 {
		t.Errorf("afterwards: %+v", m)
	}
}

func TestFaultsOfREST(t *testing.T) {
	w := newWorld(t, Options{})
	at := "/channels/" + w.channel("general") + "/messages"
	post := func() answer { return w.do("POST", at, `{"content":"a"}`) }
	count := func(want int) {
		t.Helper()
		if list, err := w.s.Messages("general", 0); err != nil || len(list) != want {
			t.Errorf("%d messages, want %d; %v", len(list), want, err)
		}
	}
	w.do("POST", "/test/faults", `{"rate_limit_429":1,"retry_after":"20ms"}`).expect(t, 200)
	a := post().expect(t, 429, `"retry_after":0.02`, `"global":false`)
	if a.header.Get("X-RateLimit-Scope") != "user" || a.header.Get("X-RateLimit-Remaining") != "0" {
		t.Errorf("headers %v", a.header)
	}
	w.s.SetFaults(Faults{RateLimitGlobal: 1})
	post().expect(t, 429, `"global":true`)
	w.s.SetFaults(Faults{BadGateway502: 1})
	post().expect(t, 502)
	count(0)
	w.s.SetFaults(Faults{BadGatewayAfter: 1})
	post().expect(t, 502)
	count(1)
	w.s.SetFaults(Faults{RejectToken: 1})
	post().expect(t, 401)
	w.s.SetFaults(Faults{SlowREST: time.Millisecond})
	post().expect(t, 200)
	count(2)
}

func TestSockets(t *testing.T) {
	w := newWorld(t, Options{})
	c := w.connect(0)
	w.do("POST", "/test/sockets", `{"reconnect":true}`).expect(t, 204)
	c.op(opReconnect)
	w.do("POST", "/test/sockets", `{"close":4009}`).expect(t, 204)
	if code := c.closed(); code != 4009 {
		t.Errorf("closed with %d", code)
	}
	c = w.connect(0)
	w.do("POST", "/test/sockets", `{"drop":true}`).expect(t, 204)
	if code := c.closed(); code != 1006 {
		t.Errorf("dropped with %d", code)
	}
	w.do("POST", "/test/sockets", `{}`).expect(t, 400)
}
