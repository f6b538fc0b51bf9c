package discord

import (
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

const upgradeAnswer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"

// frame is a server's frame.
func frame(first byte, payload string) string {
	head := []byte{first}
	switch n := len(payload); {
	case n < 126:
		head = append(head, byte(n))
	case n < 1<<16:
		head = binary.BigEndian.AppendUint16(append(head, 126), uint16(n))
	default:
		head = binary.BigEndian.AppendUint64(append(head, 127), uint64(n))
	}
	return string(head) + payload
}

const (
	whole    = 0x81
	textPart = 0x01
	lastPart = 0x80
	pingByte = 0x89
	closing  = 0x88
)

func TestFrames(t *testing.T) {
	hello := frame(whole, `{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":41250}}`)
	event := frame(whole, `{"op":0,"t":"X","s":1,"d":{"content":"{\"op\":7}"}}`)
	large := frame(whole, `{"op":0,"d":"`+string(make([]byte, 70000))+`"}`)
	for name, c := range map[string]struct {
		before, stop string
		want         error
	}{
		"op 7":           {hello + event, frame(whole, `{"op":7,"d":null}`), errReconnect},
		"op 7 last":      {hello + large, frame(whole, `{"d":null,"op":7}`), errReconnect},
		"op 9":           {hello, frame(whole, `{"op":9,"d":false}`), errInvalid},
		"op 9 resumable": {hello, frame(whole, `{"op":9,"d":true}`), errInvalidResume},
		"in two parts":   {hello + frame(textPart, `{"op"`) + frame(pingByte, "hi"), frame(lastPart, `:7}`), errReconnect},
		"no interval":    {"", frame(whole, `{"op":10,"d":{}}`), errHello},
		"zero interval":  {"", frame(whole, `{"op":10,"d":{"heartbeat_interval":0}}`), errHello},
		"close":          {hello + event, frame(closing, "\x0f\xa4"+"refused"), &websocket.CloseError{Code: 4004, Text: "refused"}},
		"empty close":    {hello, frame(closing, ""), &websocket.CloseError{Code: 1005}},
	} {
		t.Run(name, func(t *testing.T) {
			stream := upgradeAnswer + c.before + c.stop + event
			for _, step := range []int{1, 3, 1000, len(stream)} {
				var f frames
				passed, stop := 0, error(nil)
				for i := 0; i < len(stream) && stop == nil; i += step {
					var at int
					at, stop = f.scan([]byte(stream[i:min(i+step, len(stream))]))
					passed += at
				}
				if !errors.Is(stop, c.want) && (stop == nil || stop.Error() != c.want.Error()) {
					t.Errorf("in steps of %d: %v, want %v", step, stop, c.want)
				}
				if want := len(upgradeAnswer + c.before); step == len(stream) && passed != want {
					t.Errorf("%d bytes were let through, not %d", passed, want)
				}
				if c.before != "" && f.interval != 41250*time.Millisecond {
					t.Errorf("the interval is %v", f.interval)
				}
			}
		})
	}
}

// However a stream is cut into reads, it means the same, and never panics.
func FuzzFrames(f *testing.F) {
	f.Add([]byte(upgradeAnswer+frame(whole, `{"op":7}`)), 3)
	f.Add([]byte("\r\n\r\n\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff"), 1)
	f.Fuzz(func(t *testing.T, stream []byte, step int) {
		if step < 1 || step > len(stream) {
			return
		}
		var whole, parts frames
		_, want := whole.scan(stream)
		var got error
		for i := 0; i < len(stream) && got == nil; i += step {
			_, got = parts.scan(stream[i:min(i+step, len(stream))])
		}
		if (got == nil) != (want == nil) || got != nil && got.Error() != want.Error() {
			t.Errorf("in steps of %d: %v, at once: %v", step, got, want)
		}
		if len(parts.message) > maxControl || len(parts.control) > 125 {
			t.Error("too much is kept")
		}
	})
}
