package retrieval

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"

	"summitbot/retrieval/encoder"
)

// A VectorFile keeps texts' vectors by the hash of what they are of, 8 bits a
// number, so that each text is encoded once.
type VectorFile struct {
	name string
	by   map[vectorKey]byteVector
}

type vectorKey [16]byte

func vectorKeyOf(prefix encoder.Prefix, text string) (k vectorKey) {
	sum := sha256.Sum256([]byte(string(prefix) + text))
	copy(k[:], sum[:])
	return k
}

const (
	vectorFormat = "summitbot vectors 1\n"
	vectorBytes  = len(vectorKey{}) + 4 + encoder.Width
)

// OpenVectors reads a file of vectors; there may be none yet.
func OpenVectors(name string) (*VectorFile, error) {
	f := &VectorFile{name: name, by: map[vectorKey]byteVector{}}
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading vectors: %w", err)
	}
	data, ok := bytes.CutPrefix(data, []byte(vectorFormat))
	sum := sha256.Size
	if !ok || len(data) < sum || (len(data)-sum)%vectorBytes != 0 || sha256.Sum256(data[:len(data)-sum]) != [32]byte(data[len(data)-sum:]) {
		return nil, fmt.Errorf("reading vectors: %s is damaged: delete it, and it is made anew", name)
	}
	for part := range slices.Chunk(data[:len(data)-sum], vectorBytes) {
		v := byteVector{Scale: math.Float32frombits(binary.LittleEndian.Uint32(part[len(vectorKey{}):])), Numbers: make([]int8, encoder.Width)}
		for i, b := range part[len(vectorKey{})+4:] {
			v.Numbers[i] = int8(b)
		}
		f.by[vectorKey(part)] = v
	}
	return f, nil
}

// Get returns the vector of a text, rounded as it is kept; nil if it is not there.
func (f *VectorFile) Get(prefix encoder.Prefix, text string) []float32 {
	v, ok := f.by[vectorKeyOf(prefix, text)]
	if !ok {
		return nil
	}
	return v.floats()
}

// Encode returns the vectors of texts, in their order, rounded as they are
// kept. It encodes those that are not there, and writes the file as often as
// keepEvery of them are; told hears how many are done. It is an Encoder.
func (f *VectorFile) Encode(ctx context.Context, model *encoder.Model, prefix encoder.Prefix, texts []string, told func(done, of int)) ([][]float32, error) {
	var missing []string
	seen := map[vectorKey]bool{}
	for _, t := range texts {
		if k := vectorKeyOf(prefix, t); !seen[k] {
			seen[k] = true
			if _, ok := f.by[k]; !ok {
				missing = append(missing, t)
			}
		}
	}
	done := 0
	for part := range slices.Chunk(missing, keepEvery) {
		vectors, err := model.EncodeAll(ctx, prefix, part, func(n int) {
			if told != nil {
				told(done+n, len(missing))
			}
		})
		if err != nil {
			return nil, err
		}
		for i, v := range vectors {
			f.by[vectorKeyOf(prefix, part[i])] = inBytes(v)
		}
		if err := f.write(); err != nil {
			return nil, err
		}
		done += len(part)
	}
	out := make([][]float32, len(texts))
	for i, t := range texts {
		out[i] = f.Get(prefix, t)
	}
	return out, nil
}

// keepEvery is how many vectors are lost at most when the program is ended.
const keepEvery = 4096

// Keep forgets all vectors but those of the texts, and writes the file.
func (f *VectorFile) Keep(texts map[encoder.Prefix][]string) error {
	kept := map[vectorKey]byteVector{}
	for prefix, all := range texts {
		for _, t := range all {
			k := vectorKeyOf(prefix, t)
			kept[k] = f.by[k]
		}
	}
	f.by = kept
	return f.write()
}

// write writes the file, whole or not at all.
func (f *VectorFile) write() error {
	keys := make([]vectorKey, 0, len(f.by))
	for k := range f.by {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(x, y vectorKey) int { return bytes.Compare(x[:], y[:]) })
	var data []byte
	for _, k := range keys {
		data = append(data, k[:]...)
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(f.by[k].Scale))
		for _, x := range f.by[k].Numbers {
			data = append(data, byte(x))
		}
	}
	sum := sha256.Sum256(data)
	err := os.MkdirAll(filepath.Dir(f.name), 0o700)
	if err == nil {
		err = os.WriteFile(f.name+".new", slices.Concat([]byte(vectorFormat), data, sum[:]), 0o600)
	}
	if err == nil {
		err = os.Rename(f.name+".new", f.name)
	}
	if err != nil {
		return fmt.Errorf("keeping vectors: %w", err)
	}
	return nil
}

// Hash is the hash of all that the file holds.
func (f *VectorFile) Hash() string {
	data, err := os.ReadFile(f.name)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
