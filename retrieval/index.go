package retrieval

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
)

// An Index finds what of one or more articles a message asks for. It is ready
// as soon as the articles are read, by words alone; Prepare gives it meaning.
// It is safe for concurrent use.
type Index struct {
	articles []*Article
	banks    []*Bank // by article
	first    []int   // by article, the number of its first sentence through all; and one more
	general  *Bank
	words    *wordIndex
	learned  *Learned
	metric   *Metric
	// encode is the encoder's vector of a message; nil where meaning is off.
	encode  func(text string) []float32
	meaning atomic.Pointer[meaning] // nil until Prepare has made it
	// cores holds one for each message that is being compared: no more than
	// there are cores, so that nobody else has to wait for one long.
	cores chan struct{}
	// vectors and looks are those of the messages that came last.
	vectors *recent[[]float32]
	looks   *recent[*look]
}

// meaning is what is known of an index's articles beyond their words.
type meaning struct {
	own      []*lines // by article
	general  *lines   // of messages for any article
	spelling vocabulary
}

// lines is a lineIndex with its classes sorted out. Its parts hold places
// among the classes, -1 for none.
type lines struct {
	*lineIndex
	answers, corrects, texts []int // by sentence
	gaps                     []int
	kinds                    map[Kind]int // what stands for itself
	// langs are the lines' languages as places in Languages, -1 for others, by
	// the index's own; gramCounts how many grams the lines of each have.
	langs      []int
	gramCounts [6]int
}

// sortOut sorts an index's classes out; a is nil for the lines of no article.
// Classes of sentences that there are not are an error.
func sortOut(x *lineIndex, a *Article) (*lines, error) {
	l := &lines{lineIndex: x, kinds: map[Kind]int{}}
	l.countLanguages()
	n := 0
	if a != nil {
		n = a.Len()
	}
	for _, by := range []*[]int{&l.answers, &l.corrects, &l.texts} {
		*by = slices.Repeat([]int{-1}, n)
	}
	for c, class := range x.Classes {
		var by []int
		switch class.Kind {
		case Answerable:
			by = l.answers
		case FalsePremise:
			by = l.corrects
		case Text:
			by = l.texts
		case Open:
			l.gaps = append(l.gaps, c)
			continue
		default:
			l.kinds[class.Kind] = c
			continue
		}
		if a == nil {
			return nil, errors.New("lines for any article name a sentence")
		}
		at, ok := a.Find(class.Target)
		if !ok {
			return nil, fmt.Errorf("the article has no sentence %q", class.Target)
		}
		by[at.Number] = c
	}
	return l, nil
}

// hasBank says whether members' questions are known for an article.
func (ix *Index) hasBank(article int) bool {
	return slices.ContainsFunc(ix.banks[article].Lines, func(l Line) bool { return l.Kind == Answerable }) ||
		ix.meaning.Load() != nil && slices.ContainsFunc(ix.meaning.Load().own[article].answers, func(c int) bool { return c >= 0 })
}

// Articles are the articles of the index. The caller must not change them.
func (ix *Index) Articles() []*Article { return ix.articles }

// Len is how many sentences the articles have.
func (ix *Index) Len() int { return ix.first[len(ix.articles)] }

// place is where the n-th sentence through all articles stands.
func (ix *Index) place(n int) Place {
	article := ix.articleOf(n)
	return ix.articles[article].At(n - ix.first[article])
}

// articleOf is the article that the n-th sentence through all stands in.
func (ix *Index) articleOf(n int) int {
	i, found := slices.BinarySearch(ix.first, n)
	if !found {
		i--
	}
	for ix.first[i+1] == n { // an article without sentences; there is none
		i++
	}
	return i
}

// Note is what was noted of a sentence; it is empty where there is nothing.
func (ix *Index) Note(at Place) Note {
	for i, a := range ix.articles {
		if a == at.Article && at.Number < len(ix.banks[i].Notes) {
			return ix.banks[i].Notes[at.Number]
		}
	}
	return Note{}
}

// newIndex makes an index that ranks by words.
func newIndex(articles []*Article, banks []*Bank, general *Bank, learned *Learned, metric *Metric) *Index {
	ix := &Index{articles: articles, banks: banks, general: general, words: newWordIndex(articles), learned: learned, metric: metric}
	n := 0
	for _, a := range articles {
		ix.first = append(ix.first, n)
		n += a.Len()
	}
	ix.first = append(ix.first, n)
	ix.cores = make(chan struct{}, runtime.GOMAXPROCS(0))
	// A look holds little beside the features of all sentences.
	ix.vectors, ix.looks = newRecent[[]float32](rememberedVectors), newRecent[*look](rememberedLooks/bytesASentence/(n+1))
	return ix
}
