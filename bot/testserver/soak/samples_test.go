package main

import (
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestHistogram(t *testing.T) {
	var h, all histogram
	if h.quantile(.5) != 0 {
		t.Error("there is a median of nothing")
	}
	for ms := range 1000 {
		h.add(time.Duration(ms+1) * time.Millisecond)
	}
	h.add(1)
	all.merge(h)
	all.merge(h)
	for share, want := range map[float64]time.Duration{.5: 500 * time.Millisecond, .9: 900 * time.Millisecond, 1: time.Second} {
		for _, one := range []histogram{h, all} {
			if got := one.quantile(share); math.Abs(float64(got-want)) > .06*float64(want) {
				t.Errorf("quantile %v is %v, not %v", share, got, want)
			}
		}
	}
	if len(h.steps) > 200 {
		t.Errorf("it keeps %d numbers", len(h.steps))
	}
}

func TestTrends(t *testing.T) {
	s := newSamples()
	for i := range 21 {
		figures := map[string]float64{memory: 10 + float64(i), files: 7}
		if i > 10 {
			figures[files] = 9
		}
		if i != 5 {
			figures[threads] = 3
		}
		s.list = append(s.list, sample{float64(i) * 36, figures}) // a hundredth of an hour apart
	}
	s.list[20].figures[memory] = 11 // at rest
	trends := s.trends()
	if len(trends) != 2 {
		t.Fatalf("trends %+v", trends)
	}
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-6 }
	if m := trends[0]; m.Figure != memory || m.Start != 10 || m.End != 11 || !near(m.PerHour, 100) || !near(m.LaterPerHour, 100) {
		t.Errorf("memory: %+v", m)
	}
	if f := trends[1]; f.Figure != files || f.Start != 7 || f.End != 9 || f.PerHour <= 0 {
		t.Errorf("files: %+v", f)
	}
	var out strings.Builder
	if err := printTrends(&out, "it", trends); err != nil || strings.Count(out.String(), "n/a") != 12 || !strings.Contains(out.String(), "+100.0") {
		t.Errorf("%v\n%s", err, out.String())
	}
	if (&samples{}).trends() != nil || slope([]float64{1}, []float64{2}) != 0 {
		t.Error("nothing has a slope")
	}
}

func TestProcess(t *testing.T) {
	if runtime.GOOS != "linux" {
		if got := figuresOf(os.Getpid()); len(got) != 0 {
			t.Errorf("without /proc: %v", got)
		}
		return
	}
	got := figuresOf(os.Getpid())
	if !(got[memory] > 1 && got[threads] >= 1 && got[files] >= 3) {
		t.Errorf("this process: %v", got)
	}
	if _, known := got[cpu]; !known {
		t.Error("its time is not known")
	}
	if got := figuresOf(1 << 30); len(got) != 0 {
		t.Errorf("a process that there is not: %v", got)
	}
	if n, ok := cpuTicks("12 (a) b (c) R 1 2 3 4 5 6 7 8 9 10 30 12 13"); !ok || n != 42 {
		t.Errorf("cpu: %v %v", n, ok)
	}
	for _, bad := range []string{"", "1 (a) R", "1 (a) R 1 2 3 4 5 6 7 8 9 10 x 12", "1 (a) R 1 2 3 4 5 6 7 8 9 10 11 x"} {
		if _, ok := cpuTicks(bad); ok {
			t.Errorf("%q has a time", bad)
		}
	}
	if !slices.Contains(figures, cpu) {
		t.Error("the time is not shown")
	}
}
