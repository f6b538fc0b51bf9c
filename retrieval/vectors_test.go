package retrieval

import (
	"sync"
	"sync/atomic"
	"testing"
)

// What many want at the same time is made once, and what was wanted last is kept.
func TestRecent(t *testing.T) {
	r := newRecent[int](2)
	var made atomic.Int64
	goOn := make(chan struct{})
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			v := r.of("a", func() int {
				<-goOn
				return int(made.Add(1))
			})
			if v != 1 {
				t.Errorf("it is %d", v)
			}
		})
	}
	close(goOn)
	all.Wait()
	for _, text := range []string{"a", "b", "a", "c", "a"} {
		r.of(text, func() int { return int(made.Add(1)) })
	}
	if n := made.Load(); n != 3 {
		t.Errorf("it was made %d times", n)
	}
	if r.of("b", func() int { return int(made.Add(1)) }) != 4 {
		t.Error("what was not wanted for long is kept")
	}
	if none := newRecent[int](0); none.of("a", func() int { return 5 }) != 5 {
		t.Error("without room nothing is made")
	}
}
