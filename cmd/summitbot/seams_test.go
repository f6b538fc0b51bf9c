package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"summitbot/bot/store"
	"summitbot/bot/store/storetest"
	"summitbot/bot/testserver"
)

// A release that meets the database of a newer one, as in a redeploy that is
// taken back, says what to do and touches nothing.
func TestOlderReleaseBesideNewerSchema(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	kept, err := store.Open(t.Context(), store.Options{Folder: data, Serving: true})
	if err == nil {
		err = kept.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	storetest.Exec(t, data, `INSERT INTO migration (version, at) VALUES (999, ''); CREATE TABLE of_a_newer_release (id TEXT)`)
	_, address := testServer(t, testserver.Faults{})
	for _, command := range [][]string{{"serve"}, {"report"}, {"export"}, {"backup", filepath.Join(t.TempDir(), "backup.db")}} {
		p := launch(t, []string{"DISCORD_TOKEN=" + botToken, "DISCORD_API_URL=" + address, "DATA_DIR=" + data}, command...)
		p.exits(exitFailure)
		_, errs := p.printed()
		for _, want := range []string{"newer release", "version 999", "run that release, or name another DATA_DIR or DATABASE_URL"} {
			if !strings.Contains(errs, want) {
				t.Errorf("%s does not say %q: %s", command[0], want, errs)
			}
		}
	}
	storetest.Exec(t, data, `DROP TABLE of_a_newer_release`) // it is still there
}

// 40 mentions while the bot is killed five times are all answered, once each,
// and soon after its last start: in 40 channels, and in one, where Discord takes
// five posts in 5 s, no later than without kills, but for one more such window
// for each life.
func TestKillsWhileManyAsk(t *testing.T) {
	t.Parallel()
	const mentions, kills, window = 40, 5, 5 * time.Second
	for name, channel := range map[string]func(int) string{
		"in 40 channels": func(i int) string { return fmt.Sprint("channel-", i) },
		"in one channel": func(int) string { return "general" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			took := func(t *testing.T, kills int) time.Duration {
				c := newChaos(t, testserver.Options{RouteLimits: true}, store.Options{Folder: filepath.Join(t.TempDir(), "data")})
				c.discord.SetFaults(testserver.Faults{})
				c.vars = c.vars[:5:5] // without a model
				p := launchAs(t, c.program, c.vars, "serve")
				p.ready()
				c.introduce(p, "one")
				every := mentions / (kills + 1)
				var asked []testserver.Message
				ready := time.Now()
				for i := range mentions {
					if kills > 0 && i > 0 && i%every == 0 && i/every <= kills {
						p.signal(os.Kill)
						<-p.ended
						// What is asked now is told when the session goes on.
						p = launchAs(t, c.program, c.vars, "serve")
						p.await(p.stderr, "connected to the gateway", 1)
						ready = time.Now()
					}
					m, err := c.discord.Post(fmt.Sprint("member-", i), channel(i), "@summitbot Why was Alaska chosen?")
					if err != nil {
						t.Fatal(err)
					}
					asked = append(asked, m)
				}
				c.settle()
				last := ready
				for i, m := range asked {
					all, err := c.discord.MessagesFor("", channel(i), 0)
					if err != nil {
						t.Fatal(err)
					}
					n := 0
					for _, a := range all {
						if !a.Author.Bot || a.MessageReference == nil || a.MessageReference.MessageID != m.ID {
							continue
						}
						n++
						at, err := time.Parse(time.RFC3339, a.Timestamp)
						if err != nil {
							t.Fatal(err)
						}
						if at.After(last) {
							last = at
						}
					}
					if n != 1 {
						t.Errorf("mention %d has %d answers after %d kills", i, n, kills)
					}
				}
				return last.Sub(ready)
			}
			var without, with time.Duration
			t.Run("lives", func(t *testing.T) {
				t.Run("one", func(t *testing.T) {
					t.Parallel()
					without = took(t, 0)
				})
				t.Run("many", func(t *testing.T) {
					t.Parallel()
					with = took(t, kills)
				})
			})
			t.Logf("answered %v after the last start, and %v without kills", with, without)
			if most := without + (kills+1)*window; with > most {
				t.Errorf("all are answered %v after the last start, later than %v", with, most)
			}
		})
	}
}
