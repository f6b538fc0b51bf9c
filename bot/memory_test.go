package bot

import (
	"fmt"
	"reflect"
	"testing"
	"time"
)

func TestMemory(t *testing.T) {
	m := newMemory()
	ask := func(place, member, text string) []string {
		q := Question{Place: place, Member: member, Text: text}
		defer m.keep(q)
		return m.recall(q)
	}
	ask("general", "ana", "one")
	ask("general", "ben", "other")
	ask("general", "ana", "two")
	ask("general", "ana", "three")
	if got, want := ask("general", "ana", "four"), []string{"one", "two", "three"}; !reflect.DeepEqual(got, want) {
		t.Errorf("ana's earlier questions are %q, want %q", got, want)
	}
	if got, want := ask("general", "ana", "five"), []string{"two", "three", "four"}; !reflect.DeepEqual(got, want) {
		t.Errorf("ana's earlier questions are %q, want %q: %d are remembered", got, want, turns)
	}
	if got, want := ask("general", "ben", "again"), []string{"other"}; !reflect.DeepEqual(got, want) {
		t.Errorf("ben's earlier questions are %q, want %q", got, want)
	}
	if got := ask("", "ana", "nowhere"); got != nil {
		t.Errorf("a question from nowhere goes on from %q", got)
	}
}

func TestMemoryForgets(t *testing.T) {
	m := newMemory()
	for i := range conversations + 5 {
		m.keep(Question{Place: "general", Member: fmt.Sprint(i), Text: "why?"})
	}
	if len(m.by) != conversations || m.latest.Len() != conversations {
		t.Errorf("%d conversations are remembered, want %d", len(m.by), conversations)
	}
	if got := m.recall(Question{Place: "general", Member: "0", Text: "and?"}); got != nil {
		t.Errorf("the oldest conversation is remembered: %q", got)
	}
}

func TestConversationsLapse(t *testing.T) {
	now := time.Date(2025, 8, 15, 12, 0, 0, 0, time.UTC)
	m := newMemory()
	m.now = func() time.Time { return now }
	q := Question{Place: "general", Member: "ana", Text: "why Alaska?"}
	m.keep(q)
	now = now.Add(lapse)
	if got := m.recall(q); len(got) != 1 {
		t.Errorf("%v after a question, %q is remembered", lapse, got)
	}
	now = now.Add(time.Second)
	if got := m.recall(q); got != nil {
		t.Errorf("a lapsed conversation is remembered: %q", got)
	}
	m.keep(q)
	if got := m.recall(q); len(got) != 1 {
		t.Errorf("after a lapse %q is remembered", got)
	}
}
