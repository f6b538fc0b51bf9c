package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"summitbot/retrieval"
)

// An environment is what the program has of the outside world.
type environment struct {
	args           []string
	getenv         func(string) (string, bool)
	dir            string                 // where .env is looked for
	read           func() (dotenv, error) // reads .env, which may be a pipe, once; nil: each time anew
	stdin          io.Reader
	stdout, stderr io.Writer
}

// errUsage marks an error that the caller's words are the cause of.
var errUsage = errors.New("usage")

// usagef returns an error that ends the program with the exit code for usage.
func usagef(format string, args ...any) error {
	return fmt.Errorf("%w%s", silent{errUsage}, fmt.Sprintf(format, args...))
}

// silent is an error that is there for errors.Is and has no words.
type silent struct{ error }

func (silent) Error() string { return "" }

func (s silent) Unwrap() error { return s.error }

// parseFlags parses a command's flags. A -help prints the usage to stdout and
// returns flag.ErrHelp; an unknown flag or a stray argument is a usage error
// unless rest is true.
func parseFlags(env environment, fs *flag.FlagSet, args []string, usage string, rest bool) error {
	fs.SetOutput(io.Discard)
	err := fs.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(env.stdout, usage)
		fs.SetOutput(env.stdout)
		fs.PrintDefaults()
		return err
	case err != nil:
		return usagef("%s: %v%s (summitbot help %s lists the flags)", fs.Name(), err, meantFlag(fs, err), fs.Name())
	case !rest && fs.NArg() > 0:
		return usagef("%s takes no argument %q (summitbot help %s tells more)", fs.Name(), fs.Arg(0), fs.Name())
	}
	return nil
}

// meantFlag is a question for the flag that was meant, where an error is of one that
// there is not.
func meantFlag(fs *flag.FlagSet, err error) string {
	_, name, unknown := strings.Cut(err.Error(), "not defined: -")
	if !unknown {
		return ""
	}
	var names []string
	fs.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	return meant("-", name, names)
}

// meant is a question for the name that was meant by one that there is not, with
// what stands before each, or nothing where none is like it.
func meant(before, name string, names []string) string {
	best, least := "", 3 // two letters may be wrong
	for _, n := range names {
		if edits := retrieval.EditDistance(name, n); edits < min(least, len(n)) {
			best, least = n, edits
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(": did you mean %s%s?", before, best)
}

// everyNowAndThen passes on only some of what it is told.
func everyNowAndThen(told func(done, of int)) func(done, of int) {
	last := time.Now()
	return func(done, of int) {
		if time.Since(last) > tellEvery {
			last = time.Now()
			told(done, of)
		}
	}
}

// progress tells on the terminal how far long work is.
func progress(env environment, what string) func(done, of int) {
	return func(done, of int) { fmt.Fprintf(env.stderr, "summitbot: %d of %d %s\n", done, of, what) }
}

// dotenv is what the file .env says.
func (e environment) dotenv() (dotenv, error) {
	if e.read != nil {
		return e.read()
	}
	return readDotenv(e.dir)
}

// tellEvery is how often long work tells how far it is.
const tellEvery = 5 * time.Second
