package store

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord"
	"summitbot/bot/discord/worker"
	"summitbot/bot/store/postgrestest"
	"summitbot/bot/testserver"
	"summitbot/bot/testserver/discordtest"
	"summitbot/seeds/seedtest"
)

// An outage is something that happens to a store while a bot works with it.
type outage struct {
	postgres bool
	// begin has it happen, and returns what ends it; nil when nothing does.
	begin func(t *testing.T, s *Store, server *postgrestest.Server) (end func())
	// away says that the store cannot be written to meanwhile.
	away bool
}

var outages = map[string]outage{
	"a full disk": {begin: func(t *testing.T, s *Store, _ *postgrestest.Server) func() {
		// SQLite says of a full disk what it says of its own limit.
		limit(t, s, `PRAGMA max_page_count = 1`) // no more than there is
		return func() { limit(t, s, `PRAGMA max_page_count = 1073741823`) }
	}, away: true},
	"a read-only file": {begin: func(t *testing.T, s *Store, _ *postgrestest.Server) func() {
		limit(t, s, `PRAGMA query_only = 1`)
		return func() { limit(t, s, `PRAGMA query_only = 0`) }
	}, away: true},
	"a locked file": {begin: func(t *testing.T, s *Store, _ *postgrestest.Server) func() {
		other := open(t, Options{Folder: s.name})
		conn, err := other.db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.ExecContext(t.Context(), `BEGIN EXCLUSIVE`); err != nil {
			t.Fatal(err)
		}
		return func() {
			if _, err := conn.ExecContext(t.Context(), `ROLLBACK`); err != nil {
				t.Error(err)
			}
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
		}
	}, away: true},
	"a corrupt file": {begin: func(t *testing.T, s *Store, _ *postgrestest.Server) func() {
		name := filepath.Join(s.name, file)
		if _, err := s.db.ExecContext(t.Context(), `PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt(bytes.Repeat([]byte("garbage "), int(info.Size()-4096)/8), 4096); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		limit(t, s, `PRAGMA shrink_memory`) // which still holds what was good
		return nil
	}, away: true},
	"PostgreSQL is gone": {postgres: true, begin: func(_ *testing.T, _ *Store, server *postgrestest.Server) func() {
		server.Stop()
		return server.Start
	}, away: true},
}

func limit(t *testing.T, s *Store, pragma string) {
	t.Helper()
	if _, err := s.db.ExecContext(t.Context(), pragma); err != nil {
		t.Fatal(err)
	}
}

// A quietLog counts lines, so that a bot which tries without end is seen.
type quietLog struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *quietLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *quietLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// slowly answers with one sentence, and a model's patience: a question that
// says so waits for the outage.
type slowly struct {
	*bot.Answerer
	begun, goOn chan struct{}
}

func (s slowly) Stream(ctx context.Context, q bot.Question, _ func(bot.Answer)) (bot.Answer, error) {
	if strings.Contains(q.Text, "slowly") {
		close(s.begun)
		select {
		case <-s.goOn:
		case <-ctx.Done():
		}
	}
	return s.Recite(q, s.Articles()[0].Slug, []string{"s45"}) // "… far from arbitrary."
}

// Whatever happens to the store, members get their answers, once; the bot goes
// on, and does not spin; what was accepted is finished when the store is back.
func TestOutages(t *testing.T) {
	t.Parallel()
	index := seedtest.Index(t)
	for name, o := range outages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var server *postgrestest.Server
			options := Options{Folder: t.TempDir(), Serving: true, Retention: time.Hour}
			if o.postgres {
				server = postgrestest.New(t)
				options.URL = server.URL()
			}
			s, err := Open(t.Context(), options)
			if err != nil {
				t.Fatal(err)
			}
			a := slowly{bot.NewAnswerer(index, bot.Options{}), make(chan struct{}), make(chan struct{})}
			w := startBot(t, s, a)
			w.answered(w.say("one", "why was Alaska chosen?"))
			under := w.say("slow", "slowly: why was Alaska chosen?")
			<-a.begun

			end := o.begin(t, s, server)
			if err := w.ping(); (err != nil) != o.away {
				t.Errorf("the store says %v", err)
			}
			w.answered(w.say("two", "why was Alaska chosen?"))
			w.answered(w.say("three", "why was Alaska chosen?"))
			told := func() bool { return strings.Contains(w.log.String(), "would not outlive a crash") }
			for n := range 20 { // pages that are there already may have room for a few questions
				if !o.away || told() {
					break
				}
				w.answered(w.say(fmt.Sprintf("more-%d", n), "why was Alaska chosen?"))
			}
			close(a.goOn)
			w.answered(under)
			if end != nil {
				end()
				w.settles()
				w.answered(w.say("four", "why was Alaska chosen?"))
				w.settles()
			}
			w.stop()
			for _, channel := range []string{"one", "slow", "two", "three"} {
				if n := w.said(channel); n != 1 {
					t.Errorf("in %s the bot said %d things", channel, n)
				}
			}
			if lines := strings.Count(w.log.String(), "\n"); lines > 60 {
				t.Errorf("the log has %d lines:\n%s", lines, w.log.String())
			}
			if !told() {
				t.Error("the operator is not told")
			}
		})
	}
}

// A world is a bot at work with a store, on a test server.
type world struct {
	*testing.T
	store  *Store
	server *discordtest.Server
	log    *quietLog
	end    func()
}

func startBot(t *testing.T, s *Store, a worker.Answerer) *world {
	t.Helper()
	const token = "MTAwMDAwMDAwMDAwMDAwMDAx.x.x"
	w := &world{T: t, store: s, log: &quietLog{}, server: discordtest.New(t, testserver.Options{Bots: []testserver.Bot{{Name: "summitbot", Token: token}}})}
	s.log = slog.New(slog.NewTextHandler(w.log, nil))
	kept, err := stoodIn(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	ready, ended := make(chan string, 1), make(chan error, 1)
	b, err := discord.New(discord.Options{
		Token: token, APIURL: w.server.URL, Answerer: a, Ledger: kept, Records: kept, Workers: 8, Drain: 10 * time.Second,
		Log: s.log, Ready: func(name string) { ready <- name },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	go func() { ended <- b.Run(ctx) }()
	w.end = sync.OnceFunc(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := kept.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(w.end)
	select {
	case <-ready:
	case <-time.After(90 * time.Second):
		t.Fatal("the bot is not ready")
	}
	return w
}

func (w *world) stop() { w.end() }

// ping writes more than there is room for by chance.
func (w *world) ping() error {
	ctx, cancel := context.WithTimeout(w.Context(), 2*time.Second)
	defer cancel()
	return w.store.Shelve(ctx, "ping", bytes.Repeat([]byte("ping"), 1<<16), time.Hour)
}

func (w *world) say(channel, text string) testserver.Message {
	w.Helper()
	m, err := w.server.Post("ana", channel, "@summitbot "+text)
	if err != nil {
		w.Fatal(err)
	}
	return m
}

// answered waits for a message's answer.
func (w *world) answered(m testserver.Message) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), time.Minute)
	defer cancel()
	_, err := w.server.AwaitMessage(ctx, func(a testserver.Message) bool {
		return a.MessageReference != nil && a.MessageReference.MessageID == m.ID && strings.Contains(a.Text(), "far from arbitrary")
	})
	if err != nil {
		w.Fatalf("%s is not answered: %v\n%s", m.Content, err, w.log.String())
	}
}

// settles waits until nothing is open.
func (w *world) settles() {
	w.Helper()
	var n int
	var err error
	for deadline := time.Now().Add(90 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if n, err = w.store.OpenQuestions(w.Context()); err == nil && n == 0 {
			return
		}
	}
	w.Fatalf("%d questions are open, %v\n%s", n, err, w.log.String())
}

func (w *world) said(channel string) (n int) {
	w.Helper()
	all, err := w.server.Messages(channel, 0)
	if err != nil {
		w.Fatal(err)
	}
	for _, m := range all {
		if m.Author.Bot {
			n++
		}
	}
	return n
}
