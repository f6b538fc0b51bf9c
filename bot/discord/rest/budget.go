package rest

import (
	"context"
	"sync/atomic"
	"time"

	"summitbot/bot"
)

// Discord counts the requests of any one second: RequestsPerSecond of them are
// allowed to all processes of one token.
// https://docs.discord.com/developers/topics/rate-limits#global-rate-limit
const (
	RequestsPerSecond = 50
	counted           = time.Second
	// longestWay is how long a request is taken to be on its way to Discord
	// when its answer does not tell sooner.
	longestWay = 20 * time.Millisecond
	// RequestsWindow is the time in which Slots hand out RequestsPerSecond:
	// requests are longer or shorter on their way.
	RequestsWindow = counted + longestWay
)

// A pass is leave to send one request. When the request no longer counts, its
// pass is leave to send another.
type pass struct {
	sent     time.Time    // zero: it was not used yet
	answered atomic.Int64 // nanoseconds after sent; 0: there is no answer yet
}

// answer tells that the request was answered, and so was counted by now. No
// pass has none to tell.
func (p *pass) answer() {
	if p != nil {
		p.answered.Store(max(1, int64(time.Since(p.sent))))
	}
}

// over is when the request surely no longer counts, as far as is known.
func (p *pass) over() time.Time {
	way := time.Duration(p.answered.Load())
	if way == 0 || way > longestWay {
		way = longestWay
	}
	return p.sent.Add(way + counted)
}

// A budget is how many requests may be sent in any second: as many as it has
// passes. They are the last requests that were sent, about in their order.
type budget struct{ passes chan *pass }

func newBudget(perSecond int) budget {
	b := budget{make(chan *pass, perSecond)}
	for range perSecond {
		b.passes <- &pass{}
	}
	return b
}

// take waits for a pass, which is to be given back as it is, or spent. A
// request that cannot be sent before its context ends takes none.
func (b budget) take(ctx context.Context) (*pass, error) {
	select {
	case p := <-b.passes:
		err := sleepUntil(ctx, p.sent.Add(counted)) // until then its answer may come, and tell more
		if err == nil {
			err = sleepUntil(ctx, p.over())
		}
		if err != nil {
			b.back(p)
			return nil, err
		}
		return p, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// back gives back a pass that was not used.
func (b budget) back(p *pass) { b.passes <- p }

// spend spends a pass on the request that is sent now.
func (b budget) spend() *pass {
	p := &pass{sent: time.Now()}
	b.passes <- p
	return p
}

// sleepUntil waits for a moment, or returns the context's error: at once when
// the context would end before.
func sleepUntil(ctx context.Context, at time.Time) error {
	if end, ok := ctx.Deadline(); ok && end.Before(at) && ctx.Err() == nil {
		return context.DeadlineExceeded
	}
	if pause := time.Until(at); pause > 0 {
		return bot.Sleep(ctx, pause)
	}
	return ctx.Err()
}
