package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"summitbot/bot"
	"summitbot/bot/llm"
	"summitbot/bot/proof"
	"summitbot/prompts"
	"summitbot/retrieval"
)

// besidePassages is how many tokens of a model's context are taken by what is
// not passages: the instructions, the question, and the reply.
const besidePassages = 3000

// checkModel asks the model a question whose answer is in front of it. It
// tells of two checks: whether there is a reply, and whether the reply has the
// form that was asked for.
func (d *doctor) checkModel(ctx context.Context) bool {
	client, name, err := newClient(d.cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		d.failed("model", errors.New(strings.TrimPrefix(err.Error(), modelSettings)), ".env.example tells what the settings can be")
		return false
	}
	if client == nil {
		d.ok("model", "none is asked: answers are in the article's own words")
		return true
	}
	d.model = client
	ctx, done := d.waiting(ctx, "model")
	defer done()
	prompt, word := watchword(0)
	got, err := client.Probe(ctx, asked(prompt), word)
	at := name + " at " + d.cfg.modelServer()
	e, failed := errors.AsType[*llm.Error](err)
	switch {
	case err != nil && !failed: // the doctor is interrupted
		return false
	case failed && e.Refuses != "" && d.cfg.OpenAIJSON != "":
		d.say("json", isFault, at+": "+complaint(e), e.Mend())
		d.cause["json"] = "json"
		return true
	case failed && e.Kind != llm.TooLong:
		d.silent(ctx, "model", at, name, e)
		return false
	}
	d.answers(at, got)
	const other = "a model that follows instructions better will do; see the README, With a model"
	switch {
	case failed:
		d.say("json", isFault, complaint(e), e.Mend())
	case !got.InForm:
		d.say("json", isFault, "asked for a JSON object ("+string(got.Mode)+"), it replies something else", "set OPENAI_JSON= (empty), or schema where the server knows it; else "+other)
	case !got.Found:
		d.say("json", isFault, "it replies in JSON, but does not quote what stands in front of it", other)
	case got.Mode != llm.Schema && d.cfg.OpenAIJSON == "":
		d.say("json", isOK, fmt.Sprintf("by %s: the server knows no schemas", got.Mode), fmt.Sprintf("OPENAI_JSON=%s asks so at once", got.Mode))
		return true
	default:
		d.ok("json", "by %s", got.Mode)
		return true
	}
	d.cause["json"] = "json"
	return true
}

// answers tells that the model does, and what of a request its server has
// refused on the way; how the form is asked for is a check of its own.
func (d *doctor) answers(at string, got llm.Probe) {
	found, mend := fmt.Sprintf("%s answers, in %v", at, got.Took.Round(10*time.Millisecond)), ""
	refused := slices.DeleteFunc(d.model.Refused(), func(part string) bool { return strings.HasPrefix(part, "json_") })
	if len(refused) > 0 {
		found += "; the server refuses " + strings.Join(refused, ", ")
		mend = "nothing has to be done: it is asked without, from the first refusal on"
	}
	d.say("model", isOK, found, mend)
}

// waiting bounds a check of the model by OPENAI_TIMEOUT, and says on standard
// error that it goes on until done is called.
func (d *doctor) waiting(ctx context.Context, check string) (_ context.Context, done func()) {
	ctx, cancel := context.WithTimeout(ctx, d.cfg.OpenAITimeout)
	var told sync.WaitGroup
	began := time.Now()
	told.Go(func() {
		tick := time.NewTicker(cmp.Or(d.every, tellEvery))
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				fmt.Fprintf(d.stderr, "summitbot: %s: no answer for %v, of %v at most (OPENAI_TIMEOUT)\n", check, time.Since(began).Round(time.Second), d.cfg.OpenAITimeout)
			case <-ctx.Done():
				return
			}
		}
	})
	return ctx, func() { cancel(); told.Wait() }
}

// complaints are what is wrong with a model, by the kind of its error.
var complaints = map[llm.Kind]string{
	llm.Unavailable:  "there is no answer",
	llm.TimedOut:     "there is no whole reply within OPENAI_TIMEOUT",
	llm.CutShort:     "its reply breaks off",
	llm.TooLong:      "its reply comes to the limit of its length",
	llm.NoRoom:       "its context is too small",
	llm.Refused:      "it would not reply",
	llm.OutOfQuota:   "the account is spent",
	llm.Unauthorised: "the key is not accepted",
	llm.NoModel:      "there is no such model, or no such path",
	llm.BadRequest:   "the server refuses the request",
	llm.Garbled:      "it does not speak OpenAI's protocol",
}

// requested is how net/http begins an error: with the request.
var requested = regexp.MustCompile(`^[A-Z][a-z]+ "[^"]*": `)

// complaint is what an error of a model's says, without what to do.
func complaint(e *llm.Error) string {
	text := complaints[e.Kind]
	if e.Status != 0 {
		text += fmt.Sprintf(" (%d)", e.Status)
	}
	if e.Limit > 0 && e.Wanted > 0 {
		text += fmt.Sprintf(": it has %d tokens, and %d were wanted", e.Limit, e.Wanted)
	}
	if detail := requested.ReplaceAllString(e.Detail, ""); detail != "" {
		text += ": " + detail
	}
	return text
}

// silent tells why there is no reply, and what to do.
func (d *doctor) silent(ctx context.Context, check, at, name string, e *llm.Error) {
	mend, command := e.Mend(), ""
	ollama := strings.Contains(d.cfg.OpenAIBaseURL, ":11434")
	switch e.Kind {
	case llm.Unavailable:
		switch {
		case e.Status == 0 && ollama:
			mend, command = "start the server:", fmt.Sprintf("OLLAMA_CONTEXT_LENGTH=%d ollama serve", d.contextNeeded())
		case e.Status == 0 && d.cfg.OpenAIBaseURL != "":
			mend = "start the server, or set OPENAI_BASE_URL to where it is"
		case e.Status == http.StatusTooManyRequests:
			mend = "wait; if it is so when the bot runs, lower OPENAI_PARALLEL, or have the limits of the account of OPENAI_API_KEY raised"
		}
	case llm.TimedOut:
		mend = fmt.Sprintf("raise OPENAI_TIMEOUT from %v (2m is fair for a model on this machine's processor), or take a faster model", d.cfg.OpenAITimeout)
	case llm.NoRoom:
		mend = d.roomier()
	case llm.OutOfQuota:
		mend = "see the billing and limits of the account at " + d.cfg.modelServer() + ", or set OPENAI_API_KEY to the key of another one"
	case llm.Unauthorised:
		mend = "set OPENAI_API_KEY to a key of " + d.cfg.modelServer() + " that may use this model"
	case llm.NoModel:
		mend = "set OPENAI_MODEL to the name that the server knows it by, and see whether OPENAI_BASE_URL is where its API begins"
		if known, err := d.model.Models(ctx); err == nil && len(known) > 0 {
			mend = "set OPENAI_MODEL to a name that the server knows: " + some(known, 10)
		}
		if ollama {
			mend, command = mend+"; or have Ollama fetch it:", "ollama pull "+name
		}
	}
	d.say(check, isFault, at+": "+complaint(e), mend, command)
}

// contextNeeded is how long a model's context has to be, in tokens, as servers
// like to be told it.
func (d *doctor) contextNeeded() int {
	const round = 1024
	return (d.cfg.ContextTokens + besidePassages + round - 1) / round * round
}

// roomier is what to do about a context that is too small.
func (d *doctor) roomier() string {
	return fmt.Sprintf("let the server have a context of %d (Ollama: OLLAMA_CONTEXT_LENGTH=%[1]d ollama serve; llama.cpp: -c %[1]d; vLLM: --max-model-len %[1]d), "+
		"or lower CONTEXT_TOKENS from %d to what is there without %d", d.contextNeeded(), d.cfg.ContextTokens, besidePassages)
}

// checkContext asks the same with a prompt as long as the bot's own may be
// with their replies. Servers with less room refuse it, or say nothing and cut
// off its beginning, where the answer is.
func (d *doctor) checkContext(ctx context.Context) bool {
	if d.model == nil {
		return true
	}
	need := d.cfg.ContextTokens + besidePassages
	prompt, word := watchword(need)
	ctx, done := d.waiting(ctx, "context")
	defer done()
	got, err := d.model.Probe(ctx, asked(prompt), word)
	e, failed := errors.AsType[*llm.Error](err)
	switch {
	case err != nil && !failed: // the doctor is interrupted
		return false
	case failed && (e.Kind == llm.NoRoom || e.Kind == llm.BadRequest):
		d.say("context", isFault, fmt.Sprintf("%d tokens are more than the model takes: %s", need, complaint(e)), d.roomier())
	case failed && e.Kind == llm.TimedOut:
		d.say("context", isFault, fmt.Sprintf("to a prompt of %d tokens there is no whole reply within OPENAI_TIMEOUT, %v", need, d.cfg.OpenAITimeout),
			"raise OPENAI_TIMEOUT (2m is fair for a model on this machine's processor), lower CONTEXT_TOKENS, or take a faster model")
	case failed:
		d.say("context", isFault, complaint(e), e.Mend())
	case !got.Found:
		read := ""
		if got.PromptTokens > 0 && got.PromptTokens < need*3/4 {
			read = fmt.Sprintf(": it reads %d", got.PromptTokens)
		}
		d.say("context", isFault, fmt.Sprintf("of a prompt of %d tokens the model does not know the beginning%s", need, read), d.roomier())
	default:
		d.ok("context", "%d tokens are read whole, and answered in %v", need, got.Took.Round(10*time.Millisecond))
	}
	return true
}

// checkJudge tries the judge, unless that was done before on this machine.
func (d *doctor) checkJudge(ctx context.Context) bool {
	if d.model == nil {
		return true
	}
	if !d.cfg.OpenAIJudge {
		d.say("judge", isWarning, "there is none: answers are quotations, and no other words of the model's are posted", "set OPENAI_JUDGE=on")
		return true
	}
	index, err := loadIndex(d.cfg)
	if err != nil {
		d.failed("judge", err, "see the check of the articles")
		return false
	}
	answerer, client, err := newAnswerer(d.cfg, index, slog.New(slog.DiscardHandler), bot.Options{Store: userStore()})
	if err != nil {
		d.failed("judge", errors.New(strings.TrimPrefix(err.Error(), modelSettings)), ".env.example tells what the settings can be")
		return false
	}
	defer client.Close()
	name := cmp.Or(d.cfg.OpenAIJudgeModel, d.cfg.OpenAIModel, openAIModel) + " at " + d.cfg.judgeServer()
	state, err := answerer.TryJudge(ctx, everyNowAndThen(progress(d.environment, "pairs are judged, to try the judge")))
	e, failed := errors.AsType[*llm.Error](err)
	switch {
	case failed && client.judge != client.writer:
		d.say("judge", isFault, name+": "+complaint(e), "see OPENAI_JUDGE_MODEL, OPENAI_JUDGE_BASE_URL and OPENAI_JUDGE_API_KEY, which name the judge")
	case failed:
		d.silent(ctx, "judge", name, cmp.Or(d.cfg.OpenAIModel, openAIModel), e)
	case err != nil: // the doctor is interrupted
		return false
	case !state.Trusted:
		d.say("judge", isWarning, fmt.Sprintf("%s %s%s", name, state, misjudged(state.Trial)),
			"set OPENAI_JUDGE_MODEL to a model that judges better (summitbot eval -judge FILE measures one), or OPENAI_JUDGE=off to save its requests")
	default:
		d.ok("judge", "%s %s", name, state)
	}
	return true
}

// mostMisjudged is how many of the pairs that a judge got wrong are told.
const mostMisjudged = 3

// misjudged tells some of the pairs that a judge got wrong.
func misjudged(t *proof.Trial) string {
	var b strings.Builder
	for _, p := range t.Misjudged[:min(mostMisjudged, len(t.Misjudged))] {
		fmt.Fprintf(&b, "; %d (%s): %q", p.ID, cmp.Or(p.Twist, "honest"), p.Text)
	}
	return b.String()
}

// asked is a prompt as the bot asks it.
func asked(p prompts.Prompt) llm.Request {
	return llm.Request{System: p.System, User: p.User, Schema: prompts.Schema, SchemaName: prompts.SchemaName, MaxTokens: longestReply}
}

// shortestNight is how many tokens a night of the log takes at least.
const shortestNight = 15

// shortReply is about how many tokens the reply to a watchword takes.
const shortReply = 200

// watchword is a prompt of the bot's own make over an article that begins with
// a watchword, which is asked for: with the reply, it takes about so many
// tokens, and a few hundred at least. It returns what the reply has to quote.
func watchword(tokens int) (p prompts.Prompt, word string) {
	word = fmt.Sprintf("cormorant %d", 1000+rand.IntN(9000))
	text := "A Keeper's Log\n\nThe watchword of the lighthouse is " + word + ".\n"
	nights := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "\nNight %d: the sea was calm, and the lamp burned until the sun came up.\n", i+1)
		}
		return b.String()
	}
	prompt := func(n int) prompts.Prompt {
		a, err := retrieval.Parse("log", text+nights(n))
		if err != nil {
			panic(err) // the text is of our own making
		}
		return prompts.Answer(prompts.Pack([]*retrieval.Article{a}, nil, math.MaxInt), "What is the watchword of the lighthouse?", nil)
	}
	size := func(n int) int {
		p := prompt(n)
		return prompts.Tokens(len(p.System)+len(p.User)) + shortReply
	}
	n := sort.Search(tokens/shortestNight, func(n int) bool { return size(n) >= tokens })
	return prompt(n), word
}
