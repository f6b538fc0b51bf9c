package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"summitbot/bot"
	"summitbot/bot/wording"
	"summitbot/retrieval"
)

const askUsage = `usage: summitbot ask [-json | -explain] "QUESTION"
       summitbot ask -jsonl < QUESTIONS

Answers in the terminal, as the bot would in a channel. With -jsonl it reads
one {"id", "history": [earlier questions], "question"} a line from standard
input and writes one answer a line to standard output.

`

// runAsk answers a question of the command line, or a stream of them.
func runAsk(ctx context.Context, env environment, args []string) error {
	fs := flag.NewFlagSet("ask", flag.ContinueOnError)
	asJSON := fs.Bool("json", false, "print the answer as one JSON object")
	asLines := fs.Bool("jsonl", false, "answer questions from standard input, one JSON object a line")
	explain := fs.Bool("explain", false, "print the sentences that were found as well, and what their scores are made of")
	if err := parseFlags(env, fs, args, askUsage, true); err != nil {
		return err
	}
	switch {
	case *explain && (*asJSON || *asLines):
		return usagef("ask -explain is for people: leave -json and -jsonl out")
	case *asJSON && *asLines:
		return usagef("ask -jsonl writes JSON already: leave -json out")
	case *asLines && fs.NArg() > 0:
		return usagef("ask -jsonl reads its questions from standard input: leave %q out", fs.Arg(0))
	case !*asLines && fs.NArg() == 0:
		return usagef(`ask needs a question: summitbot ask "Why was Alaska chosen?"`)
	}
	cfg, err := readConfig(env)
	if err != nil {
		return err
	}
	index, err := loadIndex(cfg)
	if err != nil {
		return err
	}
	if err := prepare(ctx, cfg, index, progress(env, "sentences and questions are encoded")); err != nil {
		return err
	}
	answerer, client, err := newAnswerer(cfg, index, terminalLogger(env, cfg), bot.Options{Store: userStore()})
	if err != nil {
		return err
	}
	defer client.Close()
	if err := tryOnce(ctx, env, answerer); err != nil {
		return err
	}
	if *asLines {
		return askLines(ctx, answerer, env.stdin, env.stdout)
	}
	q := bot.Question{ID: "ask", Kind: bot.Ask, Text: strings.Join(fs.Args(), " ")}
	start := time.Now()
	ans, err := answerer.Answer(ctx, q)
	if err != nil {
		return err
	}
	if *asJSON {
		return writeAnswer(env.stdout, ans, time.Since(start))
	}
	out := wording.PlainText(ans)
	if *explain {
		out += "\n" + explanation(ans.Hits)
	}
	_, err = io.WriteString(env.stdout, out)
	return err
}

// explanation tells what the scores of hits are made of.
func explanation(hits []retrieval.Hit) string {
	var s strings.Builder
	if len(hits) == 0 {
		s.WriteString("No sentence was ranked: the question asks for a whole part, or for nothing that is known.\n")
	}
	for i, h := range hits {
		fmt.Fprintf(&s, "%d. [%s] %.2f %s\n", i+1, h.Sentence.ID, h.Score, h.Text())
		for _, part := range h.Explain() {
			fmt.Fprintf(&s, "   %+7.2f %s (%.2f)\n", part.Added, part.Feature, part.Value)
		}
	}
	return s.String()
}

// maxLine bounds one line of questions, history included.
const maxLine = 1 << 20

// askLines answers the questions of r, a line each, on w.
func askLines(ctx context.Context, answerer *bot.Answerer, r io.Reader, w io.Writer) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		var in struct {
			ID       string   `json:"id"`
			History  []string `json:"history"`
			Question string   `json:"question"`
		}
		if err := json.Unmarshal(lines.Bytes(), &in); err != nil {
			return fmt.Errorf(`line %d is not {"id", "history", "question"}: %w`, n, err)
		}
		start := time.Now()
		ans, err := answerer.Answer(ctx, bot.Question{ID: in.ID, Kind: bot.Ask, Text: in.Question, History: in.History})
		if err != nil {
			return fmt.Errorf("answering line %d: %w", n, err)
		}
		if err := writeAnswer(w, ans, time.Since(start)); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("reading questions: %w", err)
	}
	return nil
}

// writeAnswer writes an answer as one line of JSON.
func writeAnswer(w io.Writer, ans bot.Answer, took time.Duration) error {
	hits := []string{}
	for _, h := range ans.Hits {
		hits = append(hits, h.Sentence.ID)
	}
	lacks := ""
	if ans.Refusal != nil && ans.Refusal.Gap != nil {
		lacks = ans.Refusal.Gap.Name
	}
	out := told{
		ans.Question.ID, ans.Question.Text, ans.Kind, hits, lacks, wording.ForText(ans.Question.Text).Reply(ans.Reply), ans.Verdict, ans.Mode, ans.Badge,
		append([]bot.Claim{}, ans.Claims...), append([]bot.Quote{}, ans.Near...), append([]string{}, ans.Next...),
		ans.Fallback, ans.Dropped, ans.Usage.Tokens(), float64(took.Microseconds()) / 1000,
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(out)
}

// told is an answer as "ask -json" prints it.
type told struct {
	ID       string `json:"id"`
	Question string `json:"question"`
	// Kind is what kind of message it is, Hits are the sentences that bear
	// on it, best first, Gap is what it asks for and the article does not
	// say, Reply the bot's own words, where they are the answer.
	Kind    retrieval.Kind `json:"kind"`
	Hits    []string       `json:"hits"`
	Gap     string         `json:"gap,omitempty"`
	Reply   string         `json:"reply,omitempty"`
	Verdict bot.Verdict    `json:"verdict"`
	Mode    bot.Mode       `json:"mode"`
	Badge   bot.Badge      `json:"badge"`
	Claims  []bot.Claim    `json:"claims"`
	Near    []bot.Quote    `json:"near"`
	Next    []string       `json:"next"`
	// Why the answer is not the model's, and what it cost; left out
	// without a model.
	Fallback bot.Fallback `json:"fallback,omitempty"`
	Dropped  int          `json:"dropped,omitempty"`
	Tokens   int          `json:"tokens,omitempty"`
	TookMS   float64      `json:"took_ms"`
}
