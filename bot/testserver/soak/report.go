package main

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// A tally counts what has become of one kind of things asked.
type tally struct {
	asked    int
	verdicts map[verdict]int
	took     histogram
}

func (c *checker) tally(kind string) *tally {
	r := c.tallies[kind]
	if r == nil {
		r = &tally{verdicts: map[verdict]int{}}
		c.tallies[kind] = r
	}
	return r
}

// count puts an item's verdict into its tally, once. The caller holds c.mu.
func (c *checker) count(it *item, now time.Time) {
	if it.counted {
		return
	}
	it.counted = true
	v := it.judge(now, c.limit)
	r := c.tally(it.kind)
	r.verdicts[v]++
	if it.took > 0 {
		r.took.add(it.took)
	}
	if v > unreached {
		c.find(v, "%s", it.why(v, c.limit))
	}
}

// A histogram counts durations in steps of 5 %, from 0.1 ms.
type histogram struct {
	steps map[int]int
	n     int
}

const (
	histogramStep  = 1.05
	histogramFirst = 100 * time.Microsecond
)

func (h *histogram) add(d time.Duration) {
	if h.steps == nil {
		h.steps = map[int]int{}
	}
	h.n++
	h.steps[max(0, int(math.Ceil(math.Log(float64(d)/float64(histogramFirst))/math.Log(histogramStep))))]++
}

// quantile is the duration that a share of all do not exceed, 0 of none.
func (h *histogram) quantile(share float64) time.Duration {
	rank := int(math.Ceil(share * float64(h.n)))
	for _, step := range slices.Sorted(maps.Keys(h.steps)) {
		if rank -= h.steps[step]; rank <= 0 {
			return time.Duration(float64(histogramFirst) * math.Pow(histogramStep, float64(step)))
		}
	}
	return 0
}

func (h *histogram) merge(o histogram) {
	for step, n := range o.steps {
		if h.steps == nil {
			h.steps = map[int]int{}
		}
		h.steps[step] += n
	}
	h.n += o.n
}

// A row says what has become of one kind of things asked.
type row struct {
	Kind      string `json:"kind"`
	Asked     int    `json:"asked"`
	Answered  int    `json:"answered"`  // as it should be, once and in time
	Unreached int    `json:"unreached"` // the bot could not know of it in time
	Lost      int    `json:"lost"`
	Doubled   int    `json:"doubled"`
	Late      int    `json:"late"`
	Wrong     int    `json:"wrong"` // unfinished, an apology, or where there should be none
	Open      int    `json:"open"`  // had time left at the end
	// Quantiles of the time until the answer was there, in milliseconds,
	// within 5 %; 0 where nothing was to come.
	P50 float64 `json:"p50_ms"`
	P90 float64 `json:"p90_ms"`
	P99 float64 `json:"p99_ms"`
}

// A report is what has become of all that was asked.
type report struct {
	Rows  []row `json:"rows"` // by kind
	Total row   `json:"total"`
	// Violations counts calls against Discord's rules, and messages that
	// answer nothing.
	Violations int `json:"violations"`
	// Limited counts the calls that were answered with 429 in earnest or by a
	// fault, Refused what else was refused without the bot's fault, by why.
	Limited int            `json:"limited"`
	Refused map[string]int `json:"refused"`
	// Away is how often the bot lost its connection to the gateway, and for how
	// long in all and at most it had none.
	Away struct {
		Times   int     `json:"times"`
		Seconds float64 `json:"seconds"`
		Longest float64 `json:"longest_seconds"`
	} `json:"away"`
	// Findings say what is held against the bot, a few of each sort, and
	// Unkept how many there are beyond those.
	Findings []string `json:"findings"`
	Unkept   int      `json:"unkept"`
}

// report judges everything as it stands now. Nothing is watched after it.
func (c *checker) report() report {
	c.forget(time.Now().Add(time.Hour))
	c.mu.Lock()
	defer c.mu.Unlock()
	for id := range c.strays {
		c.bad++
		c.find(open, "message %s answers nothing that is known", id)
	}
	clear(c.strays)
	r := report{Violations: c.bad, Limited: c.limited, Refused: maps.Clone(c.refused), Findings: slices.Clone(c.findings), Unkept: -len(c.findings)}
	for _, n := range c.found {
		r.Unkept += n
	}
	c.away.update(true, time.Now())
	r.Away.Times, r.Away.Seconds, r.Away.Longest = c.away.times, c.away.all.Seconds(), c.away.longest.Seconds()
	total := tally{verdicts: map[verdict]int{}}
	for _, kind := range slices.Sorted(maps.Keys(c.tallies)) {
		one := c.tallies[kind]
		r.Rows = append(r.Rows, one.as(kind))
		total.asked += one.asked
		for v, n := range one.verdicts {
			total.verdicts[v] += n
		}
		total.took.merge(one.took)
	}
	r.Total = total.as("all")
	return r
}

func (r *tally) as(kind string) row {
	quantile := func(share float64) float64 {
		return math.Round(float64(r.took.quantile(share).Microseconds())/100) / 10
	}
	return row{
		kind, r.asked, r.verdicts[answered], r.verdicts[unreached], r.verdicts[lost], r.verdicts[doubled],
		r.verdicts[late], r.verdicts[wrong], r.verdicts[open], quantile(.5), quantile(.9), quantile(.99),
	}
}

// fault says what is held against the bot, nil for nothing.
func (r report) fault() error {
	var faults []string
	for _, f := range []struct {
		n    int
		what string
	}{{r.Total.Lost, "lost"}, {r.Total.Doubled, "doubled"}, {r.Total.Late, "late"}, {r.Total.Wrong, "wrong"}, {r.Total.Open, "open"}, {r.Violations, "against Discord's rules"}} {
		if f.n > 0 {
			faults = append(faults, fmt.Sprintf("%d %s", f.n, f.what))
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("of %d asked: %s", r.Total.Asked, strings.Join(faults, ", "))
}

// print writes the report as a table, with the findings below it.
func (r report) print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\tasked\tanswered\tunreached\tlost\tdoubled\tlate\twrong\topen\tp50 ms\tp90 ms\tp99 ms\t")
	for _, row := range append(slices.Clone(r.Rows), r.Total) {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%.1f\t%.1f\t%.1f\t\n", row.Kind, row.Asked, row.Answered, row.Unreached,
			row.Lost, row.Doubled, row.Late, row.Wrong, row.Open, row.P50, row.P90, row.P99)
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("printing the table: %w", err)
	}
	var s strings.Builder
	fmt.Fprintf(&s, "against Discord's rules: %d; answered with 429: %d\n", r.Violations, r.Limited)
	fmt.Fprintf(&s, "the bot lost its connection %d times, and had none for %.1f s in all, %.1f s at most\n", r.Away.Times, r.Away.Seconds, r.Away.Longest)
	for _, why := range slices.Sorted(maps.Keys(r.Refused)) {
		fmt.Fprintf(&s, "refused, not held against the bot: %d × %s\n", r.Refused[why], why)
	}
	for _, f := range r.Findings {
		fmt.Fprintf(&s, "- %s\n", f)
	}
	if r.Unkept > 0 {
		fmt.Fprintf(&s, "- and %d more\n", r.Unkept)
	}
	if _, err := io.WriteString(w, s.String()); err != nil {
		return fmt.Errorf("printing the findings: %w", err)
	}
	return nil
}
