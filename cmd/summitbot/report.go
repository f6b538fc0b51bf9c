package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"summitbot/bot"
	"summitbot/bot/report"
	"summitbot/bot/store"
	"summitbot/retrieval"
)

const reportUsage = `usage: summitbot report [-since 7d] [-html FILE] [-png FILE] [-prices LIST] [-json]

Tells what members asked and what became of it: verdicts, what the article
lacks, which of its paragraphs are asked about, votes, time, tokens and cost.
It is printed as text; -html writes a page with charts beside that, and -png a
picture of the article. All of them hold members' words.

`

// A rowSource holds what was asked.
type rowSource interface {
	// Rows returns the questions that were asked since a moment, with the
	// votes on their answers, in any order.
	Rows(ctx context.Context, since time.Time) ([]report.Row, error)
}

// A reporting says what is to be written.
type reporting struct {
	since     time.Time // zero for all that is kept
	html, png string    // names of files, or empty
	prices    *report.Prices
	json      bool
}

// runReport prints a report of what the store keeps.
func runReport(ctx context.Context, env environment, args []string) error {
	fs := flag.NewFlagSet("report", flag.ContinueOnError)
	since := fs.String("since", "", "tell of this `time`: 7d, 24h, or from a day on, such as 2026-11-01 (default all that is kept)")
	prices := fs.String("prices", "", "what a million tokens cost, as a `list`: prompt,cached,reply[,currency], such as 0.40,0.10,1.60,USD")
	var what reporting
	fs.StringVar(&what.html, "html", "", "write a page with charts into this `file`")
	fs.StringVar(&what.png, "png", "", "write a picture of the article into this `file`")
	fs.BoolVar(&what.json, "json", false, "print the figures as JSON")
	if err := parseFlags(env, fs, args, reportUsage, false); err != nil {
		return err
	}
	now := time.Now().UTC()
	var err error
	if what.since, err = parseSince(*since, now); err != nil {
		return err
	}
	if what.prices, err = parsePrices(*prices); err != nil {
		return err
	}
	cfg, err := readConfig(env)
	if err != nil {
		return err
	}
	index, err := loadIndex(cfg)
	if err != nil {
		return err
	}
	return withStore(ctx, env, func(kept *store.Store, _ config) error {
		return writeReport(ctx, env.stdout, storedRows{kept, ""}, index.Articles(), what, now)
	})
}

// writeReport writes the report of what a source holds up to now.
func writeReport(ctx context.Context, stdout io.Writer, source rowSource, articles []*retrieval.Article, what reporting, now time.Time) error {
	rows, err := source.Rows(ctx, what.since)
	if err != nil {
		return fmt.Errorf("reading what was asked: %w", err)
	}
	r := report.New(rows, articles, report.Options{From: what.since, To: now, Prices: what.prices})
	for _, f := range []struct {
		name  string
		write func(io.Writer) error
	}{{what.html, r.HTML}, {what.png, r.PNG}} {
		if f.name == "" {
			continue
		}
		var b bytes.Buffer
		if err := f.write(&b); err != nil {
			return err
		}
		// Members' words are for the operator alone.
		if err := os.WriteFile(f.name, b.Bytes(), 0o600); err != nil {
			return fmt.Errorf("writing the report: %w", err)
		}
	}
	if what.json {
		enc := json.NewEncoder(stdout)
		enc.SetEscapeHTML(false)
		return enc.Encode(r)
	}
	_, err = io.WriteString(stdout, r.Text())
	return err
}

// storedRows are the rows of the store, of one server or, where that is empty,
// of all.
type storedRows struct {
	*store.Store
	server string
}

// Rows is rowSource's.
func (s storedRows) Rows(ctx context.Context, since time.Time) (rows []report.Row, err error) {
	err = s.Records(ctx, s.server, since, func(r bot.Record) error {
		rows = append(rows, rowOf(r))
		return nil
	})
	return rows, err
}

// A reporter makes the reports that /report shows.
type reporter struct {
	kept     *store.Store
	articles []*retrieval.Article
}

// Report is discord.Reporter's.
func (r reporter) Report(ctx context.Context, server string, since time.Time) (text string, picture []byte, err error) {
	rows, err := storedRows{r.kept, server}.Rows(ctx, since)
	if err != nil {
		return "", nil, err
	}
	told := report.New(rows, r.articles, report.Options{From: since, To: r.kept.Now()})
	var png bytes.Buffer
	err = told.PNG(&png)
	return told.Short(), png.Bytes(), err
}

// rowOf is a record as a report has it.
func rowOf(r bot.Record) report.Row {
	row := report.Row{
		ID: r.ID, At: r.Accepted, Server: r.Server, Kind: r.Kind, Question: r.Question, Verdict: r.Verdict, Mode: r.Mode, Fallback: r.Fallback,
		Reason: r.Reason, Lacking: r.Lacking, Article: r.Article, Sentences: r.Sentences, Near: r.Near, Answer: r.Answer, Took: r.Took, Usage: r.Usage,
	}
	for _, v := range r.Votes {
		if v.Up {
			row.Votes.Up++
			continue
		}
		row.Votes.Down++
		row.Votes.Reasons = append(row.Votes.Reasons, v.Reason)
		if v.Words != "" {
			row.Votes.Words = append(row.Votes.Words, v.Words)
		}
	}
	return row
}

// mostDays is how far back -since may look.
const mostDays = 36500

// parsePrices reads what tokens cost; nil when nothing is said.
func parsePrices(s string) (*report.Prices, error) {
	if s == "" {
		return nil, nil
	}
	fields := strings.Split(s, ",")
	p := report.Prices{Currency: "USD"}
	if len(fields) == 4 {
		p.Currency = strings.TrimSpace(fields[3])
	}
	ok := len(fields) == 3 || len(fields) == 4 && p.Currency != ""
	for i, into := range []*float64{&p.Prompt, &p.Cached, &p.Completion} {
		if !ok {
			break
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(fields[i]), 64)
		*into = v
		ok = err == nil && v >= 0 && !math.IsInf(v, 0)
	}
	if !ok {
		return nil, usagef("report -prices: %q is not prompt,cached,reply[,currency] for a million tokens, such as 0.40,0.10,1.60,USD", s)
	}
	return &p, nil
}
