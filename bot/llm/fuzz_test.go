package llm

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// fuzzed is a client to read with, and its request.
func fuzzed(t testing.TB) (*Client, Request) {
	c, err := New(Config{BaseURL: "http://127.0.0.1:1/v1", Model: "m", Key: "sk-fuzz-4711"})
	if err != nil {
		t.Fatal(err)
	}
	return c, Request{System: "s", User: "u", SchemaName: "x",
		Schema: json.RawMessage(`{"type":"object","properties":{"a":{}},"required":["a"]}`)}
}

// hear reads a reply and returns what was handed on too.
func hear(c *Client, req Request, body io.Reader) (reply Reply, heard string, err error) {
	reply, err = c.read(body, req, c.now(), func() {}, func(text string) error { heard += text; return nil })
	return reply, heard, err
}

// FuzzStream reads whatever a server may send. A reply without an error is what
// was handed on, and a whole object if it has the form of one; an error is an
// *Error; and in what pieces it comes makes no difference to either.
func FuzzStream(f *testing.F) {
	for _, seed := range []string{
		"data: {\"choices\":[{\"delta\":{\"content\":\"{\\\"a\\\":1}\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
		"\ufeff: x\r\n\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"<think>{\\\"a\\\":0}\"}}]}\r\n\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"</think>{\\\"a\\\":[{}]\"}}]}\n\n",
		"{\"choices\":[{\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"{}\"}]}}],\"usage\":{\"prompt_tokens\":1e9}}",
		"[{\"error\":{\"code\":429,\"message\":\"slow\",\"details\":[{\"retryDelay\":\"3s\"}]}}]",
		"event: error\ndata: {\"object\":\"error\",\"message\":\"{\\\"error\\\":\\\"x\\\"}\"}\n\n", "<html><title>x</title>", "data: }{\n\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		c, req := fuzzed(t)
		reply, heard, err := hear(c, req, bytes.NewReader(body))
		judge(t, req, reply, heard, err)
		again, heardAgain, errAgain := hear(c, req, iotest.OneByteReader(bytes.NewReader(body)))
		if (err == nil) != (errAgain == nil) || reply.Text != again.Text || heard != heardAgain {
			t.Errorf("at once: %q %q %v\nbyte by byte: %q %q %v", reply.Text, heard, err, again.Text, heardAgain, errAgain)
		}
	})
}

// judge fails the test if what was read cannot be.
func judge(t *testing.T, req Request, reply Reply, heard string, err error) {
	t.Helper()
	formed, _, unfinished := objects(reply.Text, req.Schema)
	switch {
	case reply.PromptTokens < 0 || reply.CompletionTokens < 0 || reply.CachedTokens < 0:
		t.Errorf("it cost %+v", reply)
	case err == nil && heard != reply.Text:
		t.Errorf("the reply is %q, handed on was %q", reply.Text, heard)
	case err == nil && unfinished:
		t.Errorf("%q is not whole", reply.Text)
	case err == nil && formed.end > 0 && !json.Valid([]byte(reply.Text)):
		t.Errorf("%q is an object and more", reply.Text)
	case err != nil:
		e, ok := errors.AsType[*Error](err)
		if !ok || mends[e.Kind] == "" || len(e.Detail) > longestDetail+3 || strings.Contains(e.Error(), "sk-fuzz-4711") {
			t.Errorf("the error is %#v", err)
		}
	}
}

// FuzzContent reads a text that a model may write, in pieces of some size.
// What is handed on early is a part of the reply in the end, or there is none.
func FuzzContent(f *testing.F) {
	for _, seed := range []string{
		`{"a":1}`, "<think>{\"a\":0}</think>{\"a\":[{\"b\":2}]}", "```json\n{\"a\":{}}\n```", "x {\"a\":{}} y {\"a\":{\"b\":{}}", "[THINK]◁think▷<|channel|>analysis<think></think>{\"a\":{}}</think>",
	} {
		f.Add(seed, 3)
	}
	f.Fuzz(func(t *testing.T, text string, size int) {
		c, req := fuzzed(t)
		var stream strings.Builder
		size = min(max(size, 1), 1000)
		for rest := []rune(text); len(rest) > 0; rest = rest[min(size, len(rest)):] {
			piece, err := json.Marshal(string(rest[:min(size, len(rest))]))
			if err != nil {
				t.Fatal(err)
			}
			stream.WriteString(`data: {"choices":[{"delta":{"content":` + string(piece) + "}}]}\n\n")
		}
		reply, heard, err := hear(c, req, strings.NewReader(stream.String()+"data: [DONE]\n\n"))
		judge(t, req, reply, heard, err)
		if err == nil && !strings.Contains(string([]rune(text)), heard) && !strings.ContainsAny(text, "<[◁") {
			t.Errorf("%q is not of %q", heard, text)
		}
	})
}

// FuzzRefusal reads whatever a server may say in the place of a reply. It is an
// error of some kind, whose words are bounded and hold no key.
func FuzzRefusal(f *testing.F) {
	f.Add(400, []byte(`{"error":{"message":"Unsupported parameter: 'max_tokens'","param":"max_tokens","code":"unsupported_parameter"}}`))
	f.Add(422, []byte(`{"detail":[{"loc":["body","messages",0,"role"],"msg":"Input should be 'user'"}]}`))
	f.Add(500, []byte(`{"error":"{\"error\":\"{\\\"message\\\":\\\"failed to parse grammar\\\"}\"}"}`))
	f.Add(413, []byte("<html><title>413</title>"))
	f.Add(429, []byte(`[{"error":{"details":[{"retryDelay":"-3s"}],"message":"Limit 6,000, Requested 9,000"}}]`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		c, req := fuzzed(t)
		r := readRefusal(status, nil, body)
		e := c.refusedBy(r, c.now())
		judge(t, req, Reply{}, "", e)
		if r.room < 0 || r.prompt < 0 || r.wanted < 0 {
			t.Errorf("it tells %+v", r)
		}
		if next, _, ok := c.otherwise(c.now(), req, e); ok && next == newAsking("m", "") {
			t.Errorf("%q changes nothing", body)
		}
	})
}
