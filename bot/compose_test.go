package bot

import (
	"fmt"
	"strings"
	"testing"

	"summitbot/bot/llm/llmtest"
	"summitbot/bot/proof"
)

// asks answers a question that is asked once, and fails on an error.
func (a *Answerer) asks(t *testing.T, q Question) Answer {
	t.Helper()
	q.Kind = Ask
	ans, err := a.Answer(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return ans
}

// What one judge has upheld is not said where another one, or none, judges.
func TestKeptAnswersKnowTheirJudge(t *testing.T) {
	shelf := memoryShelf{}
	srv := serving(t, reply("answered", choice, nexus))
	for i, c := range []struct {
		judge string // empty for none
		how   proof.How
		calls int
	}{{"first", proof.Judged, 2}, {"", proof.Quoted, 1}, {"first", proof.Judged, 0}, {"second", proof.Judged, 2}, {"", proof.Quoted, 0}} {
		a := modelled(t, srv, func(o *Options) {
			o.Store, o.JudgeName = shelf, c.judge
			if c.judge == "" {
				o.Judge = nil
			}
		})
		ans := a.asks(t, Question{Text: "why Alaska?"})
		if len(ans.Claims) != 2 || ans.Claims[0].How() != c.how || ans.Usage.Calls != c.calls {
			t.Errorf("%d: with the judge %q there are %d claims, %s, after %d calls", i, c.judge, len(ans.Claims), ans.Claims[0].How(), ans.Usage.Calls)
		}
	}
}

// An answer of which the judge left something out is judged again; one that is
// quoted because nobody judges is written once.
func TestUnjudgedIsNotKept(t *testing.T) {
	silent := true
	srv := llmtest.New(t)
	srv.Answers(func(r llmtest.Request) llmtest.Reply {
		checks := r.Checks()
		switch {
		case len(checks) == 0:
			return reply("answered", choice, nexus)
		case silent:
			checks = checks[:1]
		}
		return llmtest.Results(checks, func(llmtest.JudgeCheck) string { return "supported" })
	})
	a := modelled(t, srv, nil)
	judged := func(ans Answer) (n int) {
		for _, c := range ans.Claims {
			if c.How() == proof.Judged {
				n++
			}
		}
		return n
	}
	if ans := a.asks(t, Question{Text: "why Alaska?"}); judged(ans) != 1 {
		t.Fatalf("%d claims are judged", judged(ans))
	}
	silent = false
	if ans := a.asks(t, Question{Text: "why Alaska?"}); judged(ans) != 2 || ans.Usage.Calls != 2 {
		t.Errorf("then %d are, after %d calls", judged(ans), ans.Usage.Calls)
	}
	if ans := a.asks(t, Question{Text: "why Alaska?"}); judged(ans) != 2 || ans.Usage.Calls != 0 {
		t.Errorf("in the end %d are, after %d calls", judged(ans), ans.Usage.Calls)
	}
}

// A false premise is corrected by the article's own sentence first, whatever the
// model says beside it.
func TestCorrectionStands(t *testing.T) {
	const question = "Why is the summit being held in Geneva?"
	offline := seedAnswerer(t).asks(t, Question{Text: question})
	if offline.Verdict != PremiseCorrected {
		t.Fatalf("offline it is %s", offline.Verdict)
	}
	ans := modelled(t, serving(t, reply("answered", nexus)), nil).asks(t, Question{Text: question})
	if ans.Verdict != PremiseCorrected || len(ans.Claims) < 2 || ans.Claims[0].Text() != offline.Claims[0].Text() {
		t.Errorf("it is %s, %+v", ans.Verdict, ans.Claims)
	}
}

// A direct reply stands only above all that it rests on.
func TestDirectRestsOnWhatIsShown(t *testing.T) {
	no := func(statements ...drafted) llmtest.Reply {
		return replyWith(map[string]any{"verdict": "answered", "direct": "no", "missing": ""}, statements...)
	}
	for _, c := range []struct {
		reply llmtest.Reply
		want  Direct
	}{{no(quoted, choice), No}, {no(quoted, drafted{"It is a lie that nobody loses.", "s86"}), NoDirect}} {
		if ans := modelled(t, serving(t, c.reply), nil).asks(t, Question{Text: "Was Alaska an arbitrary choice?"}); ans.Direct != c.want {
			t.Errorf("it is %q, want %q, above %+v", ans.Direct, c.want, ans.Claims)
		}
	}
}

// A judge is shown the question as it was understood: what was asked before it is
// none of its business where the question stands alone.
func TestJudgeSeesTheQuestion(t *testing.T) {
	for _, c := range []struct {
		q    Question
		want []string
		not  string
	}{
		{Question{Text: "Why was Alaska chosen for the summit?", History: []string{"What does Putin want from NATO?"}}, []string{"Alaska"}, "NATO"},
		{Question{Text: "and why does he want that?", History: []string{"Does Putin want NATO to stop growing?"}}, []string{"NATO", "why does he want that"}, ""},
		{Question{Text: strings.Repeat("Why was Alaska chosen for the summit? ", 100)}, []string{"Alaska"}, ""},
	} {
		srv := serving(t, reply("answered", choice))
		modelled(t, srv, nil).asks(t, c.q)
		_, judged := written(srv)
		if len(judged) != 1 {
			t.Fatalf("the judge was asked %d times", len(judged))
		}
		got := judged[0].Checks()[0].Question
		for _, w := range c.want {
			if !strings.Contains(got, w) {
				t.Errorf("the judge is shown %q", got)
			}
		}
		if c.not != "" && strings.Contains(got, c.not) || len(got) > 500 {
			t.Errorf("the judge is shown %q", got)
		}
	}
}

// Of what somebody writes so much is read and no more.
func TestLongQuestionsAreCut(t *testing.T) {
	long := strings.Repeat("Why was Alaska chosen for the summit? ", longestQuestion/30)
	srv := serving(t, reply("answered", choice))
	a := modelled(t, srv, nil)
	if ans := a.asks(t, Question{Text: long + "xylophone"}); len(ans.Question.Text) > longestQuestion {
		t.Errorf("%d bytes of a question are kept", len(ans.Question.Text))
	}
	if _, err := a.Check(t.Context(), "Alaska is far "+strings.Repeat("and so on ", longestQuestion/10)+"and a xylophone."); err != nil {
		t.Fatal(err)
	}
	if len(srv.Requests()) == 0 {
		t.Error("the model was not asked")
	}
	for _, r := range srv.Requests() {
		if strings.Contains(string(r.Body), "xylophone") {
			t.Error("the end of a text without end is put to the model")
		}
	}
}

// The request to the judge is bounded: of more statements the sentences are quoted.
func TestManyStatements(t *testing.T) {
	var all []drafted
	for i := range mostStatements {
		all = append(all, drafted{fmt.Sprintf("Alaska was not an arbitrary %schoice.", strings.Repeat("little ", i)), "s45"})
	}
	srv := serving(t, reply("answered", all...))
	modelled(t, srv, nil).asks(t, Question{Text: "why Alaska?"})
	_, judged := written(srv)
	if len(judged) != 1 || len(judged[0].Checks()) != mostJudged {
		t.Errorf("the judge was asked %d times", len(judged))
	}
}

// Where nobody judges, a style is what the article's own words can do, without a
// model's.
func TestStyleWithoutAJudge(t *testing.T) {
	srv := serving(t, reply("answered", choice))
	a := modelled(t, srv, func(o *Options) { o.Judge = nil })
	whole := a.asks(t, Question{Text: "what are the pros?"})
	for style, fallback := range map[Style]Fallback{Brief: NoFallback, Plain: NotJudged} {
		ans := a.asks(t, Question{Text: "what are the pros?", Style: style})
		if len(ans.Claims) != len(whole.Claims) || ans.Mode != Quotes || ans.Fallback != fallback || (len(ans.Claims[0].Text()) < len(whole.Claims[0].Text())) != (style == Brief) {
			t.Errorf("%s: %d claims, %s %q, %q", style, len(ans.Claims), ans.Mode, ans.Fallback, ans.Claims[0].Text())
		}
	}
	if n := len(srv.Requests()); n != 0 {
		t.Errorf("the model was asked %d times", n)
	}
}

// What was not judged because the day's tokens are spent is not kept for those
// who ask when there are tokens again.
func TestUnpaidIsNotKept(t *testing.T) {
	srv := serving(t, replyWith(map[string]any{"verdict": "answered", "direct": "no", "missing": ""}, quoted))
	a := modelled(t, srv, func(o *Options) { o.DailyTokens = 1 })
	q := Question{Text: "Was Alaska an arbitrary choice?"}
	if ans := a.asks(t, q); ans.Direct != NoDirect || len(ans.Claims) != 1 {
		t.Fatalf("it is %q, %+v", ans.Direct, ans.Claims)
	}
	a.writer.budget.limit = 0
	if ans := a.asks(t, q); ans.Direct != No || ans.Usage.Calls != 2 {
		t.Errorf("then it is %q, after %d calls", ans.Direct, ans.Usage.Calls)
	}
}
