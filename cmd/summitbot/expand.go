package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"summitbot/bot/llm"
	"summitbot/prompts"
	"summitbot/retrieval"
)

const expandUsage = `usage: summitbot expand ARTICLE

Writes what the bot knows of an article beside its text, with the model that the
settings name: the questions that its sentences answer (summit.questions.jsonl
for summit.txt), which make answers, refusals and suggestions better, and notes
on its sentences (summit.sentences.jsonl), whose view each is and what it leans
on, which is shown with it. Read both, and mend what is wrong: a model wrote it.
What is in the files stays: a passage whose sentences are in them is passed over,
so that an expansion that was interrupted goes on where it was.
`

const (
	// longestQuestion is how many characters a question has at most that is
	// written ahead, mostQuestions how many a sentence gets, longestNote how many
	// characters a note's words have.
	longestQuestion = 200
	mostQuestions   = 8
	longestNote     = 120
	// expansion is how many tokens a reply may have.
	expansion = 4000
)

// A question is a line of a file of questions written ahead.
type question struct {
	Sentence string `json:"sentence"`
	Question string `json:"question"`
}

// A note is a line of a file of notes on sentences.
type note struct {
	Sentence    string `json:"sentence"`
	Voice       string `json:"voice"`
	Holder      string `json:"holder,omitempty"`
	HolderWords string `json:"holder_words,omitempty"`
	Modal       string `json:"modal,omitempty"`
	Leans       bool   `json:"leans,omitempty"`
	Antecedent  string `json:"antecedent,omitempty"`
	GoesOn      bool   `json:"goes_on,omitempty"`
}

// A bankFile is one of the files that are written.
type bankFile struct {
	what   string // "questions", say
	file   string // what its name has behind the article's
	prompt func(*retrieval.Article, *retrieval.Section, *retrieval.Passage) prompts.Prompt
	// read takes of a reply what is about the passage's sentences, as lines.
	read func(reply []byte, e expander, p *retrieval.Passage) ([]any, error)
	// have are the sentences that the bank has something of.
	have func(*retrieval.Bank, *retrieval.Article) map[string]bool
}

var bankFiles = []bankFile{
	{"questions", ".questions.jsonl", prompts.Questions, readQuestions, haveQuestions},
	{"notes", ".sentences.jsonl", prompts.Notes, readNotes, haveNotes},
}

// runExpand writes what is known of an article ahead.
func runExpand(ctx context.Context, env environment, args []string) error {
	set := flag.NewFlagSet("expand", flag.ContinueOnError)
	if err := parseFlags(env, set, args, expandUsage, true); err != nil {
		return err
	}
	if set.NArg() != 1 {
		return usagef("expand needs one article: summitbot expand articles/summit.txt")
	}
	cfg, err := readConfig(env)
	if err != nil {
		return err
	}
	client, _, err := newClient(cfg, terminalLogger(env, cfg))
	if err != nil {
		return err
	}
	if client == nil {
		return usagef("expand needs a model: set OPENAI_API_KEY or OPENAI_BASE_URL")
	}
	defer client.Close()
	name := set.Arg(0)
	text, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("reading the article: %w", err)
	}
	stem := strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
	article, err := retrieval.Parse(stem, string(text))
	if err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	e := expander{client, article, filepath.Dir(name), stem, env}
	return e.run(ctx)
}

// An expander writes files beside one article.
type expander struct {
	client       *llm.Client
	article      *retrieval.Article
	folder, stem string
	env          environment
}

// run asks for what is missing of each passage. A passage of which the reply is
// not understood is told and left for another run.
func (e expander) run(ctx context.Context) error {
	bank, err := retrieval.ReadBank(os.DirFS(e.folder), e.stem, e.article)
	if err != nil {
		return fmt.Errorf("%w; mend that line or delete it", err)
	}
	failed := 0
	for _, x := range bankFiles {
		n, err := e.write(ctx, x, x.have(bank, e.article))
		if err != nil {
			return err
		}
		failed += n
	}
	if failed > 0 {
		return fmt.Errorf("%d replies were not understood: run expand again to go on", failed)
	}
	return nil
}

// write writes one file, and returns how many passages failed.
func (e expander) write(ctx context.Context, x bankFile, have map[string]bool) (failed int, err error) {
	name := filepath.Join(e.folder, e.stem+x.file)
	written := 0
	for i := range e.article.Sections {
		s := &e.article.Sections[i]
		for j := range s.Passages {
			p := &s.Passages[j]
			if slices.ContainsFunc(p.Sentences, func(s retrieval.Sentence) bool { return have[s.ID] }) {
				continue
			}
			lines, err := e.ask(ctx, x, s, p)
			if ctx.Err() != nil {
				return failed, ctx.Err()
			}
			if err != nil {
				failed++
				fmt.Fprintf(e.env.stderr, "summitbot: passage %s: %s: %v\n", p.ID, x.what, err)
				continue
			}
			if err := appendLines(name, lines); err != nil {
				return failed, fmt.Errorf("writing the %s: %w", x.what, err)
			}
			written += len(lines)
			fmt.Fprintf(e.env.stdout, "%s: %d %s\n", p.ID, len(lines), x.what)
		}
	}
	fmt.Fprintf(e.env.stdout, "%d %s were written to %s\n", written, x.what, name)
	return failed, nil
}

// ask asks for what is written of a passage.
func (e expander) ask(ctx context.Context, x bankFile, s *retrieval.Section, p *retrieval.Passage) ([]any, error) {
	prompt := x.prompt(e.article, s, p)
	reply, err := e.client.Stream(ctx, llm.Request{
		System: prompt.System, User: prompt.User, Schema: prompt.Schema, SchemaName: prompt.SchemaName, Whole: prompt.Whole, MaxTokens: expansion,
	}, func(string) error { return nil })
	if err != nil {
		return nil, err
	}
	text := reply.Text
	if begin, end := strings.IndexByte(text, '{'), strings.LastIndexByte(text, '}'); begin >= 0 && end > begin {
		text = text[begin : end+1] // servers without JSON modes put it in a fence
	}
	lines, err := x.read([]byte(text), e, p)
	if err == nil && len(lines) == 0 {
		err = errors.New("the reply holds nothing of one of its sentences")
	}
	return lines, err
}

// sentenceOf is the passage's sentence with an id.
func sentenceOf(p *retrieval.Passage, id string) (retrieval.Sentence, bool) {
	i := slices.IndexFunc(p.Sentences, func(s retrieval.Sentence) bool { return s.ID == id })
	if i < 0 {
		return retrieval.Sentence{}, false
	}
	return p.Sentences[i], true
}

// haveQuestions are the sentences that have questions, in whichever file.
func haveQuestions(b *retrieval.Bank, _ *retrieval.Article) map[string]bool {
	have := map[string]bool{}
	for _, l := range b.Lines {
		if l.Kind == retrieval.Answerable {
			have[l.Target] = true
		}
	}
	return have
}

// readQuestions leaves out what is no question of one of the passage's
// sentences.
func readQuestions(reply []byte, _ expander, p *retrieval.Passage) (good []any, err error) {
	var read struct{ Questions []question }
	if err := json.Unmarshal(reply, &read); err != nil {
		return nil, fmt.Errorf("the reply is not understood: %w", err)
	}
	count := map[string]int{}
	for _, q := range read.Questions {
		q.Question = strings.Join(strings.Fields(q.Question), " ")
		if _, ok := sentenceOf(p, q.Sentence); ok && q.Question != "" && len([]rune(q.Question)) <= longestQuestion && count[q.Sentence] < mostQuestions {
			count[q.Sentence]++
			good = append(good, q)
		}
	}
	return good, nil
}

// haveNotes are the sentences that are noted.
func haveNotes(b *retrieval.Bank, a *retrieval.Article) map[string]bool {
	have := map[string]bool{}
	for i, n := range b.Notes {
		if n.Sentence != "" {
			have[a.At(i).Sentence.ID] = true
		}
	}
	return have
}

// readNotes takes the notes on the passage's sentences, each once. Words that a
// sentence is said to have and has not are left out.
func readNotes(reply []byte, e expander, p *retrieval.Passage) (good []any, err error) {
	var read struct{ Notes []note }
	if err := json.Unmarshal(reply, &read); err != nil {
		return nil, fmt.Errorf("the reply is not understood: %w", err)
	}
	seen := map[string]bool{}
	for _, n := range read.Notes {
		s, ok := sentenceOf(p, n.Sentence)
		if !ok || seen[n.Sentence] || !slices.Contains(retrieval.Voices, n.Voice) {
			continue
		}
		seen[n.Sentence] = true
		text := e.article.Slice(s.Span)
		for _, words := range []*string{&n.HolderWords, &n.Modal} {
			if !strings.Contains(text, *words) {
				*words = ""
			}
		}
		for _, words := range []*string{&n.Holder, &n.Antecedent} {
			if *words = strings.Join(strings.Fields(*words), " "); len([]rune(*words)) > longestNote {
				*words = ""
			}
		}
		if n.Voice != string(retrieval.Attributed) {
			n.Holder, n.HolderWords = "", ""
		}
		if !n.Leans {
			n.Antecedent = ""
		}
		good = append(good, n)
	}
	return good, nil
}

// appendLines adds lines of JSON to a file, all or none.
func appendLines(name string, values []any) error {
	var lines bytes.Buffer
	data, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(data) > 0 && !bytes.HasSuffix(data, []byte("\n")) {
		lines.WriteByte('\n')
	}
	enc := json.NewEncoder(&lines)
	enc.SetEscapeHTML(false)
	for _, v := range values {
		if err := enc.Encode(v); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = f.Write(lines.Bytes())
		err = errors.Join(err, f.Close())
	}
	return err
}
