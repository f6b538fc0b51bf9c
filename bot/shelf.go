package bot

import (
	"context"
	"encoding/json"
	"time"

	"summitbot/bot/proof"
)

// A Shelf keeps answers of a model for all processes, and after a restart.
type Shelf interface {
	// Recall returns what was kept under a key, nil if there is nothing.
	Recall(ctx context.Context, key string) ([]byte, error)
	// Shelve keeps an answer under a key for some time.
	Shelve(ctx context.Context, key string, body []byte, life time.Duration) error
}

// A shelved answer is what is kept of one: its statements, which code
// examines again when it is taken from the shelf.
type shelved struct {
	Verdict Verdict        `json:"verdict"`
	Mode    Mode           `json:"mode"`
	Why     Fallback       `json:"fallback,omitempty"`
	List    bool           `json:"list,omitempty"`
	Heading string         `json:"heading,omitempty"`
	Claims  []shelvedClaim `json:"claims"`
	Direct  Direct         `json:"direct,omitempty"`
	Missing string         `json:"missing,omitempty"`
}

type shelvedClaim struct {
	Statement
	How proof.How `json:"how"`
}

// toShelf keeps an answer that says something. A shelf that fails costs a
// reply, and nothing else.
func (a *Answerer) toShelf(ctx context.Context, key string, ans Answer) {
	if a.writer.shelf == nil || len(ans.Claims) == 0 || ans.Refusal != nil {
		return
	}
	s := shelved{Verdict: ans.Verdict, Mode: ans.Mode, Why: ans.Fallback, List: ans.List, Heading: ans.Heading, Direct: ans.Direct, Missing: ans.Missing}
	for _, c := range ans.Claims {
		s.Claims = append(s.Claims, shelvedClaim{c.Statement(), c.How()})
	}
	body, err := json.Marshal(s)
	if err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, noteWithin)
	defer cancel()
	_ = a.writer.shelf.Shelve(ctx, key, body, keptFor)
}

// fromShelf returns the answer that is kept under a key, if all that it says
// may still be said.
func (a *Answerer) fromShelf(ctx context.Context, key string, offline Answer) (ans Answer, ok bool) {
	if a.writer.shelf == nil {
		return Answer{}, false
	}
	ctx, cancel := context.WithTimeout(ctx, noteWithin)
	defer cancel()
	defer func() { a.writer.meter.Looked(OnShelf, ok) }()
	body, err := a.writer.shelf.Recall(ctx, key)
	var s shelved
	if err != nil || body == nil || json.Unmarshal(body, &s) != nil {
		return Answer{}, false
	}
	ans = Answer{Question: offline.Question, Verdict: s.Verdict, Mode: s.Mode, Fallback: s.Why, List: s.List, Heading: s.Heading, Direct: s.Direct, Missing: s.Missing}
	for _, st := range s.Claims {
		c, err := a.gate.Restore(st.Statement, st.How, offline.asked())
		if err != nil {
			return Answer{}, false
		}
		ans.Claims = append(ans.Claims, c)
	}
	ans.Badge = badge(ans.Claims)
	return ans, len(ans.Claims) > 0
}
