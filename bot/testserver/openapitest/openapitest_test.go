package openapitest

import (
	"os"
	"os/exec"
	"testing"
)

// faultless runs check on a testing.T of its own and tells whether it passed.
func faultless(check func(testing.TB)) bool {
	r := &recorder{}
	check(r)
	return !r.failed
}

// recorder is a testing.TB that only notes whether it was failed.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Errorf(string, ...any) { r.failed = true }

func TestFaultsAreFound(t *testing.T) {
	d := Need(t)
	const message = "/channels/1/messages/2"
	for name, c := range map[string]struct {
		check func(testing.TB)
		fine  bool
	}{
		"a message without fields":  {func(t testing.TB) { d.Response(t, "GET", message, 200, []byte(`{"id":"1"}`)) }, false},
		"an unknown status":         {func(t testing.TB) { d.Response(t, "GET", message, 302, nil) }, false},
		"an answer that has a body": {func(t testing.TB) { d.Response(t, "DELETE", message, 204, []byte(`{}`)) }, false},
		"an answer without one":     {func(t testing.TB) { d.Response(t, "DELETE", message, 204, nil) }, true},
		"no such schema":            {func(t testing.TB) { d.Schema(t, "Nonsense", []byte(`{}`)) }, false},
		"a role without fields":     {func(t testing.TB) { d.Schema(t, "GuildRoleResponse", []byte(`{"id":"1"}`)) }, false},
		"content that is a number":  {func(t testing.TB) { d.Request(t, "POST", "/channels/1/messages", []byte(`{"content":5}`)) }, false},
		"content":                   {func(t testing.TB) { d.Request(t, "POST", "/channels/1/messages", []byte(`{"content":"a"}`)) }, true},
		"no such route":             {func(t testing.TB) { d.Request(t, "POST", "/nonsense", nil) }, false},
	} {
		if faultless(c.check) != c.fine {
			t.Errorf("%s: passed is %t", name, !c.fine)
		}
	}
}

// Without a description the tests that need it are skipped, and say so.
func TestSkips(t *testing.T) {
	if os.Getenv("OPENAPITEST_CHILD") != "" {
		Need(t)
		return
	}
	for ci, fails := range map[string]bool{"": false, "1": true} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSkips$", "-test.v")
		cmd.Env = append(os.Environ(), "OPENAPITEST_CHILD=1", Variable+"=", "SUMMITBOT_CI="+ci)
		if out, err := cmd.CombinedOutput(); (err != nil) != fails {
			t.Errorf("with SUMMITBOT_CI=%q: %v\n%s", ci, err, out)
		}
	}
}
