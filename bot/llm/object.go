package llm

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
)

// An object is a JSON object in a text: text[begin:end].
type object struct{ begin, end int }

// objects finds the last complete object in a text that has the members which
// a schema requires, and the last complete one of any form; a zero object is
// none. Unfinished says that the text ends within another one. Objects within
// objects are parts of them.
func objects(text string, schema json.RawMessage) (formed, any object, unfinished bool) {
	for at := 0; at < len(text); {
		begin := strings.IndexByte(text[at:], '{')
		if begin < 0 {
			break
		}
		begin += at
		if !opens(text[begin:]) {
			at = begin + 1
			continue
		}
		var raw json.RawMessage
		d := json.NewDecoder(strings.NewReader(text[begin:]))
		err := d.Decode(&raw)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return formed, any, true
		}
		if s, ok := errors.AsType[*json.SyntaxError](err); ok {
			at = begin + max(1, int(s.Offset)-1) // what stands there may begin another one
			continue
		} else if err != nil {
			at = begin + 1
			continue
		}
		found := object{begin, begin + int(d.InputOffset())}
		any = found
		if hasRequired(raw, schema) {
			formed = found
		}
		at = found.end
	}
	return formed, any, false
}

// opens says whether a text that begins with a bracket may be an object: what
// follows is a name, the object's end, or did not come yet.
func opens(text string) bool {
	next := strings.TrimLeft(text[1:], " \t\r\n")
	return next == "" || next[0] == '"' || next[0] == '}'
}

// hasRequired says whether an object has the members that a schema requires.
func hasRequired(raw, schema json.RawMessage) bool {
	var members map[string]json.RawMessage
	var wants struct{ Required []string }
	if json.Unmarshal(raw, &members) != nil || len(schema) > 0 && json.Unmarshal(schema, &wants) != nil {
		return false
	}
	return !slices.ContainsFunc(wants.Required, func(name string) bool { return members[name] == nil })
}

// promises says whether a text may be the beginning of the object that a schema
// describes: it is JSON so far, and its first member is one of the schema's.
func promises(text string, schema json.RawMessage) bool {
	var of struct{ Properties map[string]json.RawMessage }
	d := json.NewDecoder(strings.NewReader(text))
	_, err := d.Token() // the bracket
	name, nameErr := d.Token()
	if err != nil || nameErr != nil || json.Unmarshal(schema, &of) != nil {
		return false
	}
	first, _ := name.(string)
	if _, known := of.Properties[first]; !known && len(of.Properties) > 0 {
		return false
	}
	var raw json.RawMessage
	return errors.Is(json.NewDecoder(strings.NewReader(text)).Decode(&raw), io.ErrUnexpectedEOF)
}

// A scan reads an object as it comes, to tell which of it is complete.
type scan struct {
	depth             int
	inString, escaped bool
	closed            bool
}

// next reads a byte, and reports whether it ends an object within the object.
func (s *scan) next(c byte) bool {
	if s.inString {
		switch {
		case s.escaped:
			s.escaped = false
		case c == '\\':
			s.escaped = true
		case c == '"':
			s.inString = false
		}
		return false
	}
	switch c {
	case '"':
		s.inString = true
	case '{', '[':
		s.depth++
	case '}', ']':
		s.depth--
		s.closed = s.depth == 0
		return c == '}' && !s.closed
	}
	return false
}
