// Package metrics counts what the bot does, for Prometheus, and tells over
// HTTP how it is. Labels have few values each: never an id or a word of a
// member's.
package metrics

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/gateway"
	"summitbot/bot/discord/rest"
	"summitbot/bot/discord/worker"
	"summitbot/bot/llm"
	"summitbot/bot/proof"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Metrics count. They are a bot.Meter and a discord.Meter, and are safe for
// concurrent use.
type Metrics struct {
	registry *prometheus.Registry

	accepted prometheus.Counter
	refused  *prometheus.CounterVec
	answered *prometheus.CounterVec
	stages   *prometheus.HistogramVec

	dropped *prometheus.CounterVec
	tokens  *prometheus.CounterVec
	replies *prometheus.CounterVec
	replied prometheus.Histogram
	lookups *prometheus.CounterVec

	lost     *prometheus.CounterVec
	requests *prometheus.CounterVec
	limited  *prometheus.CounterVec
	waited   prometheus.Histogram

	store prometheus.Counter

	watched atomic.Pointer[watch] // nil until Watch
	trials  sync.WaitGroup        // of the store, which Serve's stop waits for
}

// The values of labels that are not others' constants.
const (
	none     = "none"     // nothing, where there need be nothing
	failed   = "failed"   // the verdict of an answer that could not be made
	unposted = "unposted" // that of one that could not be posted
	ok       = "ok"       // the outcome of a whole reply
	stopped  = "stopped"  // that of one that nobody waited for any more
	other    = "other"
)

// Bounds of histograms, in seconds. Answers take from a millisecond without a
// model to minutes with one; the wait for limits is nothing or a while.
var (
	stageBounds = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20, 60, 180}
	replyBounds = []float64{.1, .25, .5, 1, 2, 3, 5, 7.5, 10, 15, 20, 30, 60, 120, 300}
	waitBounds  = []float64{.001, .01, .05, .1, .25, .5, 1, 2.5, 5, 10, 20}
)

// New returns metrics that are all zero.
func New() *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.buildInfo()

	m.accepted = m.counter("questions_accepted_total", "Questions that were accepted.")
	m.refused = m.counters("questions_refused_total", "Questions that were turned away: too_fast (their member asks too fast) or full (too many wait).", "reason")
	m.answered = m.counters("questions_answered_total", "Questions that were done with, by what was asked, how far it was answered (failed: no answer could be made; unposted: it could not be posted), in whose words, and why not in the model's.", "kind", "verdict", "mode", "fallback")
	m.stages = m.histograms("stage_duration_seconds", "How long the stages of a question took: accept (until it was kept), answer, post, and total (from accepted to posted).", stageBounds, "stage")

	m.dropped = m.counters("claims_dropped_total", "Statements of the model that the proof gate dropped, by what was wrong; one that the model then mended is another statement.", "reason")
	m.tokens = m.counters("tokens_total", "Tokens that the model's server counted: prompt (without those it had cached), cached and completion.", "kind")
	m.replies = m.counters("model_replies_total", "Replies that the model was asked for, by what became of them after all attempts.", "outcome")
	m.replied = m.histograms("model_reply_duration_seconds", "How long the model's replies took, with all attempts.", replyBounds).With(nil).(prometheus.Histogram)
	m.lookups = m.counters("cache_lookups_total", "Looks for an answer that is kept: in this process's memory, then on the shelf of all processes.", "cache", "result")

	m.lost = m.counters("gateway_reconnects_total", "Connections to the gateway that were lost and are made anew, by why.", "cause")
	m.requests = m.counters("discord_requests_total", "Requests to Discord, by route and status; error is no answer.", "route", "status")
	m.limited = m.counters("discord_rate_limited_total", "Answers 429 of Discord, by whose limit; those of shared ones are not held against the bot.", "scope")
	m.waited = m.histograms("discord_limit_wait_seconds", "How long requests to Discord waited for its limits before they were sent.", waitBounds).With(nil).(prometheus.Histogram)

	m.store = m.counter("store_errors_total", "Calls of the store that failed.")
	m.begin()
	return m
}

// begin makes the metrics exist whose labels are known, so that the first
// event counts as a rise.
func (m *Metrics) begin() {
	for _, v := range []worker.Hearing{worker.TooFast, worker.Full} {
		m.refused.WithLabelValues(string(v))
	}
	for _, v := range []worker.Stage{worker.Accepting, worker.Answering, worker.Posting, worker.Total} {
		m.stages.WithLabelValues(string(v))
	}
	for _, v := range []proof.Flaw{proof.NoText, proof.NoEvidence, proof.Unsafe, proof.WrongNumber, proof.WrongName, proof.WrongLanguage, proof.TooLong, proof.NotUpheld} {
		m.dropped.WithLabelValues(string(v))
	}
	for _, v := range []string{"prompt", "cached", "completion"} {
		m.tokens.WithLabelValues(v)
	}
	for _, v := range []string{ok, stopped, other} {
		m.replies.WithLabelValues(v)
	}
	for _, k := range llm.Kinds {
		m.replies.WithLabelValues(string(k))
	}
	for _, at := range []bot.Keeping{bot.InMemory, bot.InStore} {
		m.lookups.WithLabelValues(string(at), "hit")
		m.lookups.WithLabelValues(string(at), "miss")
	}
	for _, v := range []gateway.Loss{gateway.Asked, gateway.SessionOver, gateway.CloseCode, gateway.Silent, gateway.Late, gateway.Unreachable, gateway.Broken} {
		m.lost.WithLabelValues(string(v))
	}
	for _, v := range []rest.Scope{rest.UserScope, rest.GlobalScope, rest.SharedScope, rest.UnknownScope} {
		m.limited.WithLabelValues(string(v))
	}
}

// namespace begins the name of every metric that is not Go's or the process's.
const namespace = "summitbot"

func (m *Metrics) counter(name, help string) prometheus.Counter {
	c := prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help})
	m.registry.MustRegister(c)
	return c
}

func (m *Metrics) counters(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	m.registry.MustRegister(c)
	return c
}

func (m *Metrics) histograms(name, help string, bounds []float64, labels ...string) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: bounds}, labels)
	m.registry.MustRegister(h)
	return h
}

// buildInfo tells what the program was built from, as far as Go has noted it.
func (m *Metrics) buildInfo() {
	labels := prometheus.Labels{"version": "unknown", "revision": "unknown", "goversion": runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok {
		labels["version"] = cmp.Or(info.Main.Version, labels["version"])
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				labels["revision"] = s.Value
			}
		}
	}
	g := prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: "build_info", Help: "What the program was built from; always 1.", ConstLabels: labels})
	g.Set(1)
	m.registry.MustRegister(g)
}

// Heard implements discord.Meter.
func (m *Metrics) Heard(what worker.Hearing) {
	if what == worker.Accepted {
		m.accepted.Inc()
		return
	}
	m.refused.WithLabelValues(string(what)).Inc()
}

// Answered implements discord.Meter.
func (m *Metrics) Answered(a bot.Answer, unmade, notPosted error) {
	verdict := string(a.Verdict)
	switch {
	case unmade != nil:
		verdict = failed
	case notPosted != nil:
		verdict = unposted
	}
	m.answered.WithLabelValues(cmp.Or(string(a.Question.Kind), none), cmp.Or(verdict, none), cmp.Or(string(a.Mode), none), cmp.Or(string(a.Fallback), none)).Inc()
}

// Took implements discord.Meter.
func (m *Metrics) Took(s worker.Stage, d time.Duration) {
	m.stages.WithLabelValues(string(s)).Observe(d.Seconds())
}

// Requested implements discord.Meter.
func (m *Metrics) Requested(route string, status int, limit rest.Scope, waited time.Duration) {
	code := "error"
	if status != 0 {
		code = strconv.Itoa(status)
	}
	m.requests.WithLabelValues(route, code).Inc()
	m.waited.Observe(waited.Seconds())
	if limit != "" {
		m.limited.WithLabelValues(string(limit)).Inc()
	}
}

// Lost implements discord.Meter.
func (m *Metrics) Lost(why gateway.Loss) { m.lost.WithLabelValues(string(why)).Inc() }

// Replied implements bot.Meter.
func (m *Metrics) Replied(u bot.Usage, took time.Duration, err error) {
	m.replies.WithLabelValues(outcome(err)).Inc()
	m.replied.Observe(took.Seconds())
	m.tokens.WithLabelValues("prompt").Add(float64(max(0, u.PromptTokens-u.CachedTokens)))
	m.tokens.WithLabelValues("cached").Add(float64(max(0, u.CachedTokens)))
	m.tokens.WithLabelValues("completion").Add(float64(max(0, u.CompletionTokens)))
}

// outcome is what has become of a reply.
func outcome(err error) string {
	e, is := errors.AsType[*llm.Error](err)
	switch {
	case err == nil:
		return ok
	case is:
		return string(e.Kind)
	case isContext(err):
		return stopped
	}
	return other
}

// Dropped implements bot.Meter.
func (m *Metrics) Dropped(f proof.Flaw) { m.dropped.WithLabelValues(string(f)).Inc() }

// Looked implements bot.Meter.
func (m *Metrics) Looked(at bot.Keeping, found bool) {
	result := "miss"
	if found {
		result = "hit"
	}
	m.lookups.WithLabelValues(string(at), result).Inc()
}

// StoreFailed counts a call of the store that failed; store.Options.Failed
// takes it.
func (m *Metrics) StoreFailed(error) { m.store.Inc() }

// isContext says whether an error is that of a context which has ended.
func isContext(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
