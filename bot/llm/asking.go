package llm

import (
	"regexp"

	openai "github.com/sashabaranov/go-openai"
)

// A part is what of a request a server may refuse, by its name there.
type part string

// The parts. A request is complete without any of them.
const (
	jsonSchema          part = "json_schema" // of response_format, as jsonObject is
	jsonObject          part = "json_object"
	maxTokens           part = "max_tokens" // a request has one of these two at most
	maxCompletionTokens part = "max_completion_tokens"
	temperature         part = "temperature"
	streamOptions       part = "stream_options"
	systemRole          part = "the role system"
	streaming           part = "stream"
)

// suspects are the parts that are left out one after the other where a server
// refuses a request and does not say why, the likeliest first.
var suspects = []part{jsonSchema, jsonObject, streamOptions, temperature, maxTokens, maxCompletionTokens, systemRole}

// An asking is how a model is asked: with what its server is not known to
// refuse. A client has one, for it is of one model and one server.
type asking struct {
	mode  JSONMode
	fixed bool // the mode is the operator's, and stays
	// length is the part that says how long a reply may be, empty for none;
	// turned says that its twin was refused.
	length part
	turned bool
	// most is how many tokens a reply may have by the server, room how many it
	// has with its prompt, of which it counts rate a byte; 0 for unknown.
	most, room int
	rate       float64

	temperature, usage, stream, system bool
	// drafts says that the model writes drafts before its reply, which are told
	// from it in the end alone.
	drafts bool
}

// thinking matches the models that take no sampling settings and count what
// they think among the tokens of their reply. Others are found out.
var thinking = regexp.MustCompile(`^(o[134]|gpt-[56])\b`)

// newAsking is how a model is asked of which nothing is known but its name.
func newAsking(model string, mode JSONMode) asking {
	a := asking{mode: mode, fixed: mode != "", length: maxTokens, temperature: true, usage: true, stream: true, system: true}
	if mode == "" {
		a.mode = Schema
	}
	if thinking.MatchString(model) {
		a.length, a.temperature = maxCompletionTokens, false
	}
	return a
}

// has says whether a request has a part.
func (a asking) has(p part) bool {
	switch p {
	case jsonSchema:
		return a.mode == Schema
	case jsonObject:
		return a.mode == Object
	case maxTokens, maxCompletionTokens:
		return a.length == p
	case temperature:
		return a.temperature
	case streamOptions:
		return a.usage && a.stream
	case systemRole:
		return a.system
	case streaming:
		return a.stream
	}
	return false
}

// yields says whether a request has a part and may be without it: the mode that
// the operator has asked for stays.
func (a asking) yields(p part) bool {
	return a.has(p) && !(a.fixed && (p == jsonSchema || p == jsonObject))
}

// without is how to ask without a part, and what takes its place, in words.
func (a asking) without(p part) (asking, string) {
	now := "left out"
	switch p {
	case jsonSchema:
		a.mode, now = Object, string(jsonObject)
	case jsonObject:
		a.mode, now = Text, "the schema in the prompt"
	case maxTokens, maxCompletionTokens:
		a.length, now = a.twin(), string(a.twin())
		a.turned = true
		if a.length == "" {
			now = "left out"
		}
	case temperature:
		a.temperature = false
	case streamOptions:
		a.usage, now = false, "left out; the tokens are estimated"
	case systemRole:
		a.system, now = false, "instructions in the message of the user"
	case streaming:
		a.stream, now = false, "replies that come at once"
	}
	return a, now
}

// twin is the other name of the part that says how long a reply may be.
func (a asking) twin() part {
	switch {
	case a.turned:
		return ""
	case a.length == maxTokens:
		return maxCompletionTokens
	}
	return maxTokens
}

// inPrompt begins the schema where it stands in the prompt.
const inPrompt = "\n\nReply with one JSON object and nothing else. It is of this JSON schema:\n"

// request is the request as the server gets it.
func (a asking) request(model string, req Request) openai.ChatCompletionRequest {
	out := openai.ChatCompletionRequest{Model: model, Stream: a.stream && !req.Whole}
	system := req.System
	if req.Schema != nil && a.mode != Schema {
		system += inPrompt + string(req.Schema)
	}
	switch {
	case system == "":
	case a.system:
		out.Messages = append(out.Messages, openai.ChatCompletionMessage{Role: openai.ChatMessageRoleSystem, Content: system})
	default:
		req.User = system + "\n\n" + req.User
	}
	out.Messages = append(out.Messages, openai.ChatCompletionMessage{Role: openai.ChatMessageRoleUser, Content: req.User})
	switch a.length {
	case maxTokens:
		//lint:ignore SA1019 Ollama and other servers read nothing else
		out.MaxTokens = a.tokens(req)
	case maxCompletionTokens:
		out.MaxCompletionTokens = a.tokens(req)
	}
	if a.temperature {
		out.Temperature = 1e-6 // 0 would be left out, and mean 1
	}
	if out.Stream && a.has(streamOptions) {
		out.StreamOptions = &openai.StreamOptions{IncludeUsage: true}
	}
	switch {
	case req.Schema == nil || a.mode == Text:
	case a.mode == Object:
		out.ResponseFormat = &openai.ChatCompletionResponseFormat{Type: openai.ChatCompletionResponseFormatTypeJSONObject}
	default:
		out.ResponseFormat = &openai.ChatCompletionResponseFormat{
			Type:       openai.ChatCompletionResponseFormatTypeJSONSchema,
			JSONSchema: &openai.ChatCompletionResponseFormatJSONSchema{Name: req.SchemaName, Schema: req.Schema, Strict: true},
		}
	}
	return out
}

// leastReply is how many tokens a reply has to have room for; with less, it
// would be cut short.
const leastReply = 300

// tokens is how many tokens a reply may have.
func (a asking) tokens(req Request) int {
	n := req.MaxTokens
	if a.most > 0 {
		n = min(n, a.most)
	}
	if a.room > 0 {
		const around = 32 // tokens that a server puts around messages
		n = min(n, max(leastReply, a.room-around-int(a.rate*float64(promptBytes(req)))))
	}
	return n
}

func promptBytes(req Request) int { return len(req.System) + len(req.User) }

// namedBy is the part of a request that a server's words are about, empty for
// none. Only what the request has is looked for.
func (a asking) namedBy(words string, of []partName) part {
	for _, n := range of {
		if !n.words.MatchString(words) {
			continue
		}
		for _, p := range n.parts {
			if a.has(p) {
				return p
			}
		}
	}
	return ""
}

// A partName is how servers name parts.
type partName struct {
	parts []part
	words *regexp.Regexp
}

// partNames are the names of parts in the words of servers. What is named more
// narrowly comes first.
var partNames = []partName{
	{[]part{streamOptions}, regexp.MustCompile(`(?i)stream[_ ]?options|include_usage`)},
	{[]part{temperature}, regexp.MustCompile(`(?i)temperature|sampling param`)},
	{[]part{maxTokens, maxCompletionTokens}, regexp.MustCompile(`(?i)max[_ ]?(completion[_ ]?|new[_ ]?|output[_ ]?)?tokens`)},
	{[]part{systemRole}, regexp.MustCompile(`(?i)\bsystem\b.{0,40}\b(role|messages?|prompts?|instructions?)\b|\broles?\b.{0,60}\bsystem\b|roles must alternate|(developer|system) instruction|messages?[\[.]0\]?\.role`)},
	{[]part{jsonSchema, jsonObject}, regexp.MustCompile(`(?i)response[_ ]?(format|schema)|text\.format|json|schema|\bformat\b|grammar|structured|guided|constrain(t|ed)|xgrammar|outlines`)},
	{[]part{streaming}, regexp.MustCompile(`(?i)\bstream(ing|ed)?\b`)},
}

// partParams are the names of parts as the members of a request that an error
// names, such as "response_format.json_schema".
var partParams = []partName{
	{[]part{streamOptions}, regexp.MustCompile(`stream_options`)},
	{[]part{temperature}, regexp.MustCompile(`temperature$`)},
	{[]part{maxTokens, maxCompletionTokens}, regexp.MustCompile(`(?i)max_?(completion_?|output_?|new_?)?tokens$`)},
	{[]part{systemRole}, regexp.MustCompile(`messages\W.*\brole$|system_?instruction`)},
	{[]part{jsonSchema, jsonObject}, regexp.MustCompile(`(?i)response_?(format|schema)|text\.format|json_schema|^(body\.)?format`)},
	{[]part{streaming}, regexp.MustCompile(`(^|\.)stream$`)},
}
