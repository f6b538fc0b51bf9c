package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/queue"
)

// in makes a row in a state, with a post, and returns it as whoever has claimed
// it, or had it last, knows it.
func in(t *testing.T, s *Store, id string, state queue.State) queue.Row {
	t.Helper()
	r := queue.Row{ID: id, Place: "place of " + id, Server: "here", Member: ana, Kind: bot.Ask, Text: "why?", Event: "event"}
	a, err := s.Accept(t.Context(), r, queue.Terms{Claim: true})
	if err != nil || !a.Claimed {
		t.Fatal(a, err)
	}
	r.Fence, r.Accepted, r.Posts = 1, time.Now(), []queue.Post{{Message: "post of " + id}}
	switch err = s.Record(t.Context(), r); {
	case err != nil:
	case state == queue.Answered || state == queue.Settled:
		if err = s.Answer(t.Context(), r, inWords("why?", "because")); err == nil && state == queue.Settled {
			err = s.Settle(t.Context(), r)
		}
	case state == queue.Stopped:
		_, err = s.Stop(t.Context(), id)
	case state == queue.Withdrawn:
		_, err = s.Withdraw(t.Context(), queue.Row{ID: id, Event: "withdrawal"}, false)
	case state == queue.Abandoned:
		err = s.Abandon(t.Context(), r, "a reason")
	}
	if err != nil {
		t.Fatal(err)
	}
	return found(t, s, id).Row
}

// found is a row as it is kept.
func found(t *testing.T, s *Store, id string) (k kept) {
	t.Helper()
	err := s.do(t.Context(), func(tx *sql.Tx) error {
		f, err := s.find(t.Context(), tx, id)
		if f != nil {
			k = *f
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// became says what has become of a row by a change: its state, or why it stays as
// it was.
func became(t *testing.T, s *Store, id string, news bool, err error) string {
	t.Helper()
	switch {
	case errors.Is(err, queue.ErrTaken):
		return "taken"
	case errors.Is(err, queue.ErrRevised):
		return "revised"
	case err != nil:
		return err.Error()
	case !news:
		return "no news"
	}
	return string(found(t, s, id).State)
}

// What each transition makes of a row in each state, in the order of queue.States.
var becomes = map[queue.Transition]struct {
	do   func(ctx context.Context, s *Store, r queue.Row) (news bool, err error)
	want []string
}{
	queue.Accept: {func(ctx context.Context, s *Store, r queue.Row) (bool, error) {
		a, err := s.Accept(ctx, queue.Row{ID: r.ID, Place: r.Place, Member: ana}, queue.Terms{Claim: true})
		return a.Fresh || a.Claimed, err
	}, []string{"no news", "no news", "no news", "no news", "no news", "no news"}},
	queue.Claim: {func(ctx context.Context, s *Store, r queue.Row) (bool, error) {
		if err := s.Release(ctx, r, -time.Second); err != nil && r.Open() {
			return false, err
		}
		rows, err := s.Claim(ctx, 9, nil, nil)
		if len(rows) == 1 && (rows[0].Fence != r.Fence+1 || rows[0].Tries != r.Tries+1 || rows[0].Unsure || len(rows[0].Posts) != 1) {
			err = fmt.Errorf("claimed is %+v", rows[0])
		}
		return len(rows) == 1, err
	}, []string{"accepted", "answered", "stopped", "withdrawn", "no news", "no news"}},
	queue.Renew: {func(ctx context.Context, s *Store, r queue.Row) (bool, error) {
		_, changed, err := s.Renew(ctx, []queue.Held{{ID: r.ID, Fence: r.Fence, Revision: r.Revision}})
		return len(changed) == 0, err
	}, []string{"accepted", "answered", "stopped", "withdrawn", "no news", "no news"}},
	queue.Acknowledge: {func(ctx context.Context, s *Store, r queue.Row) (bool, error) {
		return true, s.Acknowledge(ctx, r.ID)
	}, []string{"accepted", "answered", "stopped", "withdrawn", "settled", "abandoned"}},
	queue.Record: {func(ctx context.Context, s *Store, r queue.Row) (bool, error) { return true, s.Record(ctx, r) },
		[]string{"accepted", "answered", "stopped", "withdrawn", "taken", "taken"}},
	queue.Answer: {func(ctx context.Context, s *Store, r queue.Row) (bool, error) {
		return true, s.Answer(ctx, r, inWords("why?", "so"))
	}, []string{"answered", "revised", "answered", "revised", "taken", "taken"}},
	queue.Settle: {func(ctx context.Context, s *Store, r queue.Row) (bool, error) { return true, s.Settle(ctx, r) },
		[]string{"revised", "settled", "revised", "settled", "taken", "taken"}},
	queue.Release: {func(ctx context.Context, s *Store, r queue.Row) (bool, error) {
		return true, s.Release(ctx, r, time.Minute)
	}, []string{"accepted", "answered", "stopped", "withdrawn", "taken", "taken"}},
	queue.Abandon: {func(ctx context.Context, s *Store, r queue.Row) (bool, error) { return true, s.Abandon(ctx, r, "why") },
		[]string{"abandoned", "abandoned", "abandoned", "abandoned", "taken", "taken"}},
	queue.Revise: {func(ctx context.Context, s *Store, r queue.Row) (bool, error) {
		v, err := s.Revise(ctx, queue.Row{ID: r.ID, Member: ana, Text: "how?", Edited: "1", Event: "edited"}, queue.Terms{PerMinute: 9})
		if !v.Known {
			err = errors.Join(err, errors.New("it is not known"))
		}
		return v.Revised, err
	}, []string{"accepted", "accepted", "accepted", "no news", "accepted", "accepted"}},
	queue.Withdraw: {func(ctx context.Context, s *Store, r queue.Row) (bool, error) {
		return s.Withdraw(ctx, queue.Row{ID: r.ID, Event: "withdrawal"}, false)
	}, []string{"withdrawn", "withdrawn", "withdrawn", "withdrawn", "withdrawn", "withdrawn"}},
	queue.Stop: {func(ctx context.Context, s *Store, r queue.Row) (bool, error) { return s.Stop(ctx, r.ID) },
		[]string{"stopped", "no news", "no news", "no news", "no news", "no news"}},
	queue.Lose: {func(ctx context.Context, s *Store, r queue.Row) (bool, error) {
		return true, s.Lose(ctx, r.Posts[0].Message)
	}, []string{"accepted", "answered", "stopped", "withdrawn", "settled", "abandoned"}},
	queue.Move: {nil, []string{"accepted", "answered", "stopped", "withdrawn", "settled", "abandoned"}},
}

// Every transition does to a row in any state what the table says, and leaves a
// row that holds together.
func TestTransitions(t *testing.T) {
	t.Parallel()
	if len(becomes) != len(queue.Transitions) {
		t.Errorf("%d of %d transitions are tried", len(becomes), len(queue.Transitions))
	}
	onBothEngines(t, func(t *testing.T, fresh func(t *testing.T) (*sql.DB, Options)) {
		for _, name := range queue.Transitions {
			t.Run(string(name), func(t *testing.T) {
				_, o := fresh(t)
				b, err := stoodIn(t.Context(), open(t, o))
				if err != nil {
					t.Fatal(err)
				}
				m, err := b.memory()
				if err != nil {
					t.Fatal(err)
				}
				defer m.Close()
				for i, state := range queue.States {
					s, id, transition := b.Store, fmt.Sprint(i), becomes[name]
					if name == queue.Move {
						s = m
						b.note(true, id)
					}
					r := in(t, s, id, state)
					if r.State != state {
						t.Fatalf("a row is %s, and not %s", r.State, state)
					}
					before := found(t, s, id)
					news := true
					if name == queue.Move {
						err = b.back(t.Context())
					} else {
						news, err = transition.do(t.Context(), s, r)
					}
					if got := became(t, b.Store, id, news, err); got != transition.want[i] {
						t.Errorf("from %s: %s, and not %s", state, got, transition.want[i])
					}
					after := found(t, b.Store, id)
					if name == queue.Move {
						before.Accepted, after.Accepted = time.Time{}, time.Time{}
						if !reflect.DeepEqual(before, after) || b.has(id) {
							t.Errorf("moved, it is\n%+v\nand was\n%+v", after, before)
						}
					}
					if got := count(t, b.Store, `SELECT COUNT(*) FROM question WHERE (finished = '') <> (state IN ('accepted', 'answered', 'stopped', 'withdrawn'))
						OR finished <> '' AND (owner <> '' OR lease <> '' OR event <> '' OR answer <> '') OR state = 'withdrawn' AND NOT withdrawn OR withdrawn AND text || shown || history <> ''`); got != 0 {
						t.Errorf("from %s, the row does not hold together: %+v", state, after)
					}
					carriedOut(t, b.db, `DELETE FROM question`, `DELETE FROM post`, `DELETE FROM quota`)
				}
			})
		}
	})
}

// What a claim writes that is over, another process's, or does not know of a
// change, changes nothing.
func TestGuards(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, fresh func(t *testing.T) (*sql.DB, Options)) {
		_, o := fresh(t)
		s, other := open(t, o), open(t, o)
		for _, name := range []queue.Transition{queue.Record, queue.Answer, queue.Settle, queue.Release, queue.Abandon} {
			state := queue.Accepted
			if name == queue.Settle {
				state = queue.Answered
			}
			r := in(t, s, string(name), state)
			before := found(t, s, r.ID)
			fence, revision := r, r
			fence.Fence--
			fence.Posts = nil
			revision.Revision--
			revision.Posts = nil
			for _, c := range []struct {
				by   *Store
				row  queue.Row
				want string
			}{{s, fence, "taken"}, {other, r, "taken"}, {s, revision, "revised"}} {
				_, err := becomes[name].do(t.Context(), c.by, c.row)
				if got := became(t, s, r.ID, true, err); got != c.want {
					t.Errorf("%s: %s, and not %s", name, got, c.want)
				}
			}
			after := found(t, s, r.ID)
			before.Accepted, after.Accepted = time.Time{}, time.Time{}
			if !reflect.DeepEqual(before, after) {
				t.Errorf("%s: it is\n%+v\nand was\n%+v", name, after, before)
			}
			if _, err := other.Read(t.Context(), r.ID, r.Fence); !errors.Is(err, queue.ErrTaken) {
				t.Errorf("another process reads it: %v", err)
			}
			if got, err := s.Read(t.Context(), r.ID, r.Fence); err != nil || got.State != state || len(got.Posts) != 1 {
				t.Errorf("it is read as %+v, %v", got, err)
			}
			if _, err := becomes[name].do(t.Context(), s, r); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// Whoever works on a row is told that it was changed from outside, by this process
// or another, and keeps the claim.
func TestRevised(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *Store, another func() *Store) {
		changers := []*Store{s}
		if s.postgres {
			changers = append(changers, another())
		}
		for i, by := range changers {
			for _, name := range []queue.Transition{queue.Revise, queue.Withdraw, queue.Stop} {
				r := in(t, s, fmt.Sprint(name, i), queue.Accepted)
				if news, err := becomes[name].do(t.Context(), by, r); err != nil || !news {
					t.Fatal(name, news, err)
				}
				if by == s || !s.pooled {
					select {
					case id := <-s.Revised():
						if id != r.ID {
							t.Errorf("%s: told of %s", name, id)
						}
					case <-time.After(20 * time.Second):
						t.Errorf("%s: nobody is told", name)
					}
				}
				if _, changed, err := s.Renew(t.Context(), []queue.Held{{ID: r.ID, Fence: r.Fence, Revision: r.Revision}}); err != nil || !slices.Equal(changed, []string{r.ID}) {
					t.Errorf("%s: changed are %v, %v", name, changed, err)
				}
				if err := s.Record(t.Context(), r); !errors.Is(err, queue.ErrRevised) {
					t.Errorf("%s: %v", name, err)
				}
				got, err := s.Read(t.Context(), r.ID, r.Fence)
				if err != nil || got.Revision != r.Revision+1 {
					t.Fatalf("%s: it is %+v, %v", name, got, err)
				}
				if err := s.Abandon(t.Context(), got, "enough"); err != nil {
					t.Error(name, err)
				}
			}
		}
	})
}

// An edit that is no news changes nothing, one that is costs a question once
// somebody has begun, and none goes beyond the quota.
func TestRevise(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, fresh func(t *testing.T) (*sql.DB, Options)) {
		_, o := fresh(t)
		s := open(t, o)
		revise := func(id, text, edited string, want queue.Revision) {
			t.Helper()
			v, err := s.Revise(t.Context(), queue.Row{ID: id, Place: "new", Member: ana, Text: text, Edited: edited, Event: "edited"}, queue.Terms{PerMinute: 1})
			if v.Wait > 0 {
				v.Wait = 1
			}
			if err != nil || v != want {
				t.Errorf("%s as %q of %s: %+v, and not %+v, %v", id, text, edited, v, want, err)
			}
		}
		known, revised, waits := queue.Revision{Known: true}, queue.Revision{Known: true, Revised: true}, queue.Revision{Known: true, Wait: 1}
		revise("none", "how?", "1", queue.Revision{})
		accept(t, s, "1", "here", ana, queue.Terms{})
		revise("1", "words 1", "2", known)
		revise("1", "how?", "1", known) // an older edit
		revise("1", "how?", "3", revised)
		revise("1", "when?", "4", revised) // as nobody has begun
		rows, err := s.Claim(t.Context(), 1, nil, nil)
		if err != nil || len(rows) != 1 || rows[0].Text != "when?" || rows[0].Event != "edited" || rows[0].Revision != 2 || rows[0].Tries != 1 {
			t.Fatalf("claimed is %+v, %v", rows, err)
		}
		revise("1", "where?", "5", revised)
		revise("1", "who?", "6", waits)
		r, err := s.Read(t.Context(), "1", 1)
		if err != nil || r.Text != "where?" || r.Revision != 3 || r.Tries != 0 {
			t.Fatalf("it is %+v, %v", r, err)
		}
		settle(t, s, r, inWords("where?", "there"), "10")
		if err := s.Forget(t.Context(), ana); err != nil {
			t.Fatal(err)
		}
		shift(s, time.Minute)
		revise("1", "who?", "7", revised)
		rows, err = s.Claim(t.Context(), 1, nil, nil)
		if err != nil || len(rows) != 1 || rows[0].Place != "new" || rows[0].Text != "" || !rows[0].Unsure || rows[0].Fence != 2 {
			t.Fatalf("claimed of somebody forgotten is %+v, %v", rows, err)
		}
		settle(t, s, rows[0], inWords("who?", "they"), "10")
		if n := count(t, s, `SELECT COUNT(*) FROM question WHERE text || shown || place <> '' OR NOT unsure`) + count(t, s, `SELECT COUNT(*) FROM post`); n != 0 {
			t.Error("of somebody forgotten more is kept")
		}
	})
}

// What is withdrawn stays so, and leaves no words.
func TestWithdraw(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, fresh func(t *testing.T) (*sql.DB, Options)) {
		_, o := fresh(t)
		s := open(t, o)
		withdraw := func(id string, must, want bool) {
			t.Helper()
			if known, err := s.Withdraw(t.Context(), queue.Row{ID: id, Place: "there", Event: "withdrawal"}, must); err != nil || known != want {
				t.Errorf("%s: known %t, %v", id, known, err)
			}
		}
		accept(t, s, "1", "here", ana, queue.Terms{})
		withdraw("1", false, true)
		if k := found(t, s, "1"); k.State != queue.Settled || k.Text+k.Event != "" {
			t.Errorf("of a question that nobody has begun there is %+v", k)
		}
		r := in(t, s, "2", queue.Settled)
		if err := s.Vote(t.Context(), bot.Vote{Answer: r.Posts[0].Message, Member: ben, Question: "why?", Text: "because", At: s.now()}); err != nil {
			t.Fatal(err)
		}
		withdraw("2", false, true)
		withdraw("3", false, false)
		withdraw("3", true, true)
		for range 2 {
			rows, err := s.Claim(t.Context(), 1, nil, nil)
			if err != nil || len(rows) != 1 || rows[0].State != queue.Withdrawn || rows[0].Event != "withdrawal" || rows[0].Unsure != (rows[0].ID == "3") || (rows[0].Place == "there") != (rows[0].ID == "3") {
				t.Fatalf("claimed are %+v, %v", rows, err)
			}
			withdraw(rows[0].ID, false, true)
			if err := s.Settle(t.Context(), rows[0]); err != nil {
				t.Error(err)
			}
			withdraw(rows[0].ID, true, true)
			if v, err := s.Revise(t.Context(), queue.Row{ID: rows[0].ID, Text: "how?", Edited: "9"}, queue.Terms{}); err != nil || v != (queue.Revision{Known: true}) {
				t.Errorf("a withdrawn question is revised: %+v, %v", v, err)
			}
		}
		if n, err := s.OpenQuestions(t.Context()); err != nil || n != 0 {
			t.Errorf("%d are open, %v", n, err)
		}
		if err := s.Records(t.Context(), "", time.Time{}, func(r bot.Record) error {
			if string(r.Kind)+r.Question+r.Answer+string(r.Verdict) != "" {
				t.Errorf("told is %+v", r)
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
		if n := count(t, s, `SELECT COUNT(*) FROM vote WHERE question || text <> ''`); n != 0 {
			t.Error("votes have its words")
		}
	})
}

// A post that somebody deleted stays gone, one that is not recorded any more is
// forgotten, and a part of an answer stands for it. A row whose claim was not given
// up may have others.
func TestPosts(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, fresh func(t *testing.T) (*sql.DB, Options)) {
		_, o := fresh(t)
		s := open(t, o)
		r := in(t, s, "1", queue.Answered)
		first := r.Posts[0].Message
		r.Posts = append(r.Posts, queue.Post{Message: "second", Part: 1, Channel: "there", Shows: "a"}, queue.Post{Message: "third", Part: 2})
		if err := errors.Join(s.Record(t.Context(), r), s.Lose(t.Context(), "second"), s.Lose(t.Context(), "unknown"), s.Acknowledge(t.Context(), "1")); err != nil {
			t.Fatal(err)
		}
		r.Posts = r.Posts[:2]
		r.Posts[1].Shows = "b"
		if err := errors.Join(s.Record(t.Context(), r), s.Vote(t.Context(), bot.Vote{Answer: "second", Asked: "1", Member: ben, At: s.now()})); err != nil {
			t.Fatal(err)
		}
		if votes, err := s.Votes(t.Context()); err != nil || len(votes) != 1 || votes[0].Answer != first {
			t.Errorf("the votes are %+v, %v", votes, err)
		}
		shift(s, 2*queue.ClaimLife)
		rows, err := s.Claim(t.Context(), 1, nil, nil)
		want := []queue.Post{{Message: first}, {Message: "second", Part: 1, Channel: "there", Shows: "b", Gone: true}}
		if err != nil || len(rows) != 1 || !slices.Equal(rows[0].Posts, want) || !rows[0].Unsure || !rows[0].Acked {
			t.Errorf("claimed are %+v, %v", rows, err)
		}
		settle(t, s, rows[0], queue.Result{})
		if k := found(t, s, "1"); k.Unsure || len(k.Posts) != 2 {
			t.Errorf("settled, it is %+v", k)
		}
		if err := s.Records(t.Context(), "", time.Time{}, func(r bot.Record) error {
			if len(r.Votes) != 1 || r.Verdict != bot.Answered || r.Answer != "because" || r.Took <= 0 {
				t.Errorf("told is %+v", r)
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
	})
}

// Of what is no question nothing is told, and no words are kept.
func TestAsides(t *testing.T) {
	t.Parallel()
	s := open(t, Options{Folder: Memory})
	for i, kind := range []bot.Kind{bot.Check, bot.Retell, bot.Help} {
		r := queue.Row{ID: fmt.Sprint(i), Place: "here", Member: ana, Kind: kind, Text: "somebody's"}
		if a, err := s.Accept(t.Context(), r, queue.Terms{Claim: true}); err != nil || !a.Claimed {
			t.Fatal(a, err)
		}
		r.Fence = 1
		settle(t, s, r, queue.Result{Question: bot.Question{Kind: kind, Text: "somebody's"}, Shown: "an answer"})
	}
	if n := count(t, s, `SELECT COUNT(*) FROM question WHERE text || shown || history <> ''`); n != 0 {
		t.Errorf("words of %d are kept", n)
	}
	if err := s.Records(t.Context(), "", time.Time{}, func(r bot.Record) error { return fmt.Errorf("told is %+v", r) }); err != nil {
		t.Error(err)
	}
}

// What is given up is not claimed before it is due, and keeps its answer.
func TestReleaseAndDue(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, fresh func(t *testing.T) (*sql.DB, Options)) {
		_, o := fresh(t)
		s := open(t, o)
		a, err := s.Accept(t.Context(), queue.Row{ID: "1", Place: "here", Member: ana, Edited: "1", Unsure: true}, queue.Terms{Claim: true})
		if err != nil || !a.Claimed {
			t.Fatal(a, err)
		}
		if k := found(t, s, "1"); k.State != queue.Accepted || k.Edited != "1" || !k.Unsure {
			t.Errorf("accepted it is %+v", k)
		}
		if err := s.Answer(t.Context(), queue.Row{ID: "1", Fence: 1}, queue.Result{Body: "an answer"}); err != nil {
			t.Fatal(err)
		}
		if err := s.Release(t.Context(), queue.Row{ID: "1", Fence: 1}, time.Minute); err != nil {
			t.Fatal(err)
		}
		for _, want := range []int{0, 1} {
			rows, err := s.Claim(t.Context(), 1, nil, nil)
			if err != nil || len(rows) != want || want == 1 && (rows[0].Body != "an answer" || rows[0].Unsure || rows[0].Tries != 2) {
				t.Errorf("claimed are %+v, %v", rows, err)
			}
			shift(s, time.Minute)
		}
	})
}
