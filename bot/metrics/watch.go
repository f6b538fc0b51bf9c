package metrics

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"summitbot/bot/discord"
	"summitbot/bot/llm"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	// storeWithin bounds one question to the store, and writableFor is for how
	// long its word that it can be written to is believed.
	storeWithin = 2 * time.Second
	writableFor = 5 * time.Second
)

// Sources are what is asked at each scrape, and for /readyz. State, Writable
// and Backlog are there always, the others may be nil.
type Sources struct {
	// State is the bot's.
	State func() discord.State
	// Writable writes to the store, and Backlog counts the open questions of
	// all processes, with the age of the oldest.
	Writable func(context.Context) error
	Backlog  func(context.Context) (open int, oldest time.Duration, err error)
	// Spent is how many tokens were spent today, of Budget.
	Spent  func(context.Context) (tokens int, err error)
	Budget int
	// Breaker is the model's, and Judge tells in a few words how its judge is.
	Breaker func() llm.Breaker
	Judge   func() string
	// Free is how many bytes the disk takes on which the store is.
	Free func() (uint64, error)
}

// Watch has the metrics and /readyz tell of the sources too. It is called once
// at most.
func (m *Metrics) Watch(s Sources) {
	w := &watch{Sources: s, trials: &m.trials}
	m.registry.MustRegister(w)
	m.watched.Store(w)
}

// A watch tells what sources say.
type watch struct {
	Sources
	trials *sync.WaitGroup // of writing to the store

	mu     sync.Mutex
	trying chan struct{} // closed when the store has been written to; nil when it is not being
	tried  time.Time     // when it was last
	broken error         // what came of it
}

// errSlow is told of a store that says nothing.
var errSlow = fmt.Errorf("it does not answer within %v", storeWithin)

// writable tells whether the store can be written to, or could a moment ago.
func (w *watch) writable() error {
	w.mu.Lock()
	if w.trying == nil && time.Since(w.tried) < writableFor {
		defer w.mu.Unlock()
		return w.broken
	}
	if w.trying == nil {
		w.trying = make(chan struct{})
		w.trials.Go(w.try)
	}
	trying := w.trying
	w.mu.Unlock()
	late := time.NewTimer(storeWithin + storeWithin/4)
	defer late.Stop()
	select {
	case <-trying:
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.broken
	case <-late.C:
		return errSlow
	}
}

// try writes to the store.
func (w *watch) try() {
	ctx, cancel := context.WithTimeout(context.Background(), storeWithin)
	defer cancel()
	err := w.Writable(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken, w.tried = err, time.Now()
	close(w.trying)
	w.trying = nil
}

// ready tells whether the bot can do its part of the work now, and in lines,
// how its parts are.
func (w *watch) ready() (lines string, ok bool) {
	var b strings.Builder
	s := w.State()
	gateway := s.Unready()
	store := w.writable()
	switch {
	case gateway != "":
		fmt.Fprintf(&b, "gateway: %s\n", gateway)
	case s.Role == discord.Worker:
		fmt.Fprintln(&b, "gateway: other processes' work")
	default:
		fmt.Fprintf(&b, "gateway: %d of %d shards are connected\n", s.Connected, s.Held)
	}
	if s.Unregistered != "" {
		fmt.Fprintf(&b, "commands: not registered; mentions are answered: %s\n", s.Unregistered)
	}
	if store != nil {
		fmt.Fprintf(&b, "store: not writable: %s\n", strings.Join(strings.Fields(store.Error()), " "))
	} else {
		fmt.Fprintln(&b, "store: writable")
	}
	switch w.breaker() {
	case "":
		fmt.Fprintln(&b, "model: none")
	case llm.Open:
		fmt.Fprintln(&b, "model: it failed time and again and is left alone for a while; answers are in the article's words")
	case llm.HalfOpen:
		fmt.Fprintln(&b, "model: it failed time and again, and is tried with the next question")
	default:
		fmt.Fprintln(&b, "model: it is asked")
	}
	if w.Judge != nil {
		fmt.Fprintln(&b, "judge: it "+w.Judge())
	}
	return b.String(), gateway == "" && store == nil
}

// breaker is the state of the model's breaker, empty without a model.
func (w *watch) breaker() llm.Breaker {
	if w.Breaker == nil {
		return ""
	}
	return w.Breaker()
}

func gauge(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
}

// The metrics that are asked for at a scrape.
var (
	readyDesc     = gauge("ready", "1 while /readyz says that the bot can do its part of the work, else 0.")
	writableDesc  = gauge("store_writable", "1 while the store can be written to, else 0.")
	openDesc      = gauge("questions_open", "Questions of all processes that are accepted and not done with.")
	oldestDesc    = gauge("questions_oldest_age_seconds", "How long ago the oldest of the open questions was accepted; 0 without any.")
	inHandDesc    = gauge("questions_in_hand", "Questions that this process has claimed.")
	roomDesc      = gauge("questions_in_hand_limit", "How many questions this process claims at most.")
	heldDesc      = gauge("gateway_shards_held", "Shards that this process holds.")
	connectedDesc = gauge("gateway_shards_connected", "Shards of this process that are connected.")
	fairDesc      = gauge("gateway_shards_wanted", "Shards that this process is to hold.")
	breakerDesc   = gauge("model_breaker_state", "1 for the state that the model's breaker is in: closed (it is asked), open (it is left alone), half_open (it is tried).", "state")
	budgetDesc    = gauge("budget_tokens", "Tokens that may be spent in a day (UTC).")
	spentDesc     = gauge("budget_spent_tokens", "Tokens that all processes have spent today (UTC).")
	freeDesc      = gauge("disk_free_bytes", "Bytes that the disk takes on which the store is.")
)

// Describe implements prometheus.Collector.
func (w *watch) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		readyDesc, writableDesc, openDesc, oldestDesc, inHandDesc, roomDesc, heldDesc, connectedDesc, fairDesc,
		breakerDesc, budgetDesc, spentDesc, freeDesc,
	} {
		out <- d
	}
}

// Collect implements prometheus.Collector. What the store does not tell now is
// left out; it counts as one of its errors.
func (w *watch) Collect(out chan<- prometheus.Metric) {
	put := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	s := w.State()
	writable := w.writable() == nil
	put(readyDesc, flag(writable && s.Unready() == ""))
	put(writableDesc, flag(writable))
	if writable {
		w.collectStore(put)
	}
	put(inHandDesc, float64(s.InHand))
	put(roomDesc, float64(s.Room))
	put(heldDesc, float64(s.Held))
	put(connectedDesc, float64(s.Connected))
	put(fairDesc, float64(s.Fair))
	if now := w.breaker(); now != "" {
		for _, state := range []llm.Breaker{llm.Closed, llm.Open, llm.HalfOpen} {
			put(breakerDesc, flag(now == state), string(state))
		}
	}
	if w.Free != nil {
		if free, err := w.Free(); err == nil {
			put(freeDesc, float64(free))
		}
	}
}

// collectStore puts out what the store tells.
func (w *watch) collectStore(put func(*prometheus.Desc, float64, ...string)) {
	ctx, cancel := context.WithTimeout(context.Background(), storeWithin)
	defer cancel()
	if open, oldest, err := w.Backlog(ctx); err == nil {
		put(openDesc, float64(open))
		put(oldestDesc, oldest.Seconds())
	}
	if w.Budget == 0 || w.Spent == nil {
		return
	}
	put(budgetDesc, float64(w.Budget))
	if tokens, err := w.Spent(ctx); err == nil {
		put(spentDesc, float64(tokens))
	}
}

func flag(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
