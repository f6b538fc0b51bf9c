// Package prompts holds the words for the model: templates, the schema of its
// reply, and one function for each thing that is asked of it.
//
// The system part of every prompt begins with the same instructions and the
// same passages, as long as the articles fit into the budget, so that a
// server that keeps the beginnings of prompts has to read them once. What
// members typed comes last, between marks that it cannot hold itself
// ("spotlighting": Hines et al., "Defending Against Indirect Prompt Injection
// Attacks With Spotlighting", 2024).
package prompts

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"text/template"
)

//go:embed *.tmpl *.schema.json
var files embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"mark": mark,
	"inc":  func(n int) int { return n + 1 },
}).ParseFS(files, "*.tmpl"))

// Schema is the JSON schema of the reply to a question or a list, strict: the
// draft. Its sentences come before the words that rest on them.
var Schema json.RawMessage = mustRead("answer.schema.json")

// SchemaName is the name of Schema, for servers that want one.
const SchemaName = "answer"

func mustRead(name string) []byte {
	data, err := files.ReadFile(name)
	if err != nil {
		panic(err) // it is embedded
	}
	return data
}

// Version changes with the words and the schema, so that answers which were
// kept are not taken for answers to another prompt.
var Version = version()

func version() string {
	sum := sha256.New()
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err) // they are embedded
	}
	for _, e := range entries {
		switch begin, _, _ := strings.Cut(e.Name(), "."); begin {
		case "questions", "notes", "passage": // which answers do not depend on
		default:
			sum.Write(mustRead(e.Name()))
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:6])
}

// A Prompt is what is sent to a model.
type Prompt struct {
	System, User string
	// Schema is the JSON schema of the reply and SchemaName its name; nil for a
	// reply in plain text.
	Schema     json.RawMessage
	SchemaName string
	// Whole says that the reply is of no use until it is whole, so that it need
	// not be streamed.
	Whole bool
}

// draft is a prompt whose reply is a draft.
func draft(system, user string) Prompt {
	return Prompt{System: system, User: user, Schema: Schema, SchemaName: SchemaName}
}

// marshal is JSON in which strings stand as they are.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

// Answer asks for an answer to a member's question from the passages. History
// holds the earlier questions of the same conversation, oldest first.
func Answer(shown Passages, question string, history []string) Prompt {
	return draft(system(shown), fill("answer.user.tmpl", struct {
		Question string
		History  []string
	}{question, history}))
}

// An Item is an item of a list of the article's: its text, and the ids of its
// sentences.
type Item struct {
	Text      string
	Sentences []string
}

// List asks for a list's items in other words. Style says in which, such as
// "briefly".
func List(shown Passages, items []Item, style string) Prompt {
	type item struct{ Text, Sentences string }
	var all []item
	for _, i := range items {
		all = append(all, item{i.Text, strings.Join(i.Sentences, ", ")})
	}
	return draft(system(shown), fill("list.user.tmpl", struct {
		Items []item
		Style string
	}{all, style}))
}

// system is the part that all prompts over the same passages begin with.
func system(shown Passages) string {
	return fill("answer.system.tmpl", struct {
		Articles          int
		Example, Passages string
	}{max(1, len(shown.articles)), shown.example(), shown.String()})
}

// fill fills a template. Its data is of this package's making, so that it
// cannot fail.
func fill(name string, data any) string {
	var b strings.Builder
	if err := templates.ExecuteTemplate(&b, name, data); err != nil {
		panic(fmt.Sprintf("prompts: %v", err))
	}
	return b.String()
}

// mark puts a stranger's text between two marks that it does not hold: they
// are made of its own hash.
func mark(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	sum := sha256.Sum256([]byte(text))
	name := hex.EncodeToString(sum[:4])
	return fmt.Sprintf("<<%s>> %s <</%s>>", name, text, name)
}
