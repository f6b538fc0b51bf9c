package doctor

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"summitbot/bot/llm"
	"summitbot/prompts"
	"summitbot/retrieval"
)

// besidePassages is how many tokens of a model's context are taken by what is
// not passages: the instructions, the question, and the reply.
const besidePassages = 3000

// promptTokens is how many tokens a prompt of the bot's takes at most, with the
// reply.
func (m Model) promptTokens() int { return m.ContextTokens + besidePassages }

// checkModel asks the model a question whose answer is in front of it. It
// tells of two checks: whether there is a reply, and whether the reply has the
// form that was asked for.
func (d *doctor) checkModel(ctx context.Context) []Finding {
	client, err := d.Model.New()
	if err != nil {
		return []Finding{failed(err, ".env.example tells what the settings can be")}
	}
	if client == nil {
		return []Finding{ok("none is asked: answers are in the article's own words")}
	}
	d.client = client
	ctx, done := d.waiting(ctx, "model")
	defer done()
	prompt, word := watchword(0)
	got, err := client.Probe(ctx, d.asked(prompt), word)
	at := d.Model.Name + " at " + d.Model.Server
	e, silent := errors.AsType[*llm.Error](err)
	switch {
	case err != nil && !silent: // the doctor is interrupted
		return nil
	case silent && e.Refuses != "" && d.Model.JSON != "":
		return []Finding{fault(at+": "+complaint(e), e.Mend()).of("json")}
	case silent && e.Kind != llm.TooLong:
		return []Finding{d.silent(ctx, at, e)}
	}
	return []Finding{d.answers(at, got), d.form(got, e).of("json")}
}

// form tells whether a reply has the form that was asked for; e is why it was
// too long, nil for none that was.
func (d *doctor) form(got llm.Probe, e *llm.Error) Finding {
	const other = "a model that follows instructions better will do; see the README, With a model"
	switch {
	case e != nil:
		return fault(complaint(e), e.Mend())
	case !got.InForm:
		return fault("asked for a JSON object ("+string(got.Mode)+"), it replies something else", "set OPENAI_JSON= (empty), or schema where the server knows it; else "+other)
	case !got.Found:
		return fault("it replies in JSON, but does not quote what stands in front of it", other)
	case got.Mode != llm.Schema && d.Model.JSON == "":
		return Finding{Status: OK, Found: fmt.Sprintf("by %s: the server knows no schemas", got.Mode), Mend: fmt.Sprintf("OPENAI_JSON=%s asks so at once", got.Mode)}
	}
	return ok("by " + string(got.Mode))
}

// answers tells that the model does, and what of a request its server has
// refused on the way; how the form is asked for is a check of its own.
func (d *doctor) answers(at string, got llm.Probe) Finding {
	f := ok(fmt.Sprintf("%s answers, in %v", at, got.Took.Round(10*time.Millisecond)))
	refused := slices.DeleteFunc(d.client.Refused(), func(part string) bool { return strings.HasPrefix(part, "json_") })
	if len(refused) > 0 {
		f.Found += "; the server refuses " + strings.Join(refused, ", ")
		f.Mend = "nothing has to be done: it is asked without, from the first refusal on"
	}
	return f
}

// waiting bounds a check of the model by OPENAI_TIMEOUT, and says every now and
// then that it goes on, until done is called.
func (d *doctor) waiting(ctx context.Context, check string) (_ context.Context, done func()) {
	ctx, cancel := context.WithTimeout(ctx, d.Model.Timeout)
	var told sync.WaitGroup
	began := time.Now()
	told.Go(func() {
		tick := time.NewTicker(d.every)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				fmt.Fprintf(d.Waiting, "summitbot: %s: no answer for %v, of %v at most (OPENAI_TIMEOUT)\n", check, time.Since(began).Round(time.Second), d.Model.Timeout)
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
func (d *doctor) silent(ctx context.Context, at string, e *llm.Error) Finding {
	f := fault(at+": "+complaint(e), e.Mend())
	ollama := strings.Contains(d.Model.BaseURL, ":11434")
	switch e.Kind {
	case llm.Unavailable:
		switch {
		case e.Status == 0 && ollama:
			f.Mend, f.Command = "start the server:", fmt.Sprintf("OLLAMA_CONTEXT_LENGTH=%d ollama serve", d.contextNeeded())
		case e.Status == 0 && d.Model.BaseURL != "":
			f.Mend = "start the server, or set OPENAI_BASE_URL to where it is"
		case e.Status == http.StatusTooManyRequests:
			f.Mend = "wait; if it is so when the bot runs, lower OPENAI_PARALLEL, or have the limits of the account of OPENAI_API_KEY raised"
		}
	case llm.TimedOut:
		f.Mend = fmt.Sprintf("raise OPENAI_TIMEOUT from %v (2m is fair for a model on this machine's processor), or take a faster model", d.Model.Timeout)
	case llm.NoRoom:
		f.Mend = d.roomier()
	case llm.OutOfQuota:
		f.Mend = "see the billing and limits of the account at " + d.Model.Server + ", or set OPENAI_API_KEY to the key of another one"
	case llm.Unauthorised:
		f.Mend = "set OPENAI_API_KEY to a key of " + d.Model.Server + " that may use this model"
	case llm.NoModel:
		f.Mend = "set OPENAI_MODEL to the name that the server knows it by, and see whether OPENAI_BASE_URL is where its API begins"
		if known, err := d.client.Models(ctx); err == nil && len(known) > 0 {
			f.Mend = "set OPENAI_MODEL to a name that the server knows: " + some(known, 10)
		}
		if ollama {
			f.Mend, f.Command = f.Mend+"; or have Ollama fetch it:", "ollama pull "+d.Model.Name
		}
	}
	return f
}

// contextNeeded is how long a model's context has to be, in tokens, as servers
// like to be told it.
func (d *doctor) contextNeeded() int {
	const round = 1024
	return (d.Model.promptTokens() + round - 1) / round * round
}

// roomier is what to do about a context that is too small.
func (d *doctor) roomier() string {
	return fmt.Sprintf("let the server have a context of %d (Ollama: OLLAMA_CONTEXT_LENGTH=%[1]d ollama serve; llama.cpp: -c %[1]d; vLLM: --max-model-len %[1]d), "+
		"or lower CONTEXT_TOKENS from %d to what is there without %d", d.contextNeeded(), d.Model.ContextTokens, besidePassages)
}

// checkContext asks the same with a prompt as long as the bot's own may be
// with their replies. Servers with less room refuse it, or say nothing and cut
// off its beginning, where the answer is.
func (d *doctor) checkContext(ctx context.Context) Finding {
	if d.client == nil {
		return Finding{}
	}
	need := d.Model.promptTokens()
	prompt, word := watchword(need)
	ctx, done := d.waiting(ctx, "context")
	defer done()
	got, err := d.client.Probe(ctx, d.asked(prompt), word)
	e, silent := errors.AsType[*llm.Error](err)
	switch {
	case err != nil && !silent: // the doctor is interrupted
		return Finding{}
	case silent && (e.Kind == llm.NoRoom || e.Kind == llm.BadRequest):
		return fault(fmt.Sprintf("%d tokens are more than the model takes: %s", need, complaint(e)), d.roomier())
	case silent && e.Kind == llm.TimedOut:
		return fault(fmt.Sprintf("to a prompt of %d tokens there is no whole reply within OPENAI_TIMEOUT, %v", need, d.Model.Timeout),
			"raise OPENAI_TIMEOUT (2m is fair for a model on this machine's processor), lower CONTEXT_TOKENS, or take a faster model")
	case silent:
		return fault(complaint(e), e.Mend())
	case !got.Found:
		read := ""
		if got.PromptTokens > 0 && got.PromptTokens < need*3/4 {
			read = fmt.Sprintf(": it reads %d", got.PromptTokens)
		}
		return fault(fmt.Sprintf("of a prompt of %d tokens the model does not know the beginning%s", need, read), d.roomier())
	}
	return ok(fmt.Sprintf("%d tokens are read whole, and answered in %v", need, got.Took.Round(10*time.Millisecond)))
}

// asked is a prompt as the bot asks it.
func (d *doctor) asked(p prompts.Prompt) llm.Request {
	return llm.Request{System: p.System, User: p.User, Schema: prompts.Schema, SchemaName: prompts.SchemaName, MaxTokens: d.Model.ReplyTokens}
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
