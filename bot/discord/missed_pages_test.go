package discord

import (
	"fmt"
	"testing"

	"summitbot/bot/testserver"
)

// What is read after a time without a bot takes back no answer to a question that
// stands, however many pages there are.
func TestMissedTakesBackNoAnswer(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), nil)
	const asked = 130
	for i := range asked {
		w.answerTo(w.say(fmt.Sprint("member-", i), "general", "@summitbot why Alaska?"))
	}
	w.settle()
	w.restart(alaska(t), nil)
	w.answerTo(w.say("ana", "elsewhere", "@summitbot why Alaska?"))
	w.eventually("what was said is read", func() bool { return w.bot.intake.barrier().passed() })
	w.settle()
	all, err := w.server.Messages("general", 0)
	if err != nil || len(all) != 2*asked {
		t.Errorf("%d messages stand, not %d, %v", len(all), 2*asked, err)
	}
}
