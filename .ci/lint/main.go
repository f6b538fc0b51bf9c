// Command lint holds a Dockerfile to the rules of BuildKit, which builds it:
// what "docker build --check" tells, without Docker. Run it as
//
//	go run . ../../Dockerfile
//
// It prints each fault with its line, and ends with code 1 if there is one. It
// fetches no image: nothing is known of a base image but its name.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/opencontainers/go-digest"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "lint: %v\n", err)
		os.Exit(1)
	}
}

// run lints the one file that the arguments name. The error says that there
// are faults, or why they are not known.
func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) != 1 {
		return fmt.Errorf("name the Dockerfile")
	}
	file := args[0]
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	source := llb.NewSourceMap(nil, filepath.Base(file), "Dockerfile", data)
	source.Definition = &llb.Definition{}
	found, err := dockerfile2llb.DockerfileLint(ctx, data, dockerfile2llb.ConvertOpt{SourceMap: source, MetaResolver: unknown{}})
	if err != nil {
		return fmt.Errorf("reading %s: %w", file, err)
	}
	if found.Error != nil {
		return fmt.Errorf("%s: %s", file, found.Error.Message)
	}
	for _, w := range found.Warnings {
		line := int32(0)
		if r := w.Location.GetRanges(); len(r) > 0 {
			line = r[0].GetStart().GetLine()
		}
		if _, err := fmt.Fprintf(out, "%s:%d: %s: %s\n", file, line, w.RuleName, w.Detail); err != nil {
			return err
		}
	}
	if n := len(found.Warnings); n > 0 {
		return fmt.Errorf("%s has %d faults", file, n)
	}
	return nil
}

// unknown stands for the images of a registry, of which nothing is known.
type unknown struct{}

// ResolveImageConfig returns an empty configuration for any image.
func (unknown) ResolveImageConfig(_ context.Context, ref string, _ sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	return ref, "", []byte(`{"os":"linux","architecture":"amd64"}`), nil
}
