package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/testserver"
)

// Whatever this machine's clock shows, what is kept is kept by Discord's, so
// that a conversation goes on in the next life of the program, and lapses, by
// the time that has passed for members.
func TestServeGoesByDiscordsClock(t *testing.T) {
	t.Parallel()
	for _, behind := range []time.Duration{20 * time.Minute, -20 * time.Minute} {
		t.Run(fmt.Sprint(behind), func(t *testing.T) {
			t.Parallel()
			server, address := testServer(t, testserver.Faults{})
			vars := []string{"DATA_DIR=" + t.TempDir(), "DISCORD_TOKEN=" + botToken, "DISCORD_API_URL=" + address}
			asked := []struct {
				text string
				at   time.Duration // of Discord's clock
				from int           // how many questions it goes on from
			}{{why, behind - time.Hour, 0}, {"@summitbot and when?", behind - 35*time.Minute, 1}, {"@summitbot and where?", behind, 0}}
			for _, q := range asked {
				server.SetClock(q.at)
				w := &world{launch(t, vars, "serve"), server}
				w.ready()
				w.answerTo(w.say("ana", "general", q.text), "")
				w.signal(os.Interrupt)
				w.exits(exitOK)
			}
			p := launch(t, vars, "export")
			p.exits(exitOK)
			out, _ := p.printed()
			lines := strings.Split(strings.TrimSpace(out), "\n")
			if len(lines) != len(asked) {
				t.Fatalf("%d questions are kept:\n%s", len(lines), out)
			}
			for i, q := range asked {
				var r bot.Record
				if err := json.Unmarshal([]byte(lines[i]), &r); err != nil {
					t.Fatal(err)
				}
				if off := time.Until(r.Accepted) - q.at; off.Abs() > patience {
					t.Errorf("%q is kept as if it had been asked %v later", q.text, off)
				}
				if len(r.History) != q.from {
					t.Errorf("%q goes on from %q", q.text, r.History)
				}
			}
		})
	}
}
