package discord

import (
	"errors"
	"testing"

	"summitbot/bot/discord/worker"
)

// What Go says of a panic is told; what a value says may be a member's words.
func TestPanicked(t *testing.T) {
	t.Parallel()
	for want, doing := range map[string]func(){
		"runtime error: index out of range [0] with length 0": func() { _ = []int{}[len(want(""))] },
		"a string":              func() { panic("member's words") },
		"a *errors.errorString": func() { panic(errors.New("member's words")) },
	} {
		func() {
			defer func() {
				if got := worker.Panicked(recover()); got != want {
					t.Errorf("it is told as %q, not %q", got, want)
				}
			}()
			doing()
		}()
	}
}

func want(s string) string { return s }
