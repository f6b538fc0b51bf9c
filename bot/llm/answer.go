package llm

import (
	"encoding/json"
	"fmt"
	"strings"
)

// An answer gathers a reply as it comes, and judges in the end whether it is
// whole. Plain text is handed on at once. Of a JSON object, each object within
// it is when it ends, and the rest when no other one has come that is the
// reply: models think aloud, and draft.
type answer struct {
	schema json.RawMessage // nil for plain text
	hand   func(string) error

	thoughts thoughts
	came     strings.Builder // what came, without thoughts
	// begin is where the object begins that is handed on, -1 for none; text up
	// to scanned is read, and up to handed is handed on.
	begin, scanned, handed int
	scan                   scan
	lead                   int  // where the text after the last thought begins
	waits                  bool // what begins there is not handed on before the end
	drafts                 bool // nothing is: the model is known to draft

	finish   string // the finish_reason
	refusal  string
	received int  // bytes, thoughts among them
	whole    bool // the server said that it is done
	tools    bool // it calls tools
}

func newAnswer(schema json.RawMessage, hand func(string) error) *answer {
	return &answer{schema: schema, hand: hand, begin: -1}
}

// begun says whether something was handed on.
func (a *answer) begun() bool { return a.handed > 0 }

// write takes the next piece. An error of hand's is an abort.
func (a *answer) write(piece string) error {
	a.received += len(piece)
	for i, part := range a.thoughts.cut(piece) {
		if i > 0 && !a.begun() { // what came before was thought
			a.lead, a.begin, a.waits = a.came.Len(), -1, false
		}
		a.came.WriteString(part)
	}
	if a.came.Len() > longestReply {
		return &Error{Kind: TooLong, Detail: fmt.Sprintf("more than %d bytes", longestReply)}
	}
	return a.pass()
}

// pass hands on what can be.
func (a *answer) pass() error {
	text := a.came.String()
	if a.schema == nil {
		return a.handOn(text, len(text))
	}
	if a.drafts || a.waits || a.begin < 0 && !a.starts() {
		return nil
	}
	safe := a.handed
	for ; a.scanned < len(text) && !a.scan.closed; a.scanned++ {
		if a.scan.next(text[a.scanned]) {
			safe = a.scanned + 1
		}
	}
	if safe > 0 && !a.begun() && !promises(text[a.begin:safe], a.schema) {
		a.waits = true
		return nil
	}
	return a.handOn(text, safe)
}

// starts says whether the object begins at once, or in a fence of Markdown's.
// An object after other words may be one that is only thought about: it has to
// wait for the end.
func (a *answer) starts() bool {
	rest := strings.TrimLeft(a.came.String()[a.lead:], " \t\r\n"+byteOrderMark)
	if fenced, ok := strings.CutPrefix(rest, "```"); ok {
		rest = strings.TrimLeft(strings.TrimPrefix(fenced, "json"), " \t\r\n")
	}
	if !strings.HasPrefix(rest, "{") {
		a.waits = rest != "" && rest[0] != '`' && !strings.HasPrefix("json", rest)
		return false
	}
	a.begin = a.came.Len() - len(rest)
	a.scanned, a.handed, a.scan = a.begin, 0, scan{}
	return true
}

// handOn hands on a text from where it was handed on to an end.
func (a *answer) handOn(text string, end int) error {
	from := a.handed
	if from == 0 {
		from = max(0, a.begin)
	}
	if end <= from {
		return nil
	}
	a.handed = end
	if err := a.hand(text[from:end]); err != nil {
		return abort{err}
	}
	return nil
}

// How servers name the ends of replies, beside "stop".
var (
	tooLong  = map[string]bool{"length": true, "max_tokens": true, "max_output_tokens": true, "model_length": true, "max_length": true}
	filtered = map[string]bool{"content_filter": true, "safety": true, "recitation": true, "blocklist": true, "prohibited_content": true, "sensitive": true, "refusal": true}
	calling  = map[string]bool{"tool_calls": true, "tool_use": true, "function_call": true}
	broken   = map[string]bool{"": true, "error": true, "abort": true, "cancelled": true, "network_error": true}
)

// close says what the reply is, and hands on what of it was held back. Ended is
// why no more came, nil where the stream came to its end.
func (a *answer) close(ended error) (text string, err error) {
	a.came.WriteString(a.thoughts.rest())
	finish := strings.ToLower(a.finish)
	itself := a.whole || !broken[finish] // the end is the model's
	switch {
	case a.refusal != "":
		err = &Error{Kind: Refused, Detail: a.refusal, said: true}
	case tooLong[finish]:
		err = &Error{Kind: TooLong, Detail: "it came to the limit of tokens", ended: true}
	case filtered[finish]:
		err = &Error{Kind: Refused, Detail: "a content filter cut it off", ended: true}
	case a.schema == nil && itself: // of a plain text, the server alone knows whether it is whole
		err = a.pass()
	case a.schema == nil:
		err = cut(ended)
	default:
		return a.object(ended, itself && ended == nil)
	}
	return a.came.String(), err
}

// cut is the error of a reply that was not ended by the model.
func cut(ended error) error {
	if ended != nil {
		return ended
	}
	return &Error{Kind: CutShort, Detail: "the stream ended without a finish_reason"}
}

// object judges a reply that has to be an object, by the object: servers give
// the ends of replies many names, or none, and say "stop" of what was cut.
func (a *answer) object(ended error, itself bool) (text string, err error) {
	text = a.came.String()
	formed, any, unfinished := objects(text, a.schema)
	if formed.end == 0 && itself {
		formed = any
	}
	if thought := a.thoughts.last.String(); itself && a.thoughts.deep > 0 && strings.TrimSpace(text) == "" {
		// The thoughts did not end: servers begin them for the model, and
		// some then hold it to the form.
		if in, _, _ := objects(thought, a.schema); in.end > 0 {
			text, formed = thought, in
		}
	}
	switch {
	case formed.end > 0 && !unfinished && a.begun() && a.begin != formed.begin:
		return text, &Error{Kind: CutShort, Detail: "the model began its reply a second time", ended: true, twice: true}
	case formed.end > 0 && !unfinished:
		a.begin = formed.begin
		return text[formed.begin:formed.end], a.handOn(text, formed.end)
	case !itself && !unfinished:
		return text, cut(ended)
	case ended != nil:
		return text, ended
	case unfinished || a.begun():
		return text, &Error{Kind: CutShort, Detail: "the reply ends within its object", ended: itself}
	}
	return a.formless(text)
}

// formless judges a reply without an object that the model has ended.
func (a *answer) formless(text string) (string, error) {
	switch {
	case a.tools || calling[strings.ToLower(a.finish)]:
		return text, &Error{Kind: Garbled, Detail: "it calls a tool, and none was offered", ended: true}
	case strings.TrimSpace(text) != "":
		a.begin = 0
		return text, a.handOn(text, len(text)) // whoever asked will see that it has not the form
	case a.received > 0:
		return "", &Error{Kind: CutShort, Detail: "the model only thought, and gave no reply", ended: true}
	}
	return "", &Error{Kind: CutShort, Detail: "the reply is empty", empty: true}
}
