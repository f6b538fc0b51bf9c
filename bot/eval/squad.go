package eval

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"summitbot/retrieval"
)

// squad is a file in the format of SQuAD 2.0 (Rajpurkar, Jia and Liang, "Know
// What You Don't Know: Unanswerable Questions for SQuAD", 2018).
type squad struct {
	Data []struct {
		Title      string `json:"title"`
		Paragraphs []struct {
			Context   string          `json:"context"`
			Questions []squadQuestion `json:"qas"`
		} `json:"paragraphs"`
	} `json:"data"`
}

type squadQuestion struct {
	Question   string `json:"question"`
	Impossible bool   `json:"is_impossible"`
	Answers    []struct {
		Text  string `json:"text"`
		Start int    `json:"answer_start"` // in characters
	} `json:"answers"`
}

// A Squad is what searching a SQuAD file, one article at a time, came to.
type Squad struct {
	Articles   int `json:"articles"`
	Answerable int `json:"answerable"`
	// At1, At3 and At5 are how often the paragraph with the answer is among
	// the first; MRR is the mean of one over its place.
	At1 Rate    `json:"at1"`
	At3 Rate    `json:"at3"`
	At5 Rate    `json:"at5"`
	MRR float64 `json:"mrr"`
	// In3 is how often the answer stands in one of the best 3 sentences.
	In3 Rate `json:"in3"`
	// NearMiss is how well answerable questions are told from those that
	// their own article does not answer, OffTopic from the questions of
	// another article: the area under the ROC curve.
	NearMiss float64 `json:"near_miss_auroc"`
	OffTopic float64 `json:"off_topic_auroc"`
	// OffTopicRefused is the share of other articles' questions that are
	// refused where 95 % of the answerable ones are kept.
	OffTopicRefused float64 `json:"off_topic_refused_at_95_kept"`
}

// searched is how many sentences are looked at to find the paragraph.
const searched = 60

// RunSquad searches every article of a file in SQuAD's format for its
// questions.
func RunSquad(r io.Reader) (Squad, error) {
	var f squad
	if err := json.NewDecoder(r).Decode(&f); err != nil {
		return Squad{}, fmt.Errorf("reading a file in SQuAD's format: %w", err)
	}
	if len(f.Data) == 0 {
		return Squad{}, errors.New("reading a file in SQuAD's format: it has no article")
	}
	s := Squad{Articles: len(f.Data)}
	var has, hasNot, on, off []float64
	for i := range f.Data {
		ix, starts, err := f.index(i)
		if err != nil {
			return Squad{}, err
		}
		for pi, p := range f.Data[i].Paragraphs {
			for _, q := range p.Questions {
				found := ix.Search(retrieval.Request{Text: q.Question}, searched)
				if q.Impossible {
					hasNot = append(hasNot, found.Answered)
					continue
				}
				has, on = append(has, found.Answered), append(on, found.OnTopic)
				s.count(found, starts[pi], p.Context, q)
			}
		}
		next := f.Data[(i+1)%len(f.Data)]
		for _, p := range next.Paragraphs {
			for _, q := range p.Questions {
				off = append(off, ix.Search(retrieval.Request{Text: q.Question}, 3).OnTopic)
			}
		}
	}
	s.MRR /= float64(max(s.Answerable, 1))
	s.NearMiss, s.OffTopic = auroc(has, hasNot), auroc(on, off)
	s.OffTopicRefused = refusedAt(on, off, 0.95)
	return s, nil
}

// index makes an index over article i and returns where its paragraphs begin.
func (f *squad) index(i int) (*retrieval.Index, []int, error) {
	var text strings.Builder
	// A title of the file's own; the text of every paragraph is one line.
	text.WriteString("Title\n")
	var starts []int
	for _, p := range f.Data[i].Paragraphs {
		starts = append(starts, text.Len())
		text.WriteString(strings.NewReplacer("\n", " ", "\r", " ").Replace(p.Context) + "\n")
	}
	a, err := retrieval.Parse("article", text.String())
	if err != nil {
		return nil, nil, fmt.Errorf("article %q: %w", f.Data[i].Title, err)
	}
	return retrieval.NewIndex([]*retrieval.Article{a}, retrieval.Options{}), starts, nil
}

// count counts one answerable question.
func (s *Squad) count(found retrieval.Result, start int, context string, q squadQuestion) {
	s.Answerable++
	var seen []int
	place, in3 := 0, false
	for i, h := range found.Hits {
		if !slices.Contains(seen, h.Passage.Start) {
			seen = append(seen, h.Passage.Start)
		}
		if place == 0 && h.Passage.Start == start {
			place = len(seen)
		}
		for _, a := range q.Answers {
			at := start + len(string([]rune(context)[:a.Start]))
			in3 = in3 || i < 3 && h.Sentence.Start <= at && at+len(a.Text) <= h.Sentence.End
		}
	}
	s.At1.count(place == 1)
	s.At3.count(place > 0 && place <= 3)
	s.At5.count(place > 0 && place <= 5)
	s.In3.count(in3)
	if place > 0 {
		s.MRR += 1 / float64(place)
	}
}

// auroc is the chance that a value of the first kind is above one of the
// second, ties counting half.
func auroc(above, below []float64) float64 {
	type value struct {
		v  float64
		up bool
	}
	all := make([]value, 0, len(above)+len(below))
	for _, v := range above {
		all = append(all, value{v, true})
	}
	for _, v := range below {
		all = append(all, value{v, false})
	}
	slices.SortFunc(all, func(x, y value) int { return cmp.Compare(x.v, y.v) })
	sum := 0.0
	for i := 0; i < len(all); {
		j := i
		for j < len(all) && all[j].v == all[i].v {
			j++
		}
		for _, v := range all[i:j] {
			if v.up {
				sum += float64(i+j+1) / 2
			}
		}
		i = j
	}
	n, m := float64(len(above)), float64(len(below))
	if n*m == 0 {
		return math.NaN()
	}
	return (sum - n*(n+1)/2) / (n * m)
}

// refusedAt is the share of below that falls under the value that the given
// share of above reaches.
func refusedAt(above, below []float64, kept float64) float64 {
	if len(above) == 0 || len(below) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(above))
	limit := sorted[int(float64(len(sorted))*(1-kept))]
	n := 0
	for _, v := range below {
		if v < limit {
			n++
		}
	}
	return float64(n) / float64(len(below))
}

// Write writes the figures as a table.
func (s Squad) Write(w io.Writer) error {
	_, err := fmt.Fprintf(w, `| figure | value |
|---|--:|
| articles | %d |
| answerable questions | %d |
| right paragraph first | %.4f |
| among 3 | %.4f |
| among 5 | %.4f |
| mean reciprocal rank | %.4f |
| answer in the best 3 sentences | %.4f |
| near misses told apart (AUROC) | %.4f |
| off-topic told apart (AUROC) | %.4f |
| off-topic refused at 95 %% kept | %.4f |
`, s.Articles, s.Answerable, s.At1.Share(), s.At3.Share(), s.At5.Share(), s.MRR, s.In3.Share(), s.NearMiss, s.OffTopic, s.OffTopicRefused)
	return err
}
