package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"summitbot/bot/testserver"
)

// A runningBot is "summitbot serve" as a process of its own.
type runningBot struct {
	cmd     *exec.Cmd
	out     output
	log     botLog
	ready   chan struct{} // closed when it answers
	ended   chan struct{} // closed when it has ended, with
	err     error
	metrics string // where its metrics may be, "http://127.0.0.1:port/metrics"
}

const (
	// dataFolder is where the bot keeps what outlives it, in its folder.
	dataFolder = "data"
	// ending is how long the bot may take to end: it finishes what it has
	// within 20 s.
	ending = 30 * time.Second
)

// passedOn are the variables that a soak's bot gets from its parent: what a
// system and Go's runtime need.
var passedOn = []string{"SYSTEMROOT", "TMPDIR", "TMP", "TEMP", "GOMEMLIMIT", "GOGC", "GOMAXPROCS", "GORACE", "GOCOVERDIR"}

// build builds the bot of the module that this is run in into a folder, and
// returns the file.
func build(ctx context.Context, folder string) (program string, err error) {
	program = filepath.Join(folder, "summitbot")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-o", program, "summitbot/cmd/summitbot")
	cmd.Cancel = func() error { return interrupt(cmd.Process) } // it tidies up
	out, err := cmd.CombinedOutput()
	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("interrupted: %w", context.Cause(ctx))
	case err != nil:
		return "", fmt.Errorf("building the bot: %w\n%s\nrun this in a folder of the repository, or name a built summitbot with -bot", err, bytes.TrimSpace(out))
	}
	return program, nil
}

// startBot starts the bot of a program with settings, in a folder of its own.
// All that it logs is written to keep.
func startBot(ctx context.Context, program, folder string, settings []string, keep io.Writer) (*runningBot, error) {
	program, err := filepath.Abs(program) // it is run in the folder
	if err != nil {
		return nil, fmt.Errorf("finding the bot's program: %w", err)
	}
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	b := &runningBot{ready: make(chan struct{}), ended: make(chan struct{}), metrics: "http://" + port + "/metrics"}
	b.out.ready = b.ready
	b.log.counts = map[string]int{}
	b.cmd = exec.Command(program, "serve")
	b.cmd.Dir = folder
	b.cmd.Stdout, b.cmd.Stderr = &b.out, io.MultiWriter(&b.log, keep)
	b.cmd.Env = append(settings, "DATA_DIR="+filepath.Join(folder, dataFolder), "QUESTIONS_PER_MINUTE=0", "METRICS_ADDR="+port)
	for _, name := range passedOn {
		if v, ok := os.LookupEnv(name); ok {
			b.cmd.Env = append(b.cmd.Env, name+"="+v)
		}
	}
	if err := b.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the bot: %w; -bot has to name a built summitbot", err)
	}
	go func() {
		b.err = b.cmd.Wait()
		close(b.ended)
	}()
	return b, nil
}

// freePort is an address of this machine where nobody listens now.
func freePort(ctx context.Context) (string, error) {
	l, err := testserver.Listen(ctx, "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("looking for a free port: %w", err)
	}
	return l.Addr().String(), l.Close()
}

// stop ends the bot as an operator does, and waits for it. It returns an error
// when the bot does not end well by itself.
func (b *runningBot) stop() error {
	select {
	case <-b.ended:
		return fmt.Errorf("the bot ended by itself: %w\n%s", cmpErr(b.err), b.log.last())
	default:
	}
	if err := interrupt(b.cmd.Process); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return errors.Join(fmt.Errorf("stopping the bot: %w", err), b.kill())
	}
	late := time.NewTimer(ending)
	defer late.Stop()
	select {
	case <-b.ended:
	case <-late.C:
		return errors.Join(errors.New("the bot did not end"), b.kill())
	}
	if b.err != nil {
		return fmt.Errorf("the bot did not end well: %w\n%s", b.err, b.log.last())
	}
	return nil
}

// cmpErr is an error for a process that should not have ended, also when it
// ended well.
func cmpErr(err error) error {
	if err == nil {
		return errors.New("exit status 0")
	}
	return err
}

// kill ends the bot at once.
func (b *runningBot) kill() error {
	err := b.cmd.Process.Kill()
	<-b.ended
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// interrupt asks a process to end. Where there are no signals, it is killed.
func interrupt(p *os.Process) error {
	if err := p.Signal(os.Interrupt); err == nil || errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return p.Kill()
}

// figures are the bot's now.
func (b *runningBot) figures(ctx context.Context) map[string]float64 {
	all := figuresOf(b.cmd.Process.Pid)
	if n, ok := goroutinesAt(ctx, b.metrics); ok {
		all[goroutines] = n
	}
	return all
}

// goroutinesLine is the line of a page of Prometheus metrics.
var goroutinesLine = regexp.MustCompile(`(?m)^go_goroutines (\S+)$`)

// goroutinesAt reads how many goroutines a process has, where it serves
// metrics.
func goroutinesAt(ctx context.Context, url string) (n float64, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, false
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		return 0, false
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	if err != nil || resp.StatusCode != http.StatusOK {
		return 0, false
	}
	found := goroutinesLine.FindSubmatch(page)
	if found == nil {
		return 0, false
	}
	n, err = strconv.ParseFloat(string(found[1]), 64)
	return n, err == nil
}

// output waits for the line that says that the bot answers.
type output struct {
	line  []byte
	ready chan struct{} // nil once it is closed
}

// Write reads what the bot prints.
func (o *output) Write(p []byte) (int, error) {
	if o.ready == nil {
		return len(p), nil
	}
	if o.line = append(o.line, p...); bytes.Contains(o.line, []byte("ready: ")) {
		close(o.ready)
		o.ready, o.line = nil, nil
	}
	return len(p), nil
}

// botLog counts what the bot logs, and keeps the last lines.
type botLog struct {
	mu     sync.Mutex
	part   []byte
	lines  []string
	counts map[string]int // by level and message
	panics int
}

// Bounds of what is kept of a log.
const (
	logLines  = 20
	logCounts = 100
	logLine   = 16 << 10
)

var (
	logLevel   = regexp.MustCompile(`\blevel"?[=:]"?(WARN|ERROR)\b`)
	logMessage = regexp.MustCompile(`\bmsg(?:=|":)(?:"((?:[^"\\]|\\.)*)"|(\S+))`)
)

// Write takes a part of the log.
func (l *botLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.part = append(l.part, p...)
	for {
		line, rest, whole := bytes.Cut(l.part, []byte("\n"))
		if !whole {
			break
		}
		l.add(string(line))
		l.part = rest
	}
	if len(l.part) > logLine {
		l.part = nil
	}
	return len(p), nil
}

func (l *botLog) add(line string) {
	if l.lines = append(l.lines, line); len(l.lines) > logLines {
		l.lines = slices.Delete(l.lines, 0, 1)
	}
	level, message := logLevel.FindStringSubmatch(line), logMessage.FindStringSubmatch(line)
	if level == nil || message == nil {
		if strings.HasPrefix(line, "panic:") || strings.HasPrefix(line, "fatal error:") || strings.Contains(line, "DATA RACE") {
			l.panics++
		}
		return
	}
	what := level[1] + " " + message[1] + message[2]
	if _, known := l.counts[what]; known || len(l.counts) < logCounts {
		l.counts[what]++
	}
	if message[2] == "panic" || message[1] == "panic" {
		l.panics++
	}
}

// last are the newest lines.
func (l *botLog) last() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "\n")
}

// counted are the log's counts, and how often it tells of a panic.
func (l *botLog) counted() (map[string]int, int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.counts), l.panics
}
