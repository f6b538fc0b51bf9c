package prompts

import (
	"encoding/json"

	"summitbot/retrieval"
)

// QuestionsSchema is the JSON schema of the reply to Questions, and
// QuestionsSchemaName its name.
var QuestionsSchema json.RawMessage = mustRead("questions.schema.json")

// QuestionsSchemaName is the name of QuestionsSchema.
const QuestionsSchemaName = "questions"

// Questions asks for questions that a passage's sentences answer, to be
// written ahead of those of members.
func Questions(a *retrieval.Article, s *retrieval.Section, p *retrieval.Passage) Prompt {
	type sentence struct{ ID, Text string }
	data := struct {
		Title, Heading string
		Sentences      []sentence
	}{line(a.Name), line(a.Slice(s.Heading)), nil}
	for _, at := range p.Sentences {
		data.Sentences = append(data.Sentences, sentence{at.ID, line(a.Slice(at.Span))})
	}
	return Prompt{System: fill("questions.system.tmpl", nil), User: fill("questions.user.tmpl", data), Schema: QuestionsSchema, SchemaName: QuestionsSchemaName, Whole: true}
}
