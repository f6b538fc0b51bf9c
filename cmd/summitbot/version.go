package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
)

const versionUsage = `usage: summitbot version

Tells what this binary was built from: the version that its source was tagged
with, the commit and its time, and with which Go for which platform.
`

// runVersion prints what the binary was built from.
func runVersion(_ context.Context, env environment, args []string) error {
	fs := flag.NewFlagSet("version", flag.ContinueOnError)
	if err := parseFlags(env, fs, args, versionUsage, false); err != nil {
		return err
	}
	info, _ := debug.ReadBuildInfo() // nil where Go has noted nothing
	_, err := io.WriteString(env.stdout, versionText(info))
	return err
}

// versionText tells a build's origin, a line for each fact. What Go has not
// noted, because there was no repository or its -buildvcs was off, is told as
// not known.
func versionText(info *debug.BuildInfo) string {
	version, revision, built, change := "", "", "", ""
	if info != nil {
		version = info.Main.Version
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				revision = s.Value
			case "vcs.time":
				built = s.Value
			case "vcs.modified":
				if s.Value == "true" {
					change = ", with changes that are not committed"
				}
			}
		}
	}
	if version == "" || version == "(devel)" {
		version = "of no version"
	}
	if revision == "" {
		revision = "not known"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "summitbot %s\n", version)
	fmt.Fprintf(&b, "commit    %s%s\n", revision, change)
	if built != "" {
		fmt.Fprintf(&b, "of        %s\n", built)
	}
	fmt.Fprintf(&b, "built by  %s for %s/%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return b.String()
}
