package testserver

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"
	"unicode/utf8"
)

// Interaction callback types.
// https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-interaction-callback-type
const (
	callbackPong           = 1
	callbackMessage        = 4
	callbackDefer          = 5
	callbackDeferUpdate    = 6
	callbackUpdate         = 7
	callbackChoices        = 8
	callbackModal          = 9
	modalTitleLimit        = 45
	maxAutocompleteChoices = 25
)

// callback answers POST /interactions/{id}/{token}/callback.
func (s *Server) callback(c *call) (reply, error) {
	in := s.interactions[c.param("interaction")]
	if in == nil || in.token != c.param("token") {
		return reply{}, errUnknownInteraction()
	}
	if s.channels[in.channel.ID] == nil {
		return reply{}, errUnknownChannel()
	}
	if in.acked {
		return reply{}, badRequest(40060, "Interaction has already been acknowledged.")
	}
	if in.State == StateFailed || time.Since(in.created) > ackTime {
		return reply{}, errUnknownInteraction()
	}
	f, err := newForm(c.body)
	if err != nil {
		return reply{}, err
	}
	var kind int
	if !f.read("type", &kind) && f.err() == nil {
		f.required("type")
	}
	if f.err() == nil && !slices.Contains(in.callbacks(), kind) {
		f.add("type", "BASE_TYPE_CHOICES", "Value must be one of (%s).", join(in.callbacks()))
	}
	if err := f.err(); err != nil {
		return reply{}, err
	}
	if err := s.wake(in.bot.user, in.channel); err != nil {
		return reply{}, err
	}
	data := f.fields["data"]
	if string(data) == "null" {
		data = nil
	}
	m, err := s.acknowledgeWith(c, in, kind, data)
	if err != nil {
		return reply{}, underData(err)
	}
	if c.r.URL.Query().Get("with_response") != "true" {
		return reply{}, nil
	}
	return reply{body: s.callbackResponse(in, kind, m)}, nil
}

// callbacks are the callback types that fit an interaction.
func (in *interaction) callbacks() []int {
	switch {
	case in.Type == interactionAutocomplete:
		return []int{callbackChoices}
	case in.Type == interactionComponent:
		return []int{callbackMessage, callbackDefer, callbackDeferUpdate, callbackUpdate, callbackModal}
	case in.Type == interactionModal && in.origin != nil:
		return []int{callbackMessage, callbackDefer, callbackDeferUpdate, callbackUpdate}
	case in.Type == interactionModal:
		return []int{callbackMessage, callbackDefer}
	}
	return []int{callbackMessage, callbackDefer, callbackModal}
}

// underData puts a form error's paths below "data", where the callback's
// body has them.
func underData(err error) error {
	e := asAPIError(err)
	if e.Errors == nil {
		return err
	}
	copied := *e
	copied.Errors = map[string]any{"data": e.Errors}
	return &copied
}

// acknowledgeWith performs a callback and returns the message it made or
// changed, nil if none.
func (s *Server) acknowledgeWith(c *call, in *interaction, kind int, data json.RawMessage) (*Message, error) {
	switch kind {
	case callbackMessage, callbackDefer:
		return s.respond(c, in, kind, data)
	case callbackUpdate:
		d, err := parseDraft(data, c.files, in.origin.Flags)
		if err != nil {
			return nil, err
		}
		if err := s.revise(in.channel, in.origin, d, c.host); err != nil {
			return nil, err
		}
		fallthrough
	case callbackDeferUpdate:
		in.original, in.MessageID = in.origin.ID, in.origin.ID
		s.acknowledge(in, StateAnswered)
		return in.origin, nil
	case callbackChoices:
		return nil, s.complete(in, data)
	default:
		return nil, s.openModal(in, data)
	}
}

// respond makes the answer's message: its content, or a deferred one.
func (s *Server) respond(c *call, in *interaction, kind int, data json.RawMessage) (*Message, error) {
	d, err := parseDraft(data, c.files, 0)
	if err != nil {
		return nil, err
	}
	state := StateAnswered
	if kind == callbackDefer {
		state = StateDeferred
		m := s.deferred(in, d)
		s.acknowledgeMessage(in, m, state)
		return m, nil
	}
	m, err := s.compose(in.channel, in.bot.user, d, c.host)
	if err != nil {
		return nil, err
	}
	in.sign(s, m, d)
	s.acknowledgeMessage(in, m, state)
	return m, nil
}

// deferred is the message "is thinking": no content, flag LOADING; a deferral
// may set EPHEMERAL and nothing else.
func (s *Server) deferred(in *interaction, d *draft) *Message {
	m := &Message{
		ID: s.clock.next(), ChannelID: in.channel.ID, Author: *in.bot.user, Timestamp: timestamp(s.clock.now()), Flags: FlagLoading,
		Mentions: []User{}, MentionRoles: []string{}, Attachments: []Attachment{}, Embeds: []json.RawMessage{}, Components: []json.RawMessage{},
	}
	in.sign(s, m, d)
	return m
}

// acknowledgeMessage posts the first answer.
func (s *Server) acknowledgeMessage(in *interaction, m *Message, state InteractionState) {
	in.original, in.MessageID, in.own = m.ID, m.ID, true
	s.post(in.channel, m)
	s.acknowledge(in, state)
}

// sign marks a message as the answer to an interaction.
func (in *interaction) sign(s *Server, m *Message, d *draft) {
	m.WebhookID, m.ApplicationID, m.Nonce = in.bot.user.ID, in.bot.user.ID, nil
	m.InteractionMetadata = in.metadata(s)
	m.invoker = in.user.ID
	if d.flags != nil && *d.flags&FlagEphemeral != 0 {
		m.Flags |= FlagEphemeral
	}
	switch {
	case in.Type == interactionCommand && (in.target != nil || in.about != nil):
		m.Type = MessageContextMenuCommand
	case in.origin == nil:
		m.Type = MessageChatInputCommand
	default:
		in.replyTo(m, in.origin)
	}
	if in.Type == interactionCommand {
		m.Interaction = &MessageInteraction{ID: in.ID, Type: in.Type, Name: in.Command, User: *in.user}
	}
}

// replyTo makes m a reply without a ping.
func (in *interaction) replyTo(m, target *Message) {
	m.Type = MessageReply
	m.MessageReference = &MessageReference{ChannelID: in.channel.ID, MessageID: target.ID, GuildID: in.channel.GuildID}
	quoted := target.clone()
	quoted.ReferencedMessage = nil
	m.ReferencedMessage = &quoted
}

// complete takes an autocomplete's choices.
func (s *Server) complete(in *interaction, data json.RawMessage) error {
	f, err := newForm(data)
	if err != nil {
		return err
	}
	var choices []commandChoice
	if !f.read("choices", &choices) && f.err() == nil {
		f.required("choices")
	}
	if len(choices) > maxAutocompleteChoices {
		f.add("choices", "BASE_TYPE_MAX_LENGTH", "Must be %d or fewer in length.", maxAutocompleteChoices)
	}
	for i, choice := range choices {
		checkChoice(&f.formErrors, fmt.Sprintf("choices.%d", i), choice, in.focused)
	}
	if err := f.err(); err != nil {
		return err
	}
	in.Choices = []json.RawMessage{}
	for _, choice := range choices {
		in.Choices = append(in.Choices, s.encode(choice))
	}
	s.acknowledge(in, StateAnswered)
	return nil
}

// openModal shows a modal to the invoker.
// https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-modal
func (s *Server) openModal(in *interaction, data json.RawMessage) error {
	f, err := newForm(data)
	if err != nil {
		return err
	}
	customID, title := "", ""
	f.read("custom_id", &customID)
	if n := utf8.RuneCountInString(customID); n < 1 || n > 100 {
		f.badLength("custom_id", 1, 100)
	}
	f.read("title", &title)
	if n := utf8.RuneCountInString(title); n < 1 || n > modalTitleLimit {
		f.badLength("title", 1, modalTitleLimit)
	}
	var raws []json.RawMessage
	f.read("components", &raws)
	if len(raws) < 1 || len(raws) > 5 {
		f.badLength("components", 1, 5)
	}
	t := &tree{f: f, modal: true, customs: map[string]bool{}, ids: map[int]bool{}}
	kept := t.check(raws)
	if err := f.err(); err != nil {
		return err
	}
	in.CustomID = customID
	in.Modal = s.encode(map[string]any{"custom_id": customID, "title": title, "components": kept})
	s.acknowledge(in, StateAnswered)
	return nil
}

// callbackResponse is the body with_response=true asks for.
// https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-callback-interaction-callback-response-object
func (s *Server) callbackResponse(in *interaction, kind int, m *Message) map[string]any {
	about := map[string]any{"id": in.ID, "type": in.Type, "channel_id": in.channel.ID}
	if in.channel.GuildID != "" {
		about["guild_id"] = in.channel.GuildID
	}
	out := map[string]any{"interaction": about}
	if m == nil {
		return out
	}
	about["response_message_id"] = m.ID
	about["response_message_loading"] = m.Loading()
	about["response_message_ephemeral"] = m.Ephemeral()
	if kind == callbackMessage || kind == callbackUpdate {
		out["resource"] = map[string]any{"type": kind, "message": s.view(in.channel, m, in.bot, true)}
	}
	return out
}

// byToken finds the interaction of a webhook call. Its token works from the
// acknowledgement until 15 minutes after the interaction, or what Options say.
func (s *Server) byToken(c *call) (*interaction, error) {
	in := s.interactionToken[c.param("token")]
	if in == nil || in.bot.user.ID != c.param("app") || !in.acked {
		return nil, errUnknownWebhook()
	}
	if time.Since(in.created) >= s.opts.TokenLife {
		return nil, &apiError{Status: http.StatusUnauthorized, Code: 50027, Message: "Invalid Webhook Token"}
	}
	return in, nil
}

// response finds the message of a webhook call: "@original" or one that the
// interaction made.
func (s *Server) response(c *call) (*interaction, *Message, error) {
	in, err := s.byToken(c)
	if err != nil {
		return nil, nil, err
	}
	id := c.param("message")
	if id == "@original" {
		id = in.original
	}
	m := s.messages[id]
	mine := m != nil && (id == in.original || m.InteractionMetadata != nil && m.InteractionMetadata.ID == in.ID)
	if !mine {
		return nil, nil, errUnknownMessage()
	}
	return in, m, nil
}

func (s *Server) readResponse(c *call) (reply, error) {
	in, m, err := s.response(c)
	if err != nil {
		return reply{}, err
	}
	return reply{body: s.view(in.channel, m, in.bot, true)}, nil
}

// editResponse is https://docs.discord.com/developers/interactions/receiving-and-responding#edit-original-interaction-response
func (s *Server) editResponse(c *call) (reply, error) {
	in, m, err := s.response(c)
	if err != nil {
		return reply{}, err
	}
	if err := s.fillIn(c, in, m); err != nil {
		return reply{}, err
	}
	return reply{body: s.view(in.channel, m, in.bot, true)}, nil
}

func (s *Server) fillIn(c *call, in *interaction, m *Message) error {
	d, err := parseDraft(c.body, c.files, m.Flags)
	if err != nil {
		return err
	}
	if err := s.revise(in.channel, m, d, c.host); err != nil {
		return err
	}
	if m.ID == in.original {
		s.answered(in)
	}
	return nil
}

func (s *Server) deleteResponse(c *call) (reply, error) {
	in, m, err := s.response(c)
	if err != nil {
		return reply{}, err
	}
	s.remove(in.channel, m)
	s.emitDelete(in.channel, m)
	if m.ID == in.original {
		s.answered(in)
	}
	return reply{}, nil
}

// followUp is https://docs.discord.com/developers/interactions/receiving-and-responding#create-followup-message
// The first one behind a deferral edits the deferred message instead.
func (s *Server) followUp(c *call) (reply, error) {
	in, err := s.byToken(c)
	if err == nil && s.channels[in.channel.ID] == nil {
		err = errUnknownChannel()
	}
	if err != nil {
		return reply{}, err
	}
	if m := s.messages[in.original]; m != nil && in.own && m.Loading() {
		if err := s.fillIn(c, in, m); err != nil {
			return reply{}, err
		}
		return reply{body: s.view(in.channel, m, in.bot, true)}, nil
	}
	d, err := parseDraft(c.body, c.files, 0)
	if err != nil {
		return reply{}, err
	}
	m, err := s.compose(in.channel, in.bot.user, d, c.host)
	if err != nil {
		return reply{}, err
	}
	in.sign(s, m, d)
	m.Interaction = nil
	m.InteractionMetadata.OriginalResponseID = in.original
	if original := s.messages[in.original]; original != nil {
		in.replyTo(m, original)
	}
	s.post(in.channel, m)
	return reply{body: s.view(in.channel, m, in.bot, true)}, nil
}
