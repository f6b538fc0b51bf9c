package llm

import "strings"

// A mark begins or ends what a model only thought, where its server leaves
// that in the reply.
type mark struct{ begin, end string }

// marks are those of the models that are known, in small letters.
var marks = func() (all []mark) {
	for _, name := range []string{"think", "thinking", "thought", "thoughts", "reasoning", "reasoning_content", "reflection", "scratchpad", "analysis", "seed:think", "inner_monologue"} {
		all = append(all, mark{"<" + name + ">", "</" + name + ">"})
	}
	return append(all,
		mark{"[think]", "[/think]"},
		mark{"◁think▷", "◁/think▷"},
		mark{"<|begin_of_thought|>", "<|end_of_thought|>"},
		mark{"<|start_thinking|>", "<|end_thinking|>"},
		mark{"<|channel|>analysis", "<|channel|>final<|message|>"},
	)
}()

// thoughts cut what a model only thought out of its reply, as it comes.
type thoughts struct {
	held string // what is not decided yet: it may be a mark, or its beginning
	in   mark   // the thought at hand, zero outside of one
	deep int    // how many of these marks have begun and not ended
	// last is the thought at hand, or the last one.
	last strings.Builder
}

// cut takes the next piece of a reply and returns what of it is not thought,
// in parts: a thought stood between two of them. The end of a thought whose
// beginning did not come stands between two parts too.
func (t *thoughts) cut(piece string) (parts []string) {
	t.held += piece
	var out strings.Builder
	part := func() {
		parts = append(parts, out.String())
		out.Reset()
	}
	for t.held != "" {
		m, at, whole := t.next()
		text := t.held[:at]
		if t.deep == 0 {
			out.WriteString(text)
		} else if t.last.Len() < longestReply {
			t.last.WriteString(text)
		}
		t.held = t.held[at:]
		if !whole {
			break
		}
		switch begins := hasFold(t.held, m.begin); {
		case begins:
			t.held = t.held[len(m.begin):]
			if t.deep++; t.deep == 1 {
				t.in = m
				t.last.Reset()
				part()
			}
		default:
			t.held = t.held[len(m.end):]
			if t.deep = max(0, t.deep-1); t.deep == 0 {
				part()
			}
		}
	}
	return append(parts, out.String())
}

// rest is what was held back at the end of the reply.
func (t *thoughts) rest() string {
	defer func() { t.held = "" }()
	if t.deep > 0 {
		return ""
	}
	return t.held
}

// next is the first mark in what is held and where it stands. It is not whole
// where only its beginning has come, or none at all: then it stands at the end.
func (t *thoughts) next() (m mark, at int, whole bool) {
	for i := range len(t.held) {
		if c := t.held[i]; c != '<' && c != '[' && c != "◁"[0] {
			continue
		}
		rest := t.held[i:]
		for _, m := range marks {
			if t.deep > 0 && m != t.in {
				continue
			}
			for _, word := range []string{m.begin, m.end} {
				switch {
				case hasFold(rest, word):
					return m, i, true
				case len(rest) < len(word) && hasFold(word, rest):
					return mark{}, i, false
				}
			}
		}
	}
	return mark{}, len(t.held), false
}

// hasFold says whether a text begins with a word, in letters of any size.
func hasFold(text, word string) bool {
	return len(text) >= len(word) && strings.EqualFold(text[:len(word)], word)
}
