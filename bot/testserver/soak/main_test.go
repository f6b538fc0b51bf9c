package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"summitbot/bot/testserver"
	"summitbot/bot/wording"
)

// inFolder has temporary files made in a folder of the test's own, and returns
// it.
func inFolder(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(name, folder)
	}
	return folder
}

// soaks reads flags, and soaks as they say.
func soaks(ctx context.Context, t *testing.T, args ...string) (printed string, err error) {
	t.Helper()
	s, err := readFlags(args)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	err = s.run(ctx, &out)
	return out.String(), err
}

// A few seconds of a soak: everything is answered, and all that is measured is
// there.
func TestSoak(t *testing.T) {
	folder := inFolder(t)
	out, err := soaks(t.Context(), t, "-for", "3s", "-rate", "10", "-seed", "7", "-json")
	if err != nil {
		t.Fatal(err)
	}
	var r outcome
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	if r.Seed != 7 || r.Total.Asked < 60 || r.Total.Answered != r.Total.Asked || len(r.Rows) < 8 || r.Total.P50 <= 0 {
		t.Errorf("the result is\n%s", out)
	}
	if runtime.GOOS == "linux" {
		for whose, trends := range map[string][]trend{"the bot": r.Bot, "the server": r.Server} {
			if len(trends) < 4 || trends[0].Figure != memory || trends[0].Start <= 0 || trends[0].End <= 0 {
				t.Errorf("%s: %+v", whose, trends)
			}
		}
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("it leaves %v behind, %v", left, err)
	}
}

// A soak that cannot go on says so.
func TestSoakInterrupted(t *testing.T) {
	folder := inFolder(t)
	ctx, interrupt := context.WithCancel(t.Context())
	go func() { // once the bot runs
		defer interrupt()
		for ctx.Err() == nil {
			if found, err := filepath.Glob(filepath.Join(folder, "*", dataFolder)); err != nil || len(found) > 0 {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	if _, err := soaks(ctx, t, "-for", "1h", "-rate", "5"); err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("it says %v", err)
	}
}

// Without a bot to run, it says how to come by one.
func TestSoakWithoutBot(t *testing.T) {
	if _, err := soaks(t.Context(), t, "-bot", filepath.Join(inFolder(t), "none")); err == nil || !strings.Contains(err.Error(), "-bot has to name") {
		t.Errorf("with a file that there is not, it says %v", err)
	}
	t.Chdir(t.TempDir())
	if _, err := soaks(t.Context(), t); err == nil || !strings.Contains(err.Error(), "run this in a folder of the repository") {
		t.Errorf("outside of the module, it says %v", err)
	}
}

// What makes no soak is refused.
func TestReadFlags(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"-rate 0": "-rate over 0", "-for 1ms": "-for is a second or more", "-model clever": `no model "clever"`, "more": `no argument "more"`,
	} {
		if _, err := readFlags(strings.Fields(args)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", args, err)
		}
	}
}

func TestReadMessage(t *testing.T) {
	t.Parallel()
	small := func(s string) string { return "An answer.\n-# " + s }
	for _, language := range wording.Languages {
		w := wording.For(language)
		for text, want := range map[string]reading{
			"An answer.\nIn the Kremlin, they read it.": {},
			w.Looking:                  {unfinished: true},
			small(w.Writing):           {unfinished: true},
			w.Failed:                   {apology: w.Failed},
			fmt.Sprintf(w.TooFast, 12): {apology: fmt.Sprintf(w.TooFast, 12)},
			small(w.Incomplete):        {apology: w.Incomplete},
			w.ThreadHello:              {greeting: true},
			small(fmt.Sprintf(w.Page, 2, 3)) + "\n-# and so on.": {page: 2, of: 3},
		} {
			if got := readMessage(testserver.Message{Content: text, MessageReference: &testserver.MessageReference{}}); got != want {
				t.Errorf("%s: %q is read as %+v, not %+v", language, text, got, want)
			}
		}
	}
	if got := readMessage(testserver.Message{Content: "An answer.", Nonce: json.RawMessage(`"1575291020784959491-2"`)}); got.answers != "1575291020784959491" {
		t.Errorf("a nonce is read as %+v", got)
	}
}

func TestBotLog(t *testing.T) {
	t.Parallel()
	l := botLog{counts: map[string]int{}}
	for range 30 {
		fmt.Fprint(&l, "time=now level=WARN msg=\"lost the ", "gateway\" cause=\"msg=x\"\ntime=now level=INFO msg=fine\n")
	}
	fmt.Fprint(&l, `{"time":"now","level":"ERROR","msg":"posting failed","n":1}`+"\ntime=now level=ERROR msg=panic while=answering\npanic: no\n")
	counts, panics := l.counted()
	for what, n := range map[string]int{"WARN lost the gateway": 30, "ERROR posting failed": 1, "ERROR panic": 1} {
		if counts[what] != n {
			t.Errorf("%s: %d and not %d", what, counts[what], n)
		}
	}
	if len(counts) != 3 || panics != 2 || strings.Count(l.last(), "\n") != logLines-1 || !strings.HasSuffix(l.last(), "panic: no") {
		t.Errorf("%v, %d panics, and last\n%s", counts, panics, l.last())
	}
	for i := range 2 * logCounts {
		fmt.Fprintf(&l, "level=WARN msg=%d\n", i)
	}
	fmt.Fprint(&l, strings.Repeat("x", 2*logLine))
	if counts, _ := l.counted(); len(counts) != logCounts || len(l.part) != 0 {
		t.Errorf("%d counts and %d bytes are kept", len(counts), len(l.part))
	}
}

func TestGoroutinesAt(t *testing.T) {
	t.Parallel()
	for page, want := range map[string]float64{
		"# HELP go_goroutines Number.\n# TYPE go_goroutines gauge\ngo_goroutines 42\ngo_threads 9\n": 42,
		"go_threads 9\n": -1, "go_goroutines many\n": -1,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, page) }))
		if n, ok := goroutinesAt(t.Context(), server.URL); ok != (want >= 0) || ok && n != want {
			t.Errorf("%q: %v %v", page, n, ok)
		}
		server.Close()
		if _, ok := goroutinesAt(t.Context(), server.URL); ok {
			t.Error("nobody has goroutines")
		}
	}
}

// Members keep to what Discord lets a bot say in one channel, and remember
// only so much.
func TestMembers(t *testing.T) {
	t.Parallel()
	words, err := readQuestions()
	if err != nil {
		t.Fatal(err)
	}
	for _, language := range wording.Languages {
		if n := len(words[language]); n < 100 || slices.Contains(words[language], "") {
			t.Fatalf("%d questions in %s, or an empty one", n, language)
		}
	}
	m := newMembers(words, 1, 20)
	asked := map[string]int{}
	const n = 100000
	for range n {
		asked[m.place()]++
	}
	busiest, quietest := asked[m.places[0]], asked[m.places[len(m.places)-1]]
	// 20 a second, of which under a half are messages in servers.
	if perSecond := float64(busiest) / n * 20 * .5; perSecond > .8 || busiest < 3*quietest || quietest == 0 || len(asked) != len(m.places) {
		t.Errorf("%d channels, %d and %d questions", len(asked), busiest, quietest)
	}
	for range 2 * mostAnswers {
		m.answered(answer{id: "1"})
		m.form(testserver.Interaction{ID: "2"})
	}
	if len(m.answers) != mostAnswers || len(m.forms) != mostForms {
		t.Errorf("%d answers and %d forms are remembered", len(m.answers), len(m.forms))
	}
	for range mostAnswers {
		m.recent(true, func(answer) bool { return true })
	}
	m.answers = m.answers[:1]
	m.answers[0] = answer{}
	if _, there := m.recent(false, func(answer) bool { return true }); there {
		t.Error("what was taken is there again")
	}
	dice := rand.New(rand.NewPCG(1, 1))
	for _, locale := range locales {
		if words.question(dice, locale) == "" || words.followUp(dice, locale) == "" {
			t.Errorf("there are no questions for %s", locale)
		}
	}
}
