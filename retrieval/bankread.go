package retrieval

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// suffix ends the names of the bank's files.
const suffix = ".jsonl"

// ReadBank reads the bank of an article from the files of a folder that begin
// with its stem and a full stop; a is nil for the bank that serves any article.
// Missing files are no fault. An error names the file and the line.
func ReadBank(folder fs.FS, stem string, a *Article) (*Bank, error) {
	names, err := fs.Glob(folder, globbed(stem)+".*"+suffix)
	if err != nil {
		return nil, fmt.Errorf("reading the bank: %w", err)
	}
	b := &Bank{}
	if a != nil {
		b.Notes = make([]Note, a.Len())
	}
	r := bankReader{Bank: b, article: a, folder: folder}
	slices.SortFunc(names, func(x, y string) int { // gaps first, since other lines name them
		return strings.Compare(order(stem, x), order(stem, y))
	})
	for _, name := range names {
		what, author, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(name, stem+"."), suffix), ".")
		read, ok := bankFiles[what]
		if !ok {
			continue
		}
		r.author = strings.Trim(what+"."+author, ".")
		if err := r.lines(name, func(line []byte) error { return read(&r, line) }); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// order sorts the files of gaps before all others.
func order(stem, name string) string {
	if strings.HasPrefix(name, stem+".gaps.") {
		return ""
	}
	return name
}

// globbed is a name as a pattern that matches it alone.
func globbed(name string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(name)
}

// A bankReader reads the lines of one file after the other.
type bankReader struct {
	*Bank
	folder  fs.FS
	article *Article
	author  string
}

// bankFiles are the readers of lines by the second part of a file's name.
var bankFiles = map[string]func(*bankReader, []byte) error{
	"questions":  (*bankReader).question,
	"unanswered": (*bankReader).unanswered,
	"gaps":       (*bankReader).gap,
	"premises":   (*bankReader).premise,
	"intents":    (*bankReader).intent,
	"several":    (*bankReader).several,
	"curated":    (*bankReader).curated,
	"sentences":  (*bankReader).note,
	"followups":  (*bankReader).followUp,
}

// lines calls each for every line of a file that is not blank.
func (r *bankReader) lines(name string, each func(line []byte) error) error {
	data, err := fs.ReadFile(r.folder, name)
	if err != nil {
		return fmt.Errorf("reading the bank: %w", err)
	}
	n := 0
	for line := range bytes.Lines(bytes.TrimPrefix(data, []byte(byteOrderMark))) {
		n++
		if IsBlank(string(line)) {
			continue
		}
		if err := each(line); err != nil {
			return fmt.Errorf("reading the bank: %s: line %d: %w", name, n, err)
		}
	}
	return nil
}

// decode reads a line; keys that are not known are a fault, since they are
// mistyped.
func decode(line []byte, into any, form string) error {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("is not %s: %w", form, err)
	}
	return nil
}

// sentence checks that the article has a sentence.
func (r *bankReader) sentence(id string) error {
	if r.article == nil {
		return fmt.Errorf("a bank of no article names the sentence %q", id)
	}
	if _, ok := r.article.Find(id); !ok {
		return fmt.Errorf("the article has no sentence %q: its %d sentences are s1 to s%d", id, r.article.Len(), r.article.Len())
	}
	return nil
}

// add adds a line of what a member may write.
func (r *bankReader) add(l Line) error {
	if IsBlank(l.Text) {
		return errors.New("the question is empty")
	}
	if l.Lang == "" {
		l.Lang = Languages[0]
	}
	l.Author = r.author
	r.Lines = append(r.Lines, l)
	return nil
}

func (r *bankReader) question(line []byte) error {
	var q struct{ Sentence, Question, Lang, Article string }
	if err := decode(line, &q, `{"sentence", "question"}`); err != nil {
		return err
	}
	if err := r.sentence(q.Sentence); err != nil {
		return err
	}
	return r.add(Line{Text: q.Question, Lang: q.Lang, Class: Class{Answerable, q.Sentence}})
}

// unanswered reads {"gap", "question"}, or {"question", "lacks"}, whose gap is
// made of what is lacked; without either, the question is off the topic.
func (r *bankReader) unanswered(line []byte) error {
	var q struct{ Gap, Question, Lacks, Lang string }
	if err := decode(line, &q, `{"gap", "question"}`); err != nil {
		return err
	}
	class := Class{Open, q.Gap}
	known := func() bool { return slices.ContainsFunc(r.Gaps, func(g Gap) bool { return g.Name == class.Target }) }
	switch {
	case q.Gap != "":
		if !known() {
			return fmt.Errorf("there is no gap %q in the file of gaps", q.Gap)
		}
	case q.Lacks != "":
		if class.Target = q.Lacks; !known() {
			r.Gaps = append(r.Gaps, Gap{Name: q.Lacks, Lacks: map[string]string{Languages[0]: q.Lacks}})
		}
	default:
		class = Class{Kind: OffTopic}
	}
	return r.add(Line{Text: q.Question, Lang: q.Lang, Class: class})
}

func (r *bankReader) gap(line []byte) error {
	var g struct {
		Gap                    string
		En, De, Fr, Es, Ru, Uk string
		Near                   []string
	}
	if err := decode(line, &g, `{"gap", "en", …, "near"}`); err != nil {
		return err
	}
	if g.Gap == "" || g.En == "" {
		return errors.New(`a gap needs a name ("gap") and its words in English ("en")`)
	}
	for _, id := range g.Near {
		if err := r.sentence(id); err != nil {
			return err
		}
	}
	r.Gaps = append(r.Gaps, Gap{Name: g.Gap, Near: g.Near, Lacks: byLanguage(g.En, g.De, g.Fr, g.Es, g.Ru, g.Uk)})
	return nil
}

// byLanguage are texts by their language, in the order of Languages; those
// that are empty are left out.
func byLanguage(texts ...string) map[string]string {
	out := map[string]string{}
	for i, t := range texts {
		if t != "" {
			out[Languages[i]] = t
		}
	}
	return out
}

func (r *bankReader) premise(line []byte) error {
	var p struct{ Sentence, Question, Lang, Premise, Instead string }
	if err := decode(line, &p, `{"sentence", "question", "premise", "instead"}`); err != nil {
		return err
	}
	if err := r.sentence(p.Sentence); err != nil {
		return err
	}
	if at, _ := r.article.Find(p.Sentence); !strings.Contains(at.Text(), p.Instead) {
		return fmt.Errorf("%s does not hold %q", p.Sentence, p.Instead)
	}
	return r.add(Line{Text: p.Question, Lang: p.Lang, Class: Class{FalsePremise, p.Sentence}, Premise: p.Premise, Instead: p.Instead})
}

func (r *bankReader) intent(line []byte) error {
	var q struct {
		Intent, Question, Lang string
		Count                  json.RawMessage
	}
	if err := decode(line, &q, `{"intent", "question"}`); err != nil {
		return err
	}
	class := Class{Kind: Kind(q.Intent)}
	if q.Intent == "compound" {
		class.Kind = Several
	} else if !slices.Contains(intents, class.Kind) {
		return fmt.Errorf("there is no intent %q; there are %v and compound", q.Intent, intents)
	}
	count, _ := strconv.Atoi(string(q.Count)) // by kinds, {"pros": 1}, it is no number
	return r.add(Line{Text: q.Question, Lang: q.Lang, Class: class, Count: count})
}

// several reads a message with several questions and, for each, the sentences
// that answer it, the best first. The message is one of the kind Several, and
// one that each best sentence answers in part.
func (r *bankReader) several(line []byte) error {
	var q struct {
		Question, Lang string
		Sentences      [][]string
	}
	if err := decode(line, &q, `{"question", "sentences": [["s1"], ["s2", "s3"]]}`); err != nil {
		return err
	}
	if len(q.Sentences) < 2 {
		return errors.New("a message with several questions needs the sentences of two at least")
	}
	for _, ids := range q.Sentences {
		if len(ids) == 0 {
			return errors.New("a question has no sentence")
		}
		if err := r.sentence(ids[0]); err != nil {
			return err
		}
		if err := r.add(Line{Text: q.Question, Lang: q.Lang, Class: Class{Answerable, ids[0]}, Partly: true}); err != nil {
			return err
		}
	}
	return r.add(Line{Text: q.Question, Lang: q.Lang, Class: Class{Kind: Several}})
}

// longestCurated is how many characters a curated question has at most: as
// many as one of Discord's buttons shows.
const longestCurated = 80

func (r *bankReader) curated(line []byte) error {
	var c struct {
		Sentence               string
		En, De, Fr, Es, Ru, Uk string
		Weight                 int
	}
	if err := decode(line, &c, `{"sentence", "en", …, "weight"}`); err != nil {
		return err
	}
	if err := r.sentence(c.Sentence); err != nil {
		return err
	}
	out := Curated{Sentence: c.Sentence, Weight: c.Weight, Text: byLanguage(c.En, c.De, c.Fr, c.Es, c.Ru, c.Uk)}
	if out.Text[Languages[0]] == "" {
		return errors.New(`a curated question needs its words in English ("en")`)
	}
	for lang, text := range out.Text {
		if n := len([]rune(text)); n > longestCurated {
			return fmt.Errorf("%q (%s) has %d characters: a button shows %d", text, lang, n, longestCurated)
		}
	}
	r.Curated = append(r.Curated, out)
	return nil
}

func (r *bankReader) note(line []byte) error {
	var n struct {
		Note
		Gains       []string
		SameHeading string `json:"same_heading"`
	}
	if err := decode(line, &n, `{"sentence", "voice", …}`); err != nil {
		return err
	}
	if err := r.sentence(n.Sentence); err != nil {
		return err
	}
	if n.Voice != "" && !slices.Contains(Voices, n.Voice) {
		return fmt.Errorf("the voice is %q, and not one of %q", n.Voice, Voices)
	}
	for _, id := range n.Twin {
		if err := r.sentence(id); err != nil {
			return err
		}
	}
	at, _ := r.article.Find(n.Sentence)
	r.Notes[at.Number] = n.Note
	return nil
}

func (r *bankReader) followUp(line []byte) error {
	var f FollowUp
	if err := decode(line, &f, `{"history", "question", "needs", …}`); err != nil {
		return err
	}
	if len(f.History) == 0 || IsBlank(f.Text) {
		return errors.New("a follow-up needs a history and a question")
	}
	if f.Sentence != "" {
		if err := r.sentence(f.Sentence); err != nil {
			return err
		}
	}
	f.Author = r.author
	r.FollowUps = append(r.FollowUps, f)
	class := Class{Kind: StandsAlone}
	if f.Needs {
		class.Kind = NeedsHistory
	}
	return r.add(Line{Text: f.Text, Lang: f.Lang, Class: class})
}

// stemOf is a file's name without its ending.
func stemOf(name string) string { return strings.TrimSuffix(name, path.Ext(name)) }
