// Package weights holds the sentence encoder's weights, and nothing else, so
// that the compiler touches the 72 MB only when they change. README.md tells
// where they come from, how the file is laid out, and its licence.
package weights

import _ "embed"

// File is the safetensors file. It stays where the system maps the program's
// file; pages are read as they are used.
//
//go:embed multilingual-e5-small-q4.safetensors
var File string
