package store

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/queue"
	"summitbot/bot/store/postgrestest"
	"summitbot/bot/testserver/discordtest"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if err := discordtest.AtOnce(4); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

// open opens a store that is closed at the test's end.
func open(t testing.TB, o Options) *Store {
	t.Helper()
	if o.Retention == 0 {
		o.Retention = 30 * 24 * time.Hour
	}
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// onBoth runs a test with SQLite and with PostgreSQL, where "another" opens
// another process's store on the same database.
func onBoth(t *testing.T, run func(t *testing.T, s *Store, another func() *Store)) {
	t.Run("SQLite", func(t *testing.T) {
		o := Options{Folder: filepath.Join(t.TempDir(), "a new folder", "with % and ?")}
		run(t, open(t, o), func() *Store { return open(t, o) })
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		server := postgrestest.New(t)
		o := Options{URL: server.URL(), Serving: true}
		run(t, open(t, o), func() *Store { return open(t, o) })
		t.Run("behind a pooler", func(t *testing.T) {
			carriedOut(t, opened(t, "pgx", server.URL()), `CREATE DATABASE behind`)
			o := Options{URL: strings.Replace(server.URL(server.Pooler("transaction")), "/postgres?", "/behind?", 1), Serving: true}
			run(t, open(t, o), func() *Store { return open(t, o) })
		})
	})
}

// accept accepts a question.
func accept(t testing.TB, s *Store, id, place, member string, terms queue.Terms) queue.Acceptance {
	t.Helper()
	a, err := s.Accept(t.Context(), queue.Row{ID: id, Place: place, Server: "server of " + place, Member: member, Kind: bot.Ask, Text: "words " + id, Event: "secret words " + id}, terms)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// claimedFirst is a row that its acceptance has claimed.
func claimedFirst(id string) queue.Row { return queue.Row{ID: id, Fence: 1, Accepted: time.Now()} }

// settle keeps the answer to a claimed row, if it is to have one, and settles it.
func settle(t testing.TB, s *Store, r queue.Row, a queue.Result, posted ...string) {
	t.Helper()
	for i, m := range posted {
		r.Posts = append(r.Posts, queue.Post{Message: m, Part: i})
	}
	if r.State != queue.Answered && r.State != queue.Withdrawn {
		if err := s.Answer(t.Context(), r, a); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Settle(t.Context(), r); err != nil {
		t.Fatal(err)
	}
}

// inWords is a result of a question in a member's words.
func inWords(text, shown string) queue.Result {
	return queue.Result{Question: bot.Question{Kind: bot.Ask, Text: text}, Answer: bot.Answer{Verdict: bot.Answered}, Shown: shown}
}

// shift moves a store's clock.
func shift(s *Store, by time.Duration) { s.clock.Tell(s.now().Add(by), s.now().Add(by)) }

// count counts the rows of a query.
func count(t *testing.T, s *Store, query string) (n int) {
	t.Helper()
	if err := s.db.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// ids are the ids of questions.
func ids(all []queue.Row) (out []string) {
	for _, p := range all {
		out = append(out, p.ID)
	}
	return out
}

func TestVotes(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *Store, another func() *Store) {
		at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
		down := bot.Vote{Answer: "1", Member: "ana", Reason: "missing", Words: "‘; DROP TABLE vote; --", Question: "Why?", Text: "Because.", Article: "abc", Sentences: []string{"s1", "s45"}, At: at}
		up := down
		up.Up, up.Reason, up.At = true, "", at.Add(time.Minute)
		for _, v := range []bot.Vote{down, up, {Answer: "1", Member: "ben", At: at}, {Answer: "2", Member: "ana", At: at}} {
			if err := s.Vote(t.Context(), v); err != nil {
				t.Fatal(err)
			}
		}
		again := another()
		votes, err := again.Votes(t.Context())
		if err != nil || len(votes) != 3 {
			t.Fatalf("%d votes, %v", len(votes), err)
		}
		last := votes[2]
		if !last.Up || last.Reason != "" || last.Words != down.Words || !last.At.Equal(up.At) || strings.Join(last.Sentences, " ") != "s1 s45" {
			t.Errorf("the changed vote is %+v", last)
		}
		if strings.Contains(last.Member, "ana") || last.Member == "" {
			t.Errorf("the member is kept as %q", last.Member)
		}
		if err := again.Forget(t.Context(), "ana"); err != nil {
			t.Fatal(err)
		}
		if votes, err = s.Votes(t.Context()); err != nil || len(votes) != 1 {
			t.Errorf("%d votes are left, %v", len(votes), err)
		}
	})
}

func TestMemory(t *testing.T) {
	t.Parallel()
	s := open(t, Options{Folder: Memory, Serving: true})
	accept(t, s, "1", "here", "ana", queue.Terms{})
	if n, err := s.OpenQuestions(t.Context()); err != nil || n != 1 {
		t.Errorf("%d questions, %v", n, err)
	}
	if s.Durable() || s.Shared() {
		t.Error("memory is neither durable nor shared")
	}
}

// What cannot be opened says why, and what to do; no password is told.
func TestRefusals(t *testing.T) {
	t.Parallel()
	newer := t.TempDir()
	s := open(t, Options{Folder: newer})
	if _, err := s.db.ExecContext(t.Context(), `INSERT INTO migration (version, at) VALUES (999, '')`); err != nil {
		t.Fatal(err)
	}
	broken := t.TempDir()
	if err := os.WriteFile(filepath.Join(broken, file), []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	taken := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(taken, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	busy := Options{Folder: t.TempDir(), Serving: true}
	open(t, busy)
	for want, o := range map[string]Options{
		"newer release":                  {Folder: newer},
		"not a database":                 {Folder: broken},
		"DATA_DIR":                       {Folder: taken},
		"another process":                busy,
		"DATABASE_URL is not understood": {URL: "postgres://ana:canary@%zz"},
		"PostgreSQL at 127.0.0.1:1":      {URL: "postgres://ana:canary@127.0.0.1:1/x"},
	} {
		if _, err := Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%v, want %q", err, want)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ended, Options{Folder: t.TempDir()}); err == nil {
		t.Error("a context that has ended opens a store")
	}
}

// Tables are made once, however many processes start at the same time.
func TestMigrateTogether(t *testing.T) {
	t.Parallel()
	url := postgrestest.New(t).URL()
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			s, err := Open(t.Context(), Options{URL: url, Serving: true})
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// A question is accepted once, is claimed by one at a time, comes back when
// the claim ends, and is known afterwards without who asked it.
func TestQuestions(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *Store, another func() *Store) {
		if a := accept(t, s, "9", "here", "ana", queue.Terms{Claim: true}); !a.Fresh || !a.Claimed {
			t.Errorf("the first is %+v", a)
		}
		if a := accept(t, s, "10", "here", "ana", queue.Terms{Claim: true}); !a.Fresh || a.Claimed {
			t.Errorf("one that may go on from another is %+v", a)
		}
		if a := accept(t, s, "9", "here", "ana", queue.Terms{Claim: true}); a.Fresh || a.Claimed {
			t.Errorf("a repeated one is %+v", a)
		}
		if n, err := s.Ahead(t.Context(), "10"); err != nil || n != -1 {
			t.Errorf("%d are ahead of one that waits for its member's own, %v", n, err)
		}
		accept(t, s, "11", "there", "ben", queue.Terms{})
		if n, err := s.Ahead(t.Context(), "11"); err != nil || n != 1 {
			t.Errorf("%d are ahead, %v", n, err)
		}
		if known, err := s.Withdraw(t.Context(), queue.Row{ID: "11"}, false); err != nil || !known {
			t.Fatal(known, err)
		}
		if n, err := s.Ahead(t.Context(), "9"); err != nil || n != -1 {
			t.Errorf("%d are ahead of a claimed one, %v", n, err)
		}
		other := another()
		if claimed, err := other.Claim(t.Context(), 5, nil, nil); err != nil || len(claimed) != 0 {
			t.Errorf("another claims %v, %v", ids(claimed), err)
		}
		nine := claimedFirst("9")
		done := queue.Result{Question: bot.Question{Kind: bot.Ask, Text: "why Alaska?", History: []string{"where?"}},
			Answer: bot.Answer{Verdict: bot.Answered, Mode: bot.Quotes, Usage: bot.Usage{Calls: 1, PromptTokens: 7}}, Shown: "Because.", Body: "an answer"}
		if err := s.Answer(t.Context(), nine, done); err != nil {
			t.Fatal(err)
		}
		if err := s.ReleaseAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		claimed, err := other.Claim(t.Context(), 5, nil, nil)
		if err != nil || !slices.Equal(ids(claimed), []string{"9"}) {
			t.Fatalf("another claims %v, %v", ids(claimed), err)
		}
		if c := claimed[0]; c.Body != "an answer" || c.State != queue.Answered || c.Event != "secret words 9" || c.Fence != 2 || c.Tries != 2 || !c.Unsure || c.Server != "server of here" || time.Since(c.Accepted).Abs() > time.Minute {
			t.Errorf("it is %+v", c)
		}
		settle(t, other, claimed[0], queue.Result{}, "77", "78")
		if a := accept(t, s, "9", "here", "ana", queue.Terms{}); a.Fresh {
			t.Error("a finished question is accepted again")
		}
		if n := count(t, s, `SELECT COUNT(*) FROM question WHERE finished <> '' AND (event <> '' OR answer <> '')`); n != 0 {
			t.Errorf("%d finished questions still have what was needed to answer them", n)
		}
		if claimed, err = s.Claim(t.Context(), 5, nil, nil); err != nil || !slices.Equal(ids(claimed), []string{"10"}) {
			t.Errorf("now claimed are %v, %v", ids(claimed), err)
		}
		history, err := other.History(t.Context(), "here", "ana")
		if err != nil || !slices.Equal(history, []string{"why Alaska?"}) {
			t.Errorf("the conversation is %q, %v", history, err)
		}
		for _, post := range []string{"77", "78"} {
			if text, err := s.AskedFor(t.Context(), post, ""); err != nil || text != "why Alaska?" {
				t.Errorf("%s answers %q, %v", post, text, err)
			}
		}
		places, err := s.Places(t.Context(), time.Now().Add(-time.Hour))
		if err != nil || len(places) != 2 || places[1].ID != "here" || places[1].Server != "server of here" {
			t.Errorf("places %v, %v", places, err)
		}
		if err := s.Move(t.Context(), "here", "there", "ana"); err != nil {
			t.Fatal(err)
		}
		if history, err := s.History(t.Context(), "there", "ana"); err != nil || len(history) != 1 {
			t.Errorf("it goes on from %q, %v", history, err)
		}
	})
}

// A claim that is not renewed ends; one that is does not.
func TestLease(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *Store, another func() *Store) {
		accept(t, s, "1", "here", "ana", queue.Terms{Claim: true})
		other := another()
		later := func(by time.Duration) []string {
			t.Helper()
			shift(other, by)
			claimed, err := other.Claim(t.Context(), 5, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			return ids(claimed)
		}
		shift(s, queue.ClaimLife/2)
		if n, lost, err := s.Renew(t.Context(), []queue.Held{{ID: "1", Fence: 1}, {ID: "2", Fence: 1}}); err != nil || n != 1 || !slices.Equal(lost, []string{"2"}) {
			t.Errorf("%d open, %v", n, err)
		}
		if got := later(queue.ClaimLife + queue.ClaimLife/4); len(got) != 0 {
			t.Errorf("a renewed claim is taken: %v", got)
		}
		if got := later(queue.ClaimLife); len(got) != 1 {
			t.Error("a claim that has ended is not taken")
		}
		if _, _, err := s.Renew(t.Context(), []queue.Held{{ID: "1", Fence: 1}}); err != nil {
			t.Error(err)
		}
		if n := count(t, s, fmt.Sprintf(`SELECT COUNT(*) FROM question WHERE owner = '%s'`, other.me)); n != 1 {
			t.Error("renewing took the question back")
		}
	})
}

// Each server has its turn, and several processes never claim the same.
func TestFairClaims(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *Store, another func() *Store) {
		for i := range 30 {
			accept(t, s, fmt.Sprint(100+i), "busy", fmt.Sprint("member", i), queue.Terms{})
		}
		for i := range 2 {
			accept(t, s, fmt.Sprint(200+i), "quiet", fmt.Sprint("member", i), queue.Terms{})
		}
		accept(t, s, "300", "calm", "ana", queue.Terms{})
		claimed, err := s.Claim(t.Context(), 4, nil, nil)
		if err != nil || !slices.Equal(ids(claimed), []string{"100", "101", "200", "300"}) && !slices.Equal(ids(claimed), []string{"100", "200", "201", "300"}) {
			t.Errorf("the first turn is %v, %v", ids(claimed), err)
		}
		var mu sync.Mutex
		seen := map[string]int{}
		for _, p := range claimed {
			seen[p.ID]++
		}
		var wg sync.WaitGroup
		for _, p := range []*Store{s, another(), another(), another()} {
			wg.Go(func() {
				for range 60 {
					claimed, err := p.Claim(t.Context(), 3, nil, nil)
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					for _, c := range claimed {
						seen[c.ID]++
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if len(seen) != 33 {
			t.Errorf("%d questions were claimed", len(seen))
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("%s was claimed %d times", id, n)
			}
		}
	})
}

// Who asks when a busy server has been served for a while neither waits for
// all of its backlog nor has its own served first for as long.
func TestTurns(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *Store, _ func() *Store) {
		for i := range 8 {
			accept(t, s, fmt.Sprint(100+i), "busy", fmt.Sprint("member", i), queue.Terms{})
		}
		served, err := s.Claim(t.Context(), 4, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range served {
			settle(t, s, p, queue.Result{})
		}
		for i := range 4 {
			accept(t, s, fmt.Sprint(200+i), "late", fmt.Sprint("member", i), queue.Terms{})
		}
		for _, want := range []string{"104 200", "105 201", "106 202", "107 203"} {
			claimed, err := s.Claim(t.Context(), 2, nil, nil)
			if got := strings.Join(ids(claimed), " "); err != nil || got != want {
				t.Errorf("the turn is %q, not %q, %v", got, want, err)
			}
		}
	})
}

// Of 200 questions at once under a quota of 20, exactly 20 are accepted, and one
// more for each 3 s that they take; what is refused or repeated takes nothing.
func TestQuota(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *Store, another func() *Store) {
		stores := []*Store{s, another()}
		var accepted, refused atomic.Int64
		var wg sync.WaitGroup
		begun := time.Now()
		for i := range 200 {
			wg.Go(func() {
				a, err := stores[i%2].Accept(t.Context(), queue.Row{ID: fmt.Sprint(i), Place: "here", Member: "ana"}, queue.Terms{PerMinute: 20})
				switch {
				case err != nil:
					t.Error(err)
				case a.Fresh:
					accepted.Add(1)
				case a.Wait > 0 && a.Wait <= time.Minute:
					refused.Add(1)
				}
			})
		}
		wg.Wait()
		more := int64(time.Since(begun) / (time.Minute / 20)) // that the quota has grown by meanwhile
		if n := accepted.Load(); n < 20 || n > 20+more || refused.Load() != 200-n {
			t.Errorf("%d were accepted, %d refused", n, refused.Load())
		}
		if n := count(t, s, `SELECT COUNT(*) FROM question`); int64(n) != accepted.Load() {
			t.Errorf("%d are kept", n)
		}
		if a := accept(t, s, "other", "here", "ben", queue.Terms{PerMinute: 20}); !a.Fresh {
			t.Error("another member has no quota of their own")
		}
		if a := accept(t, s, "next", "here", "carl", queue.Terms{PerMinute: 1}); !a.Fresh {
			t.Error("carl may not ask")
		}
		if a := accept(t, s, "next", "here", "carl", queue.Terms{PerMinute: 1}); a.Fresh || a.Wait != 0 {
			t.Errorf("a repeated question counts: %+v", a)
		}
		shift(s, 3*time.Second) // one more is due
		if wait, err := s.Take(t.Context(), "ana", 20); err != nil || wait != 0 {
			t.Errorf("%v to wait, %v", wait, err)
		}
		if wait, err := s.Take(t.Context(), "ana", 20); err != nil || wait <= 0 || wait > 3*time.Second {
			t.Errorf("%v to wait, %v", wait, err)
		}
	})
}

func TestUsageAndShelf(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *Store, another func() *Store) {
		q := bot.Question{Server: "here", Member: "ana"}
		for range 3 {
			if err := s.Spend(t.Context(), q, bot.Usage{Calls: 1, PromptTokens: 100, CompletionTokens: 11}); err != nil {
				t.Fatal(err)
			}
		}
		other := another()
		if n, err := other.Spent(t.Context()); err != nil || n != 333 {
			t.Errorf("%d spent, %v", n, err)
		}
		if err := s.Shelve(t.Context(), "key", []byte(`{"a":1}`), time.Hour); err != nil {
			t.Fatal(err)
		}
		if body, err := other.Recall(t.Context(), "key"); err != nil || string(body) != `{"a":1}` {
			t.Errorf("kept is %q, %v", body, err)
		}
		shift(other, 2*time.Hour)
		if body, err := other.Recall(t.Context(), "key"); err != nil || body != nil {
			t.Errorf("kept too long: %q, %v", body, err)
		}
		if err := s.Forget(t.Context(), "ana"); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Spent(t.Context()); err != nil || n != 333 {
			t.Errorf("%d spent once a member is forgotten, %v", n, err)
		}
	})
}

// No request gets a slot before another of the second that it would be too
// many in, whoever asks.
func TestSlots(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *Store, another func() *Store) {
		var mu sync.Mutex
		var all []time.Time
		var wg sync.WaitGroup
		for _, p := range []*Store{s, another()} {
			slots, err := p.Slots(t.Context(), "bot", 10, time.Second)
			if err != nil {
				t.Fatal(err)
			}
			for range 8 {
				wg.Go(func() {
					at, err := slots.Take(t.Context(), 5)
					if err != nil || len(at) != 5 {
						t.Errorf("%d slots, %v", len(at), err)
					}
					mu.Lock()
					defer mu.Unlock()
					all = append(all, at...)
				})
			}
		}
		wg.Wait()
		slices.SortFunc(all, time.Time.Compare)
		for i := range all[10:] {
			// Two processes read their clocks apart from each other.
			if gap := all[i+10].Sub(all[i]); gap < time.Second-50*time.Millisecond {
				t.Errorf("slot %d comes %v after slot %d", i+10, gap, i)
			}
		}
	})
}

// What is too old goes; what a member has asked to be forgotten goes
// everywhere.
func TestPurgeAndForget(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *Store, another func() *Store) {
		finish := func(id string) {
			t.Helper()
			settle(t, s, claimedFirst(id), inWords("words", "answer"), id+"0")
		}
		for i, member := range []string{"ana", "ana", "ben"} {
			accept(t, s, fmt.Sprint(i), "here", member, queue.Terms{Claim: true, PerMinute: 9})
			if i != 1 {
				finish(fmt.Sprint(i))
			}
		}
		if err := s.Spend(t.Context(), bot.Question{Member: "ana"}, bot.Usage{PromptTokens: 1}); err != nil {
			t.Fatal(err)
		}
		if err := s.Vote(t.Context(), bot.Vote{Answer: "00", Member: "ana", At: time.Now()}); err != nil {
			t.Fatal(err)
		}
		hash := s.member("ana")
		tables := map[string]string{"question": "member", "vote": "member", "usage": "member"}
		for table, column := range tables {
			if n := count(t, s, fmt.Sprintf(`SELECT COUNT(*) FROM %s WHERE %s = '%s'`, table, column, hash)); n == 0 {
				t.Errorf("%s does not know her", table)
			}
		}
		if err := s.Forget(t.Context(), "ana"); err != nil {
			t.Fatal(err)
		}
		finish("1") // was open
		for table, column := range tables {
			if n := count(t, s, fmt.Sprintf(`SELECT COUNT(*) FROM %s WHERE %s = '%s'`, table, column, hash)); n != 0 {
				t.Errorf("%s still knows her", table)
			}
		}
		if n := count(t, s, `SELECT COUNT(*) FROM question WHERE text <> '' OR shown <> ''`); n != 1 {
			t.Errorf("words of %d questions are left, not of 1", n)
		}
		if a := accept(t, s, "0", "here", "ana", queue.Terms{}); a.Fresh {
			t.Error("a question of somebody forgotten is answered again")
		}
		shift(s, 29*24*time.Hour)
		if err := s.Purge(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := count(t, s, `SELECT COUNT(*) FROM question`); n != 3 {
			t.Errorf("%d questions after 29 days", n)
		}
		s.retention = 0
		if err := s.Purge(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := count(t, s, `SELECT COUNT(*) FROM question`) + count(t, s, `SELECT COUNT(*) FROM place`); n != 0 {
			t.Errorf("%d rows after their time", n)
		}
	})
}

// How long words, ids, votes and places are kept, by how long they are to be; a
// vote says what was asked for as long as the question is kept.
func TestRetention(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	onBoth(t, func(t *testing.T, s *Store, _ func() *Store) {
		looks := func(at string, want string) {
			t.Helper()
			if err := s.Purge(t.Context()); err != nil {
				t.Fatal(err)
			}
			var got []string
			for name, query := range map[string]string{
				"words": `question WHERE text || shown || lacking || history <> ''`, "ids": `question`, "posts": `post`, "votes": `vote`, "asked": `vote WHERE question <> ''`,
				"tokens": `usage`, "place": `place`,
			} {
				if count(t, s, `SELECT COUNT(*) FROM `+query) > 0 {
					got = append(got, name)
				}
			}
			slices.Sort(got)
			if all := strings.Join(got, " "); all != want {
				t.Errorf("%v: %s: kept are %s, not %s", s.retention, at, all, want)
			}
		}
		type step struct {
			at   time.Duration
			want string
		}
		for _, c := range []struct {
			retention time.Duration
			steps     []step
		}{
			{0, []step{
				{29 * time.Minute, "asked ids place posts tokens votes words"}, {31 * time.Minute, "ids place posts tokens votes"}, {day - time.Minute, "ids place posts tokens votes"},
				{2 * day, "place"}, {7*day - time.Minute, "place"}, {7*day + time.Minute, ""},
			}},
			{3 * day, []step{
				{3*day - time.Minute, "asked ids place posts tokens votes words"}, {4 * day, "place"}, {8 * day, ""},
			}},
		} {
			s.retention = c.retention
			id := fmt.Sprint(c.retention)
			accept(t, s, id, "here", "ana", queue.Terms{Claim: true})
			q := bot.Question{Kind: bot.Ask, Text: "words", History: []string{"earlier"}}
			settle(t, s, claimedFirst(id), queue.Result{Question: q, Answer: bot.Answer{Refusal: &bot.Refusal{Lacking: "words"}}, Shown: "answer"}, id+"0")
			if err := s.Vote(t.Context(), bot.Vote{Answer: id + "0", Member: "ben", Question: "words", Text: "answer", At: s.now()}); err != nil {
				t.Fatal(err)
			}
			if err := s.Spend(t.Context(), bot.Question{Member: "ana"}, bot.Usage{PromptTokens: 1}); err != nil {
				t.Fatal(err)
			}
			since := time.Duration(0)
			for _, step := range c.steps {
				shift(s, step.at-since)
				since = step.at
				looks(fmt.Sprintf("after %v", step.at), step.want)
			}
		}
	})
}

// Somebody's words go from the votes of others too, however old they are.
func TestForgetInVotes(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *Store, _ func() *Store) {
		accept(t, s, "1", "here", "ana", queue.Terms{Claim: true})
		settle(t, s, claimedFirst("1"), inWords("words", ""), "10")
		if err := s.Vote(t.Context(), bot.Vote{Answer: "10", Member: "ben", Question: "words", Text: "answer", Up: true, At: time.Now()}); err != nil {
			t.Fatal(err)
		}
		shift(s, 2*seen)
		if err := s.Forget(t.Context(), "ana"); err != nil {
			t.Fatal(err)
		}
		votes, err := s.Votes(t.Context())
		if err != nil || len(votes) != 1 || votes[0].Question+votes[0].Text != "" || !votes[0].Up {
			t.Errorf("the votes are %+v, %v", votes, err)
		}
		if n := count(t, s, `SELECT COUNT(*) FROM question`); n != 0 {
			t.Errorf("%d questions are left", n)
		}
	})
}

// What is kept can be read again, page by page, with its votes, also what an
// earlier release has kept under a reason that there is no more; and a backup
// that is made meanwhile is the same store.
func TestRecordsAndBackup(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *Store, another func() *Store) {
		const n = recordsAtOnce + 3
		err := s.do(t.Context(), func(tx *sql.Tx) error {
			for i := range n {
				_, err := tx.ExecContext(t.Context(), `INSERT INTO question (id, place, event, answer, attempts, accepted, finished, state, kind, text, history, verdict, reason, lacking, sentences, took)
					VALUES ($1, 'here', '', '', 1, $2, 'x', 'settled', 'ask', 'why?', '["where?"]', 'not_in_article', 'no_such_name', 'Macron', 's1 title', 7)`, fmt.Sprint(1000+i), stamp(time.Unix(int64(i/2), 0)))
				if err == nil {
					err = s.keepPosts(t.Context(), tx, fmt.Sprint(1000+i), "hers", []queue.Post{{Message: fmt.Sprint("a", i)}, {Message: fmt.Sprint("b", i), Part: 1}})
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		accept(t, s, "open", "here", "ana", queue.Terms{})
		if err := s.Vote(t.Context(), bot.Vote{Answer: "b5", Member: "ana", Reason: "wrong", At: time.Now()}); err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(t.TempDir(), "backup.db")
		if err := another().Backup(t.Context(), name); err != nil {
			t.Fatal(err)
		}
		if err := s.Backup(t.Context(), name); err == nil || !strings.Contains(err.Error(), "there already") {
			t.Errorf("a second backup: %v", err)
		}
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the backup has mode %v, %v", info.Mode(), err)
		}
		folder := t.TempDir()
		if err := os.Rename(name, filepath.Join(folder, file)); err != nil {
			t.Fatal(err)
		}
		for what, p := range map[string]*Store{"store": s, "backup": open(t, Options{Folder: folder, Serving: true})} {
			var all []bot.Record
			err := p.Records(t.Context(), "", time.Unix(1, 0), func(r bot.Record) error {
				all = append(all, r)
				return nil
			})
			if err != nil || len(all) != n-2 {
				t.Fatalf("%s: %d records, %v", what, len(all), err)
			}
			for i, r := range all {
				if r.ID != fmt.Sprint(1002+i) || len(r.Votes) != map[bool]int{true: 1}[i == 3] || r.History[0] != "where?" || !slices.Equal(r.Sentences, []string{"s1", "title"}) || r.Reason != "no_such_name" || r.Lacking != "Macron" || r.Took != 7*time.Millisecond {
					t.Fatalf("%s: record %d is %+v", what, i, r)
				}
			}
			if p.member("ana") != s.member("ana") {
				t.Errorf("%s: members have other hashes", what)
			}
			claimed, err := p.Claim(t.Context(), 5, nil, nil)
			if err != nil || !slices.Equal(ids(claimed), []string{"open"}) {
				t.Errorf("%s: open are %v, %v", what, ids(claimed), err)
			}
		}
	})
}
