package report

import (
	"cmp"
	"slices"
	"time"
)

// A Judged is an answer that members voted against.
type Judged struct {
	ID       string    `json:"id"`
	At       time.Time `json:"at"`
	Question string    `json:"question"` // empty where it is no longer known
	Answer   string    `json:"answer"`   // as it was shown, with its lines
	Up       int       `json:"up"`
	Down     int       `json:"down"`
	// Reasons are those of the votes, the commonest first.
	Reasons []Count `json:"reasons"`
	// Words are members' own, and More how many more wrote some.
	Words []string `json:"words"`
	More  int      `json:"more_words"`
}

// How much is told of answers that were voted against, in answers and
// characters.
const (
	mostWorst     = 20
	questionChars = 300
	answerChars   = 2000
	wordsChars    = 1000
	mostWords     = 5
)

// reasons are those of votes against an answer.
var reasons = []named{
	{"wrong", "it is wrong"},
	{"unsupported", "the quotation does not bear it out"},
	{"missing", "something is missing"},
	{"other", "something else"},
}

// judge counts the votes and finds the answers that fared worst: those that
// have most votes against them beyond those for them, the newest first.
func (r *Report) judge(rows []*Row) {
	var worst []*Row
	for _, row := range rows {
		r.Up += row.Votes.Up
		r.Down += row.Votes.Down
		if row.Votes.Down > 0 {
			worst = append(worst, row)
		}
	}
	slices.SortStableFunc(worst, func(a, b *Row) int {
		return cmp.Or(
			cmp.Compare(b.Votes.Down-b.Votes.Up, a.Votes.Down-a.Votes.Up),
			cmp.Compare(b.Votes.Down, a.Votes.Down),
			b.At.Compare(a.At),
			cmp.Compare(a.ID, b.ID))
	})
	for _, row := range worst[:min(mostWorst, len(worst))] {
		r.Worst = append(r.Worst, judged(row))
	}
}

// judged is a row as one that was voted against.
func judged(row *Row) Judged {
	j := Judged{
		ID: clip(clean(row.ID), 40), At: row.At.UTC(),
		Question: clip(clean(row.Question), questionChars),
		Answer:   clip(cleanLines(row.Answer), answerChars),
		Up:       row.Votes.Up, Down: row.Votes.Down, Reasons: []Count{},
	}
	for _, name := range row.Votes.Reasons {
		if name != "" {
			j.Reasons = add(j.Reasons, reasons, name)
		}
	}
	inOrder(j.Reasons, reasons)
	slices.SortStableFunc(j.Reasons, func(a, b Count) int { return cmp.Compare(b.N, a.N) })
	words := cleanAll(row.Votes.Words, wordsChars)
	j.Words, j.More = words[:min(mostWords, len(words))], max(0, len(words)-mostWords)
	return j
}
