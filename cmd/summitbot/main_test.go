package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"summitbot/bot/testserver/discordtest"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"
)

// TestMain puts this program into the search path under its own name, so that
// tests run it as its own process, and looks for goroutines left behind.
func TestMain(m *testing.M) {
	testscript.Main(checked{m}, map[string]func(){"summitbot": main})
}

// checked is a test run that fails when goroutines are left at its end.
type checked struct{ *testing.M }

// Run runs the tests and returns the exit code.
func (c checked) Run() int {
	err := discordtest.AtOnce(6)
	var cache string
	if err == nil {
		cache, err = os.MkdirTemp("", "summitbot-cache-")
	}
	if err == nil {
		defer os.RemoveAll(cache)
		err = keepBuildCache()
	}
	if err == nil {
		err = os.Setenv("XDG_CACHE_HOME", cache) // where judges' trials are kept
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := c.M.Run()
	if err := os.RemoveAll(programFolder); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if code != 0 {
		return code
	}
	if err := goleak.Find(); err != nil {
		fmt.Fprintf(os.Stderr, "goroutines left behind: %v\n", err)
		return 1
	}
	return 0
}

// keepBuildCache has tests that build the program do so from the user's build
// cache, wherever XDG_CACHE_HOME leads: from an empty one it takes a minute of both
// cores.
func keepBuildCache() error {
	cache, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		return fmt.Errorf("looking for the build cache: %w", err)
	}
	return os.Setenv("GOCACHE", strings.TrimSpace(string(cache)))
}

// The program as a person meets it in a terminal.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"status": status},
		Setup: func(e *testscript.Env) error {
			e.Setenv("GORACE", atExit)
			return nil
		},
	})
}

// status runs a program that has to end with an exit code:
//
//	status CODE PROGRAM [ARGUMENT…]
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status CODE PROGRAM [ARGUMENT…]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("running %s: %v", args[1], err)
		}
		code = exit.ExitCode()
	}
	if code != want {
		ts.Fatalf("%s ended with code %d, not %d", args[1], code, want)
	}
}
