package gateway

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"summitbot/bot/testserver/discordtest"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"
)

const upgradeAnswer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"

func TestFrames(t *testing.T) {
	hello := discordtest.Frame(discordtest.Whole, `{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":41250}}`)
	event := discordtest.Frame(discordtest.Whole, `{"op":0,"t":"X","s":1,"d":{"content":"{\"op\":7}"}}`)
	large := discordtest.Frame(discordtest.Whole, `{"op":0,"d":"`+strings.Repeat("x", 70000)+`","t":"Y","s":0,"new":1}`)
	ping := discordtest.Frame(discordtest.Ping, "hi")
	// What discordgo sees of them.
	seen := strings.NewReplacer(hello, discordtest.Frame(discordtest.Whole, `{"op":10,"d":{"heartbeat_interval":41250}}`), event, discordtest.Frame(discordtest.Whole, `{"op":0,"s":1,"t":"raw:X","d":{"content":"{\"op\":7}"}}`),
		large, discordtest.Frame(discordtest.Whole, `{"op":0,"s":0,"t":"raw:Y","d":"`+strings.Repeat("x", 70000)+`"}`), discordtest.Frame(discordtest.TextPart, `{"op"`), "")
	for name, c := range map[string]struct {
		before, stop string
		want         error
	}{
		"op 7":           {hello + event, discordtest.Frame(discordtest.Whole, `{"op":7,"d":null}`), ErrReconnect},
		"op 7 last":      {hello + large, discordtest.Frame(discordtest.Whole, `{"d":null,"op":7}`), ErrReconnect},
		"op 9":           {hello, discordtest.Frame(discordtest.Whole, `{"op":9,"d":false}`), ErrInvalid},
		"op 9 resumable": {hello, discordtest.Frame(discordtest.Whole, `{"op":9,"d":true}`), errInvalidResume},
		"in two parts":   {hello + discordtest.Frame(discordtest.TextPart, `{"op"`) + ping, discordtest.Frame(discordtest.LastPart, `:7}`), ErrReconnect},
		"no interval":    {"", discordtest.Frame(discordtest.Whole, `{"op":10,"d":{}}`), errHello},
		"zero interval":  {"", discordtest.Frame(discordtest.Whole, `{"op":10,"d":{"heartbeat_interval":0}}`), errHello},
		"close":          {hello + event, discordtest.Frame(discordtest.Closing, "\x0f\xa4"+"refused"), &websocket.CloseError{Code: 4004, Text: "refused"}},
		"empty close":    {hello, discordtest.Frame(discordtest.Closing, ""), &websocket.CloseError{Code: 1005}},
	} {
		t.Run(name, func(t *testing.T) {
			stream := upgradeAnswer + c.before + c.stop + event
			for _, step := range []int{1, 3, 1000, len(stream)} {
				var f frames
				var passed []byte
				var stop error
				for i := 0; i < len(stream) && stop == nil; i += step {
					passed, stop = f.scan([]byte(stream[i:min(i+step, len(stream))]), passed)
				}
				if !errors.Is(stop, c.want) && (stop == nil || stop.Error() != c.want.Error()) {
					t.Errorf("in steps of %d: %v, want %v", step, stop, c.want)
				}
				if want := upgradeAnswer + seen.Replace(c.before); string(passed) != want {
					t.Errorf("in steps of %d: %.300q was let through, not %.300q", step, passed, want)
				}
				if c.before != "" && f.interval != 41250*time.Millisecond {
					t.Errorf("the interval is %v", f.interval)
				}
			}
		})
	}
}

// What answers the upgrade and opens no web socket is let through as it is.
func TestFramesOfARefusal(t *testing.T) {
	const refusal = "HTTP/1.1 502 Bad Gateway\r\n\r\n\x81\x7f<html>"
	var f frames
	if out, stop := f.scan([]byte(refusal), nil); string(out) != refusal || stop != nil {
		t.Errorf("%q, %v", out, stop)
	}
	endless := upgradeAnswer[:20] + strings.Repeat("x", maxUpgrade)
	if _, stop := new(frames).scan([]byte(endless), nil); !errors.Is(stop, ErrMalformed) {
		t.Errorf("an answer without end: %v", stop)
	}
}

// However a stream is cut into reads, it means the same, and never panics. What
// discordgo gets to see of it is whole frames with messages of known kinds.
func FuzzFrames(f *testing.F) {
	f.Add([]byte(upgradeAnswer+discordtest.Frame(discordtest.Whole, `{"op":7}`)), 3)
	f.Add([]byte(upgradeAnswer+discordtest.Frame(discordtest.Whole, `{"op":10,"d":{"heartbeat_interval":41250}}`)+discordtest.Frame(discordtest.Whole, `{"op":0,"s":1,"t":"READY","d":null}`)+discordtest.Frame(discordtest.Whole, `null`)), 7)
	f.Add([]byte(upgradeAnswer+discordtest.Frame(discordtest.TextPart, `{"op":`)+discordtest.Frame(discordtest.Ping, "x")+discordtest.Frame(discordtest.LastPart, `11}`)+discordtest.Frame(discordtest.Closing, "\x0f\xa4")), 2)
	f.Add([]byte(upgradeAnswer+"\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff"), 1)
	f.Add([]byte("\r\n\r\n\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff"), 1)
	f.Fuzz(func(t *testing.T, stream []byte, step int) {
		if step < 1 || step > len(stream) {
			return
		}
		var whole, parts frames
		seen, want := whole.scan(stream, nil)
		var passed []byte
		var got error
		for i := 0; i < len(stream) && got == nil; i += step {
			passed, got = parts.scan(stream[i:min(i+step, len(stream))], passed)
		}
		if (got == nil) != (want == nil) || got != nil && got.Error() != want.Error() || !bytes.Equal(seen, passed) {
			t.Errorf("in steps of %d: %v, at once: %v", step, got, want)
		}
		if len(parts.control) > maxControlFrame || len(parts.message) > MaxMessage {
			t.Error("too much is kept")
		}
		if !whole.open {
			return
		}
		_, sent, _ := strings.Cut(string(seen), "\r\n\r\n")
		for in := []byte(sent); len(in) > 0; {
			opcode, size, payload := in[0], int(in[1]), in[2:]
			switch size {
			case 126:
				size, payload = int(binary.BigEndian.Uint16(payload)), payload[2:]
			case 127:
				size, payload = int(binary.BigEndian.Uint64(payload)), payload[8:]
			}
			in = payload[size:]
			if opcode != 0x81 {
				continue
			}
			var e *discordgo.Event
			if err := json.Unmarshal(payload[:size], &e); err != nil || e == nil || e.Operation == opDispatch && !strings.HasPrefix(e.Type, kindMark) {
				t.Errorf("discordgo gets to see %q", payload[:size])
			}
		}
	})
}
