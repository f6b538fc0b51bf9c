package bot

import (
	"fmt"
	"reflect"
	"testing"
)

func TestMemory(t *testing.T) {
	m := newMemory()
	ask := func(place, member, text string) []string {
		return m.recall(Question{Place: place, Member: member, Text: text})
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
		m.recall(Question{Place: "general", Member: fmt.Sprint(i), Text: "why?"})
	}
	if len(m.by) != conversations || m.latest.Len() != conversations {
		t.Errorf("%d conversations are remembered, want %d", len(m.by), conversations)
	}
	if got := m.recall(Question{Place: "general", Member: "0", Text: "and?"}); got != nil {
		t.Errorf("the oldest conversation is remembered: %q", got)
	}
}
