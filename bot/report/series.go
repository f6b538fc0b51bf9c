package report

import (
	"time"
)

// A Series is how much was asked over a period.
type Series struct {
	// Unit is what one step is: hour, day, week, month or year, in UTC.
	Unit  string `json:"unit"`
	Steps []Step `json:"steps"`
}

// A Step is what was asked in one hour, day, week, month or year.
type Step struct {
	Start time.Time `json:"start"`
	N     int       `json:"n"`
	// Verdicts counts the step's questions by their verdicts.
	Verdicts []Count `json:"verdicts"`
}

// A unit cuts time into steps.
type unit struct {
	name string
	// floor is the beginning of the step that holds a moment in UTC, next the
	// beginning of the step after it.
	floor, next func(time.Time) time.Time
}

var units = []unit{
	{"hour", func(t time.Time) time.Time { return t.Truncate(time.Hour) }, func(t time.Time) time.Time { return t.Add(time.Hour) }},
	{"day", date, func(t time.Time) time.Time { return t.AddDate(0, 0, 1) }},
	{"week", func(t time.Time) time.Time { return date(t).AddDate(0, 0, -(int(t.Weekday())+6)%7) }, func(t time.Time) time.Time { return t.AddDate(0, 0, 7) }},
	{"month", func(t time.Time) time.Time { return date(t).AddDate(0, 0, 1-t.Day()) }, func(t time.Time) time.Time { return t.AddDate(0, 1, 0) }},
	{"year", func(t time.Time) time.Time { return date(t).AddDate(0, 0, 1-t.YearDay()) }, func(t time.Time) time.Time { return t.AddDate(1, 0, 0) }},
}

// date is the beginning of a moment's day.
func date(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

const (
	// mostHours is how long a period is told in hours, mostSteps how many
	// steps of another unit are told before a larger one is taken.
	mostHours = 48 * time.Hour
	mostSteps = 62
)

// series counts rows, which are in order, over a period. Steps in which
// nothing was asked are there too.
func series(rows []*Row, from, to time.Time) Series {
	if len(rows) == 0 {
		return Series{Unit: "day", Steps: []Step{}}
	}
	u := unitFor(from, to)
	s := Series{Unit: u.name}
	for at := u.floor(from); at.Before(to); at = u.next(at) {
		step := Step{Start: at, Verdicts: []Count{}}
		end := u.next(at)
		for ; len(rows) > 0 && rows[0].At.Before(end); rows = rows[1:] {
			step.N++
			step.Verdicts = add(step.Verdicts, verdicts, string(rows[0].Verdict))
		}
		inOrder(step.Verdicts, verdicts)
		s.Steps = append(s.Steps, step)
	}
	return s
}

// unitFor is the smallest unit that cuts a period into few enough steps.
func unitFor(from, to time.Time) unit {
	for _, u := range units {
		if u.name == "hour" && to.Sub(from) > mostHours {
			continue
		}
		n := 0
		for at := u.floor(from); n <= mostSteps && at.Before(to); at = u.next(at) {
			n++
		}
		if n <= mostSteps {
			return u
		}
	}
	return units[len(units)-1]
}
