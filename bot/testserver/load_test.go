package testserver

import (
	"bytes"
	"fmt"
	"net/http/httptest"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// crowd is people who write to channels that bots listen to.
type crowd struct{ members, messages, bots, channels, underWay int }

// listener is a bot that checks what it hears.
type listener struct {
	ws    *websocket.Conn
	heard atomic.Int64
	last  map[string]int // by channel, the number of the newest message
	wrong error
	took  []time.Duration
}

// listen reads until all the messages have come. They are numbered, and their
// content is "<number>".
func (l *listener) listen(c crowd, posted []atomic.Int64, done func()) {
	defer done()
	for l.heard.Load() < int64(c.messages) && l.wrong == nil {
		if err := l.ws.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
			l.wrong = err
			return
		}
		_, data, err := l.ws.ReadMessage()
		if err != nil {
			l.wrong = err
			return
		}
		if !bytes.Contains(data[:min(len(data), 60)], []byte(`"MESSAGE_CREATE"`)) {
			continue
		}
		number, err := strconv.Atoi(between(data, `"content":"`))
		if err != nil {
			l.wrong = err
			return
		}
		l.took = append(l.took, time.Duration(time.Now().UnixNano()-posted[number].Load()))
		channel := between(data, `"channel_id":"`)
		if before, known := l.last[channel]; known && number != before+c.channels {
			l.wrong = fmt.Errorf("channel %s: message %d came after %d", channel, number, before)
		}
		l.last[channel] = number
		l.heard.Add(1)
	}
}

// between is what follows a mark up to the next quotation mark.
func between(data []byte, mark string) string {
	_, rest, _ := bytes.Cut(data, []byte(mark))
	text, _, _ := bytes.Cut(rest, []byte(`"`))
	return string(text)
}

// run has the crowd write; it returns how long that took, the times from post
// to dispatch in order of length, and the bytes of heap in use at the end.
// Everything has to arrive, in order within a channel.
func (c crowd) run(t testing.TB) (took time.Duration, latency []time.Duration, heap uint64) {
	s := New(Options{GlobalPerSecond: -1})
	srv := httptest.NewServer(s)
	defer srv.Close()
	defer s.Close()
	var listeners []*listener
	for i := range c.bots {
		ws, res, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(srv.URL, "http")+"/gateway", nil)
		if err != nil {
			t.Fatal(err)
		}
		if res.Body != nil {
			res.Body.Close()
		}
		defer ws.Close()
		if err := ws.WriteMessage(websocket.TextMessage, []byte(identifyText(fmt.Sprint("bot", i), allIntents))); err != nil {
			t.Fatal(err)
		}
		listeners = append(listeners, &listener{ws: ws, last: map[string]int{}})
	}
	if err := s.await(t.Context(), "all bots", func() bool {
		return len(s.botOrder) == c.bots && !slices.ContainsFunc(s.botOrder, func(b *bot) bool { return !b.ready })
	}); err != nil {
		t.Fatal(err)
	}
	posted := make([]atomic.Int64, c.messages)
	var wg sync.WaitGroup
	wg.Add(len(listeners))
	began := time.Now()
	for _, l := range listeners {
		go l.listen(c, posted, wg.Done)
	}
	slowest := func() int64 {
		least := int64(c.messages)
		for _, l := range listeners {
			least = min(least, l.heard.Load())
		}
		return least
	}
	for i := range c.messages {
		for int64(i)-slowest() >= int64(c.underWay) && time.Since(began) < time.Minute {
			runtime.Gosched()
		}
		posted[i].Store(time.Now().UnixNano())
		if _, err := s.Post(fmt.Sprintf("member-%d", i%c.members), fmt.Sprintf("channel-%d", i%c.channels), strconv.Itoa(i)); err != nil {
			t.Fatal(err)
		}
	}
	wg.Wait()
	took = time.Since(began)
	for i, l := range listeners {
		if l.wrong != nil {
			t.Fatalf("bot %d heard %d of %d: %v", i, l.heard.Load(), c.messages, l.wrong)
		}
		latency = append(latency, l.took...)
	}
	slices.Sort(latency)
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return took, latency, m.HeapInuse
}

func TestCrowd(t *testing.T) {
	crowd{members: 100, messages: 1000, bots: 10, channels: 7, underWay: 1000}.run(t)
}

// 1,000 members write 10,000 messages that 50 bots hear, 64 messages being
// under way at a time.
func BenchmarkCrowd(b *testing.B) {
	c := crowd{members: 1000, messages: 10000, bots: 50, channels: 20, underWay: 64}
	for b.Loop() {
		took, latency, heap := c.run(b)
		b.ReportMetric(float64(len(latency))/took.Seconds(), "events/s")
		b.ReportMetric(float64(latency[len(latency)/2].Microseconds())/1000, "p50-ms")
		b.ReportMetric(float64(latency[len(latency)*99/100].Microseconds())/1000, "p99-ms")
		b.ReportMetric(float64(heap)/(1<<20), "heap-MB")
	}
}
