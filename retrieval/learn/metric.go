package main

import (
	"math"
	"math/rand/v2"
	"runtime"
	"sync"

	"summitbot/retrieval"
	"summitbot/retrieval/encoder"

	"github.com/viterin/vek/vek32"
)

// How the metric is learned. None of these was tuned finely: twice or half of
// each comes to the same within a point.
const (
	steps       = 80
	batch       = 512  // messages in a step
	neighbours  = 4096 // and lines that they are compared with, the messages included
	rate        = 0.004
	temperature = 0.05
	firstDecay  = 0.9 // of the mean gradient (Adam: Kingma and Ba 2015)
	secondDecay = 0.98
)

// An example is a line with its vector, for learning.
type example struct {
	vector []float32 // centred
	class  int
	author int
}

// A metricLearner learns a metric by neighbourhood components analysis
// (Goldberger et al. 2004): it raises the probability that a message's
// nearest lines, the nearer the likelier, are of the message's own class. Lines of the
// message's own author do not count, so that what is learned is what
// holds between authors.
type metricLearner struct {
	examples []example
	twins    func(x, y int) bool // classes whose lines are as good as each other's
	random   *rand.Rand
	rows     [][]float32 // the metric's, MetricWidth of encoder.Width
}

// learnMetric returns the rows of a metric.
func learnMetric(examples []example, twins func(x, y int) bool) [][]float32 {
	l := &metricLearner{examples: examples, twins: twins, random: rand.New(rand.NewPCG(1, 2))}
	l.begin()
	first, second := zeros(retrieval.MetricWidth, encoder.Width), zeros(retrieval.MetricWidth, encoder.Width)
	d1, d2 := 1.0, 1.0
	for step := range steps {
		gradient := l.gradient(l.sample())
		d1, d2 = d1*firstDecay, d2*secondDecay
		r := rate * (1 - float64(step)/steps)
		for i, row := range l.rows {
			for j, g := range gradient[i] {
				first[i][j] = first[i][j]*firstDecay + g*(1-firstDecay)
				second[i][j] = second[i][j]*secondDecay + g*g*(1-secondDecay)
				row[j] -= float32(r * float64(first[i][j]) / (1 - d1) / (math.Sqrt(float64(second[i][j])/(1-d2)) + 1e-8))
			}
		}
	}
	return l.rows
}

func zeros(rows, columns int) [][]float32 {
	out := make([][]float32, rows)
	for i := range out {
		out[i] = make([]float32, columns)
	}
	return out
}

// turned is a matrix with its rows for columns.
func turned(m [][]float32) [][]float32 {
	out := zeros(len(m[0]), len(m))
	for i, row := range m {
		for j, x := range row {
			out[j][i] = x
		}
	}
	return out
}

// times is x times y turned: the products of their rows.
func times(x, y [][]float32) [][]float32 {
	out := zeros(len(x), len(y))
	each(len(x), func(i int) {
		for j := range y {
			out[i][j] = vek32.Dot(x[i], y[j])
		}
	})
	return out
}

// begin sets the rows to the directions in which the vectors differ most, by
// orthogonal iteration over their second moments.
func (l *metricLearner) begin() {
	var vectors [][]float32
	for _, e := range l.examples {
		vectors = append(vectors, e.vector)
	}
	columns := turned(vectors)
	moments := times(columns, columns)
	l.rows = zeros(retrieval.MetricWidth, encoder.Width)
	for _, row := range l.rows {
		for j := range row {
			row[j] = float32(l.random.NormFloat64())
		}
	}
	const rounds = 20
	for range rounds {
		l.rows = times(l.rows, moments)
		for i, row := range l.rows { // Gram and Schmidt
			for _, before := range l.rows[:i] {
				addTo(row, before, -vek32.Dot(row, before))
			}
			vek32.MulNumber_Inplace(row, 1/vek32.Norm(row))
		}
	}
}

// sample draws the examples of a step; the first batch of them are messages.
func (l *metricLearner) sample() []example {
	out := make([]example, 0, neighbours)
	for _, i := range l.random.Perm(len(l.examples))[:min(neighbours, len(l.examples))] {
		out = append(out, l.examples[i])
	}
	return out
}

// gradient is that of the messages' mean loss, by the rows.
func (l *metricLearner) gradient(sample []example) [][]float32 {
	messages := min(batch, len(sample))
	vectors := make([][]float32, len(sample))
	for i := range sample {
		vectors[i] = sample[i].vector
	}
	mapped := times(vectors, l.rows)
	length := make([]float32, len(sample))
	for i, v := range mapped {
		length[i] = vek32.Norm(v)
		vek32.MulNumber_Inplace(v, 1/length[i])
	}
	likes := times(mapped[:messages], mapped)
	pull := make([][]float32, messages) // of message i by line j
	each(messages, func(i int) { pull[i] = l.pull(sample, likes[i], i) })
	moved := times(turned(pull), turned(mapped[:messages])) // the loss by mapped
	for i, more := range times(pull, turned(mapped)) {
		vek32.Add_Inplace(moved[i], more)
	}
	for j, g := range moved { // only the direction of mapped counts
		addTo(g, mapped[j], -vek32.Dot(g, mapped[j]))
		vek32.MulNumber_Inplace(g, 1/length[j])
	}
	return times(turned(moved), turned(vectors))
}

// pull is how much the loss grows with the likeness of message i to each line.
func (l *metricLearner) pull(sample []example, likes []float32, i int) []float32 {
	out := make([]float32, len(sample))
	var all, own float64
	for j := range sample {
		if j == i || sample[j].author == sample[i].author {
			continue
		}
		p := math.Exp(float64(likes[j]-1) / temperature)
		out[j] = float32(p)
		all += p
		if l.twins(sample[i].class, sample[j].class) {
			own += p
		}
	}
	const least = 1e-6 // of the probability, where there is no line of the class
	for j, p := range out {
		if p == 0 {
			continue
		}
		share := float64(p) / all
		d := share
		if l.twins(sample[i].class, sample[j].class) {
			d -= share / (own/all + least)
		}
		out[j] = float32(d / temperature / batch)
	}
	return out
}

// addTo adds a multiple of y to x.
func addTo(x, y []float32, by float32) {
	for i := range x {
		x[i] += y[i] * by
	}
}

// each calls do for 0 to n-1, on all cores.
func each(n int, do func(i int)) {
	var workers sync.WaitGroup
	cores := runtime.GOMAXPROCS(0)
	for c := range cores {
		workers.Go(func() {
			for i := c; i < n; i += cores {
				do(i)
			}
		})
	}
	workers.Wait()
}

// classesOf numbers the lines' classes, and says which are twins: those of
// sentences that say the same, of one kind.
func classesOf(lines []retrieval.Line, notes []retrieval.Note) (number []int, twins func(x, y int) bool) {
	var classes []retrieval.Class
	places := map[retrieval.Class]int{}
	for _, l := range lines {
		i, ok := places[l.Class]
		if !ok {
			i = len(classes)
			places[l.Class] = i
			classes = append(classes, l.Class)
		}
		number = append(number, i)
	}
	same := map[[2]int]bool{}
	for _, n := range notes {
		for _, twin := range n.Twin {
			for _, kind := range []retrieval.Kind{retrieval.Answerable, retrieval.FalsePremise} {
				x, okX := places[retrieval.Class{Kind: kind, Target: n.Sentence}]
				y, okY := places[retrieval.Class{Kind: kind, Target: twin}]
				if okX && okY {
					same[[2]int{x, y}], same[[2]int{y, x}] = true, true
				}
			}
		}
	}
	return number, func(x, y int) bool { return x == y || same[[2]int{x, y}] }
}
