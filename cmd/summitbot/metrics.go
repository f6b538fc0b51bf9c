package main

import (
	"fmt"

	"summitbot/bot"
	"summitbot/bot/discord"
	"summitbot/bot/llm"
	"summitbot/bot/metrics"
	"summitbot/bot/store"
)

// counts are who counts what the bot does: nobody, unless METRICS_ADDR is set.
type counts struct {
	all         *metrics.Metrics
	ofAnswers   bot.Meter
	ofBot       discord.Meter
	storeFailed func(error)
}

// measure begins to count and to tell of it at METRICS_ADDR, until stop is
// called.
func (s service) measure() (c counts, stop func(), err error) {
	if s.cfg.MetricsAddr == "" {
		return counts{}, func() {}, nil
	}
	m := metrics.New()
	stop, err = m.Serve(string(s.cfg.MetricsAddr), bool(s.cfg.Pprof), s.log)
	if err != nil {
		return counts{}, nil, fmt.Errorf("listening at METRICS_ADDR (another process may have that port: name another one, or 0 for a free one): %w", err)
	}
	return counts{m, m, m, m.StoreFailed}, stop, nil
}

// watch has the metrics tell how the bot's parts are.
func (s service) watch(c counts, b *discord.Bot, kept *store.Store, answerer *bot.Answerer, client *llm.Client) {
	if c.all == nil {
		return
	}
	sources := metrics.Sources{State: b.State, Writable: kept.Ping, Backlog: kept.Backlog}
	if client != nil {
		sources.Breaker, sources.Spent, sources.Budget = client.Breaker, kept.Spent, s.cfg.DailyTokenBudget
		sources.Judge = func() string { return answerer.JudgeState().String() }
	}
	if kept.Durable() && !kept.Shared() {
		sources.Free = func() (uint64, error) { return freeSpace(s.folder) }
	}
	c.all.Watch(sources)
}
