package report

import (
	"fmt"
	"time"

	"summitbot/bot"
)

// A chart is columns of stacked parts, and the same as a table.
type chart struct {
	ID, Title, Unit, Summary string
	// Top and Half are the marks of its scale.
	Top, Half string
	// Width is that of the view box, 10 for each column; its height is 1000.
	Width   int
	Keys    []chartKey
	Columns []column
}

// A chartKey is one kind of parts; Short heads its column in the table.
type chartKey struct{ Class, Label, Short string }

// A column is one step.
type column struct {
	X     int
	At    float64 // its middle in percent of the width
	Label string  // below it; empty for most
	Name  string  // its row in the table
	Tip   string
	N     string
	// Values are those of the keys, in their order.
	Values []string
	Parts  []part
}

// A part is a piece of a column, from the top.
type part struct {
	Class     string
	X         int
	Y, Height float64
}

// mostLabels is how many labels stand below a chart: what a phone has room for.
const mostLabels = 5

// newChart draws columns. Each name is a step; values[i] are its counts by key.
func newChart(id, title, unit string, keys []chartKey, names []string, values [][]int) chart {
	c := chart{ID: id, Title: title, Unit: unit, Width: 10 * len(names), Keys: keys}
	most, all, peak := 0, 0, 0
	for i, v := range values {
		n := sum(v)
		all += n
		if n > most {
			most, peak = n, i
		}
	}
	top := roundUp(most)
	c.Top, c.Half = number(top), number(top/2)
	c.Summary = fmt.Sprintf("%s in all; most in %s: %s.", number(all), names[peak], number(most))
	every := (len(names) + mostLabels - 1) / mostLabels
	for i, name := range names {
		col := column{X: 10 * i, At: float64(1000*(2*i+1)/(2*len(names))) / 10, Name: name, N: number(sum(values[i]))}
		col.Tip = name + ": " + col.N
		if i%every == every/2 {
			col.Label = name
		}
		y := 1000.0
		for k, n := range values[i] {
			col.Values = append(col.Values, number(n))
			if n > 0 {
				height := float64(10000*n/top) / 10
				y -= height
				col.Parts = append(col.Parts, part{keys[k].Class, 10*i + 1, float64(int(y*10)) / 10, height})
				col.Tip += fmt.Sprintf("\n%s: %s", keys[k].Label, number(n))
			}
		}
		c.Columns = append(c.Columns, col)
	}
	return c
}

func sum(all []int) (n int) {
	for _, v := range all {
		n += v
	}
	return n
}

// roundUp is the least even round number that is not below n: 2, 4, 6, 8 or
// 10 times a power of ten.
func roundUp(n int) int {
	for unit := 1; ; unit *= 10 {
		for _, m := range []int{2, 4, 6, 8, 10} {
			if m*unit >= n {
				return m * unit
			}
		}
	}
}

// days is the questions over time, by verdict.
func (r Report) days() chart {
	var keys []chartKey
	short := map[string]string{
		string(bot.Answered): "answered", string(bot.Partly): "partly", string(bot.PremiseCorrected): "premise",
		string(bot.NotInArticle): "gap", string(bot.OutOfScope): "else",
	}
	for _, c := range r.Verdicts {
		key := chartKey{class(verdictClass, c.Name), c.Label, short[c.Name]}
		if key.Short == "" {
			key.Short = "other"
		}
		keys = append(keys, key)
	}
	var names []string
	var values [][]int
	for _, step := range r.Series.Steps {
		names = append(names, r.Series.label(step))
		row := make([]int, len(keys))
		for i, c := range r.Verdicts {
			row[i] = of(step.Verdicts, c.Name)
		}
		values = append(values, row)
	}
	return newChart("days", "Questions by "+r.Series.Unit, r.Series.Unit, keys, names, values)
}

// spread is how many answers took how long, by mode.
func (r Report) spread() chart {
	var keys []chartKey
	rows := r.Times[1:]
	if len(rows) == 0 {
		rows = r.Times
	}
	for _, t := range rows {
		key := chartKey{class(modeClass, t.Name), t.modeLabel(), "by " + t.Name}
		if t.Name == "" {
			key.Short = "answers"
		}
		keys = append(keys, key)
	}
	first, last := len(binEnds), 0
	for i, n := range r.Times[0].Bins {
		if n > 0 {
			first, last = min(first, i), i
		}
	}
	var names []string
	var values [][]int
	for i := first; i <= last; i++ {
		names = append(names, binName(i))
		var row []int
		for _, t := range rows {
			row = append(row, t.Bins[i])
		}
		values = append(values, row)
	}
	return newChart("spread", "How long answers took", "time", keys, names, values)
}

// binName names a bin by its end.
func binName(i int) string {
	if i == len(binEnds)-1 {
		return "over " + short(binEnds[i-1])
	}
	return "< " + short(binEnds[i])
}

// short is a round duration: "30 ms", "2 s".
func short(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%d s", int(d.Seconds()))
}
