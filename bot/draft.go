package bot

import (
	"encoding/json"
	"errors"
	"strings"

	"summitbot/bot/proof"
	"summitbot/prompts"
)

// A draft reads a model's reply as it comes: a JSON object of the form of
// prompts.Schema, with or without words around it. Each statement is told as
// soon as it is complete, in order.
type draft struct {
	shown prompts.Passages
	text  []byte
	at    int // what is read so far
	// depth is how many brackets are open, and list the depth inside the
	// list of statements, 0 outside of it.
	depth, list int
	inString    bool
	escaped     bool
	begun       int // where the object at hand begins, -1 for none
	opened      int // where the string at hand begins
	key         string
	statements  int

	// Verdict, Direct and Missing are those of a complete reply.
	Verdict Verdict
	Direct  Direct
	Missing string
	done    bool
	object  int // where the reply's own object begins, -1 before it
}

const (
	longestDraft   = 256 << 10 // bytes
	mostStatements = 40
)

var (
	errNoDraft   = errors.New("the model's reply holds no answer in the form that was asked for")
	errLongDraft = errors.New("the model's reply is too long")
)

func newDraft(shown prompts.Passages) *draft {
	return &draft{shown: shown, begun: -1, object: -1}
}

// write takes the next piece of the reply and returns the statements that it
// completes.
func (d *draft) write(piece string) ([]Statement, error) {
	if len(d.text)+len(piece) > longestDraft {
		return nil, errLongDraft
	}
	d.text = append(d.text, piece...)
	var out []Statement
	for ; d.at < len(d.text) && !d.done; d.at++ {
		if s, ok := d.step(d.text[d.at]); ok && d.statements < mostStatements {
			d.statements++
			out = append(out, s)
		}
	}
	return out, nil
}

// step reads one byte. It returns a statement when one ends with it.
func (d *draft) step(c byte) (s Statement, ok bool) {
	if d.object < 0 && c != '{' {
		return s, false // words before the object
	}
	if d.inString {
		switch {
		case d.escaped:
			d.escaped = false
		case c == '\\':
			d.escaped = true
		case c == '"':
			d.inString = false
			if d.depth == 1 {
				d.key = string(d.text[d.opened+1 : d.at])
			}
		}
		return s, false
	}
	switch c {
	case '"':
		d.inString, d.opened = true, d.at
	case '{', '[':
		if d.object < 0 {
			d.object = d.at
		}
		d.depth++
		if c == '[' && d.depth == 2 && d.key == "statements" && d.list == 0 {
			d.list = d.depth
		}
		if c == '{' && d.list > 0 && d.depth == d.list+1 {
			d.begun = d.at
		}
	case '}', ']':
		return d.closing(c)
	}
	return s, false
}

// closing reads a closing bracket.
func (d *draft) closing(c byte) (s Statement, ok bool) {
	if c == '}' && d.begun >= 0 && d.depth == d.list+1 {
		s, ok = d.statement(d.text[d.begun : d.at+1])
		d.begun = -1
	}
	if c == ']' && d.depth == d.list {
		d.list = -1 // there is one list only
	}
	d.depth--
	if d.depth == 0 {
		d.finish(d.text[d.object : d.at+1])
	}
	return s, ok
}

// statement reads one complete statement. Sentences that were not shown are left
// as nobody finds them.
func (d *draft) statement(object []byte) (Statement, bool) {
	var read struct {
		Text      string
		Sentences []string
	}
	if json.Unmarshal(object, &read) != nil {
		return Statement{}, false
	}
	s := Statement{Text: read.Text}
	for _, name := range read.Sentences[:min(len(read.Sentences), proof.MostEvidence)] {
		slug, sentence := d.shown.Sentence(name)
		s.Evidence = append(s.Evidence, Evidence{Article: slug, Sentence: sentence})
	}
	return s, true
}

// finish reads what the reply says as a whole.
func (d *draft) finish(object []byte) {
	var read struct {
		Verdict, Direct, Missing string
	}
	if json.Unmarshal(object, &read) != nil {
		return
	}
	d.done = true
	d.Missing = strings.Join(strings.Fields(read.Missing), " ")
	if direct := Direct(strings.ToLower(read.Direct)); forJudge[direct] != "" {
		d.Direct = direct
	}
	switch read.Verdict {
	case "answered", "partly", "not_in_article", "out_of_scope":
		d.Verdict = Verdict(read.Verdict)
	case "false_premise":
		d.Verdict = PremiseCorrected
	default:
		d.Verdict = Partly
	}
}

// close says whether the reply was one.
func (d *draft) close() error {
	if !d.done {
		return errNoDraft
	}
	return nil
}
