package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/queue"
	"summitbot/bot/store/storetest"
)

// standby is a store of SQLite's with a standby, which are closed at the test's
// end, and what they log.
func standby(t *testing.T) (b *Standby, folder string, log *bytes.Buffer) {
	t.Helper()
	folder, log = t.TempDir(), &bytes.Buffer{}
	s, err := Open(t.Context(), Options{Folder: folder, Serving: true, Retention: time.Hour, Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	if b, err = stoodIn(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b, folder, log
}

// soon bounds a call as somebody does who waits for it.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// What is accepted while the store is away is worked on as any, and moves with its
// claim and its answer when the store is there again, to be settled there.
func TestStandby(t *testing.T) {
	t.Parallel()
	b, folder, log := standby(t)
	terms := queue.Terms{PerMinute: 5, Claim: true}
	if a, err := b.Accept(soon(t), queue.Row{ID: "0", Place: "here", Member: ben, Kind: bot.Ask}, terms); err != nil || !a.Claimed || b.Away() {
		t.Fatal(a, err)
	}
	if _, _, err := b.Renew(soon(t), nil); err != nil {
		t.Fatal(err)
	}
	letGo := storetest.Lock(t, folder)
	rows := map[string]queue.Row{}
	var first time.Duration // which the primary was waited for that was not known to be away
	for _, id := range []string{"1", "2", "3", "4", "5"} {
		r := queue.Row{ID: id, Place: "place " + id, Member: ana, Kind: bot.Ask, Text: "why?", Event: "event"}
		begun := time.Now()
		a, err := b.Accept(soon(t), r, queue.Terms{PerMinute: 5, Claim: id != "2"})
		if err != nil || !a.Fresh || !b.Away() {
			t.Fatalf("%s: %+v, %v", id, a, err)
		}
		if took := time.Since(begun); id == "1" {
			first = took
		} else if took >= first {
			t.Errorf("a store that is known to be away is waited for for %v, and for %v before that", took, first)
		}
		r.Fence, r.Accepted, r.Posts = 1, begun, []queue.Post{{Message: "post of " + id}}
		rows[id] = r
	}
	if a, err := b.Accept(soon(t), queue.Row{ID: "6", Place: "here", Member: ana}, terms); err != nil || a.Wait <= 0 {
		t.Errorf("while the store is away anybody may ask: %+v, %v", a, err)
	}
	if claimed, err := b.Claim(soon(t), 9, nil, nil); err != nil || !slices.Equal(ids(claimed), []string{"2"}) {
		t.Errorf("claimed are %v, %v", ids(claimed), err)
	}
	answer := inWords("why?", "because")
	answer.Body = "body"
	for _, err := range []error{
		b.Answer(soon(t), rows["1"], answer), b.Record(soon(t), rows["2"]), b.Lose(soon(t), "post of 2"),
		b.Answer(soon(t), rows["3"], answer), b.Settle(soon(t), rows["3"]), b.Acknowledge(soon(t), "4"),
	} {
		if err != nil && !strings.Contains(err.Error(), "deadline") { // which is the primary's, of what it may have too
			t.Error(err)
		}
	}
	if known, err := b.Withdraw(soon(t), queue.Row{ID: "4", Event: "withdrawal"}, false); err != nil || !known {
		t.Error(known, err)
	}
	if stopped, err := b.Stop(soon(t), "5"); err != nil || !stopped {
		t.Error(stopped, err)
	}
	if err := b.Settle(soon(t), queue.Row{ID: "0", Fence: 1}); !failed(err) {
		t.Errorf("a row of the primary is settled: %v", err)
	}
	if known, err := b.Withdraw(soon(t), queue.Row{ID: "0", Event: "withdrawal"}, true); err != nil || !known {
		t.Error(known, err)
	}
	if v, err := b.Revise(soon(t), queue.Row{ID: "unknown", Text: "why?", Edited: "1"}, terms); err == nil {
		t.Errorf("whether a row is there is not known, and it is said: %+v", v)
	}
	letGo()
	held := []queue.Held{{ID: "1", Fence: 1}, {ID: "2", Fence: 1}}
	if open, changed, err := b.Renew(t.Context(), held); err != nil || len(changed) != 0 || open != 6 || b.Away() || b.holds() {
		t.Errorf("%d are open, changed are %v, away %t, %v", open, changed, b.Away(), err)
	}
	if n := count(t, b.opened.Load(), `SELECT (SELECT COUNT(*) FROM question) + (SELECT COUNT(*) FROM post) + (SELECT COUNT(*) FROM quota)`); n != 0 {
		t.Errorf("%d rows are left in memory", n)
	}
	for id, want := range map[string]queue.State{"0": queue.Withdrawn, "1": queue.Answered, "2": queue.Accepted, "3": queue.Settled, "4": queue.Withdrawn, "5": queue.Stopped} {
		k := found(t, b.Store, id)
		if k.State != want || k.Fence != 1 || k.Acked != (id == "4") || id == "1" && (k.Body != "body" || k.owner != b.me || k.Place != "place 1") || id == "2" && (len(k.Posts) != 1 || !k.Posts[0].Gone) {
			t.Errorf("%s moved as %+v, and not %s", id, k, want)
		}
	}
	if err := b.Settle(soon(t), rows["1"]); err != nil {
		t.Error(err)
	}
	if wait, err := b.Take(soon(t), ana, 5); err != nil || wait <= 0 {
		t.Errorf("the paces are not moved: %v, %v", wait, err)
	}
	var told []string
	if err := b.Records(t.Context(), "", time.Time{}, func(r bot.Record) error { told = append(told, r.ID+r.Answer); return nil }); err != nil || !slices.Equal(told, []string{"1because", "3because"}) {
		t.Errorf("told are %v, %v", told, err)
	}
	for _, line := range []string{"the store is away", "the store is there again"} {
		if n := strings.Count(log.String(), line); n != 1 {
			t.Errorf("%q is logged %d times", line, n)
		}
	}
}

// An acceptance that took too long and was carried out all the same makes one row,
// and one that somebody else has claimed is theirs.
func TestStandbyAfterAll(t *testing.T) {
	t.Parallel()
	b, _, _ := standby(t)
	goOn := make(chan struct{})
	letGo := sync.OnceFunc(func() { close(goOn) })
	defer letGo() // or closing the store would wait for what hangs
	do := b.batch.do
	hang := func(ctx context.Context, run func(*sql.Tx) error) error {
		err := do(context.WithoutCancel(ctx), run)
		<-goOn
		return err
	}
	b.batch.do = hang
	r := queue.Row{ID: "1", Place: "here", Member: ana, Kind: bot.Ask, Text: "why?", Event: "event"}
	for _, id := range []string{"1", "2"} {
		r.ID = id
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		a, err := b.Accept(ctx, r, queue.Terms{Claim: true}) // while the primary hangs
		cancel()
		if err != nil || !a.Fresh {
			t.Fatalf("%+v, %v", a, err)
		}
	}
	letGo()
	r.ID, r.Fence = "1", 1
	if err := b.Answer(soon(t), r, inWords("why?", "because")); err != nil {
		t.Fatal(err)
	}
	if err := b.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	accept(t, b.Store, "2", "here", ana, queue.Terms{}) // if it is not there
	carriedOut(t, b.db, `UPDATE question SET owner = 'another', lease = '9', attempts = 1 WHERE id = '2'`)
	if _, _, err := b.Renew(t.Context(), nil); err != nil || b.holds() {
		t.Fatal(err)
	}
	if n := count(t, b.Store, `SELECT COUNT(*) FROM question`); n != 2 {
		t.Errorf("there are %d rows", n)
	}
	if err := b.Settle(soon(t), r); err != nil {
		t.Error(err)
	}
	if k := found(t, b.Store, "2"); k.owner != "another" {
		t.Errorf("what another process has claimed is %+v", k)
	}
}

// Whoever asks for a row while it moves finds it.
func TestStandbyWhileMoving(t *testing.T) {
	t.Parallel()
	b, folder, _ := standby(t)
	letGo := storetest.Lock(t, folder)
	const n = 40
	ended := make(chan error, n)
	for i := range n {
		id := fmt.Sprint(i)
		b.note(true, id) // it does not wait for the primary
		if a, err := b.Accept(t.Context(), queue.Row{ID: id, Place: id, Member: ana}, queue.Terms{Claim: true}); err != nil || !a.Claimed {
			t.Fatal(a, err)
		}
	}
	letGo()
	for i := range n {
		go func() {
			r := queue.Row{ID: fmt.Sprint(i), Fence: 1, Accepted: time.Now()}
			for range 5 {
				if err := b.Record(t.Context(), r); err != nil {
					ended <- err
					return
				}
			}
			ended <- errors.Join(b.Answer(t.Context(), r, queue.Result{}), b.Settle(t.Context(), r))
		}()
	}
	for b.Away() || b.holds() {
		if _, _, err := b.Renew(t.Context(), nil); err != nil && !errors.Is(err, context.DeadlineExceeded) { // which is tried again
			t.Fatal(err)
		}
	}
	for range n {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if settled := count(t, b.Store, `SELECT COUNT(*) FROM question WHERE state = 'settled'`); settled != n {
		t.Errorf("%d of %d are settled", settled, n)
	}
}
