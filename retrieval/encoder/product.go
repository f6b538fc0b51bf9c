package encoder

import (
	"github.com/viterin/vek"
	"github.com/viterin/vek/vek32"
)

// Blocks of 4-bit weights (Q4_0, as llama.cpp has them): 18 bytes for 32
// weights, a float16 scale and 16 bytes with two weights each.
const (
	blockWeights = 32
	blockBytes   = 18
)

// rowsAtOnce are expanded and used before the next: 16 rows of the widest
// matrix but one stay in a core's first cache.
const rowsAtOnce = 16

// accelerated says whether vek has instructions for this machine.
var accelerated = vek.Info().Acceleration

// A matrix is a layer's weights, 4-bit, with its bias.
type matrix struct {
	in, out int
	rows    string // out rows of in/32 blocks
	bias    []float32
}

// multiply sets y, n rows of m.out, to x, n rows of m.in, times the matrix,
// with its bias added. It keeps rows that it expands in w.
func (m *matrix) multiply(y, x []float32, n int, w []float32) {
	rowBytes := m.in / blockWeights * blockBytes
	for first := 0; first < m.out; first += rowsAtOnce {
		count := min(rowsAtOnce, m.out-first)
		w := w[:count*m.in]
		expand(w, m.rows[first*rowBytes:(first+count)*rowBytes])
		bias := m.bias[first : first+count]
		if accelerated {
			for t := range n {
				out := y[t*m.out+first:][:count]
				vek32.MatMul_Into(out, w, x[t*m.in:(t+1)*m.in], m.in)
				vek32.Add_Inplace(out, bias)
			}
			continue
		}
		for r := 0; r < count; r += 2 {
			plainRows(y[first+r:], x, w[r*m.in:(r+2)*m.in], n, m.out, bias[r:r+2])
		}
	}
}

// plainRows sets two columns of y, whose rows are stride apart, to the rows of
// x times the two rows of w, plus a bias each. Four rows of x are done
// together: with eight sums at a time, no sum waits for the one before it.
//
//go:norace
func plainRows(y, x, w []float32, n, stride int, bias []float32) {
	in := len(w) / 2
	w0, w1 := w[:in], w[in:][:in]
	for next := 0; next < n; next += 4 {
		t := min(next, n-4) // the last four overlap with those before
		x0, x1, x2, x3 := x[t*in:][:in], x[(t+1)*in:][:in], x[(t+2)*in:][:in], x[(t+3)*in:][:in]
		var a0, a1, a2, a3, b0, b1, b2, b3 float32
		for i, v := range w0 {
			u, z0, z1, z2, z3 := w1[i], x0[i], x1[i], x2[i], x3[i]
			a0 += v * z0
			b0 += u * z0
			a1 += v * z1
			b1 += u * z1
			a2 += v * z2
			b2 += u * z2
			a3 += v * z3
			b3 += u * z3
		}
		y0, y1, y2, y3 := y[t*stride:], y[(t+1)*stride:], y[(t+2)*stride:], y[(t+3)*stride:]
		y0[0], y1[0], y2[0], y3[0] = a0+bias[0], a1+bias[0], a2+bias[0], a3+bias[0]
		y0[1], y1[1], y2[1], y3[1] = b0+bias[1], b1+bias[1], b2+bias[1], b3+bias[1]
	}
}

// expand sets w to the weights of blocks. Its loops are written out: they are
// a third of the time that encoding takes. What it writes is its caller's
// alone: the race detector, which would watch each number, leaves it out.
//
//go:norace
func expand(w []float32, blocks string) {
	for len(w) >= blockWeights && len(blocks) >= blockBytes {
		out := (*[blockWeights]float32)(w)
		b := blocks[:blockBytes]
		s := half(uint16(b[0]) | uint16(b[1])<<8)
		value := [16]float32{
			-8 * s, -7 * s, -6 * s, -5 * s, -4 * s, -3 * s, -2 * s, -s,
			0, s, 2 * s, 3 * s, 4 * s, 5 * s, 6 * s, 7 * s,
		}
		out[0], out[16] = value[b[2]&15], value[b[2]>>4]
		out[1], out[17] = value[b[3]&15], value[b[3]>>4]
		out[2], out[18] = value[b[4]&15], value[b[4]>>4]
		out[3], out[19] = value[b[5]&15], value[b[5]>>4]
		out[4], out[20] = value[b[6]&15], value[b[6]>>4]
		out[5], out[21] = value[b[7]&15], value[b[7]>>4]
		out[6], out[22] = value[b[8]&15], value[b[8]>>4]
		out[7], out[23] = value[b[9]&15], value[b[9]>>4]
		out[8], out[24] = value[b[10]&15], value[b[10]>>4]
		out[9], out[25] = value[b[11]&15], value[b[11]>>4]
		out[10], out[26] = value[b[12]&15], value[b[12]>>4]
		out[11], out[27] = value[b[13]&15], value[b[13]>>4]
		out[12], out[28] = value[b[14]&15], value[b[14]>>4]
		out[13], out[29] = value[b[15]&15], value[b[15]>>4]
		out[14], out[30] = value[b[16]&15], value[b[16]>>4]
		out[15], out[31] = value[b[17]&15], value[b[17]>>4]
		w, blocks = w[blockWeights:], blocks[blockBytes:]
	}
}

const (
	// Width is how many numbers a vector has.
	Width = 384
	// MaxTokens is how many tokens of a text are read: of a longer one the
	// first 96 and the last 32. Time grows with them.
	MaxTokens  = 128
	lastTokens = 32
)
