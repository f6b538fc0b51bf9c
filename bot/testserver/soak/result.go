package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
)

// An outcome is what a soak prints.
type outcome struct {
	Seed    uint64  `json:"seed"`
	Seconds float64 `json:"seconds"` // of asking
	Rate    float64 `json:"rate"`    // acts a second that were wanted
	Nasty   bool    `json:"nasty"`
	Model   string  `json:"model"`
	report
	Bot    []trend        `json:"bot"`    // the process of the bot
	Server []trend        `json:"server"` // the one of the server and the members
	Log    map[string]int `json:"log"`    // what the bot has logged as a warning or an error
	Panics int            `json:"panics"`
}

// print writes the result for people.
func (r outcome) print(w io.Writer) error {
	how := ""
	if r.Nasty {
		how = ", nasty"
	}
	fmt.Fprintf(w, "%.0f s at %g a second%s, model %s, seed %d\n\n", r.Seconds, r.Rate, how, r.Model, r.Seed)
	if err := r.report.print(w); err != nil {
		return err
	}
	fmt.Fprintln(w)
	if err := printTrends(w, "the bot", r.Bot); err != nil {
		return err
	}
	fmt.Fprintln(w)
	if err := printTrends(w, "the server", r.Server); err != nil {
		return err
	}
	for _, what := range slices.Sorted(maps.Keys(r.Log)) {
		fmt.Fprintf(w, "the bot logged %d × %s\n", r.Log[what], what)
	}
	return nil
}
