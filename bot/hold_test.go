package bot

import (
	"context"
	"testing"
)

// The place of a reply is held until what it led to is kept, or another reply
// is asked for; without anybody who keeps it, not at all.
func TestHold(t *testing.T) {
	freed := [4]int{}
	place := func(i int) func() { return func() { freed[i]++ } }
	ctx, kept := Holding(t.Context())
	is := func(what string, want [4]int) {
		t.Helper()
		if freed != want {
			t.Errorf("%s: freed are %v, want %v", what, freed, want)
		}
	}
	Hold(ctx, place(0))
	is("the first reply has come", [4]int{})
	Hold(ctx, nil)
	is("another one is asked for", [4]int{1})
	Hold(ctx, place(1))
	kept()
	is("it is kept", [4]int{1, 1})
	kept()
	Hold(ctx, place(2))
	is("one comes late", [4]int{1, 1, 1})
	Hold(context.WithoutCancel(t.Context()), place(3))
	is("nobody keeps it", [4]int{1, 1, 1, 1})
}
