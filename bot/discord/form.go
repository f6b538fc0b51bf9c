package discord

import (
	"summitbot/bot"
	"summitbot/bot/discord/markdown"
)

// A form is a modal.
// https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-modal
type form struct {
	CustomID   string      `json:"custom_id"`
	Title      string      `json:"title"` // 45 characters at most, as is a field's label
	Components []component `json:"components"`
}

// The fields of the forms.
const (
	fieldQuestion = "question"
	fieldReason   = "reason"
	fieldWords    = "words"

	maxTitle = 45
	maxWords = 1000
)

func field(label string, c component) component {
	return component{Type: typeLabel, Label: markdown.Clip(label, maxTitle), Component: &c}
}

// questionForm asks for a question, beginning with some words.
func questionForm(w *bot.Wording, words string) form {
	return form{customID{verb: askForm}.String(), markdown.Clip(w.AskTitle, maxTitle), []component{
		field(w.AskLabel, component{Type: typeInput, CustomID: fieldQuestion, Style: inputLong, MaxLength: maxQuestion, Value: markdown.Clip(words, maxQuestion)}),
	}}
}

// downVoteForm asks what was wrong with the answer that a message shows.
func downVoteForm(w *bot.Wording, id customID, message string) form {
	no := false
	id.verb, id.message = downForm, message
	return form{id.String(), markdown.Clip(w.DownTitle, maxTitle), []component{
		field(w.DownReason, component{Type: typeSelect, CustomID: fieldReason, Options: []selectOption{
			{w.DownWrong, "wrong"}, {w.DownUnsupported, "unsupported"}, {w.DownMissing, "missing"}, {w.DownOther, "other"},
		}}),
		field(w.DownWords, component{Type: typeInput, CustomID: fieldWords, Style: inputLong, MaxLength: maxWords, Required: &no}),
	}}
}
