package encoder

import (
	"fmt"
	"math"
	"sync"

	"github.com/viterin/vek/vek32"
)

// A network is a BERT (Devlin et al. 2019): the embeddings of pieces and
// places, and layers of attention and feed-forward.
type network struct {
	width, heads int
	word         string    // 4-bit, a row for each piece
	position     []float32 // a row for each place
	kind         []float32 // of the text; there is but one
	norm         layerNorm
	layers       []layer
	room         sync.Pool // of *room
}

type layer struct {
	query, key, value, output matrix
	attended                  layerNorm
	in, back                  matrix // the feed-forward
	fed                       layerNorm
}

// layerNorm scales what has a mean of 0 and a variance of 1.
type layerNorm struct{ weight, bias []float32 }

// normEpsilon keeps a layer norm from dividing by zero.
const normEpsilon = 1e-12

// room is what one pass works in: rows of tokens.
type room struct {
	x, query, key, value, mixed, out, wide []float32
	likes, turned                          []float32 // of one head: scores, and values by column
	expanded                               []float32 // rowsAtOnce rows of a matrix
}

func newNetwork(f *file) (*network, error) {
	net := &network{}
	var layers, wide int
	for name, n := range map[string]*int{"hidden": &net.width, "heads": &net.heads, "layers": &layers, "feedforward": &wide} {
		var err error
		if *n, err = f.number(name); err != nil {
			return nil, err
		}
	}
	if net.width != Width || net.heads < 1 || net.width%net.heads != 0 || wide%blockWeights != 0 || layers < 1 {
		return nil, fmt.Errorf("a network of width %d with %d heads is not known here", net.width, net.heads)
	}
	r := reader{f: f}
	net.word = r.bytes("embeddings.word", -1, net.width/blockWeights*blockBytes)
	net.position = r.floats("embeddings.position", MaxTokens, 512, net.width)
	net.kind = r.floats("embeddings.type", 0, net.width)
	net.norm = r.norm("embeddings.norm", net.width)
	net.layers = make([]layer, layers)
	for i := range net.layers {
		l, name := &net.layers[i], fmt.Sprintf("layer.%d.", i)
		l.query = r.matrix(name+"attention.query", net.width, net.width)
		l.key = r.matrix(name+"attention.key", net.width, net.width)
		l.value = r.matrix(name+"attention.value", net.width, net.width)
		l.output = r.matrix(name+"attention.output", net.width, net.width)
		l.attended = r.norm(name+"attention.norm", net.width)
		l.in = r.matrix(name+"feedforward.in", net.width, wide)
		l.back = r.matrix(name+"feedforward.out", wide, net.width)
		l.fed = r.norm(name+"feedforward.norm", net.width)
	}
	net.room.New = func() any { return &room{expanded: make([]float32, rowsAtOnce*max(net.width, wide))} }
	return net, r.err
}

// A reader reads tensors until one is not there.
type reader struct {
	f   *file
	err error
}

func (r *reader) bytes(name string, shape ...int) string {
	if r.err != nil {
		return ""
	}
	var s string
	s, r.err = r.f.bytes(name, "U8", shape...)
	return s
}

func (r *reader) floats(name string, rows int, shape ...int) []float32 {
	if r.err != nil {
		return nil
	}
	var v []float32
	v, r.err = r.f.floats(name, rows, shape...)
	return v
}

func (r *reader) norm(name string, width int) layerNorm {
	return layerNorm{r.floats(name+".weight", 0, width), r.floats(name+".bias", 0, width)}
}

func (r *reader) matrix(name string, in, out int) matrix {
	return matrix{in, out, r.bytes(name+".weight", out, in/blockWeights*blockBytes), r.floats(name+".bias", 0, out)}
}

// vectors encodes texts, each given by its tokens, together: the mean over
// the tokens of the last layer, of length 1.
func (net *network) vectors(texts [][]uint32) [][]float32 {
	n := 0
	for _, tokens := range texts {
		n += len(tokens)
	}
	r := net.room.Get().(*room)
	defer net.room.Put(r)
	w := net.width
	for _, rows := range []*[]float32{&r.x, &r.query, &r.key, &r.value, &r.mixed, &r.out} {
		*rows = sized(*rows, n*w)
	}
	net.embed(r.x, texts)
	for i := range net.layers {
		net.layers[i].forward(r, texts, n, net.heads)
	}
	out := make([][]float32, len(texts))
	at := 0
	for i, tokens := range texts {
		out[i] = mean(r.x[at*w:(at+len(tokens))*w], w)
		at += len(tokens)
	}
	return out
}

// sized is a slice of the length, with what s holds of it.
func sized(s []float32, n int) []float32 {
	if cap(s) < n {
		return make([]float32, n)
	}
	return s[:n]
}

// embed sets x to the embeddings of the texts' tokens.
func (net *network) embed(x []float32, texts [][]uint32) {
	w := net.width
	rowBytes := w / blockWeights * blockBytes
	for _, tokens := range texts {
		for place, id := range tokens {
			row := x[:w]
			expand(row, net.word[int(id)*rowBytes:(int(id)+1)*rowBytes])
			for i, p := range net.position[place*w : (place+1)*w] {
				row[i] += p + net.kind[i]
			}
			net.norm.apply(row)
			x = x[w:]
		}
	}
}

// forward takes r.x through one layer.
func (l *layer) forward(r *room, texts [][]uint32, n, heads int) {
	l.query.multiply(r.query, r.x, n, r.expanded)
	l.key.multiply(r.key, r.x, n, r.expanded)
	l.value.multiply(r.value, r.x, n, r.expanded)
	at, w := 0, l.query.out
	for _, tokens := range texts {
		from, to := at*w, (at+len(tokens))*w
		attend(r, r.mixed[from:to], r.query[from:to], r.key[from:to], r.value[from:to], len(tokens), w, heads)
		at += len(tokens)
	}
	l.output.multiply(r.out, r.mixed, n, r.expanded)
	l.attended.addTo(r.x, r.out)
	r.wide = sized(r.wide, n*l.in.out)
	l.in.multiply(r.wide, r.x, n, r.expanded)
	for i, v := range r.wide {
		r.wide[i] = gelu(v)
	}
	l.back.multiply(r.out, r.wide, n, r.expanded)
	l.fed.addTo(r.x, r.out)
}

// attend sets mixed to what each of a text's n tokens takes from the others,
// head by head: their values, weighed by how like its query their keys are.
//
//go:norace
func attend(r *room, mixed, query, key, value []float32, n, width, heads int) {
	size := width / heads
	scale := float32(1 / math.Sqrt(float64(size)))
	r.likes = sized(r.likes, n)
	r.turned = sized(r.turned, n*size)
	for h := 0; h < width; h += size {
		for t := range n {
			for i, v := range value[t*width+h : t*width+h+size] {
				r.turned[i*n+t] = v
			}
		}
		for t := range n {
			q := query[t*width+h : t*width+h+size]
			for o := range n {
				r.likes[o] = vek32.Dot(q, key[o*width+h:o*width+h+size]) * scale
			}
			softmax(r.likes)
			for i := range size {
				mixed[t*width+h+i] = vek32.Dot(r.likes, r.turned[i*n:(i+1)*n])
			}
		}
	}
}

// softmax turns scores into shares of 1.
func softmax(x []float32) {
	most := x[0]
	for _, v := range x {
		most = max(most, v)
	}
	var sum float32
	for i, v := range x {
		x[i] = float32(math.Exp(float64(v - most)))
		sum += x[i]
	}
	for i := range x {
		x[i] /= sum
	}
}

// addTo adds y to x, row by row, and scales the rows.
func (l *layerNorm) addTo(x, y []float32) {
	vek32.Add_Inplace(x, y)
	for w := len(l.weight); len(x) > 0; x = x[w:] {
		l.apply(x[:w])
	}
}

// apply scales one row.
func (l *layerNorm) apply(row []float32) {
	var sum, squares float32
	for _, v := range row {
		sum += v
	}
	average := sum / float32(len(row))
	for i, v := range row {
		row[i] = v - average
		squares += row[i] * row[i]
	}
	scale := float32(1 / math.Sqrt(float64(squares)/float64(len(row))+normEpsilon))
	for i, v := range row {
		row[i] = v*scale*l.weight[i] + l.bias[i]
	}
}

// gelu is x times the normal distribution's function at x. Its error function
// is Abramowitz and Stegun's 7.1.28, which is off by 3e-7 at most and four
// times as fast as the exact one.
func gelu(x float32) float32 {
	z := x / math.Sqrt2
	a := z
	if a < 0 {
		a = -a
	}
	p := 1 + a*(0.0705230784+a*(0.0422820123+a*(0.0092705272+a*(0.0001520143+a*(0.0002765672+a*0.0000430638)))))
	p *= p
	p *= p
	p *= p
	p *= p
	erf := 1 - 1/p
	if z < 0 {
		erf = -erf
	}
	return x * (1 + erf) / 2
}

// mean is the mean of rows, of length 1.
func mean(rows []float32, width int) []float32 {
	out := make([]float32, width)
	for ; len(rows) > 0; rows = rows[width:] {
		vek32.Add_Inplace(out, rows[:width])
	}
	var squares float64
	for _, v := range out {
		squares += float64(v) * float64(v)
	}
	vek32.MulNumber_Inplace(out, float32(1/math.Sqrt(squares)))
	return out
}
