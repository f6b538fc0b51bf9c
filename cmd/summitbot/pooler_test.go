package main

import (
	"strings"
	"testing"

	"summitbot/bot/store"
	"summitbot/bot/store/postgrestest"
	"summitbot/bot/testserver"
)

// Two processes, one that hears and one that answers, share a database behind
// PgBouncer, whichever way that gives out its connections.
func TestPooler(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string][]string{
		"transaction": {"transaction", "default_pool_size = 4"},
		"session":     {"session"},
		// It takes the settings when a connection is made, and does nothing with them.
		"settings ignored": {"transaction", "ignore_startup_parameters = lock_timeout,idle_in_transaction_session_timeout,enable_bitmapscan"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := postgrestest.New(t)
			c := newChaos(t, testserver.Options{}, store.Options{URL: db.URL()})
			c.discord.SetFaults(testserver.Faults{})
			c.vars = append(c.vars, "DATABASE_URL="+db.URL(db.Pooler(settings[0], settings[1:]...)))
			var fleet []*process
			for _, role := range []string{"gateway", "worker"} {
				p := launchAs(t, c.program, c.vars, "serve", "-role", role)
				p.await(p.stdout, "ready:", 1)
				fleet = append(fleet, p)
			}
			c.introduce(fleet[0], "one", "two")
			var all []chaosAsk
			for i := range 30 {
				a, err := c.askOne(i, []string{"one", "two"}[i/3%2])
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, a)
			}
			c.settle()
			c.count(all, len(all), 0)
			for _, p := range fleet {
				out, errs := p.printed()
				if n := strings.Count(errs, "found by polling"); n != 1 {
					t.Errorf("that it polls is said %d times", n)
				}
				if strings.Contains(errs, "level=ERROR") || strings.Contains(out+errs, postgrestest.Password) {
					t.Errorf("it says\n%s", errs)
				}
			}
		})
	}
}

// A database that cannot be worked with is a fault: serve and doctor say what to
// do, in the same words.
func TestDatabaseFaults(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	db.Exec(`CREATE ROLE ana LOGIN PASSWORD '` + postgrestest.Password + `'`)
	for address, says := range map[string]string{
		// One of single statements keeps nothing that has to be kept together.
		db.URL(db.Pooler("statement")):                         "set its pool_mode to transaction or session",
		strings.Replace(db.URL(), "//summitbot:", "//ana:", 1): `GRANT CREATE ON SCHEMA "public" TO "ana"`,
	} {
		vars := map[string]string{"DISCORD_TOKEN": botToken, "DATA_DIR": t.TempDir(), "DATABASE_URL": address}
		for _, command := range []string{"serve", "doctor"} {
			code, out, log := runs(t, vars, command)
			// As plain text: the log has quotation marks of its own.
			said := strings.ReplaceAll(strings.Join(strings.Fields(out+log), " "), `\`, "")
			if code != exitFailure || !strings.Contains(said, says) || strings.Contains(said, postgrestest.Password) {
				t.Errorf("%s ended with %d and said %s", command, code, said)
			}
		}
	}
}
