package main

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestVersionText(t *testing.T) {
	t.Parallel()
	setting := func(key, value string) debug.BuildSetting { return debug.BuildSetting{Key: key, Value: value} }
	by := "built by  " + runtime.Version() + " for " + runtime.GOOS + "/" + runtime.GOARCH + "\n"
	for name, c := range map[string]struct {
		info *debug.BuildInfo
		want string
	}{
		"a release": {
			&debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}, Settings: []debug.BuildSetting{
				setting("vcs.revision", "0123abcd"), setting("vcs.time", "2026-01-02T03:04:05Z"), setting("vcs.modified", "false")}},
			"summitbot v1.2.3\ncommit    0123abcd\nof        2026-01-02T03:04:05Z\n",
		},
		"with changes": {
			&debug.BuildInfo{Main: debug.Module{Version: "v1.2.3+dirty"}, Settings: []debug.BuildSetting{
				setting("vcs.revision", "0123abcd"), setting("vcs.modified", "true")}},
			"summitbot v1.2.3+dirty\ncommit    0123abcd, with changes that are not committed\n",
		},
		"no repository": {&debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, "summitbot of no version\ncommit    not known\n"},
		"nothing noted": {nil, "summitbot of no version\ncommit    not known\n"},
	} {
		if got := versionText(c.info); got != c.want+by {
			t.Errorf("%s: it tells\n%s\nwant\n%s", name, got, c.want+by)
		}
	}
}
