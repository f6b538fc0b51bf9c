package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// The figures of a process that are looked at.
const (
	memory     = "memory, MB" // resident
	goroutines = "goroutines"
	threads    = "threads"
	files      = "file handles"
	cpu        = "CPU, s"
)

var figures = []string{memory, goroutines, threads, files, cpu}

// A sample is what figures were at a time. What is not known is not in it.
type sample struct {
	seconds float64 // since the beginning
	figures map[string]float64
}

// figuresOf reads the figures of a process from /proc. Where there is no /proc,
// or no such process, there are none.
func figuresOf(id int) map[string]float64 {
	folder := filepath.Join("/proc", strconv.Itoa(id))
	all := map[string]float64{}
	status, err := os.ReadFile(filepath.Join(folder, "status"))
	if err != nil {
		return all
	}
	for line := range strings.Lines(string(status)) {
		name, rest, _ := strings.Cut(line, ":")
		value, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
		switch {
		case err != nil:
		case name == "VmRSS":
			all[memory] = value / 1024
		case name == "Threads":
			all[threads] = value
		}
	}
	if list, err := os.ReadDir(filepath.Join(folder, "fd")); err == nil {
		all[files] = float64(len(list))
	}
	if stat, err := os.ReadFile(filepath.Join(folder, "stat")); err == nil {
		if ticks, ok := cpuTicks(string(stat)); ok {
			all[cpu] = ticks / ticksPerSecond
		}
	}
	return all
}

// ticksPerSecond is Linux's USER_HZ, which has been the same for long.
const ticksPerSecond = 100

// cpuTicks is a process's time in user and system mode, as its stat tells it:
// the 14th and 15th field. The second one, its name, may hold anything.
func cpuTicks(stat string) (float64, bool) {
	at := strings.LastIndex(stat, ") ")
	if at < 0 {
		return 0, false
	}
	fields := strings.Fields(stat[at+2:])
	if len(fields) < 13 {
		return 0, false
	}
	user, err := strconv.ParseFloat(fields[11], 64)
	if err != nil {
		return 0, false
	}
	system, err := strconv.ParseFloat(fields[12], 64)
	return user + system, err == nil
}

// samples are those of one process, oldest first.
type samples struct {
	began time.Time
	list  []sample
}

// newSamples returns samples that begin now.
func newSamples() *samples { return &samples{began: time.Now()} }

// add takes a sample.
func (s *samples) add(figures map[string]float64) {
	s.list = append(s.list, sample{time.Since(s.began).Seconds(), figures})
}

// A trend is how a figure has gone.
type trend struct {
	Figure string  `json:"figure"`
	Start  float64 `json:"start"`
	End    float64 `json:"end"`
	// PerHour is the slope by least squares over all samples but the last,
	// which is taken at rest, and LaterPerHour that over the later half of
	// them, when caches are full.
	PerHour      float64 `json:"per_hour"`
	LaterPerHour float64 `json:"later_per_hour"`
}

// trends are those of the figures that are known in every sample.
func (s *samples) trends() []trend {
	var all []trend
	for _, name := range figures {
		var at, value []float64
		for _, one := range s.list {
			if v, known := one.figures[name]; known {
				at, value = append(at, one.seconds/3600), append(value, v)
			}
		}
		n := len(value) - 1 // without the last
		if n < 0 || n+1 < len(s.list) {
			continue
		}
		all = append(all, trend{name, value[0], value[n], slope(at[:n], value[:n]), slope(at[n/2:n], value[n/2:n])})
	}
	return all
}

// slope is that of the line with the least squares, 0 where there is none.
func slope(x, y []float64) float64 {
	var sx, sy, sxx, sxy float64
	for i := range x {
		sx, sy = sx+x[i], sy+y[i]
	}
	n := float64(len(x))
	for i := range x {
		dx := x[i] - sx/n
		sxx, sxy = sxx+dx*dx, sxy+dx*(y[i]-sy/n)
	}
	if sxx == 0 {
		return 0
	}
	return sxy / sxx
}

// printTrends writes trends as a table; whose says of which process.
func printTrends(w io.Writer, whose string, trends []trend) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "%s\tstart\tend\tper hour\tper hour, later half\t\n", whose)
	for _, name := range figures {
		i := indexOf(trends, name)
		if i < 0 {
			fmt.Fprintf(t, "%s\tn/a\tn/a\tn/a\tn/a\t\n", name)
			continue
		}
		one := trends[i]
		fmt.Fprintf(t, "%s\t%.1f\t%.1f\t%+.1f\t%+.1f\t\n", name, one.Start, one.End, one.PerHour, one.LaterPerHour)
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("printing the trends: %w", err)
	}
	return nil
}

func indexOf(trends []trend, name string) int {
	for i, one := range trends {
		if one.Figure == name {
			return i
		}
	}
	return -1
}
