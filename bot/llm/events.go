package llm

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

const byteOrderMark = "\ufeff"

// A chunk is one event of a stream, or a whole completion: they differ in
// where the text stands. Members are read as far as they are understood, for
// one of an odd type is no reason to lose a reply.
type chunk struct {
	Model   json.RawMessage
	Object  json.RawMessage
	Choices json.RawMessage
	Usage   json.RawMessage
	Error   json.RawMessage
	// What some servers say in the place of all of these.
	Message, Msg, Detail json.RawMessage
}

// refuses says whether it is an error.
func (c chunk) refuses() bool {
	return !null(c.Error) || null(c.Choices) && (str(c.Object) == "error" || str(c.Message) != "" || str(c.Msg) != "" || !null(c.Detail))
}

type choice struct {
	Index        json.RawMessage
	Delta        *message
	Message      *message
	Text         json.RawMessage // of servers that know completions alone
	FinishReason json.RawMessage `json:"finish_reason"`
}

type message struct {
	Content   json.RawMessage
	Refusal   json.RawMessage
	Reasoning json.RawMessage
	// ReasoningContent is what other servers name Reasoning.
	ReasoningContent json.RawMessage `json:"reasoning_content"`
	ToolCalls        json.RawMessage `json:"tool_calls"`
}

// events reads the answer to a request for a reply: a stream of events, a
// whole completion, or JSON values in a row, told apart by how they begin and
// not by their type. Each JSON value goes to take. Done says whether the
// server said that there is no more. What is none of these is its first text.
func events(body io.Reader, take func(json.RawMessage) error) (done bool, other string, err error) {
	r := bufio.NewReader(body)
	first, err := begins(r)
	switch {
	case err != nil:
		return false, "", err
	case first == '{' || first == '[':
		return values(r, take)
	case first == '<':
		page, _ := io.ReadAll(io.LimitReader(r, longestError))
		return false, plainText(string(page)), nil
	}
	return lines(r, take)
}

// begins is the first byte that says something, 0 for none.
func begins(r *bufio.Reader) (byte, error) {
	for {
		c, err := r.ReadByte()
		switch {
		case err == io.EOF:
			return 0, nil
		case err != nil:
			return 0, err
		case c == byteOrderMark[0]:
			if rest, _ := r.Peek(2); string(rest) == byteOrderMark[1:] {
				r.Discard(2)
				continue
			}
		case strings.IndexByte(" \t\r\n", c) >= 0:
			continue
		}
		return c, r.UnreadByte()
	}
}

// values reads JSON values in a row.
func values(r io.Reader, take func(json.RawMessage) error) (done bool, other string, err error) {
	d := json.NewDecoder(r)
	for {
		var raw json.RawMessage
		if err := d.Decode(&raw); err == io.EOF {
			return true, "", nil
		} else if err != nil {
			return false, "", err
		}
		all := []json.RawMessage{raw}
		if raw[0] == '[' {
			if err := json.Unmarshal(raw, &all); err != nil {
				return false, "", err
			}
		}
		for _, each := range all {
			if err := take(each); err != nil {
				return false, "", err
			}
		}
	}
}

// lines reads a stream of server-sent events.
func lines(r io.Reader, take func(json.RawMessage) error) (done bool, other string, err error) {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 0, 4<<10), longestStream+1)
	s.Split(splitLines)
	e := event{take: take}
	for !done && err == nil && s.Scan() {
		done, err = e.line(s.Bytes())
	}
	switch {
	case err == nil && s.Err() != nil:
		err = s.Err()
	case err == nil && !done && len(e.data) > 0:
		err = nonsense(e.data)
	case !e.spoken:
		other = e.other
	}
	return done, other, err
}

// An event is the one at hand of a stream. Its data may stand on several lines;
// servers that leave out the blank line between two events put each on one.
type event struct {
	take   func(json.RawMessage) error
	data   []byte
	lines  int    // how many lines of data have come and are no JSON yet
	spoken bool   // there were lines of a stream
	other  string // the first line that was none
}

// mostLines is how many lines the data of an event may have.
const mostLines = 100

// line reads a line, and reports whether it is the last one.
func (e *event) line(line []byte) (done bool, err error) {
	name, value, _ := bytes.Cut(line, []byte(":"))
	switch value = bytes.TrimSpace(value); {
	case len(line) == 0 && len(e.data) > 0:
		return false, nonsense(e.data)
	case len(line) == 0:
		return false, nil
	case len(name) == 0 || string(name) == "event" || string(name) == "id" || string(name) == "retry":
		e.spoken = true // a comment is a sign of life, and no more
		return false, nil
	case string(name) != "data" && string(name) != "error":
		if e.other == "" {
			e.other = string(line)
		}
		return false, nil
	}
	e.spoken = true
	if len(e.data) == 0 && len(value) == 0 {
		return false, nil
	}
	if len(e.data) == 0 && string(value) == "[DONE]" {
		return true, nil
	}
	e.data = append(e.data, value...)
	if !json.Valid(e.data) {
		e.data = append(e.data, '\n')
		if e.lines++; e.lines > mostLines {
			return false, nonsense(e.data)
		}
		return false, nil
	}
	whole := bytes.Clone(e.data)
	e.data, e.lines = e.data[:0], 0
	return false, e.take(whole)
}

// nonsense is the error of what is no JSON.
func nonsense(data []byte) error {
	return fmt.Errorf("%w in %q", json.Unmarshal(data, new(json.RawMessage)), data[:min(len(data), longestError)])
}

// splitLines splits at CR, LF and CRLF.
func splitLines(data []byte, atEOF bool) (advance int, token []byte, err error) {
	i := bytes.IndexAny(data, "\r\n")
	switch {
	case i < 0 && atEOF && len(data) > 0:
		return len(data), data, nil
	case i < 0:
		return 0, nil, nil
	case data[i] == '\r' && i+1 == len(data) && !atEOF:
		return 0, nil, nil // LF may follow
	case data[i] == '\r' && i+1 < len(data) && data[i+1] == '\n':
		return i + 2, data[:i], nil
	}
	return i + 1, data[:i], nil
}

// str is a JSON string, and empty for anything else.
func str(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// null says whether a member is left out, null or empty.
func null(raw json.RawMessage) bool {
	switch strings.TrimSpace(string(raw)) {
	case "", "null", `""`, "{}", "[]", "false":
		return true
	}
	return false
}

// content is the text of a message: a string, or a list of parts, of which
// those that are thoughts are left out. An object that is no part is the
// reply's own, which some servers have read already.
func content(raw json.RawMessage) string {
	var parts []json.RawMessage
	if json.Unmarshal(raw, &parts) == nil {
		var b strings.Builder
		for _, p := range parts {
			b.WriteString(content(p))
		}
		return b.String()
	}
	var part map[string]json.RawMessage
	if json.Unmarshal(raw, &part) != nil {
		return str(raw)
	}
	kind := str(part["type"])
	switch {
	case part["text"] != nil && (kind == "" || strings.HasSuffix(kind, "text")):
		return str(part["text"])
	case kind == "" && len(part) > 0:
		return string(raw)
	}
	return ""
}
