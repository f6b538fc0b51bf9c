package discord

import (
	"summitbot/bot"
	"summitbot/bot/discord/markdown"
	"summitbot/bot/discord/object"
)

// A form is a modal.
// https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-modal
type form struct {
	CustomID   string             `json:"custom_id"`
	Title      string             `json:"title"` // 45 characters at most, as is a field's label
	Components []object.Component `json:"components"`
}

// The fields of the forms.
const (
	fieldQuestion = "question"
	fieldReason   = "reason"
	fieldWords    = "words"

	maxTitle = 45
	maxWords = 1000
)

func field(label string, c object.Component) object.Component {
	return object.Component{Type: object.TypeLabel, Label: markdown.Clip(label, maxTitle), Component: &c}
}

// questionForm asks for a question, beginning with some words.
func questionForm(w *bot.Wording, words string) form {
	return form{customID{verb: askForm}.String(), markdown.Clip(w.AskTitle, maxTitle), []object.Component{
		field(w.AskLabel, object.Component{Type: object.TypeInput, CustomID: fieldQuestion, Style: object.InputLong, MaxLength: maxQuestion, Value: markdown.Clip(words, maxQuestion)}),
	}}
}

// downVoteForm asks what was wrong with the answer that a message shows.
func downVoteForm(w *bot.Wording, id customID, message string) form {
	no := false
	id.verb, id.message = downForm, message
	return form{id.String(), markdown.Clip(w.DownTitle, maxTitle), []object.Component{
		field(w.DownReason, object.Component{Type: object.TypeSelect, CustomID: fieldReason, Options: []object.SelectOption{
			{Label: w.DownWrong, Value: "wrong"}, {Label: w.DownUnsupported, Value: "unsupported"}, {Label: w.DownMissing, Value: "missing"}, {Label: w.DownOther, Value: "other"},
		}}),
		field(w.DownWords, object.Component{Type: object.TypeInput, CustomID: fieldWords, Style: object.InputLong, MaxLength: maxWords, Required: &no}),
	}}
}
