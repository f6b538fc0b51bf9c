package store

import (
	"strings"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/store/storetest"
	"summitbot/seeds/seedtest"
)

// A disk that is really full: members are answered, /readyz's question gets the
// truth, the operator is told once, and once when there is room again.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	folder := storetest.SmallDisk(t, 1<<20)
	s, err := Open(t.Context(), Options{Folder: folder, Serving: true, Retention: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	w := startBot(t, s, slowly{Answerer: bot.NewAnswerer(seedtest.Index(t), bot.Options{})})
	w.answered(w.say("one", "why was Alaska chosen?"))
	w.settles()
	// Nothing is left, not even what the log had before.
	if err := s.emptyLog(t.Context()); err != nil {
		t.Fatal(err)
	}
	empty := storetest.Fill(t, folder)
	if err := s.Ping(t.Context()); err == nil {
		t.Error("the store says that it can be written to")
	}
	w.answered(w.say("two", "why was Alaska chosen?"))
	w.logs("the store is away")
	w.answered(w.say("three", "why was Alaska chosen?"))
	empty()
	w.logs("the store is there again")
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("there is room again: %v", err)
	}
	w.answered(w.say("four", "why was Alaska chosen?"))
	w.settles()
	w.stop()
	for _, told := range []string{"the store is away", "the store is there again"} {
		if n := strings.Count(w.log.String(), told); n != 1 {
			t.Errorf("%q is told %d times", told, n)
		}
	}
	for _, channel := range []string{"one", "two", "three", "four"} {
		if n := w.said(channel); n != 1 {
			t.Errorf("in %s the bot said %d things", channel, n)
		}
	}
}
