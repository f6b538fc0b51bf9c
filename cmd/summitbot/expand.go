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
	"strings"

	"summitbot/bot/llm"
	"summitbot/prompts"
	"summitbot/retrieval"
)

const expandUsage = `usage: summitbot expand ARTICLE

Writes the questions that an article's sentences answer into a file beside it
(summit.questions.jsonl for summit.txt), with the model that the settings name.
They make answers, refusals and suggestions better. What is in the file stays:
a passage whose sentences have questions is passed over, so that an expansion
that was interrupted goes on where it was.
`

const (
	// longestQuestion is how many characters a question has at most that is
	// written ahead, mostQuestions how many a sentence gets.
	longestQuestion = 200
	mostQuestions   = 8
	// expansion is how many tokens a reply may have.
	expansion = 4000
)

// A question is a line of a file of questions written ahead.
type question struct {
	Sentence string `json:"sentence"`
	Question string `json:"question"`
}

// runExpand writes the questions of an article ahead.
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

// An expander writes questions for one article.
type expander struct {
	client       *llm.Client
	article      *retrieval.Article
	folder, stem string
	env          environment
}

// file is where the questions are written.
func (e expander) file() string { return filepath.Join(e.folder, e.stem+".questions.jsonl") }

// run asks for the questions of each passage that has none. A passage of
// which the reply is not understood is told and left for another run.
func (e expander) run(ctx context.Context) error {
	have, err := e.read()
	if err != nil {
		return err
	}
	written, failed := 0, 0
	for i := range e.article.Sections {
		s := &e.article.Sections[i]
		for j := range s.Passages {
			p := &s.Passages[j]
			if anyOf(p, have) {
				continue
			}
			questions, err := e.ask(ctx, s, p)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				failed++
				fmt.Fprintf(e.env.stderr, "summitbot: passage %s: %v\n", p.ID, err)
				continue
			}
			if err := e.append(questions); err != nil {
				return err
			}
			written += len(questions)
			fmt.Fprintf(e.env.stdout, "%s: %d questions\n", p.ID, len(questions))
		}
	}
	fmt.Fprintf(e.env.stdout, "%d questions were written to %s\n", written, e.file())
	if failed > 0 {
		return fmt.Errorf("%d passages have no questions yet: run expand again to go on", failed)
	}
	return nil
}

// read returns the sentences that have questions already, in whichever file of
// the article's bank.
func (e expander) read() (map[string]bool, error) {
	bank, err := retrieval.ReadBank(os.DirFS(e.folder), e.stem, e.article)
	if err != nil {
		return nil, fmt.Errorf("%w; mend that line or delete it", err)
	}
	have := map[string]bool{}
	for _, l := range bank.Lines {
		if l.Kind == retrieval.Answerable {
			have[l.Target] = true
		}
	}
	return have, nil
}

// anyOf says whether one of the passage's sentences has questions.
func anyOf(p *retrieval.Passage, have map[string]bool) bool {
	for _, s := range p.Sentences {
		if have[s.ID] {
			return true
		}
	}
	return false
}

// ask asks for the questions of a passage. What is no question of one of its
// sentences is left out; a reply without one is an error.
func (e expander) ask(ctx context.Context, s *retrieval.Section, p *retrieval.Passage) ([]question, error) {
	prompt := prompts.Questions(e.article, s, p)
	reply, err := e.client.Stream(ctx, llm.Request{
		System: prompt.System, User: prompt.User, Schema: prompt.Schema, SchemaName: prompt.SchemaName, Whole: prompt.Whole, MaxTokens: expansion,
	}, func(string) error { return nil })
	if err != nil {
		return nil, err
	}
	var read struct{ Questions []question }
	text := reply.Text
	if begin, end := strings.IndexByte(text, '{'), strings.LastIndexByte(text, '}'); begin >= 0 && end > begin {
		text = text[begin : end+1] // servers without JSON modes put it in a fence
	}
	if err := json.Unmarshal([]byte(text), &read); err != nil {
		return nil, fmt.Errorf("the reply is not understood: %w", err)
	}
	var good []question
	count := map[string]int{}
	for _, q := range read.Questions {
		q.Question = strings.Join(strings.Fields(q.Question), " ")
		known := false
		for _, at := range p.Sentences {
			known = known || at.ID == q.Sentence
		}
		if known && q.Question != "" && len([]rune(q.Question)) <= longestQuestion && count[q.Sentence] < mostQuestions {
			count[q.Sentence]++
			good = append(good, q)
		}
	}
	if len(good) == 0 {
		return nil, errors.New("the reply holds no question of one of its sentences")
	}
	return good, nil
}

// append adds the questions of one passage to the file, all or none.
func (e expander) append(questions []question) error {
	var lines bytes.Buffer
	data, err := os.ReadFile(e.file())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("reading the questions: %w", err)
	}
	if len(data) > 0 && !bytes.HasSuffix(data, []byte("\n")) {
		lines.WriteByte('\n')
	}
	enc := json.NewEncoder(&lines)
	enc.SetEscapeHTML(false)
	for _, q := range questions {
		if err := enc.Encode(q); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(e.file(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = f.Write(lines.Bytes())
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return fmt.Errorf("writing the questions: %w", err)
	}
	return nil
}
