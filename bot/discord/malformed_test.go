package discord

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"summitbot/bot/discord/command"
	"summitbot/bot/discord/gateway"
	"summitbot/bot/discord/rest"
	"summitbot/bot/store"
	"summitbot/bot/testserver"
	"summitbot/bot/testserver/discordtest"
)

// Events that Discord should not send cost themselves: what comes after them
// is answered, on the same connection.
func TestMalformedEvents(t *testing.T) {
	t.Parallel()
	for name, events := range map[string]map[string]string{
		"null objects": {
			"GUILD_CREATE": `{"id":"1","channels":[null],"members":[null],"threads":[null],"roles":[null],"voice_states":[null],"presences":[null]}`,
			"GUILD_UPDATE": `null`, "GUILD_DELETE": `null`, "THREAD_CREATE": `null`, "THREAD_LIST_SYNC": `{"threads":[null],"members":[null]}`,
			"VOICE_STATE_UPDATE": `null`, "VOICE_SERVER_UPDATE": `null`, "CHANNEL_CREATE": `null`, "RESUMED": `null`,
			"MESSAGE_CREATE": `{"id":"1","channel_id":"2","guild_id":"3","author":null,"mentions":[null],"referenced_message":null,"components":[null],"member":null}`,
			"MESSAGE_UPDATE": `{"id":"1","channel_id":"2","author":null,"edited_timestamp":"x","mentions":[null]}`,
			"MESSAGE_DELETE": `null`, "MESSAGE_DELETE_BULK": `{"ids":[null]}`,
			"INTERACTION_CREATE": `{"id":"1","type":2,"token":"x","data":null,"member":null,"user":null,"channel":null,"message":null}`,
		},
		"null data": {"GUILD_CREATE": `null`, "MESSAGE_CREATE": `null`, "MESSAGE_UPDATE": `null`, "INTERACTION_CREATE": `null`, "": `null`},
		"wrong types": {
			"GUILD_CREATE": `{"id":1,"threads":{"a":1},"channels":"x"}`, "THREAD_CREATE": `"x"`,
			"MESSAGE_CREATE": `{"id":7,"author":"ana","mentions":{"a":1},"type":"0"}`, "MESSAGE_UPDATE": `[]`, "MESSAGE_DELETE": `7`,
			"INTERACTION_CREATE": `{"id":["1"],"type":"2","data":[],"member":[]}`,
		},
		"components": {"INTERACTION_CREATE": `{"id":"1","type":3,"token":"x","data":{"custom_id":null,"values":[null],"components":[null]},"message":{"author":null}}`},
		"a form":     {"INTERACTION_CREATE": `{"id":"1","type":5,"token":"x","data":{"custom_id":"x","components":[null,{"component":null}]},"message":null}`},
		"typing":     {"INTERACTION_CREATE": `{"id":"1","type":4,"token":"x","data":{"name":"ask","options":[null]}}`},
		"a menu":     {"INTERACTION_CREATE": `{"id":"1","type":2,"token":"x","data":{"type":3,"name":"` + command.MenuAsk() + `","target_id":"1","resolved":{"messages":{"1":null}}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := running(t, testserver.Faults{}, alaska(t), nil)
			for kind, data := range events {
				w.server.Dispatch(kind, json.RawMessage(data))
			}
			w.answersOnce("general")
			if n := strings.Count(w.log.String(), "connected to the gateway"); n != 1 {
				t.Errorf("there were %d connections", n)
			}
		})
	}
}

// bomb is a message that is small and inflates to a gigabyte: what a megabyte
// behind another one like it is packed to, time and again.
func bomb(t *testing.T) string {
	t.Helper()
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	first := 0
	for range 2 {
		first = packed.Len()
		if _, err := z.Write(bytes.Repeat([]byte(" "), 1<<20)); err != nil {
			t.Fatal(err)
		}
		if err := z.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	return packed.String() + strings.Repeat(packed.String()[first:], 1<<10)
}

// announcing is the header of a frame of so many bytes.
func announcing(first byte, size uint64) string {
	return string(binary.BigEndian.AppendUint64([]byte{first, 127}, size))
}

// What is no message of the gateway's costs the connection, which is made anew
// and goes on with the session, and no memory.
func TestMalformedFrames(t *testing.T) {
	part := strings.Repeat("x", 1<<20)
	large := []string{"a zlib bomb", "two gigabytes", "more than there is", "without end", "a large ping"}
	for name, frames := range map[string]string{
		"null":                    discordtest.Frame(discordtest.Whole, `null`),
		"no operation":            discordtest.Frame(discordtest.Whole, `{}`),
		"an array":                discordtest.Frame(discordtest.Whole, `[{"op":0}]`),
		"no JSON":                 discordtest.Frame(discordtest.Whole, `<html>`),
		"large and no JSON":       discordtest.Frame(discordtest.Whole, strings.Repeat("<", 2*4096)),
		"an operation in words":   discordtest.Frame(discordtest.Whole, `{"op":"0","d":null}`),
		"a kind that is a number": discordtest.Frame(discordtest.Whole, `{"op":0,"s":5,"t":7,"d":null}`),
		"a sequence in words":     discordtest.Frame(discordtest.Whole, `{"op":0,"s":"5","t":"X","d":null}`),
		"empty":                   discordtest.Frame(discordtest.Whole, ``),
		"binary":                  discordtest.Frame(0x82, `{"op":11}`),
		"a zlib bomb":             discordtest.Frame(0x82, bomb(t)),
		"two gigabytes":           announcing(discordtest.Whole, 2<<30) + part,
		"more than there is":      announcing(discordtest.Whole, 1<<63-1),
		"without end":             discordtest.Frame(discordtest.TextPart, part) + strings.Repeat(discordtest.Frame(0, part), 40),
		"compressed":              discordtest.Frame(discordtest.Whole|0x40, "x"),
		"an unknown opcode":       discordtest.Frame(0x83, "x"),
		"a large ping":            announcing(discordtest.Ping, 1<<20),
		"a part of nothing":       discordtest.Frame(discordtest.LastPart, "x"),
		"masked":                  "\x81\x80\x00\x00\x00\x00",
	} {
		t.Run(name, func(t *testing.T) {
			measured := slices.Contains(large, name)
			if !measured { // the memory is the whole process's
				t.Parallel()
			}
			w := running(t, testserver.Faults{}, alaska(t), nil)
			w.answersOnce("before")
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			w.server.SendRaw([]byte(frames))
			w.connections(2)
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; measured && used > 256<<20 {
				t.Errorf("it took %d MB", used>>20)
			}
			w.logged(gateway.ErrMalformed.Error())
			w.logged("resume=true")
			w.answersOnce("after")
		})
	}
}

// An event that is larger than what is taken comes again with the session that
// is resumed: that session is given up.
func TestEventTooLarge(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), nil)
	w.server.Dispatch("GUILD_CREATE", json.RawMessage(`{"name":"`+strings.Repeat("x", gateway.MaxMessage)+`"}`))
	w.connections(2)
	w.logged("resume=true")
	w.logged("resume=false")
	w.answersOnce("general")
}

// Sequence numbers that go back, or far ahead, cost no question: what comes
// afterwards is heard, and once.
func TestSequencesThatLie(t *testing.T) {
	t.Parallel()
	for name, sequence := range map[string]string{"back": "1", "none": "null", "negative": "-7", "far ahead": "9007199254740993"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := running(t, testserver.Faults{}, alaska(t), nil)
			w.answersOnce("before")
			w.server.SendRaw([]byte(discordtest.Frame(discordtest.Whole, `{"op":0,"t":"TYPING_START","d":null,"s":`+sequence+`}`)))
			w.answersOnce("meanwhile")
			w.server.DropSockets()
			w.connections(2)
			w.answersOnce("after")
			if n := len(w.said("before")); n != 1 {
				t.Errorf("the bot said %d things, not 1", n)
			}
		})
	}
}

// A READY that does not say who the bot is, or which session it has begun, is
// none: the next one is waited for.
func TestMalformedReady(t *testing.T) {
	t.Parallel()
	for name, ready := range map[string]string{
		"null": `null`, "no user": `{"session_id":"x","application":{"id":"1"}}`, "a user that is null": `{"session_id":"x","user":null,"application":{"id":"1"}}`,
		"no session": `{"user":{"id":"1"},"application":{"id":"1"}}`, "wrong types": `{"session_id":7,"user":[],"application":{"id":1},"shard":"0"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := running(t, testserver.Faults{}, alaska(t), nil)
			w.answersOnce("before")
			w.server.Dispatch("READY", json.RawMessage(ready))
			w.connections(2)
			w.logged(gateway.ErrMalformed.Error())
			w.answersOnce("after")
		})
	}
}

// FuzzReceive has the bot take any dispatch, with a Discord that refuses
// whatever comes of it. Nothing panics, and nothing is left undone.
func FuzzReceive(f *testing.F) {
	for kind, data := range map[string]string{
		"READY":               `{"user":{"id":"1","username":"x"},"application":{"id":"1"},"session_id":"x","shard":[0,1]}`,
		"GUILD_CREATE":        `{"threads":[{"id":"5","type":11,"owner_id":"1","parent_id":"2"},null]}`,
		"THREAD_CREATE":       `{"id":"5","type":11,"owner_id":"1"}`,
		"MESSAGE_CREATE":      `{"id":"7","channel_id":"2","guild_id":"3","author":{"id":"4"},"content":"<@1000> why?","mentions":[{"id":"1000"}]}`,
		"MESSAGE_UPDATE":      `{"id":"7","channel_id":"2","author":{"id":"4"},"content":"why?","edited_timestamp":"x"}`,
		"MESSAGE_DELETE":      `{"id":"7","channel_id":"2"}`,
		"MESSAGE_DELETE_BULK": `{"ids":["7",null],"channel_id":"2"}`,
		"INTERACTION_CREATE":  `{"id":"8","type":2,"token":"t","channel_id":"2","member":{"user":{"id":"4"}},"data":{"name":"ask","options":[{"name":"question","value":"why?"}]}}`,
	} {
		f.Add(kind, []byte(data))
		f.Add(kind, []byte("null"))
	}
	for _, data := range []string{
		`{"id":"9","type":3,"token":"t","data":{"custom_id":"n","values":["why?"]},"user":{"id":"4"}}`,
		`{"id":"10","type":5,"token":"t","data":{"custom_id":"q","components":[{"component":{"custom_id":"question","value":"why?"}}]}}`,
		`{"id":"11","type":4,"token":"t","data":{"name":"ask","options":[{"name":"question","value":"wh","focused":true}]}}`,
		`{"id":"12","type":2,"token":"t","data":{"type":3,"name":"` + command.MenuCheck() + `","target_id":"1","resolved":{"messages":{"1":{"content":"It was."}}}}}`,
	} {
		f.Add("INTERACTION_CREATE", []byte(data))
	}
	var log safeBuffer
	kept, err := store.OpenStandby(f.Context(), store.Options{Folder: store.Memory, Serving: true, Retention: time.Hour})
	if err != nil {
		f.Fatal(err)
	}
	b, err := New(Options{
		Token: token, Answerer: alaska(f), Ledger: kept, Records: kept, Workers: 4,
		Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelError})),
	})
	if err != nil {
		f.Fatal(err)
	}
	b.Timing, b.API.Pace = quickTiming, 0.01
	b.Timing.Waiting = time.Millisecond // nobody claims what is accepted
	through(b, func(http.RoundTripper, *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 404, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"code":10003,"message":"x"}`))}, nil
	})
	f.Cleanup(func() {
		<-b.intake.close()
		b.Tasks.Wait()
		b.Asides.Wait()
		if err := kept.Close(); err != nil {
			f.Error(err)
		}
	})
	f.Fuzz(func(t *testing.T, kind string, data []byte) {
		ctx, cancel := context.WithTimeout(context.Background(), willCome)
		defer cancel()
		b.Self.Store(&rest.Self{User: "1000", Name: "x", Application: "1"})
		b.receive(ctx, ctx, ctx, kind, data, time.Now())
		for !b.idle() && ctx.Err() == nil {
			time.Sleep(100 * time.Microsecond)
		}
		if ctx.Err() != nil {
			t.Error("something is left undone")
		}
		if says := log.String(); strings.Contains(says, "panic") {
			t.Error(says)
		}
	})
}
