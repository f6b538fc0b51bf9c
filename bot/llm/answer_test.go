package llm_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"summitbot/bot/llm"
	"summitbot/bot/llm/llmtest"
)

// The object that is asked for, and a draft of it.
const (
	object = `{"a":"Ünï","l":[{"x":1},{"y":"} ]"}]}`
	draft  = `{"a":"draft","l":[]}`
	// early is a draft of which a part is complete before the next one comes.
	early = `{"a":"draft","l":[{"x":0}]}`
)

// data is a stream of one chunk for each piece of content, which is JSON.
func data(pieces ...string) string {
	var b strings.Builder
	for _, p := range pieces {
		fmt.Fprintf(&b, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":%s}}]}\n\n", p)
	}
	return b.String()
}

// quoted is a text as JSON.
func quoted(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// ended is the last chunk of a stream.
func ended(finish string) string {
	return "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":" + finish + "}]}\n\ndata: [DONE]\n\n"
}

// raw is a stream as it is.
func raw(stream string) llmtest.Reply { return llmtest.Reply{Before: stream, Finish: "none"} }

// sent is a body as it is, of status 200.
func sent(kind, body string) llmtest.Reply {
	return llmtest.Reply{Status: 200, Body: body, Header: map[string]string{"Content-Type": kind}}
}

// However a server sends the object and whatever it calls its end, the object
// is the reply, and the only thing that is handed on.
func TestWholeObject(t *testing.T) {
	t.Parallel()
	whole, good := data(quoted(object)), data(quoted(object))+ended(`"stop"`)
	text := func(text string) llmtest.Reply { return llmtest.Reply{Text: text} }
	for name, r := range map[string]llmtest.Reply{
		"stop":        {Text: object},
		"eos":         {Text: object, Finish: "eos"},
		"STOP":        {Text: object, Finish: "STOP"},
		"end_turn":    {Text: object, Finish: "end_turn"},
		"COMPLETE":    {Text: object, Finish: "COMPLETE"},
		"tool_calls":  {Text: object, Finish: "tool_calls"},
		"error":       {Text: object, Finish: "error"},
		"no label":    {Text: object, Finish: "none"},
		"empty label": raw(whole + ended(`""`)),
		"null label":  raw(whole + ended(`null`)),
		"odd label":   raw(whole + ended(`7`)),
		"no DONE":     raw(strings.Replace(good, "data: [DONE]\n\n", "", 1)),
		"no usage":    {Text: object, NoUsage: true},

		"dropped after it":  {Text: object, Fault: llmtest.Drop, After: 10},
		"failure after it":  {Text: object, Fault: llmtest.Failure, After: 10},
		"garbage after it":  {Text: object, Fault: llmtest.Garbage, After: 10},
		"stalled after it":  {Text: object, Fault: llmtest.Stall, After: 10},
		"one byte at once":  {Text: object, Piece: 1},
		"all at once":       {Text: object, Piece: 1000},
		"blanks around":     text("\n\n " + object + "\n\n"),
		"a fence":           text("```json\n" + object + "\n```"),
		"a fence, unnamed":  text("```\n" + object + "\n```"),
		"words around":      text("Here it is: " + object + "\nAnything else?"),
		"brackets around":   text("Say {x}, {{y}} or { z }: " + object + " :-}"),
		"a draft before":    text("I might say " + draft + ", but better: " + object),
		"an early draft":    text("I might say " + early + ", but better: " + object),
		"a broken draft":    text(`{"a": no, wait.` + "\n" + object),
		"an unended draft":  text(`{"a":"Let me` + "\n" + object),
		"another object":    text(`{"note":{"a":"b"}} ` + object),
		"an object after":   text(object + ` {"note":1}`),
		"twice the same":    text(draft + object),
		"a mark of bytes":   text("\ufeff" + object),
		"a long list":       text(`{"a":"` + strings.Repeat("x", 5000) + `"}` + object),
		"think":             text("<think>\nI draft " + early + "\n</think>\n" + object),
		"thinking":          text("<thinking>\nI draft " + early + "\n</thinking>\n" + object),
		"thought":           text("<thought>" + early + "</thought>" + object),
		"Thought":           text("<Thought>" + early + "</THOUGHT>" + object),
		"reasoning":         text("<reasoning>" + early + "</reasoning>" + object),
		"THINK":             text("[THINK]" + early + "[/THINK]" + object),
		"begin_of_thought":  text("<|begin_of_thought|>" + early + "<|end_of_thought|>" + object),
		"kimi":              text("◁think▷" + early + "◁/think▷" + object),
		"harmony":           text("<|channel|>analysis<|message|>" + early + "<|end|><|start|>assistant<|channel|>final<|message|>" + object),
		"within each other": text("<think>a<think>b</think>" + early + "</think>" + object),
		"thoughts in turn":  text("<think>" + early + "</think><thought>" + early + "</thought>" + object),
		"thoughts after":    text(object + "<think>or " + early + "?</think>"),
		"thoughts inside":   text(`{"a":<think>hm</think>"Ünï",` + object[len(`{"a":"Ünï",`):]),
		"no beginning":      text("I draft " + early + "\n</think>\n" + object),
		"a bare beginning":  text(draft + "</think>" + object),
		"an end after it":   text(object + "</think>"),
		"no end":            text("<think>" + object),
		"no end, and words": text("<think>I think it is this:\n" + object),
		"a mark that is cut": {Text: "<think>" + early + "</think>" + object,
			Piece: 3},

		"parts":            raw(data(`[{"type":"text","text":`+quoted(object)+`}]`) + ended(`"stop"`)),
		"parts, thinking":  raw(data(`[{"type":"thinking","thinking":[{"type":"text","text":`+quoted(early)+`}]}]`, `[{"type":"text","text":`+quoted(object[:9])+`},{"type":"text","text":`+quoted(object[9:])+`}]`) + ended(`"stop"`)),
		"a part":           raw(data(`{"type":"output_text","text":`+quoted(object)+`}`) + ended(`"stop"`)),
		"an object":        raw(data(object) + ended(`"stop"`)),
		"null content":     raw(data("null", quoted(object), "null", `""`) + ended(`"stop"`)),
		"a null refusal":   raw(strings.ReplaceAll(good, `"delta":{`, `"delta":{"refusal":null,"tool_calls":[],"role":"assistant",`)),
		"reasoning fields": raw(`data: {"choices":[{"delta":{"content":"","reasoning":"hm"}}]}` + "\n\n" + `data: {"choices":[{"delta":{"content":null,"reasoning_content":` + quoted(early) + "}}]}\n\n" + good),
		"several choices":  raw(`data: {"choices":[{"index":1,"delta":{"content":"no"}},{"index":0,"delta":{"content":` + quoted(object[:9]) + `}},{"index":2,"delta":{"content":"nor this"},"finish_reason":"length"}]}` + "\n\n" + data(quoted(object[9:])) + ended(`"stop"`)),
		"no index":         raw(strings.ReplaceAll(good, `"index":0,`, "")),
		"said once more":   raw(whole + `data: {"object":"chat.completion","choices":[{"index":0,"message":{"content":` + quoted(object) + `},"finish_reason":"stop"}]}` + "\n\n"),
		"odd members":      raw(strings.ReplaceAll(good, `data: {`, `data: {"id":7,"model":null,"created":"now","usage":{"prompt_tokens":"many"},"error":null,"x":[{}],`)),
		"numbers, nothing": raw("data: 1\n\ndata: null\n\ndata: \"x\"\n\ndata: []\n\ndata: {}\n\n" + good),

		"CRLF":                raw(strings.ReplaceAll(good, "\n", "\r\n")),
		"CR":                  raw(strings.ReplaceAll(good, "\n", "\r")),
		"a byte order mark":   raw("\ufeff" + good),
		"blank lines first":   raw("\n\n\n" + good),
		"no blank":            raw(strings.ReplaceAll(good, "data: ", "data:")),
		"blanks":              raw(strings.ReplaceAll(good, "data: ", "data:   ")),
		"no blank lines":      raw(strings.ReplaceAll(good, "\n\n", "\n")),
		"no line's end":       raw(strings.TrimRight(strings.TrimSuffix(good, "data: [DONE]\n\n"), "\n")),
		"lines of one event":  raw("data: {\"choices\":[{\ndata: \"delta\":{\"content\":" + quoted(object) + "}\ndata: }]}\n\n" + ended(`"stop"`)),
		"names of events":     raw(strings.ReplaceAll(good, "data: ", "event: message\nid: 1\nretry: 10\ndata: ")),
		"keep-alives":         raw(strings.Repeat(": PROCESSING\n\n", 300) + good),
		"empty events":        raw("data:\n\nevent: ping\ndata: {}\n\n" + good),
		"lines of JSON":       raw(strings.ReplaceAll(strings.ReplaceAll(strings.Replace(good, "data: [DONE]", "", 1), "data: ", ""), "\n\n", "\n")),
		"a list of chunks":    sent("application/json", `[`+strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(whole), "data: "), "\n")+`]`),
		"whole":               llmtest.Whole(object),
		"whole, with a mark":  sent("application/json; charset=utf-8", "\ufeff\n"+llmtest.Whole(object).Body),
		"whole, as a stream":  sent("text/event-stream", llmtest.Whole(object).Body),
		"whole, as text":      sent("text/plain", llmtest.Whole("Sure: "+object).Body),
		"a stream, as JSON":   sent("application/json", good),
		"a stream, as a page": sent("text/html", good),
		"whole, as of old":    sent("application/json", `{"object":"text_completion","choices":[{"index":0,"text":`+quoted(object)+`,"finish_reason":"stop"}]}`),
		"whole, in parts":     sent("application/json", `{"choices":[{"message":{"content":[{"type":"text","text":`+quoted(object)+`}]},"finish_reason":"eos_token"}]}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := llmtest.New(t, r)
			c, log := client(t, srv, func(cfg *llm.Config) {
				if cfg.Timeout = time.Minute; r.Fault == llmtest.Stall {
					cfg.Timeout = time.Second
				}
			})
			reply, heard, err := ask(t, c)
			if err != nil || reply.Text != object || heard != object {
				t.Fatalf("the reply is %q, heard was %q, %v", reply.Text, heard, err)
			}
			if reply.PromptTokens == 0 || reply.CompletionTokens == 0 || !reply.Worked() {
				t.Errorf("it cost %+v", reply)
			}
			if n := len(srv.Requests()); n != 1 || log.Len() > 0 {
				t.Errorf("the server was asked %d times, the log is %s", n, log)
			}
		})
	}
}

// What is no whole object is no reply, whatever the server calls its end, and
// is not asked for again when the model came to that end by itself.
func TestNoObject(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		reply llmtest.Reply
		want  llm.Kind
		asked int
		mend  string
	}{
		"stop, and cut":        {llmtest.Reply{Text: object[:20]}, llm.CutShort, 1, "OPENAI_MODEL"},
		"eos, and cut":         {llmtest.Reply{Text: object[:20], Finish: "eos"}, llm.CutShort, 1, ""},
		"no label, and cut":    {llmtest.Reply{Text: object[:20], Finish: "none"}, llm.CutShort, 3, ""},
		"a draft, and cut":     {llmtest.Reply{Text: draft + "</think>" + object[:20]}, llm.CutShort, 1, ""},
		"an early draft":       {llmtest.Reply{Text: early + "</think>" + object}, llm.CutShort, 1, ""},
		"length":               {llmtest.Reply{Text: object, Finish: "length"}, llm.TooLong, 1, "CONTEXT_TOKENS"},
		"MAX_TOKENS":           {llmtest.Reply{Text: object, Finish: "MAX_TOKENS"}, llm.TooLong, 1, ""},
		"content_filter":       {llmtest.Reply{Text: object, Finish: "content_filter"}, llm.Refused, 1, "OPENAI_MODEL"},
		"SAFETY":               {llmtest.Reply{Text: object[:9], Finish: "SAFETY"}, llm.Refused, 1, ""},
		"a refusal":            {raw(`data: {"choices":[{"delta":{"refusal":"I can"}}]}` + "\n\n" + `data: {"choices":[{"delta":{"refusal":"not"}}]}` + "\n\n" + ended(`"stop"`)), llm.Refused, 1, ""},
		"a refusal, whole":     {sent("application/json", `{"choices":[{"message":{"content":null,"refusal":"I cannot"},"finish_reason":"stop"}]}`), llm.Refused, 1, ""},
		"a tool call":          {raw(`data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{}"}}]}}]}` + "\n\n" + ended(`"tool_calls"`)), llm.Garbled, 1, "OPENAI_BASE_URL"},
		"thoughts alone":       {llmtest.Reply{Text: "<think>hm</think>\n"}, llm.CutShort, 1, ""},
		"thoughts in a field":  {raw(`data: {"choices":[{"delta":{"reasoning":"hm"}}]}` + "\n\n" + ended(`"stop"`)), llm.CutShort, 1, ""},
		"a page":               {sent("text/html", "<!DOCTYPE html><html><title>Sign\nin</title>"), llm.Garbled, 3, "OPENAI_BASE_URL"},
		"a page, as a stream":  {sent("text/event-stream", "\n<html>Sign in"), llm.Garbled, 3, ""},
		"a text":               {sent("text/plain", "Ollama is running"), llm.Garbled, 3, ""},
		"nothing":              {sent("application/json", ""), llm.CutShort, 3, ""},
		"a status of no use":   {llmtest.Reply{Status: 304}, llm.Garbled, 3, ""},
		"half a completion":    {sent("application/json", llmtest.Whole(object).Body[:80]), llm.CutShort, 3, ""},
		"no choices":           {sent("application/json", `{"choices":[],"usage":{"prompt_tokens":3}}`), llm.CutShort, 5, ""},
		"another protocol":     {sent("application/json", `{"result":"`+strings.Repeat("x", 200)+`"}`), llm.CutShort, 5, ""},
		"10 MB":                {raw(data(quoted(`{"a":"`+strings.Repeat("x", 10<<20))) + ended(`"stop"`)), llm.TooLong, 1, ""},
		"10 MB of blanks":      {raw(strings.Repeat(strings.Repeat(" ", 1<<20)+"\n", 10)), llm.TooLong, 1, ""},
		"10 MB of keep-alives": {raw(strings.Repeat(": x\n\n", 2<<20)), llm.TooLong, 1, ""},
		"10 MB of thoughts":    {raw(strings.Repeat(data(quoted("<think>"+strings.Repeat("x", 1<<20))), 10)), llm.TooLong, 1, ""},
		"500,000 brackets":     {llmtest.Reply{Text: "x" + strings.Repeat(`{"a":`, 50_000), Piece: 5000}, llm.CutShort, 1, ""},
		"an error for a mark":  {raw("data: {\"error\":{\"message\":\"boom\"}}\n\n"), llm.Unavailable, 3, ""},
		"an error in a field":  {raw("error: {\"error\":{\"code\":500,\"message\":\"boom\"}}\n\n"), llm.Unavailable, 3, ""},
		"an error of vLLM's":   {raw("data: {\"object\":\"error\",\"message\":\"boom\",\"code\":400}\n\n"), llm.BadRequest, 8, ""},
		"an error as a text":   {raw("event: error\ndata: upstream is gone\n\n"), llm.Garbled, 3, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := llmtest.New(t, c.reply)
			cl, log := client(t, srv, func(cfg *llm.Config) { cfg.Timeout = time.Minute })
			reply, heard, err := ask(t, cl)
			e, ok := errors.AsType[*llm.Error](err)
			if !ok || e.Kind != c.want || !strings.Contains(e.Mend(), c.mend) {
				t.Errorf("the error is %v, want %s", err, c.want)
			}
			if strings.Contains(heard, "hm") || strings.Contains(heard, "draft") && name != "an early draft" {
				t.Errorf("heard was %q", heard)
			}
			if n := len(srv.Requests()); n != c.asked {
				t.Errorf("the server was asked %d times, want %d", n, c.asked)
			}
			if reply.CompletionTokens > 100*c.asked { // which is what each was allowed to have
				t.Errorf("it has cost %d tokens", reply.CompletionTokens)
			}
			if n := strings.Count(log.String(), "level=WARN"); n != 1 || len(log.String()) > 4000 {
				t.Errorf("it logged %s", log)
			}
		})
	}
}

// Of a model whose draft was taken for its reply once, no draft is again.
func TestDraftsAreAwaited(t *testing.T) {
	t.Parallel()
	srv := llmtest.New(t, llmtest.Reply{Text: early + "</think>" + object})
	c, log := client(t, srv, nil)
	if _, _, err := ask(t, c); !kind(err, llm.CutShort) {
		t.Errorf("the first time: %v", err)
	}
	for range 2 {
		if reply, heard, err := ask(t, c); err != nil || heard != object || reply.Text != object {
			t.Errorf("heard was %q, %v", heard, err)
		}
	}
	if n := strings.Count(log.String(), "writes drafts"); n != 1 {
		t.Errorf("it logged %s", log)
	}
}

// A keep-alive is a sign of life: the time for a reply alone ends it.
func TestKeepAlives(t *testing.T) {
	t.Parallel()
	for name, alive := range map[string]time.Duration{"in time": 1200 * time.Millisecond, "too late": time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := llmtest.New(t, llmtest.Reply{Before: ": PROCESSING\n\n", Quiet: min(alive, 3*time.Second), Text: object})
			c, _ := client(t, srv, nil)
			_, heard, err := ask(t, c)
			if late := alive > 2*time.Second; late != kind(err, llm.TimedOut) || !late && heard != object {
				t.Errorf("heard was %q, %v", heard, err)
			}
		})
	}
}

// A server that leaves the connection open after the end of a reply keeps
// nobody waiting.
func TestOpenEnd(t *testing.T) {
	t.Parallel()
	for name, stream := range map[string]string{
		"after DONE": data(quoted(object)) + ended(`"stop"`),
		"after stop": data(quoted(object)) + strings.TrimSuffix(ended(`"stop"`), "data: [DONE]\n\n"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := client(t, llmtest.New(t, llmtest.Reply{Before: stream, Quiet: time.Hour}), func(cfg *llm.Config) { cfg.Timeout = time.Hour })
			if _, heard, err := ask(t, c); err != nil || heard != object {
				t.Errorf("heard was %q, %v", heard, err)
			}
		})
	}
}

// What is complete of the object is handed on while the rest is written.
func TestPartsAreHandedOn(t *testing.T) {
	t.Parallel()
	srv := llmtest.New(t, llmtest.Reply{Text: "```json\n" + object + "\n```", Piece: 1})
	c, _ := client(t, srv, nil)
	var parts []string
	_, err := c.Stream(t.Context(), llm.Request{Schema: schema, SchemaName: "answer", MaxTokens: 9}, func(text string) error {
		parts = append(parts, text)
		return nil
	})
	if got, want := strings.Join(parts, "|"), `{"a":"Ünï","l":[{"x":1}|,{"y":"} ]"}|]}`; err != nil || got != want {
		t.Errorf("handed on was %s, want %s, %v", got, want, err)
	}
}
