// Command learn learns all the numbers by which messages are understood, from
// the bank in a folder: it writes learned.json, and the indexes of the bank
// that the program holds. It comes to the same on every machine; with -check it
// writes nothing, and says whether it would change anything.
//
//	go run ./retrieval/learn [-check] [-squad FILE] SEEDS
//
// The weights for articles without a bank are learned from a file in SQuAD's
// format; without -squad they stay as they are.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"

	"summitbot/retrieval/folds"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "learn:", err)
		os.Exit(1)
	}
}

// run learns, and writes what was learned.
func run(ctx context.Context, args []string, log io.Writer) error {
	set := flag.NewFlagSet("learn", flag.ContinueOnError)
	check := set.Bool("check", false, "write nothing, and fail if something would change")
	squad := set.String("squad", "", "learn the weights for articles without a bank from this `file`")
	if err := set.Parse(args); err != nil {
		return err
	}
	if set.NArg() != 1 {
		return fmt.Errorf("name the folder of seeds")
	}
	l, err := newLearner(ctx, set.Arg(0), log)
	if err != nil {
		return err
	}
	if err := l.learn(*squad); err != nil {
		return err
	}
	files, err := l.files()
	if err != nil {
		return err
	}
	for name, data := range files {
		old, err := os.ReadFile(name)
		switch same := err == nil && bytes.Equal(old, data); {
		case same:
			fmt.Fprintf(log, "%s is as it was\n", name)
		case *check:
			return fmt.Errorf("%s would change: run \"go generate ./seeds\"", name)
		default:
			if err := os.WriteFile(name, data, 0o644); err != nil {
				return err
			}
			fmt.Fprintf(log, "%s is new\n", name)
		}
	}
	return nil
}

// files are the files that were learned, by their names.
func (l *learner) files() (map[string][]byte, error) {
	metric, err := l.learned.TheMetric()
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetIndent("", " ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(l.learned); err != nil {
		return nil, err
	}
	var metrics bytes.Buffer
	if err := json.NewEncoder(&metrics).Encode(l.Metrics); err != nil {
		return nil, err
	}
	return map[string][]byte{
		l.learnedFile(): text.Bytes(),
		filepath.Join(l.Folder, folds.MetricsFile):   metrics.Bytes(),
		filepath.Join(l.Folder, folds.Stem+".index"): l.index(l.own, metric),
		filepath.Join(l.Folder, "general.index"):     l.index(l.General.Lines, metric),
	}, nil
}
