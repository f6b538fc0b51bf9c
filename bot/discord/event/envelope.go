package event

import (
	"encoding/json"
	"fmt"

	"summitbot/bot"
	"summitbot/bot/discord/object"
	"summitbot/bot/discord/render"
	"summitbot/bot/queue"
	"summitbot/bot/wording"
	"summitbot/retrieval"
)

// An Envelope is all that is needed to answer a question in another process, or
// after a restart: what is asked, and by which event. It is kept as JSON in the
// row's Event.
type Envelope struct {
	Question    bot.Question        `json:"question"`
	Message     *object.Message     `json:"message,omitempty"`     // that asks
	Interaction *object.Interaction `json:"interaction,omitempty"` // or that does
	Alone       bool                `json:"alone,omitempty"`       // only the asker sees the answer
}

// OfMessage is a question that a message asks.
func OfMessage(m object.Message, text string) Envelope {
	return Envelope{Question: bot.Question{ID: m.ID, Place: m.ChannelID, Server: m.GuildID, Member: m.Author.ID, Kind: bot.Ask, Text: text}, Message: &m}
}

// OfInteraction is a question of some kind that an interaction asks.
func OfInteraction(i object.Interaction, kind bot.Kind, text string) Envelope {
	return Envelope{Question: bot.Question{ID: i.ID, Place: i.ChannelID, Server: i.GuildID, Member: i.By(), Kind: kind, Text: text}, Interaction: &i}
}

// Open reads the envelope of a row.
func Open(r queue.Row) (e Envelope, err error) {
	if err := json.Unmarshal([]byte(r.Event), &e); err != nil {
		return e, fmt.Errorf("reading what was asked: %w", err)
	}
	if e.Message == nil && e.Interaction == nil {
		return e, fmt.Errorf("reading what was asked: it was neither a message nor an interaction")
	}
	return e, nil
}

// Row is the row that a question is to have.
func (e Envelope) Row() (queue.Row, error) {
	event, err := json.Marshal(e)
	if err != nil {
		return queue.Row{}, fmt.Errorf("writing what was asked: %w", err)
	}
	q := e.Question
	r := queue.Row{ID: q.ID, Place: q.Place, Server: q.Server, Member: q.Member, Kind: q.Kind, Text: q.Text, Event: string(event), State: queue.Accepted}
	if e.Message != nil {
		r.Edited = e.Message.Edited
	}
	return r, nil
}

// Withdrawn is the row of a question that was deleted.
func Withdrawn(id, place, server string) queue.Row {
	e := Envelope{Question: bot.Question{ID: id, Place: place, Server: server}, Message: &object.Message{ID: id, ChannelID: place, GuildID: server}}
	event, err := json.Marshal(e)
	if err != nil {
		panic(err) // three strings
	}
	return queue.Row{ID: id, Place: place, Server: server, Event: string(event)}
}

// Words are the bot's in the asker's language.
func (e Envelope) Words() *wording.Words {
	if e.Message != nil {
		return wording.ForText(Says(*e.Message))
	}
	return wording.For(e.Interaction.Locale)
}

// Asker is who asked in a server, and is empty elsewhere.
func (e Envelope) Asker() string {
	switch {
	case e.Question.Server == "":
		return ""
	case e.Message != nil:
		return e.Message.Author.ID
	}
	return e.Interaction.By()
}

// InThread says whether it was asked in a thread, as far as that is known.
func (e Envelope) InThread() bool {
	if e.Message != nil {
		return object.IsThread(e.Message.ChannelType)
	}
	return e.Interaction.Channel != nil && object.IsThread(e.Interaction.Channel.Type)
}

// Look is how an answer from the articles is shown; retells says whether it can be
// told in a style, and again that the question was edited.
func (e Envelope) Look(articles []*retrieval.Article, retells func(bot.Answer, bot.Style) bool, again bool) render.Look {
	l := render.Look{Words: e.Words(), Articles: articles, Retells: retells}
	l.Thread = e.Question.Server != "" && !e.Alone && !e.InThread()
	if again {
		l.Note = l.Words.Edited
	}
	return l
}
