package encoder

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// A file is a safetensors file, left where it lies.
type file struct {
	tensors map[string]tensorInfo
	meta    map[string]string
	data    string // what follows the header
}

// tensorInfo is an entry of the header.
type tensorInfo struct {
	Type    string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets [2]int `json:"data_offsets"` // into data
}

// bytesOf are the bytes that a value of a type takes.
var bytesOf = map[string]int{"F32": 4, "U32": 4, "U8": 1}

// openFile reads the header of a safetensors file and checks that every
// tensor lies within it.
func openFile(text string) (*file, error) {
	const length = 8
	if len(text) < length {
		return nil, fmt.Errorf("it has %d bytes, and no header", len(text))
	}
	n := binary.LittleEndian.Uint64([]byte(text[:length]))
	if n > uint64(len(text)-length) {
		return nil, fmt.Errorf("its header is said to have %d bytes, the file has %d", n, len(text))
	}
	f := &file{data: text[length+n:]}
	var entries map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text[length:length+n]), &entries); err != nil {
		return nil, fmt.Errorf("its header is not JSON: %w", err)
	}
	f.tensors = make(map[string]tensorInfo, len(entries))
	for name, entry := range entries {
		if name == "__metadata__" {
			if err := json.Unmarshal(entry, &f.meta); err != nil {
				return nil, fmt.Errorf("its metadata are no texts: %w", err)
			}
			continue
		}
		var t tensorInfo
		if err := json.Unmarshal(entry, &t); err != nil {
			return nil, fmt.Errorf("tensor %s: %w", name, err)
		}
		size := bytesOf[t.Type]
		for _, d := range t.Shape {
			if d < 0 || d > len(f.data) || size > len(f.data) {
				size = -1
				break
			}
			size *= d
		}
		if size <= 0 || t.Offsets[0] < 0 || t.Offsets[1] > len(f.data) || t.Offsets[1]-t.Offsets[0] != size {
			return nil, fmt.Errorf("tensor %s does not lie within the file: is it cut off?", name)
		}
		f.tensors[name] = t
	}
	return f, nil
}

// number is a whole number of the metadata.
func (f *file) number(name string) (int, error) {
	n, err := strconv.Atoi(f.meta[name])
	if err != nil {
		return 0, fmt.Errorf("its metadata have no number %s", name)
	}
	return n, nil
}

// bytes are the bytes of a tensor of the given type and shape.
func (f *file) bytes(name, kind string, shape ...int) (string, error) {
	t, ok := f.tensors[name]
	if !ok {
		return "", fmt.Errorf("it has no tensor %s", name)
	}
	same := t.Type == kind && len(t.Shape) == len(shape)
	for i := 0; same && i < len(shape); i++ {
		same = shape[i] < 0 || t.Shape[i] == shape[i]
	}
	if !same {
		return "", fmt.Errorf("tensor %s is %s %v, not %s %v", name, t.Type, t.Shape, kind, shape)
	}
	return f.data[t.Offsets[0]:t.Offsets[1]], nil
}

// floats copies a tensor of float32, or its first rows.
func (f *file) floats(name string, rows int, shape ...int) ([]float32, error) {
	text, err := f.bytes(name, "F32", shape...)
	if err != nil {
		return nil, err
	}
	if rows > 0 {
		text = text[:len(text)/shape[0]*min(rows, shape[0])]
	}
	out := make([]float32, len(text)/4)
	for i := range out {
		out[i] = math.Float32frombits(word32(text, i))
	}
	return out, nil
}

// word32 is the i-th little-endian 32-bit word of s.
func word32(s string, i int) uint32 {
	w := s[4*i : 4*i+4]
	return uint32(w[0]) | uint32(w[1])<<8 | uint32(w[2])<<16 | uint32(w[3])<<24
}

// half is the value of a float16, which is finite.
func half(bits uint16) float32 {
	const exponents = 1 << (127 - 15) // what the two formats' exponents differ by
	magnitude := math.Float32frombits(uint32(bits&0x7fff)<<13) * exponents
	return math.Float32frombits(math.Float32bits(magnitude) | uint32(bits&0x8000)<<16)
}
