package retrieval

import (
	"math"
)

// MetricWidth is how many numbers a vector has once it is seen through a
// Metric.
const MetricWidth = 192

// A Metric is a linear map under which questions for the same thing have like
// vectors, whoever asks, how, and in what language; the encoder's own vectors
// also tell style and language. It was learned from the bank
// (neighbourhood components analysis: Goldberger et al. 2004), see package
// learn; it holds for other articles too.
type Metric struct {
	// Mean is the encoder's mean vector over the bank, which is taken off
	// first: all of the encoder's vectors point about the same way.
	Mean []float32
	// Rows are the map's columns, MetricWidth of them, each as long as Mean.
	Rows [][]float32
}

// Map returns the vector of length 1 that an encoder's vector is seen as.
func (m *Metric) Map(v []float32) []float32 {
	return unit(m.project(Centred(v, m.Mean)))
}

// project multiplies a vector by the map.
func (m *Metric) project(v []float32) []float32 {
	out := make([]float32, len(m.Rows))
	for i, row := range m.Rows {
		out[i] = Product(row, v)
	}
	return out
}

// Centred is the direction, of length 1, in which a vector differs from the mean.
func Centred(v, mean []float32) []float32 {
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = x - mean[i]
	}
	return unit(out)
}

// Product is the scalar product of two vectors of the same length. Each
// product is rounded before it is added, so that every machine comes to the
// same sum: some have an instruction that would not.
func Product(x, y []float32) float32 {
	var a, b, c, d float32
	for len(x) >= 8 && len(y) >= 8 {
		p, q := (*[8]float32)(x), (*[8]float32)(y)
		a += float32(p[0] * q[0])
		b += float32(p[1] * q[1])
		c += float32(p[2] * q[2])
		d += float32(p[3] * q[3])
		a += float32(p[4] * q[4])
		b += float32(p[5] * q[5])
		c += float32(p[6] * q[6])
		d += float32(p[7] * q[7])
		x, y = x[8:], y[8:]
	}
	for i := range x {
		a += float32(x[i] * y[i])
	}
	return float32(a+b) + float32(c+d)
}

// unit scales a vector to length 1, in place. One of zeros stays.
func unit(v []float32) []float32 {
	squares := Product(v, v)
	if squares == 0 {
		return v
	}
	scale := float32(1 / math.Sqrt(float64(squares)))
	for i := range v {
		v[i] *= scale
	}
	return v
}

// A byteVector is a vector in 8 bits a number: the number times Scale.
type byteVector struct {
	Scale   float32
	Numbers []int8
}

// inBytes rounds a vector to 8 bits a number.
func inBytes(v []float32) byteVector {
	var most float32
	for _, x := range v {
		most = max(most, x, -x)
	}
	out := byteVector{Scale: most / math.MaxInt8, Numbers: make([]int8, len(v))}
	if most == 0 {
		return out
	}
	for i, x := range v {
		out.Numbers[i] = int8(math.Round(float64(x / most * math.MaxInt8)))
	}
	return out
}

// floats are the vector's numbers.
func (v byteVector) floats() []float32 {
	out := make([]float32, len(v.Numbers))
	for i, x := range v.Numbers {
		out[i] = float32(x) * v.Scale
	}
	return out
}
