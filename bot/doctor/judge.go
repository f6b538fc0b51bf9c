package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"summitbot/bot/llm"
	"summitbot/bot/proof"
)

// checkJudge tries the judge, unless that was done before on this machine.
func (d *doctor) checkJudge(ctx context.Context) Finding {
	switch {
	case d.client == nil:
		return Finding{}
	case !d.Judge.On:
		return warning("there is none: answers are quotations, and no other words of the model's are posted", "set OPENAI_JUDGE=on")
	}
	try, err := d.Judge.New(d.index)
	if err != nil {
		return failed(err, ".env.example tells what the settings can be")
	}
	at := d.Judge.Name + " at " + d.Judge.Server
	state, err := try(ctx)
	e, silent := errors.AsType[*llm.Error](err)
	switch {
	case silent && d.Judge.Apart:
		return fault(at+": "+complaint(e), "see OPENAI_JUDGE_MODEL, OPENAI_JUDGE_BASE_URL and OPENAI_JUDGE_API_KEY, which name the judge")
	case silent:
		return d.silent(ctx, at, e)
	case err != nil: // the doctor is interrupted, or DAILY_TOKEN_BUDGET does not suffice, which is told already
		return Finding{}
	case !state.Trusted:
		return warning(fmt.Sprintf("%s %s%s", at, state, misjudged(state.Trial)),
			"set OPENAI_JUDGE_MODEL to a model that judges better (summitbot eval -judge FILE measures one), or OPENAI_JUDGE=off to save its requests")
	}
	return ok(fmt.Sprintf("%s %s", at, state))
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
