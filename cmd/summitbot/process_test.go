package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"summitbot/bot/testserver"
	"summitbot/bot/testserver/discordtest"
	"summitbot/bot/wording"
)

// botToken gives the bot a known id, and is looked for in all that is printed.
const botToken = "MTAwMDAwMDAwMDAwMDAwMDAx.x." + canary

// patience is how long anything may take that will come; it is long, because
// only a failing test waits for all of it.
const patience = 90 * time.Second

// A transcript is what a process has printed so far.
type transcript struct {
	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{} // closed, and made anew, when there is more
}

func newTranscript() *transcript { return &transcript{changed: make(chan struct{})} }

// Write adds to the transcript.
func (tr *transcript) Write(p []byte) (int, error) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	close(tr.changed)
	tr.changed = make(chan struct{})
	return tr.text.Write(p)
}

func (tr *transcript) read() (text string, changed <-chan struct{}) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.text.String(), tr.changed
}

// A process is this program, running on its own.
type process struct {
	testing.TB
	cmd            *exec.Cmd
	stdout, stderr *transcript
	ended          chan struct{} // closed when code is known
	code           int
}

// atExit keeps the race detector from having every process wait for a second
// before it ends.
const atExit = "atexit_sleep_ms=0"

// launch starts the program in an empty directory with nothing but the given
// NAME=value settings. It is killed at the test's end if it still runs.
func launch(t testing.TB, vars []string, args ...string) *process {
	t.Helper()
	return launchAs(t, "summitbot", vars, args...)
}

// launchAs is launch of a program that was built apart from the tests.
func launchAs(t testing.TB, program string, vars []string, args ...string) *process {
	t.Helper()
	return launchIn(t, t.TempDir(), program, vars, args...)
}

// launchIn is launchAs in a directory of its own.
func launchIn(t testing.TB, dir, program string, vars []string, args ...string) *process {
	t.Helper()
	p := &process{TB: t, stdout: newTranscript(), stderr: newTranscript(), ended: make(chan struct{})}
	p.cmd = exec.Command(program, args...)
	p.cmd.Dir, p.cmd.Env = dir, append([]string{"LOG_FORMAT=text", "GORACE=" + atExit}, vars...)
	p.cmd.Stdout, p.cmd.Stderr = p.stdout, p.stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		err := p.cmd.Wait()
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			p.code = exit.ExitCode() // -1 when a signal ended it
		} else if err != nil {
			p.code = -2
		}
	}()
	t.Cleanup(func() {
		select {
		case <-p.ended:
		default:
			if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
				t.Error(err)
			}
			<-p.ended
		}
		out, errs := p.printed()
		if strings.Contains(out+errs, canary) {
			t.Error("the token is printed")
		}
		if t.Failed() {
			t.Logf("summitbot %s\nstdout:\n%s\nstderr:\n%s", strings.Join(args, " "), out, errs)
		}
	})
	return p
}

// serving is launch of "serve" against a server, with all that it can log.
func serving(t *testing.T, address string) *process {
	t.Helper()
	return launch(t, []string{"DISCORD_TOKEN=" + botToken, "DISCORD_API_URL=" + address, "LOG_LEVEL=debug"}, "serve")
}

// printed is all of the process's output so far.
func (p *process) printed() (stdout, stderr string) {
	stdout, _ = p.stdout.read()
	stderr, _ = p.stderr.read()
	return stdout, stderr
}

// await waits until a part of the process's output is there, so many times,
// and returns the output.
func (p *process) await(tr *transcript, part string, times int) string {
	p.Helper()
	late := time.After(patience)
	for ended := false; ; {
		text, changed := tr.read()
		if strings.Count(text, part) >= times {
			return text
		}
		if ended {
			p.Fatalf("the process ended with code %d and did not print %q", p.code, part)
		}
		select {
		case <-changed:
		case <-p.ended:
			ended = true // all is read by now
		case <-late:
			p.Fatalf("the process did not print %q %d times", part, times)
		}
	}
}

// ready waits until the bot answers.
func (p *process) ready() {
	p.Helper()
	p.await(p.stdout, "ready: summitbot is connected and answers\n", 1)
}

// signal sends a signal to the process.
func (p *process) signal(s os.Signal) {
	p.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.Fatal(err)
	}
}

// exits waits for the process's end, and checks its exit code.
func (p *process) exits(code int) {
	p.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.Fatal("the process did not end")
	}
	if p.code != code {
		p.Errorf("the process ended with code %d, not %d", p.code, code)
	}
}

// A world is a test server with the program running against it.
type world struct {
	*process
	server *testserver.Server
}

// testServer starts a test server, as strict as Discord is.
func testServer(t *testing.T, faults testserver.Faults) (server *testserver.Server, address string) {
	t.Helper()
	discord := discordtest.New(t, testserver.Options{
		Faults: faults,
		Bots:   []testserver.Bot{{Name: "summitbot", Token: botToken}},
		// Discord's 5 s, less what a busy machine may make of them.
		IdentifyInterval: 4 * time.Second,
	})
	return discord.Server, discord.URL
}

// start runs "serve" against a server that has faults, and waits until it is
// ready.
func start(t *testing.T, faults testserver.Faults) *world {
	t.Helper()
	server, address := testServer(t, faults)
	w := &world{serving(t, address), server}
	w.ready()
	return w
}

// say posts a message.
func (w *world) say(user, channel, content string, options ...testserver.PostOption) testserver.Message {
	w.Helper()
	m, err := w.server.Post(user, channel, content, options...)
	if err != nil {
		w.Fatal(err)
	}
	return m
}

// find waits for a message of the bot's.
func (w *world) find(what string, match func(testserver.Message) bool) testserver.Message {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), patience)
	defer cancel()
	m, err := w.server.AwaitMessage(ctx, func(m testserver.Message) bool { return m.Author.Bot && match(m) })
	if err != nil {
		w.Fatalf("%s: %v", what, err)
	}
	return m
}

// answerTo waits for the answer to a message, which has words and is not what
// stands while it is being made.
func (w *world) answerTo(m testserver.Message, words string) testserver.Message {
	w.Helper()
	return w.find(fmt.Sprintf("an answer with %q", words), func(a testserver.Message) bool {
		return a.MessageReference != nil && a.MessageReference.MessageID == m.ID && strings.Contains(a.Text(), words) && !unfinished(a)
	})
}

// unfinished tells whether a message stands while its answer is being made.
func unfinished(m testserver.Message) bool {
	return slices.ContainsFunc(wording.Languages, func(language string) bool {
		w := wording.For(language)
		return strings.Contains(m.Text(), w.Looking) || strings.Contains(m.Text(), "-# "+w.Writing)
	})
}

// command uses a slash command and waits for its first message.
func (w *world) command(user, channel, name string, options map[string]any) testserver.Message {
	w.Helper()
	i, err := w.server.Command(user, channel, name, options)
	if err != nil {
		w.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(w.Context(), patience)
	defer cancel()
	if i, err = w.server.AwaitInteraction(ctx, i.ID); err != nil || i.State != testserver.StateAnswered {
		w.Fatalf("/%s is %s: %s %v", name, i.State, i.Error, err)
	}
	m, err := w.server.Message(i.MessageID)
	if err != nil {
		w.Fatal(err)
	}
	return m
}

// said are the bot's messages in a channel, oldest first.
func (w *world) said(channel string) (said []testserver.Message) {
	w.Helper()
	all, err := w.server.Messages(channel, 0)
	if err != nil {
		w.Fatal(err)
	}
	for _, m := range all {
		if m.Author.Bot {
			said = append(said, m)
		}
	}
	return said
}

// why is a question, and alaska stands in every answer to it: the paragraph
// that tells, whichever of its sentences is quoted.
const (
	why    = "@summitbot why was Alaska chosen?"
	alaska = "[1] In-Depth Analysis: The Alaskan Calculus, paragraph 1 of 6"
)

// answersOnce asks twice in a fresh channel, and wants one answer to each. A
// channel's questions are answered in their order, so that the second answer
// tells that the first one is complete.
func (w *world) answersOnce(channel string) {
	w.Helper()
	w.answerTo(w.say("ana", channel, why), alaska)
	w.answerTo(w.say("ana", channel, why), alaska)
	if n := len(w.said(channel)); n != 2 {
		w.Errorf("the bot said %d things in %s, not 2", n, channel)
	}
}

func (w *world) holds(m testserver.Message, parts ...string) {
	w.Helper()
	for _, p := range parts {
		if !strings.Contains(m.Text(), p) {
			w.Errorf("the message does not say %q:\n%s", p, m.Text())
		}
	}
}
