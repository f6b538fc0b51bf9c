package testserver

import (
	"crypto/rand"
	"encoding/json"
	"time"
)

// Interaction types.
// https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object-interaction-type
const (
	interactionCommand      = 2
	interactionComponent    = 3
	interactionAutocomplete = 4
	interactionModal        = 5
)

// Clocks of an interaction.
// https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-callback
const (
	ackTime   = 3 * time.Second
	tokenLife = 15 * time.Minute
)

// InteractionState tells how far an interaction has come.
type InteractionState string

// The states of an interaction.
const (
	StatePending  InteractionState = "pending"  // sent to the bot, not acknowledged
	StateDeferred InteractionState = "deferred" // acknowledged, the answer is still to come
	StateAnswered InteractionState = "answered"
	StateFailed   InteractionState = "failed" // not acknowledged within 3 s, or never filled within 15 min: "The application did not respond"
)

// Interaction is what people see of an interaction.
type Interaction struct {
	ID        string            `json:"interaction_id"`
	Type      int               `json:"type"`
	State     InteractionState  `json:"state"`
	Bot       string            `json:"bot"`
	User      string            `json:"user"`
	Channel   string            `json:"channel"`
	Command   string            `json:"command,omitempty"`
	CustomID  string            `json:"custom_id,omitempty"`
	MessageID string            `json:"message_id,omitempty"` // of the first answer, or the message that was updated
	Choices   []json.RawMessage `json:"choices,omitempty"`    // of an autocomplete
	Modal     json.RawMessage   `json:"modal,omitempty"`      // the modal that was opened
	Error     string            `json:"error,omitempty"`      // what a person would read

	// Hindered is for how long, at least, the server's faults have kept the
	// bot from answering: calls that were slowed down, or refused for a while.
	Hindered time.Duration `json:"-"`
}

// interaction is one interaction's life. Server.mu guards it.
type interaction struct {
	Interaction
	token    string
	bot      *bot
	user     *User
	channel  *channel
	created  time.Time
	origin   *Message     // component: the message it sits on
	target   *Message     // message command: its target
	about    *User        // user command: its target
	trigger  *interaction // modal: what opened it
	acked    bool
	original string // id of the @original message, "" when there is none
	own      bool   // @original was made by this interaction
	focused  int    // type of the option being completed
	timer    *time.Timer
}

func (in *interaction) stop() { in.timer.Stop() }

// open registers a new interaction and sends it to its bot. The caller holds
// s.mu.
func (s *Server) open(in *interaction, data any) {
	in.ID, in.token, in.created = s.clock.next(), rand.Text()+rand.Text(), time.Now()
	in.State = StatePending
	in.Bot, in.User, in.Channel = in.bot.user.Username, in.user.Username, in.channel.label()
	in.timer = time.AfterFunc(ackTime, func() { s.overdue(in) })
	s.interactions[in.ID] = in
	s.interactionToken[in.token] = in
	s.interactionOrder = append(s.interactionOrder, in)
	for len(s.interactionOrder) > maxInteractions {
		old := s.interactionOrder[0]
		s.interactionOrder = s.interactionOrder[1:]
		old.stop()
		delete(s.interactions, old.ID)
		delete(s.interactionToken, old.token)
	}
	event, sent := s.encode(s.interactionEvent(in, data)), false
	for _, sess := range s.sessionOrder {
		if in.bot.portal.InteractionsEndpoint == "" && sess.bot == in.bot && (in.channel.guild == nil && sess.shard == 0 || in.channel.guild != nil && sess.hasGuild(in.channel.GuildID)) {
			s.sendAbout(sess, "INTERACTION_CREATE", in.ID, event)
			sent = sent || !sess.over
		}
	}
	s.emitInteraction(in)
	if !sent {
		s.watch(Event{Type: Missed, Name: "INTERACTION_CREATE", ID: in.ID})
	}
}

// interactionEvent is the body of INTERACTION_CREATE.
// https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object
func (s *Server) interactionEvent(in *interaction, data any) map[string]any {
	ch := in.channel.Channel
	ch.Permissions = s.permissionsIn(in.user, in.channel).String()
	e := map[string]any{
		"id": in.ID, "application_id": in.bot.user.ID, "type": in.Type, "token": in.token, "version": 1,
		"data": data, "channel_id": ch.ID, "channel": ch, "app_permissions": s.permissionsIn(in.bot.user, in.channel).String(), "locale": s.locale(in.user),
		"entitlements": []any{}, "entitlement_sku_ids": []any{}, "attachment_size_limit": maxMultipartBody,
	}
	if g := in.channel.guild; g != nil {
		m := s.member(g, in.user, true)
		m.Permissions = ch.Permissions
		e["member"], e["guild_id"], e["guild_locale"], e["context"] = m, ch.GuildID, g.PreferredLocale, 0
		e["guild"] = map[string]any{"id": ch.GuildID, "locale": g.PreferredLocale, "features": g.Features}
		e["authorizing_integration_owners"] = map[string]string{"0": ch.GuildID}
	} else {
		e["user"], e["context"] = in.user, 1
		e["authorizing_integration_owners"] = map[string]string{"0": "0"}
	}
	if in.origin != nil {
		e["message"] = s.view(in.channel, in.origin, in.bot, true)
	}
	return e
}

// overdue fails an interaction whose clock has run out: 3 s without an
// acknowledgement, or 15 min with a deferred answer that was never filled.
func (s *Server) overdue(in *interaction) {
	if !s.enter() {
		return
	}
	defer s.wg.Done()
	s.mu.Lock()
	defer s.mu.Unlock()
	expired := in.State == StateDeferred && time.Since(in.created) >= s.opts.TokenLife
	if in.State != StatePending && !expired {
		return
	}
	in.fail("The application did not respond")
	s.log.Info("interaction failed", "bot", in.Bot, "command", in.Command, "acknowledged", in.acked)
	s.emitInteraction(in)
}

func (in *interaction) fail(why string) { in.State, in.Error = StateFailed, why }

// acknowledge moves an interaction on after its first answer.
func (s *Server) acknowledge(in *interaction, state InteractionState) {
	in.acked, in.State = true, state
	in.timer.Stop()
	if state == StateDeferred {
		in.timer.Reset(time.Until(in.created.Add(s.opts.TokenLife)))
	}
	s.emitInteraction(in)
}

// answered notes that a deferred answer has been filled.
func (s *Server) answered(in *interaction) {
	if in.State == StateDeferred {
		in.State = StateAnswered
		in.timer.Stop()
		s.emitInteraction(in)
	}
}

// metadata is what a message tells of the interaction it answers.
func (in *interaction) metadata(s *Server) *InteractionMetadata {
	owners := map[string]string{"0": "0"}
	if in.channel.guild != nil {
		owners["0"] = in.channel.GuildID
	}
	md := &InteractionMetadata{ID: in.ID, Type: in.Type, User: *in.user, AuthorizingOwners: owners, TargetUser: in.about}
	if in.Type == interactionComponent {
		md.InteractedMessageID = in.origin.ID
	}
	if in.target != nil {
		md.TargetMessageID = in.target.ID
	}
	if in.trigger != nil {
		md.TriggeringInteraction = in.trigger.metadata(s)
	}
	return md
}
