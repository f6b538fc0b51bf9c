package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"summitbot/bot/testserver"
)

// An item is something that a member has done, and what has come of it.
type item struct {
	kind     string
	want     wanted
	id       string // the message's or interaction's
	user     string
	words    string // that its answer has to have, empty for none
	said     string // the beginning of it, or the name of a command or component
	asked    time.Time
	change   bool                        // it is an edit or a deletion of what was asked before
	command  bool                        // it is an interaction, with what follows
	state    testserver.InteractionState // how far it has come
	choices  bool                        // it was answered with suggestions
	form     bool                        // it was answered with a modal
	told     time.Time                   // when the bot was told of it last; zero: it was not
	hindered time.Duration               // for how long faults have kept off the bot's answer
	missed   bool                        // the bot will never be told of it
	parts    []part                      // the messages that answer it now
	twice    bool                        // it was answered more than once
	took     time.Duration               // until it was complete for the first time, 0 before
	counted  bool                        // its tally has it
	replaced bool                        // another item follows the same message
}

// A part is a message that belongs to an answer.
type part struct {
	id string
	reading
	old bool // it answers the question as it was before its edit
	has bool // the words that are wanted
}

// event is the gateway's event by which the bot learns of an item.
func (it *item) event() string {
	switch {
	case it.want == wantGone:
		return "MESSAGE_DELETE"
	case it.change || it.words != "":
		return "MESSAGE_UPDATE"
	case it.command:
		return "INTERACTION_CREATE"
	}
	return "MESSAGE_CREATE"
}

// hold takes what a message of the bot's shows now.
func (it *item) hold(m testserver.Message, r reading) {
	r.unfinished = r.unfinished || m.Loading()
	now := part{id: m.ID, reading: r, has: strings.Contains(m.Text(), it.words)}
	if i := slices.IndexFunc(it.parts, func(p part) bool { return p.id == m.ID }); i >= 0 {
		it.parts[i] = now
	} else {
		it.parts = append(it.parts, now)
	}
	pages := map[int]int{}
	n := 0
	for _, p := range it.parts {
		if !p.unfinished && !p.old {
			pages[p.page]++
			n++
		}
	}
	it.twice = it.twice || pages[0] > 0 && n > 1
	for _, times := range pages {
		it.twice = it.twice || times > 1
	}
}

// drop takes a message away that the bot has deleted.
func (it *item) drop(id string) {
	it.parts = slices.DeleteFunc(it.parts, func(p part) bool { return p.id == id })
}

// whole tells whether the messages are one answer, finished and with all its
// pages; one that came twice is whole too.
func (it *item) whole() bool {
	seen, of := map[int]bool{}, 1
	for _, p := range it.parts {
		if p.unfinished || p.old {
			return false
		}
		seen[max(p.page, 1)] = true
		of = max(of, p.of)
	}
	return len(seen) == of
}

// apology is what the answer says that went wrong, empty for nothing.
func (it *item) apology() string {
	for _, p := range it.parts {
		if p.apology != "" {
			return p.apology
		}
	}
	return ""
}

// complete tells whether what is wanted is there. Where nothing is wanted, it
// never is: that is judged at its time.
func (it *item) complete() bool {
	if it.command && it.state != testserver.StateAnswered {
		return false
	}
	switch it.want {
	case wantAnswer:
		return it.whole() && slices.ContainsFunc(it.parts, func(p part) bool { return p.has })
	case wantChoices:
		return it.choices
	case wantForm:
		return it.form
	case wantAcknowledged:
		return true
	case wantGone:
		return it.change && len(it.parts) == 0
	}
	return false
}

// inTime is how late the bot may be told of an interaction, what the server's
// faults take of its time included, to acknowledge it within Discord's 3 s.
const inTime = 2 * time.Second

// excused tells whether the bot could not know of it, or not in time. Of a
// message that was asked it could: it stands to be read.
func (it *item) excused() bool {
	switch {
	case it.command && it.state == testserver.StateFailed:
		return it.missed || it.told.IsZero() || it.told.Sub(it.asked)+it.hindered > inTime
	case it.command || it.change || it.want == wantGone || it.words != "":
		return it.missed
	}
	return false
}

// A verdict is what has become of an item.
type verdict int

// The verdicts. What is open has time left.
const (
	open verdict = iota
	answered
	unreached
	lost
	doubled
	late
	wrong
)

// quiet is how long nothing must have come of what nothing should come of, to
// be done with. It is watched for longer.
const quiet = 2 * time.Second

// judge is what has become of an item by now.
func (it *item) judge(now time.Time, limit time.Duration) verdict {
	age := now.Sub(it.asked)
	hasTime := age <= limit
	switch {
	case it.want == wantSilence && len(it.parts) > 0:
		return wrong
	case it.want == wantSilence || it.want == wantGone && len(it.parts) == 0:
		switch {
		case age < quiet:
			return open
		case it.took > limit:
			return late
		}
		return answered
	case it.want == wantGone && !hasTime && it.excused():
		return unreached
	case it.want == wantGone && !hasTime:
		return wrong
	case it.want == wantGone:
		return open
	case it.twice:
		return doubled
	case it.complete():
		switch {
		case it.apology() != "":
			return wrong
		case it.took > limit:
			return late
		}
		return answered
	case it.excused():
		return unreached
	case it.command && it.state == testserver.StateFailed:
		return lost
	case hasTime:
		return open
	case it.whole():
		return wrong // to the question as it was before its edit
	case it.change && slices.ContainsFunc(it.parts, func(p part) bool { return !p.old && !p.unfinished }):
		return doubled // anew, beside the old answer
	case len(it.parts) > 0 && !it.change:
		return wrong
	}
	return lost
}

// why says what is the matter with an item.
func (it *item) why(v verdict, limit time.Duration) string {
	var ids []string
	for _, p := range it.parts {
		ids = append(ids, p.id)
	}
	return fmt.Sprintf("%s %s of %s at %s %s; %q, answered by %v", it.kind, it.id, it.user, it.asked.Format("15:04:05.000"), it.matter(v, limit), it.said, ids)
}

func (it *item) matter(v verdict, limit time.Duration) string {
	switch {
	case v == lost && it.state == testserver.StateFailed:
		return fmt.Sprintf("was told to the bot after %v, hindered for %v, and not acknowledged in time", it.told.Sub(it.asked).Round(time.Millisecond), it.hindered)
	case v == lost && it.change:
		return fmt.Sprintf("had no effect within %v", limit)
	case v == lost:
		return fmt.Sprintf("was not answered within %v", limit)
	case v == doubled:
		return "was answered more than once"
	case v == late:
		return fmt.Sprintf("took %v", it.took.Round(time.Millisecond))
	case it.want == wantSilence:
		return "was answered though it was not said to the bot"
	case it.want == wantGone:
		return "was deleted, and an answer to it stands"
	case slices.ContainsFunc(it.parts, func(p part) bool { return p.unfinished }):
		return "was left with an answer that is not finished"
	case it.want == wantForm || it.want == wantChoices:
		return "was answered with something else than what was wanted"
	case it.whole() && !it.complete():
		return fmt.Sprintf("was edited, and its answer does not say %q", it.words)
	case !it.whole():
		return "was answered with a part of the pages"
	}
	return fmt.Sprintf("was answered with %q", clip(it.apology()))
}
