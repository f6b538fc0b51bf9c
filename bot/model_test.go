package bot

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"summitbot/bot/llm"
	"summitbot/bot/llm/llmtest"
	"summitbot/prompts"
	"summitbot/retrieval"
	"summitbot/seeds/seedtest"
)

// wired is a Model over the wire.
type wired struct{ *llm.Client }

func (w wired) Write(ctx context.Context, p prompts.Prompt, text func(string) error) (Usage, error) {
	r, err := w.Stream(ctx, llm.Request{System: p.System, User: p.User, Schema: prompts.Schema, SchemaName: prompts.SchemaName, MaxTokens: 1000}, text)
	if e, ok := errors.AsType[*llm.Error](err); ok && e.Kind == llm.NoRoom {
		err = &NoRoom{Fits: e.Fits(1000), Err: err}
	}
	if !r.Worked() {
		return Usage{}, err
	}
	return Usage{Calls: 1, PromptTokens: r.PromptTokens, CompletionTokens: r.CompletionTokens}, err
}

// modelled answers from the seed article with the words of a scripted model.
func modelled(t *testing.T, srv *llmtest.Server, change func(*Options)) *Answerer {
	t.Helper()
	return modelledOver(t, seedtest.Index(t), srv, change)
}

// modelledOver is modelled over an index.
func modelledOver(t *testing.T, ix *retrieval.Index, srv *llmtest.Server, change func(*Options)) *Answerer {
	t.Helper()
	client, err := llm.New(llm.Config{BaseURL: srv.URL + "/v1", Model: "scripted", Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	o := Options{Model: wired{client}, ModelName: "scripted", Patience: 3 * time.Second}
	if change != nil {
		change(&o)
	}
	return NewAnswerer(ix, o)
}

// reply is a model's reply in the form that is asked for.
func reply(verdict string, statements ...drafted) llmtest.Reply {
	type evidence struct {
		Sentence string `json:"sentence"`
		Quote    string `json:"quote"`
	}
	type statement struct {
		Text     string     `json:"text"`
		Evidence []evidence `json:"evidence"`
	}
	all := []statement{}
	for _, d := range statements {
		all = append(all, statement{d.Text, []evidence{{d.Sentence, d.Quote}}})
	}
	body, err := json.Marshal(map[string]any{"verdict": verdict, "statements": all, "missing": ""})
	if err != nil {
		panic(err)
	}
	return llmtest.Reply{Text: string(body)}
}

var (
	choice = drafted{Text: "Alaska was not an arbitrary choice.", Sentence: "s45", Quote: "The choice of Alaska as the summit location is far from arbitrary"}
	nexus  = drafted{Text: "It lies at the nexus of Russian and American influence.", Sentence: "s46", Quote: "situated at the nexus of Russian and American influence"}
	sold   = drafted{Text: "Russia sold Alaska in 1867.", Sentence: "s46", Quote: "situated at the nexus of Russian and American influence"}
)

func TestModelAnswers(t *testing.T) {
	garbled := llmtest.Reply{Text: "I think it was chosen for its beauty."}
	cut := reply("answered", choice, nexus)
	cut.Fault, cut.After = llmtest.End, 60
	stalled := llmtest.Reply{Text: "{", Fault: llmtest.Stall, After: 1}
	down := llmtest.Reply{Status: 401}
	for name, c := range map[string]struct {
		replies  []llmtest.Reply
		question string
		mode     Mode
		verdict  Verdict
		fallback Fallback
		texts    []string // the claims, when they are the model's
		dropped  int
		asked    int
	}{
		"proven":            {[]llmtest.Reply{reply("answered", choice, nexus)}, "why Alaska?", FromModel, Answered, NoFallback, []string{choice.Text, nexus.Text}, 0, 1},
		"said twice":        {[]llmtest.Reply{reply("answered", choice, choice)}, "why Alaska?", FromModel, Answered, NoFallback, []string{choice.Text}, 0, 1},
		"partly":            {[]llmtest.Reply{reply("partly", choice)}, "why Alaska?", FromModel, Partly, NoFallback, []string{choice.Text}, 0, 1},
		"mended":            {[]llmtest.Reply{reply("answered", choice, sold), reply("answered", nexus)}, "why Alaska?", FromModel, Answered, NoFallback, []string{choice.Text, nexus.Text}, 0, 2},
		"not mended":        {[]llmtest.Reply{reply("answered", choice, sold)}, "why Alaska?", FromModel, Partly, NoFallback, []string{choice.Text}, 0, 2},
		"nothing proven":    {[]llmtest.Reply{reply("answered", sold)}, "why Alaska?", Quotes, Answered, NothingLeft, nil, 1, 2},
		"no statement":      {[]llmtest.Reply{reply("answered")}, "why Alaska?", Quotes, Answered, NothingLeft, nil, 0, 1},
		"a premise":         {[]llmtest.Reply{reply("false_premise", choice)}, "why was it random?", FromModel, PremiseCorrected, NoFallback, []string{choice.Text}, 0, 1},
		"not there":         {[]llmtest.Reply{reply("not_in_article")}, "why Alaska?", FromModel, NotInArticle, NoFallback, nil, 0, 1},
		"something else":    {[]llmtest.Reply{reply("out_of_scope")}, "why Alaska?", FromModel, OutOfScope, NoFallback, nil, 0, 1},
		"not there for us":  {[]llmtest.Reply{reply("not_in_article")}, "How many soldiers have died?", FromModel, NotInArticle, NoFallback, nil, 0, 1},
		"found for us":      {[]llmtest.Reply{reply("answered", choice)}, "which hotel are they staying at?", FromModel, Answered, NoFallback, []string{choice.Text}, 0, 1},
		"no form":           {[]llmtest.Reply{garbled}, "why Alaska?", Quotes, Answered, NothingLeft, nil, 0, 1},
		"cut off":           {[]llmtest.Reply{cut}, "why Alaska?", FromModel, Partly, CutOff, []string{choice.Text}, 0, 1},
		"stalled":           {[]llmtest.Reply{stalled}, "why Alaska?", Quotes, Answered, NoModelReply, nil, 0, 1},
		"down":              {[]llmtest.Reply{down}, "why Alaska?", Quotes, Answered, NoModelReply, nil, 0, 1},
		"down, and refused": {[]llmtest.Reply{down}, "How many soldiers have died?", Quotes, NotInArticle, NoModelReply, nil, 0, 1},
		"a greeting":        {[]llmtest.Reply{down}, "hi", Quotes, OutOfScope, NoFallback, nil, 0, 0},
		"a list":            {[]llmtest.Reply{down}, "what are the cons?", Quotes, Answered, NoFallback, nil, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := llmtest.New(t, c.replies...)
			a := modelled(t, srv, nil)
			var shown []int
			ans, err := a.Stream(t.Context(), Question{Kind: Ask, Text: c.question}, func(p Answer) { shown = append(shown, len(p.Claims)) })
			if err != nil {
				t.Fatal(err)
			}
			if ans.Mode != c.mode || ans.Verdict != c.verdict || ans.Fallback != c.fallback {
				t.Errorf("it is %s %s %q, want %s %s %q", ans.Mode, ans.Verdict, ans.Fallback, c.mode, c.verdict, c.fallback)
			}
			if (len(ans.Claims) == 0) != (ans.Refusal != nil || ans.Reply != NoReply) {
				t.Errorf("there are %d claims and the refusal %v", len(ans.Claims), ans.Refusal)
			}
			paid := c.asked
			if c.replies[0].Status != 0 {
				paid = 0 // the model has not worked on it
			}
			if n := len(srv.Requests()); n != c.asked || ans.Usage.Calls != paid {
				t.Errorf("the model was asked %d times, and %d are counted; want %d and %d", n, ans.Usage.Calls, c.asked, paid)
			}
			if c.texts == nil {
				return
			}
			var texts []string
			for _, claim := range ans.Claims {
				texts = append(texts, claim.Text())
			}
			if got, want := strings.Join(texts, "\n"), strings.Join(c.texts, "\n"); got != want {
				t.Errorf("the claims are\n%s\nwant\n%s", got, want)
			}
			for i, n := range shown {
				if n != i+1 {
					t.Errorf("the claims were shown as %v", shown)
				}
			}
			if len(shown) != len(c.texts) {
				t.Errorf("%d of %d claims were shown", len(shown), len(c.texts))
			}
		})
	}
}

// The repair says what was wrong.
func TestRepair(t *testing.T) {
	srv := llmtest.New(t, reply("answered", sold), reply("answered", choice))
	a := modelled(t, srv, nil)
	if _, err := a.Answer(t.Context(), Question{Kind: Ask, Text: "why Alaska?"}); err != nil {
		t.Fatal(err)
	}
	asked := srv.Requests()[1].Messages[1].Content
	for _, want := range []string{sold.Text, "does not hold the number 1867", "why Alaska?"} {
		if !strings.Contains(asked, want) {
			t.Errorf("the repair does not say %q: %s", want, asked)
		}
	}
}

func TestAnswersAreKept(t *testing.T) {
	srv := llmtest.New(t, reply("answered", choice))
	a := modelled(t, srv, nil)
	for i, text := range []string{"why Alaska?", " Why  alaska", "why Alaska?"} {
		ans, err := a.Answer(t.Context(), Question{ID: text, Kind: Ask, Text: text})
		if err != nil {
			t.Fatal(err)
		}
		if ans.Mode != FromModel || ans.Question.ID != text || (ans.Usage.Calls == 0) != (i > 0) {
			t.Errorf("%q: %s, for %+v, asked by %q", text, ans.Mode, ans.Usage, ans.Question.ID)
		}
	}
	if n := len(srv.Requests()); n != 1 {
		t.Errorf("the model was asked %d times", n)
	}
	now := time.Now()
	a.writer.kept.now = func() time.Time { return now.Add(keptFor + time.Minute) }
	if _, err := a.Answer(t.Context(), Question{Kind: Ask, Text: "why Alaska?"}); err != nil || len(srv.Requests()) != 2 {
		t.Errorf("an old answer was given again, or %v", err)
	}
}

func TestCacheIsBounded(t *testing.T) {
	c := newCache(2, time.Now)
	for _, k := range []string{"a", "b", "a", "c"} {
		if _, ok := c.get(k); !ok {
			c.put(k, Answer{Heading: k})
		}
	}
	_, a := c.get("a")
	_, b := c.get("b")
	if !a || b || len(c.by) != 2 {
		t.Errorf("kept are a: %v, b: %v, %d in all", a, b, len(c.by))
	}
}

// The same question of several members at once is put to the model once.
func TestFlightsAreShared(t *testing.T) {
	const members = 5
	gate := make(chan struct{})
	var asked sync.WaitGroup
	srv := llmtest.New(t)
	srv.Answer = func(llmtest.Request) llmtest.Reply {
		<-gate
		return reply("answered", choice)
	}
	a := modelled(t, srv, nil)
	calls := make(chan int, members)
	for range members {
		asked.Go(func() {
			ans, err := a.Answer(t.Context(), Question{Kind: Ask, Text: "why Alaska?"})
			if err != nil || ans.Mode != FromModel {
				t.Errorf("%s, %v", ans.Mode, err)
			}
			calls <- ans.Usage.Calls
		})
	}
	close(gate)
	asked.Wait()
	total := 0
	for range members {
		total += <-calls
	}
	if n := len(srv.Requests()); n != 1 || total != 1 {
		t.Errorf("the model was asked %d times, %d were paid", n, total)
	}
}

func TestBudget(t *testing.T) {
	srv := llmtest.New(t, reply("answered", choice))
	a := modelled(t, srv, func(o *Options) { o.DailyTokens = 10 })
	now := time.Date(2025, 8, 15, 23, 0, 0, 0, time.UTC)
	a.writer.budget.now = func() time.Time { return now }
	ask := func(text string) Fallback {
		ans, err := a.Answer(t.Context(), Question{Kind: Ask, Text: text})
		if err != nil {
			t.Fatal(err)
		}
		return ans.Fallback
	}
	if f := ask("why Alaska?"); f != NoFallback {
		t.Errorf("the first answer falls back: %s", f)
	}
	if f := ask("why in Alaska of all places?"); f != BudgetSpent {
		t.Errorf("a spent budget gives %q", f)
	}
	now = now.Add(time.Hour)
	if f := ask("why there, in Alaska?"); f != NoFallback {
		t.Errorf("the next day falls back: %s", f)
	}
}

// A server that does not say what a reply cost is no way around the budget.
func TestBudgetIsEstimated(t *testing.T) {
	r := reply("answered", choice)
	r.NoUsage = true
	a := modelled(t, llmtest.New(t, r), func(o *Options) { o.DailyTokens = 1000 })
	for _, want := range []Fallback{NoFallback, BudgetSpent} {
		ans, err := a.Answer(t.Context(), Question{Kind: Ask, Text: "why Alaska, " + string(want) + "?"})
		if err != nil || ans.Fallback != want {
			t.Errorf("%q, %v, want %q", ans.Fallback, err, want)
		}
	}
}

func TestRestyle(t *testing.T) {
	plain := modelled(t, llmtest.New(t, llmtest.Reply{}), nil)
	written, err := plain.Answer(t.Context(), Question{Kind: Takeaways})
	if err != nil {
		t.Fatal(err)
	}
	srv := llmtest.New(t, reply("answered",
		drafted{Text: "Putin sees the summit as a chance to advance Russia's interests.", Sentence: "s93", Quote: "a critical opportunity to advance Russia’s strategic interests"},
		drafted{Text: "The summit will bring 12 gains.", Sentence: "s96", Quote: "bolstering his image as a strong leader"},
		drafted{Text: "Alaska was not an arbitrary choice.", Sentence: "s45", Quote: "The choice of Alaska as the summit location is far from arbitrary"},
		drafted{Text: "Putin wants to use the divisions within the Western alliance.", Sentence: "s95", Quote: "exploit any perceived divisions within the Western alliance"}))
	a := modelled(t, srv, nil)
	ans, err := a.Answer(t.Context(), Question{Kind: Takeaways, Style: Brief})
	if err != nil {
		t.Fatal(err)
	}
	if len(ans.Claims) != len(written.Claims) || ans.Mode != FromModel || ans.Fallback != CutOff {
		t.Fatalf("%d of %d items, %s %q", len(ans.Claims), len(written.Claims), ans.Mode, ans.Fallback)
	}
	for i, want := range []string{"Putin sees the summit as a chance to advance Russia's interests.", written.Claims[1].Text(), "Putin wants to use the divisions within the Western alliance.", written.Claims[3].Text()} {
		if got := ans.Claims[i].Text(); got != want {
			t.Errorf("item %d is %q, want %q", i+1, got, want)
		}
	}
}

// Whatever lie a model drafts, as one statement or beside an honest one, what
// is said is proven.
func TestLiesAreNotDelivered(t *testing.T) {
	lies := readDrafted(t, "testdata/liars.jsonl")
	srv := llmtest.New(t)
	var lie drafted
	srv.Answer = func(llmtest.Request) llmtest.Reply {
		r := reply("answered", choice, lie)
		r.Piece = 64
		return r
	}
	a := modelled(t, srv, nil)
	a.writer.kept = newCache(0, time.Now)
	for _, lie = range lies {
		ans, err := a.Answer(t.Context(), Question{Kind: Ask, Text: "why Alaska?"})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range ans.Claims {
			if c.Text() == strings.Join(strings.Fields(lie.Text), " ") {
				t.Errorf("%s: delivered: %q", lie.Lie, c.Text())
			}
		}
		if len(ans.Claims) == 0 {
			t.Errorf("%s: nothing is left beside %.40q", lie.Lie, lie.Text)
		}
	}
}

// What is kept of one list is not the answer to another.
func TestKeptListsAreToldApart(t *testing.T) {
	a := modelled(t, llmtest.New(t), nil)
	keys := map[string]Question{}
	for _, q := range []Question{
		{Kind: Takeaways, Style: Brief}, {Kind: Takeaways, Style: Brief, Count: 1}, {Kind: Takeaways, Style: Plain},
		{Kind: Risks, Style: Brief}, {Kind: Risks, Style: Brief, For: West}, {Kind: Ask, Text: "why?"}, {Kind: Ask, Text: "why?", History: []string{"where?"}},
	} {
		key := a.writer.key(a.articles, q)
		if other, there := keys[key]; there {
			t.Errorf("%+v is kept as %+v is", q, other)
		}
		keys[key] = q
	}
}

// A purse that does not answer holds up nobody but who asks it, and what it did
// not take down is not forgotten.
func TestHungPurse(t *testing.T) {
	p := &hungPurse{asked: make(chan struct{}), goOn: make(chan struct{})}
	b := &budget{limit: 10, purse: p, now: time.Now}
	first := make(chan bool)
	go func() { first <- b.spent(t.Context()) }()
	<-p.asked
	b.spend(t.Context(), Question{}, Usage{PromptTokens: 11})
	if !b.spent(t.Context()) {
		t.Error("what was spent meanwhile does not count")
	}
	close(p.goOn)
	if !<-first {
		t.Error("what the purse did not take down is forgotten")
	}
}

// hungPurse says that nothing was spent, late, and takes nothing down.
type hungPurse struct{ asked, goOn chan struct{} }

func (p *hungPurse) Spent(context.Context) (int, error) {
	close(p.asked)
	<-p.goOn
	return 0, nil
}

func (p *hungPurse) Spend(context.Context, Question, Usage) error { return errors.New("hung") }
