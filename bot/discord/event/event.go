package event

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"summitbot/bot"
	"summitbot/bot/discord/command"
	"summitbot/bot/discord/object"
	"summitbot/bot/discord/render"
	"summitbot/bot/queue"
	"summitbot/bot/wording"
	"summitbot/retrieval"
)

// Hear says whether the message is meant for the bot, and what it asks. An
// empty text with ok means that the bot is called without a question.
//
// In a server the bot must be mentioned, by its name or by one of the roles that
// are its own: in words that are no quotation and no code, or by a reply to one
// of its messages with the ping left on. A direct message is always meant for it,
// and where the bot reads everything (open), so is what is not said to somebody
// else. Other bots, webhooks and the system's messages are not heard.
func Hear(m object.Message, me string, roles []string, open bool) (text string, ok bool) {
	if m.ID == "" || m.ChannelID == "" || m.Author.ID == "" || m.Author.ID == me || m.Author.Bot || m.WebhookID != "" {
		return "", false
	}
	if m.Type != object.TypeDefault && m.Type != object.TypeReply {
		return "", false
	}
	if m.GuildID != "" && !Addressed(m, me, roles) && !(open && toNobodyElse(m, me)) {
		return "", false
	}
	text = Says(m)
	if text == "" && m.Referenced != nil && m.Referenced.Author.ID != me {
		text = Says(*m.Referenced) // "@bot" below somebody's question
	}
	return strings.ReplaceAll(text, "\n", " "), true
}

// Addressed says whether a message in a server is meant for the bot.
func Addressed(m object.Message, me string, roles []string) bool {
	for _, r := range roles {
		if m.Content == "" || strings.Contains(spoken(m.Content), "<@&"+r+">") { // or it is withheld
			return true
		}
	}
	if !m.MentionsUser(me) {
		return false
	}
	if names(spoken(m.Content), me) {
		return true
	}
	if m.Type != object.TypeReply {
		return false
	}
	if m.Referenced != nil {
		return m.Referenced.Author.ID == me
	}
	return !names(m.Content, me) // nothing else can have mentioned it
}

// toNobodyElse says whether a message mentions and answers nobody but the bot.
func toNobodyElse(m object.Message, me string) bool {
	for _, u := range m.Mentions {
		if u.ID != me {
			return false
		}
	}
	return m.Type != object.TypeReply || m.Referenced == nil || m.Referenced.Author.ID == me
}

// names says whether the content mentions the user in words.
func names(content, id string) bool {
	return strings.Contains(content, "<@"+id+">") || strings.Contains(content, "<@!"+id+">")
}

var (
	code       = regexp.MustCompile("(?s)```.*?(```|$)|``.+?``|`[^`\n]+`")
	quoted     = regexp.MustCompile(`(?m)^ {0,3}>( .*)?$`)
	quotedTail = regexp.MustCompile(`(?ms)^ {0,3}>>> .*`)
	links      = regexp.MustCompile(`<?https?://[^\s<>)\]]+>?`)
	// tokens are mentions of members, roles, channels, commands and a server's
	// pages, emoji, timestamps and links as they stand in content.
	tokens = regexp.MustCompile(`<(@[!&]?|#|a?:\w+:)[0-9]+>|</[^<>:\n]{1,100}:[0-9]+>|<id:\w+>|<t:[^>]*>|@(everyone|here)\b|` + links.String())
	// markup is what bots write around their words, and marks of sources.
	markup = regexp.MustCompile(`(?m)^ {0,3}(>>>|>|#{1,3}|-) |\*\*|\[[0-9]+\]`)
	// smallPrint is what they write below them.
	smallPrint = regexp.MustCompile(`(?m)^-# .*$`)
	escapes    = regexp.MustCompile(`\\([[:punct:]])`)
)

// Says is what a message says, wherever that stands, a line for each part of it:
// its content or, where that says nothing in words, what bots write in
// components, what it forwards, a poll, embeds, or what its pictures are said
// to show. It is empty where there are no words. Files are not opened.
func Says(m object.Message) string {
	if text := Clean(m.Content); text != "" {
		return text
	}
	parts := strings.Split(escapes.ReplaceAllString(markup.ReplaceAllString(smallPrint.ReplaceAllString(object.TextOf(m.Components), ""), ""), "$1"), "\n")
	for _, s := range m.Snapshots {
		parts = append(parts, strings.Split(Says(s.Message), "\n")...)
	}
	if m.Poll != nil {
		parts = append(parts, m.Poll.Question.Text)
		for _, a := range m.Poll.Answers {
			parts = append(parts, a.Text.Text)
		}
	}
	for _, e := range m.Embeds {
		parts = append(append(parts, e.Title), strings.Split(e.Description, "\n")...)
		for _, f := range e.Fields {
			parts = append(parts, f.Name, f.Value)
		}
	}
	for _, a := range m.Attachments {
		parts = append(parts, a.Description)
	}
	var lines []string
	for _, p := range parts {
		if line := Clean(p); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// Shows says whether a message that says nothing in words shows something else,
// or stands below somebody's that may.
func Shows(m object.Message, me string) bool {
	return len(m.Components)+len(m.Snapshots)+len(m.Embeds)+len(m.Attachments)+len(m.Stickers) > 0 || m.Poll != nil ||
		links.MatchString(m.Content) || m.Referenced != nil && m.Referenced.Author.ID != me
}

// spoken is the content without its code and its quoted lines.
func spoken(content string) string {
	return quoted.ReplaceAllString(quotedTail.ReplaceAllString(code.ReplaceAllString(content, " "), ""), "")
}

// Clean is the question in a message's content: without mentions and other
// tokens that say nothing in words, on one line; empty where nothing is seen
// of what is left.
func Clean(content string) string {
	text := tokens.ReplaceAllString(content, " ")
	if retrieval.IsBlank(text) {
		return ""
	}
	return strings.Join(strings.FieldsFunc(text, retrieval.Space), " ")
}

// Asked is the question that a slash command asks, and whether there is such a
// command.
func Asked(i object.Interaction) (e Envelope, ok bool, err error) {
	e = OfInteraction(i, bot.Ask, "")
	q := &e.Question
	switch i.Data.Name {
	case command.Ask:
		show := ""
		err = errors.Join(i.Data.Option(command.OptQuestion, &q.Text), i.Data.Option(command.OptShow, &show))
		q.Text, e.Alone = Clean(q.Text), show == command.ShowMe
	case command.Takeaways:
		q.Kind = bot.Takeaways
		err = errors.Join(i.Data.Option(command.OptCount, &q.Count), i.Data.Option(command.OptStyle, &q.Style))
	case command.Risks:
		q.Kind = bot.Risks
		err = errors.Join(i.Data.Option(command.OptFor, &q.For), i.Data.Option(command.OptStyle, &q.Style))
	default:
		return e, false, nil
	}
	return e, true, err
}

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
