package render

import (
	"summitbot/bot/discord/customid"
	"summitbot/bot/discord/markdown"
	"summitbot/bot/discord/object"
	"summitbot/bot/wording"
)

// A Form is a modal.
// https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-modal
type Form struct {
	CustomID   string             `json:"custom_id"`
	Title      string             `json:"title"` // 45 characters at most, as is a field's label
	Components []object.Component `json:"components"`
}

// The fields of the forms.
const (
	FieldQuestion = "question"
	FieldReason   = "reason"
	FieldWords    = "words"

	// MaxQuestion is how many characters a question may have.
	MaxQuestion = 1000

	maxTitle = 45
	maxWords = 1000
)

func field(label string, c object.Component) object.Component {
	return object.Component{Type: object.TypeLabel, Label: markdown.Clip(label, maxTitle), Component: &c}
}

// QuestionForm asks for a question, beginning with some words.
func QuestionForm(w *wording.Words, words string) Form {
	return Form{customid.ID{Verb: customid.AskForm}.String(), markdown.Clip(w.AskTitle, maxTitle), []object.Component{
		field(w.AskLabel, object.Component{Type: object.TypeInput, CustomID: FieldQuestion, Style: object.InputLong, MaxLength: MaxQuestion, Value: markdown.Clip(words, MaxQuestion)}),
	}}
}

// DownVoteForm asks what was wrong with the answer that a message shows.
func DownVoteForm(w *wording.Words, id customid.ID, message string) Form {
	no := false
	id.Verb, id.Message = customid.DownForm, message
	return Form{id.String(), markdown.Clip(w.DownTitle, maxTitle), []object.Component{
		field(w.DownReason, object.Component{Type: object.TypeSelect, CustomID: FieldReason, Options: []object.SelectOption{
			{Label: w.DownWrong, Value: "wrong"}, {Label: w.DownUnsupported, Value: "unsupported"}, {Label: w.DownMissing, Value: "missing"}, {Label: w.DownOther, Value: "other"},
		}}),
		field(w.DownWords, object.Component{Type: object.TypeInput, CustomID: FieldWords, Style: object.InputLong, MaxLength: maxWords, Required: &no}),
	}}
}
