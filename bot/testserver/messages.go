package testserver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// settable are the flags that a request may set on a message.
const settable = FlagSuppressEmbeds | FlagSuppressNotifications | FlagComponentsV2

// nonceLife is how long a nonce is remembered; Discord says "the past few
// minutes".
const (
	nonceLife = 5 * time.Minute
	maxNonces = 20000
)

type nonceKey struct{ author, nonce string }

type nonceEntry struct {
	message string
	at      time.Time
}

// repeated returns the message that the author made with the same nonce a
// short while ago, nil if none.
func (s *Server) repeated(author *User, d *draft) *Message {
	if !d.enforce || d.nonce == nil {
		return nil
	}
	entry, seen := s.nonces[nonceKey{author.ID, string(d.nonce)}]
	if !seen || time.Since(entry.at) >= nonceLife {
		return nil
	}
	return s.messages[entry.message]
}

// remember notes a message's nonce and lets go of old ones.
func (s *Server) remember(m *Message) {
	if m.Nonce == nil {
		return
	}
	for len(s.nonceOrder) > 0 {
		first := s.nonceOrder[0]
		if e, there := s.nonces[first]; there && time.Since(e.at) < nonceLife && len(s.nonceOrder) < maxNonces {
			break
		}
		delete(s.nonces, first)
		s.nonceOrder = s.nonceOrder[1:]
	}
	key := nonceKey{m.Author.ID, string(m.Nonce)}
	if _, there := s.nonces[key]; !there {
		s.nonceOrder = append(s.nonceOrder, key)
	}
	s.nonces[key] = nonceEntry{m.ID, time.Now()}
}

// compose makes a message of a draft without posting it. The caller holds
// s.mu.
func (s *Server) compose(ch *channel, author *User, d *draft, host string) (*Message, error) {
	m := &Message{
		ID: s.clock.next(), ChannelID: ch.ID, Author: *author, Timestamp: timestamp(s.clock.now()),
		TTS: d.tts, Nonce: d.nonce, Embeds: []json.RawMessage{}, Components: []json.RawMessage{}, Attachments: []Attachment{},
	}
	if d.content != nil {
		m.Content = strings.TrimSpace(*d.content)
	}
	if d.embeds != nil {
		m.Embeds = *d.embeds
	}
	if d.components != nil {
		m.Components = *d.components
	}
	if d.flags != nil {
		m.Flags = *d.flags & settable
	}
	m.Poll = d.poll
	if err := s.refer(ch, m, d.reference); err != nil {
		return nil, err
	}
	s.attach(m, d, host)
	if m.empty() {
		return nil, errEmptyMessage()
	}
	s.mention(ch, m, d.texts, d.allowed)
	return m, nil
}

func (m *Message) empty() bool {
	if m.Flags&FlagComponentsV2 != 0 {
		return len(m.Components) == 0
	}
	return m.Content == "" && len(m.Embeds) == 0 && len(m.Components) == 0 && len(m.Attachments) == 0 && m.Poll == nil && m.MessageSnapshots == nil
}

// refer makes m a reply, or a forward.
func (s *Server) refer(ch *channel, m *Message, ref *referenceIn) error {
	if ref == nil || ref.MessageID == "" {
		return nil
	}
	var f formErrors
	switch ref.Type {
	case ReferenceReply:
	case ReferenceForward:
		return s.forward(m, ref)
	default:
		f.add("message_reference.type", "BASE_TYPE_CHOICES", "Value must be one of (0, 1).")
		return f.err()
	}
	target := s.messages[ref.MessageID]
	if target == nil || target.ChannelID != ch.ID || target.Ephemeral() {
		if ref.FailIfNotExists != nil && !*ref.FailIfNotExists {
			return nil
		}
		f.add("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
		return f.err()
	}
	m.Type = MessageReply
	m.MessageReference = &MessageReference{ChannelID: ch.ID, MessageID: target.ID, GuildID: ch.GuildID}
	quoted := target.clone()
	quoted.ReferencedMessage = nil
	m.ReferencedMessage = &quoted
	return nil
}

// forward makes m one that shows another message as it is now, which its author
// must be able to read.
// https://docs.discord.com/developers/resources/message#message-reference-types
func (s *Server) forward(m *Message, ref *referenceIn) error {
	target := s.messages[ref.MessageID]
	from := s.channels[ref.ChannelID]
	var f formErrors
	switch {
	case ref.ChannelID == "":
		f.required("message_reference.channel_id")
		return f.err()
	case m.Content != "" || len(m.Embeds) > 0 || len(m.Components) > 0 || m.Poll != nil:
		return badRequest(160011, "Forward messages cannot have additional content")
	case from == nil, target == nil, target.ChannelID != from.ID, target.Ephemeral():
		return badRequest(160008, "Message could not be found")
	case from.user != nil && from.user.ID != m.Author.ID && from.bot.user.ID != m.Author.ID, s.may(&m.Author, from, mayReadHistory) != nil:
		return badRequest(160009, "Cannot reference a message without permission to read message history")
	}
	m.MessageReference = &MessageReference{Type: ReferenceForward, ChannelID: from.ID, MessageID: target.ID, GuildID: from.GuildID}
	m.Flags |= FlagHasSnapshot
	if target.MessageSnapshots != nil { // of a forward, what it forwards
		m.MessageSnapshots = target.MessageSnapshots
		return nil
	}
	t := target.clone()
	m.MessageSnapshots = []MessageSnapshot{{SnapshotMessage{
		Type: t.Type, Content: t.Content, Timestamp: t.Timestamp, EditedTimestamp: t.EditedTimestamp, Flags: t.Flags,
		Mentions: t.Mentions, MentionRoles: t.MentionRoles, Attachments: t.Attachments, Embeds: t.Embeds, Components: t.Components,
	}}}
	return nil
}

// attach stores a draft's files and sets the message's attachments.
func (s *Server) attach(m *Message, d *draft, host string) {
	if d.kept != nil {
		var existing []string
		for _, a := range *d.kept {
			existing = append(existing, strings.Trim(string(a.ID), `"`))
		}
		m.Attachments = slices.DeleteFunc(slices.Clone(m.Attachments), func(a Attachment) bool { return !slices.Contains(existing, a.ID) })
	}
	for i, up := range d.files {
		a := s.keepFile(m.ChannelID, host, up)
		if a.Description = up.description; d.kept != nil {
			a.Description = d.describe(i, up.field)
		}
		m.Components, m.Embeds = withURL(m.Components, up.name, a.URL), withURL(m.Embeds, up.name, a.URL)
		m.Attachments = append(m.Attachments[:len(m.Attachments):len(m.Attachments)], a)
	}
}

// withURL puts a file's address where "attachment://name" refers to it.
// https://docs.discord.com/developers/reference#editing-message-attachments-using-attachments-within-embeds
func withURL(raws []json.RawMessage, name, url string) []json.RawMessage {
	reference, address := marshal("attachment://"+name), marshal(url)
	out := slices.Clone(raws)
	for i := range out {
		out[i] = bytes.ReplaceAll(out[i], reference, address)
	}
	return out
}

// keepFile stores an upload and returns its attachment object.
func (s *Server) keepFile(channelID, host string, up upload) Attachment {
	file := &storedFile{id: s.clock.next(), name: up.name, media: up.media, data: up.data}
	if file.media == "" {
		file.media = "application/octet-stream"
	}
	s.files.add(file)
	url := fmt.Sprintf("http://%s/attachments/%s/%s/%s", host, channelID, file.id, pathEscape(up.name))
	return Attachment{ID: file.id, Filename: up.name, ContentType: file.media, Size: len(up.data), URL: url, ProxyURL: url}
}

// describe is what the attachments field says of the file sent as "files[n]".
func (d *draft) describe(i int, field string) string {
	if d.kept == nil {
		return ""
	}
	if n, ok := strings.CutPrefix(field, "files["); ok {
		field = strings.TrimSuffix(n, "]")
	} else {
		field = fmt.Sprint(i)
	}
	for _, a := range *d.kept {
		if strings.Trim(string(a.ID), `"`) == field {
			return a.Description
		}
	}
	return ""
}

// post stores a composed message and tells everyone of it.
func (s *Server) post(ch *channel, m *Message) {
	s.store(ch, m)
	s.remember(m)
	s.emitMessage("MESSAGE_CREATE", ch, m)
}

// revise merges an edit into a message. The first edit of a deferred answer
// clears LOADING. The caller holds s.mu.
func (s *Server) revise(ch *channel, m *Message, d *draft, host string) error {
	next := m.clone()
	if d.content != nil {
		next.Content = strings.TrimSpace(*d.content)
	}
	if d.embeds != nil {
		next.Embeds = *d.embeds
	}
	if d.components != nil {
		next.Components = *d.components
	}
	if d.flags != nil {
		next.Flags = next.Flags&^FlagSuppressEmbeds | *d.flags&(FlagSuppressEmbeds|FlagComponentsV2)
	}
	if next.Flags&FlagComponentsV2 != 0 && m.Flags&FlagComponentsV2 == 0 && d.content == nil && next.Content != "" {
		var f formErrors
		f.add("content", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", "The 'content' field cannot be used when using MessageFlags.IS_COMPONENTS_V2")
		return f.err()
	}
	loading := m.Loading()
	next.Flags &^= FlagLoading
	s.attach(&next, d, host)
	if next.empty() {
		return errEmptyMessage()
	}
	texts := d.texts
	if d.components == nil {
		texts = textDisplays(next.Components)
	}
	s.mention(ch, &next, texts, d.allowed)
	if !loading {
		now := timestamp(s.clock.now())
		next.EditedTimestamp = &now
	}
	*m = next
	s.emitMessage("MESSAGE_UPDATE", ch, m)
	return nil
}

// textDisplays lists the contents of all text displays in components.
func textDisplays(raws []json.RawMessage) []string {
	var texts []string
	walk(raws, func(c *component) {
		if c.Type == typeTextDisplay && c.Content != nil {
			texts = append(texts, *c.Content)
		}
	})
	return texts
}

// walk visits every component, parents first.
func walk(raws []json.RawMessage, visit func(*component)) {
	for _, raw := range raws {
		var c component
		if json.Unmarshal(raw, &c) != nil {
			continue
		}
		visit(&c)
		walk(c.Components, visit)
		for _, child := range []json.RawMessage{c.Accessory, c.Component} {
			if len(child) > 0 {
				walk([]json.RawMessage{child}, visit)
			}
		}
	}
}
