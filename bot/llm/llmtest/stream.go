package llmtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
	"unicode/utf8"
)

// A stream is a response of server-sent events.
type stream struct {
	w     http.ResponseWriter
	done  <-chan struct{} // closed when the client has gone
	model string
}

// A chunk is one event of a stream.
type chunk struct {
	ID      string   `json:"id"`
	Object  string   `json:"object"`
	Created int64    `json:"created"`
	Model   string   `json:"model"`
	Choices []choice `json:"choices"`
	Usage   *usage   `json:"usage,omitempty"`
}

type choice struct {
	Index  int    `json:"index"`
	Delta  delta  `json:"delta"`
	Finish string `json:"finish_reason,omitempty"`
}

type delta struct {
	Content string `json:"content,omitempty"`
}

type usage struct {
	Prompt     int `json:"prompt_tokens"`
	Completion int `json:"completion_tokens"`
	Total      int `json:"total_tokens"`
}

// whole sends a reply in one piece, as a request has it that wants no stream.
func (s stream) whole(r Reply, asked int) {
	s.wait(r.Quiet)
	finish := r.Finish
	if finish == "" {
		finish = "stop"
	}
	u := usage{Prompt: asked / bytesPerToken, Completion: len(r.Text) / bytesPerToken}
	u.Total = u.Prompt + u.Completion
	body, err := json.Marshal(map[string]any{
		"id": "chatcmpl-1", "object": "chat.completion", "created": time.Now().Unix(), "model": s.model, "usage": u,
		"choices": []any{map[string]any{"index": 0, "finish_reason": finish, "message": map[string]any{"role": "assistant", "content": r.Text}}},
	})
	if err != nil {
		panic(err)
	}
	s.raw(string(body))
}

// send sends a reply to a request of the given length in bytes.
func (s stream) send(r Reply, asked int) {
	s.raw(r.Before)
	if !s.wait(r.Quiet) {
		return
	}
	pieces := 0
	for text := r.Text; text != ""; pieces++ {
		if r.Fault != "" && pieces == r.After {
			break
		}
		n := max(r.Piece, 1)
		if r.Piece == 0 {
			n = 4
		}
		n = min(n, len(text))
		for n < len(text) && !utf8.RuneStart(text[n]) {
			n++
		}
		s.event(chunk{Choices: []choice{{Delta: delta{Content: text[:n]}}}})
		text = text[n:]
		if text != "" && !s.wait(r.Pace) {
			return
		}
	}
	if r.Fault != "" {
		s.fault(r.Fault)
		return
	}
	switch r.Finish {
	case "none":
		return
	case "":
		r.Finish = "stop"
	}
	s.event(chunk{Choices: []choice{{Finish: r.Finish}}})
	if !r.NoUsage {
		u := usage{Prompt: asked / bytesPerToken, Completion: pieces}
		u.Total = u.Prompt + u.Completion
		s.event(chunk{Choices: []choice{}, Usage: &u})
	}
	s.raw("data: [DONE]\n\n")
}

// fault makes the stream go wrong.
func (s stream) fault(f Fault) {
	switch f {
	case Drop:
		panic(http.ErrAbortHandler)
	case Stall:
		<-s.done
	case Garbage:
		s.raw("data: {\"choices\":[{\"delta\":{\"content\":\"\n\n")
		s.raw("data: }{\n\n")
	case Failure:
		s.raw("data: {\"error\":{\"message\":\"the model has crashed\",\"type\":\"server_error\"}}\n\n")
	case Endless:
		for s.wait(time.Millisecond) {
			s.event(chunk{Choices: []choice{{Delta: delta{Content: "and so on "}}}})
		}
	}
}

// wait waits, and reports whether the client is still there.
func (s stream) wait(pace time.Duration) bool {
	if pace == 0 {
		select {
		case <-s.done:
			return false
		default:
			return true
		}
	}
	select {
	case <-s.done:
		return false
	case <-time.After(pace):
		return true
	}
}

// event sends one chunk.
func (s stream) event(c chunk) {
	c.ID, c.Object, c.Created, c.Model = "chatcmpl-1", "chat.completion.chunk", time.Now().Unix(), s.model
	body, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	s.raw(fmt.Sprintf("data: %s\n\n", body))
}

func (s stream) raw(text string) {
	if text == "" {
		return
	}
	io.WriteString(s.w, text)
	if f, ok := s.w.(http.Flusher); ok {
		f.Flush()
	}
}

// Whole is a reply that comes at once, as servers send it that were not asked
// for a stream, or do not know streams.
func Whole(text string) Reply {
	type message struct {
		Role    string `json:"role"`
		Content string `json:"content"`
	}
	type choice struct {
		Index   int     `json:"index"`
		Message message `json:"message"`
		Finish  string  `json:"finish_reason"`
	}
	body, err := json.Marshal(struct {
		ID      string   `json:"id"`
		Object  string   `json:"object"`
		Model   string   `json:"model"`
		Choices []choice `json:"choices"`
		Usage   usage    `json:"usage"`
	}{"chatcmpl-1", "chat.completion", "tiny", []choice{{0, message{"assistant", text}, "stop"}}, usage{7, 5, 12}})
	if err != nil {
		panic(err)
	}
	return Reply{Status: http.StatusOK, Body: string(body)}
}
