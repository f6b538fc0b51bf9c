package bot

import (
	"context"
	"sync"
	"time"
)

// A Spending counts what all processes spend in a day, in UTC.
type Spending interface {
	// Spend notes what a reply to a question has cost.
	Spend(ctx context.Context, q Question, u Usage) error
	// Spent is how many tokens were spent today.
	Spent(ctx context.Context) (tokens int, err error)
}

// A budget counts the tokens of a day, in UTC: its own, and, with a Spending,
// those of the other processes as the spending told last.
type budget struct {
	limit    int // 0 means none
	spending Spending
	now      func() time.Time

	mu      sync.Mutex
	day     time.Time
	used    int
	unnoted int       // of these, what Spending did not take down
	asked   time.Time // when the spending was asked last
	asking  bool
}

// fresh is for how long the spending's word is believed.
const fresh = time.Second

func (b *budget) today() {
	if day := b.now().UTC().Truncate(24 * time.Hour); !day.Equal(b.day) {
		b.day, b.used, b.unnoted, b.asked = day, 0, 0, time.Time{}
	}
}

// spent tells whether the day's tokens are spent. While the spending cannot be
// asked, it goes by what it knows.
func (b *budget) spent(ctx context.Context) bool {
	if b.limit == 0 {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.today()
	if b.spending == nil || b.asking || b.now().Sub(b.asked) <= fresh {
		return b.used >= b.limit
	}
	b.asking = true // one at a time; nobody waits for it but who asks
	b.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, noteWithin)
	tokens, err := b.spending.Spent(ctx)
	cancel()
	b.mu.Lock()
	b.asking, b.asked = false, b.now()
	if err == nil {
		b.used = tokens + b.unnoted
	}
	return b.used >= b.limit
}

// spend counts what a reply cost. What the spending does not take down is counted
// here alone.
func (b *budget) spend(ctx context.Context, q Question, u Usage) {
	if u.Tokens() == 0 {
		return // nobody has worked on it
	}
	b.mu.Lock()
	b.today()
	b.used += u.Tokens()
	b.mu.Unlock()
	if b.spending == nil {
		return
	}
	// The question may have been given up meanwhile: it is paid for all the same.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteWithin)
	defer cancel()
	if err := b.spending.Spend(ctx, q, u); err != nil { // a store that fails tells of it elsewhere
		b.mu.Lock()
		b.unnoted += u.Tokens()
		b.mu.Unlock()
	}
}

// noteWithin bounds what is noted beside an answer.
const noteWithin = 3 * time.Second
