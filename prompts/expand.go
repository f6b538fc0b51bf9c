package prompts

import (
	"encoding/json"

	"summitbot/retrieval"
)

// Schemas of the replies to Questions and Notes, and their names.
var (
	QuestionsSchema json.RawMessage = mustRead("questions.schema.json")
	NotesSchema     json.RawMessage = mustRead("notes.schema.json")
)

// The names of the schemas.
const (
	QuestionsSchemaName = "questions"
	NotesSchemaName     = "notes"
)

// Questions asks for questions that a passage's sentences answer, to be
// written ahead of those of members.
func Questions(a *retrieval.Article, s *retrieval.Section, p *retrieval.Passage) Prompt {
	return Prompt{System: fill("questions.system.tmpl", nil), User: ofPassage(a, s, p), Schema: QuestionsSchema, SchemaName: QuestionsSchemaName, Whole: true}
}

// Notes asks how an article tells a passage's sentences: whose view each is, how
// sure, and what it leans on.
func Notes(a *retrieval.Article, s *retrieval.Section, p *retrieval.Passage) Prompt {
	return Prompt{System: fill("notes.system.tmpl", nil), User: ofPassage(a, s, p), Schema: NotesSchema, SchemaName: NotesSchemaName, Whole: true}
}

// ofPassage shows a passage's sentences with their ids.
func ofPassage(a *retrieval.Article, s *retrieval.Section, p *retrieval.Passage) string {
	type sentence struct{ ID, Text string }
	data := struct {
		Title, Heading string
		Sentences      []sentence
	}{line(a.Name), line(a.Slice(s.Heading)), nil}
	for _, at := range p.Sentences {
		data.Sentences = append(data.Sentences, sentence{at.ID, line(a.Slice(at.Span))})
	}
	return fill("passage.user.tmpl", data)
}
