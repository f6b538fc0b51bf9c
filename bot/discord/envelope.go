package discord

import (
	"encoding/json"
	"fmt"

	"summitbot/bot"
	"summitbot/bot/discord/object"
	"summitbot/bot/discord/render"
	"summitbot/bot/queue"
	"summitbot/retrieval"
)

// An envelope is all that is needed to answer a question in another process, or
// after a restart: what is asked, and by which event. It is kept as JSON in the
// row's Event.
type envelope struct {
	Question    bot.Question        `json:"question"`
	Message     *object.Message     `json:"message,omitempty"`     // that asks
	Interaction *object.Interaction `json:"interaction,omitempty"` // or that does
	Alone       bool                `json:"alone,omitempty"`       // only the asker sees the answer
}

// byMessage is a question that a message asks.
func byMessage(m object.Message, text string) envelope {
	return envelope{Question: bot.Question{ID: m.ID, Place: m.ChannelID, Server: m.GuildID, Member: m.Author.ID, Kind: bot.Ask, Text: text}, Message: &m}
}

// byInteraction is a question of some kind that an interaction asks.
func byInteraction(i object.Interaction, kind bot.Kind, text string) envelope {
	return envelope{Question: bot.Question{ID: i.ID, Place: i.ChannelID, Server: i.GuildID, Member: i.By(), Kind: kind, Text: text}, Interaction: &i}
}

// open reads the envelope of a row.
func open(r queue.Row) (e envelope, err error) {
	if err := json.Unmarshal([]byte(r.Event), &e); err != nil {
		return e, fmt.Errorf("reading what was asked: %w", err)
	}
	if e.Message == nil && e.Interaction == nil {
		return e, fmt.Errorf("reading what was asked: it was neither a message nor an interaction")
	}
	return e, nil
}

// row is the row that a question is to have.
func (e envelope) row() (queue.Row, error) {
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

// withdrawn is the row of a question that was deleted.
func withdrawn(id, place, server string) queue.Row {
	e := envelope{Question: bot.Question{ID: id, Place: place, Server: server}, Message: &object.Message{ID: id, ChannelID: place, GuildID: server}}
	event, err := json.Marshal(e)
	if err != nil {
		panic(err) // three strings
	}
	return queue.Row{ID: id, Place: place, Server: server, Event: string(event)}
}

// words are the bot's in the asker's language.
func (e envelope) words() *bot.Wording {
	if e.Message != nil {
		return bot.WordsFor(says(*e.Message))
	}
	return bot.Words(e.Interaction.Locale)
}

// asker is who asked in a server, and is empty elsewhere.
func (e envelope) asker() string {
	switch {
	case e.Question.Server == "":
		return ""
	case e.Message != nil:
		return e.Message.Author.ID
	}
	return e.Interaction.By()
}

// inThread says whether it was asked in a thread, as far as that is known.
func (e envelope) inThread() bool {
	if e.Message != nil {
		return object.IsThread(e.Message.ChannelType)
	}
	return e.Interaction.Channel != nil && object.IsThread(e.Interaction.Channel.Type)
}

// look is how an answer from the articles is shown; retells says whether it can be
// told in a style, and again that the question was edited.
func (e envelope) look(articles []*retrieval.Article, retells func(bot.Answer, bot.Style) bool, again bool) render.Look {
	l := render.Look{Words: e.words(), Articles: articles, Retells: retells}
	l.Thread = e.Question.Server != "" && !e.Alone && !e.inThread()
	if again {
		l.Note = l.Words.Edited
	}
	return l
}
