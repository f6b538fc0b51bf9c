package bot

import (
	"bufio"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"slices"
	"testing"
)

// A drafted is a statement as a model might write it about the seed article,
// with one quotation.
type drafted struct {
	Lie            string // what is wrong with it; empty for an honest one
	Text, Sentence string
	Quote          string
}

func (d drafted) statement() Statement {
	return Statement{Text: d.Text, Evidence: []Evidence{{Article: "alaska-summit", Sentence: d.Sentence, Quote: d.Quote}}}
}

func readDrafted(t *testing.T, file string) []drafted {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	var all []drafted
	for lines.Scan() {
		var d drafted
		if err := json.Unmarshal(lines.Bytes(), &d); err != nil {
			t.Fatal(err)
		}
		all = append(all, d)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// No lie passes the gate.
func TestLiars(t *testing.T) {
	gate := NewGate(seed(t))
	all := readDrafted(t, "testdata/liars.jsonl")
	if len(all) < 120 {
		t.Fatalf("there are %d lies", len(all))
	}
	kinds, refused := map[string]int{}, map[string]int{}
	for _, d := range all {
		kinds[d.Lie]++
		switch c, err := gate.Prove(d.statement()); {
		case err == nil:
			t.Errorf("%s: proven: %q by %q", d.Lie, c.Text(), c.Quotes()[0].Text)
		case !errors.Is(err, ErrUnproven) || !errors.As(err, new(*Unproven)):
			t.Errorf("%s: the error %v does not say what is wrong", d.Lie, err)
		default:
			refused[d.Lie]++
		}
	}
	for _, k := range slices.Sorted(maps.Keys(kinds)) {
		t.Logf("%-20s %3d of %3d refused", k, refused[k], kinds[k])
	}
}

// Nearly all that is honest does, in other words and other languages too.
func TestHonest(t *testing.T) {
	gate := NewGate(seed(t))
	all := readDrafted(t, "testdata/honest.jsonl")
	if len(all) < 60 {
		t.Fatalf("there are %d honest statements", len(all))
	}
	kept := 0
	for _, d := range all {
		if _, err := gate.Prove(d.statement()); err != nil {
			t.Logf("refused: %q: %v", d.Text, err)
		} else {
			kept++
		}
	}
	t.Logf("%d of %d honest statements are kept", kept, len(all))
	if float64(kept) < .95*float64(len(all)) {
		t.Errorf("only %d of %d honest statements are kept", kept, len(all))
	}
}
