package testserver

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

func pathEscape(s string) string { return url.PathEscape(s) }

// channelOf returns the call's channel as its bot sees it.
func (s *Server) channelOf(c *call) (*channel, error) {
	ch := s.channels[c.param("channel")]
	if ch == nil {
		return nil, errUnknownChannel()
	}
	if ch.bot != nil && ch.bot != c.bot {
		return nil, errMissingAccess()
	}
	return ch, s.may(c.bot.user, ch, mayView)
}

// messageOf returns the call's channel and message, which only who may read
// the channel's history can name.
func (s *Server) messageOf(c *call) (*channel, *Message, error) {
	ch, err := s.channelOf(c)
	if err == nil {
		err = s.may(c.bot.user, ch, mayReadHistory)
	}
	if err != nil {
		return nil, nil, err
	}
	m := s.messages[c.param("message")]
	if m == nil || m.ChannelID != ch.ID || m.Ephemeral() {
		return nil, nil, errUnknownMessage()
	}
	return ch, m, nil
}

// seen is a message as the call's bot may read it.
func (s *Server) seen(c *call, ch *channel, m *Message) Message {
	return s.view(ch, m, c.bot, c.bot.content)
}

func (s *Server) readChannel(c *call) (reply, error) {
	ch, err := s.channelOf(c)
	if err != nil {
		return reply{}, err
	}
	return reply{body: ch.Channel}, nil
}

// createMessage is https://docs.discord.com/developers/resources/message#create-message
func (s *Server) createMessage(c *call) (reply, error) {
	ch, err := s.channelOf(c)
	if err != nil {
		return reply{}, err
	}
	d, err := parseDraft(c.body, c.files, 0)
	if err != nil {
		return reply{}, err
	}
	if earlier := s.repeated(c.bot.user, d); earlier != nil {
		return reply{body: s.seen(c, ch, earlier)}, nil
	}
	if err := s.may(c.bot.user, ch, d.sending(ch)); err != nil {
		return reply{}, err
	}
	if d.reference != nil && s.may(c.bot.user, ch, mayReadHistory) != nil {
		return reply{}, badRequest(160002, "Cannot reply without permission to read message history")
	}
	if err := s.wake(c.bot.user, ch); err != nil {
		return reply{}, err
	}
	m, err := s.compose(ch, c.bot.user, d, c.host)
	if err != nil {
		return reply{}, err
	}
	s.post(ch, m)
	return reply{body: s.seen(c, ch, m)}, nil
}

// editMessage is https://docs.discord.com/developers/resources/message#edit-message
func (s *Server) editMessage(c *call) (reply, error) {
	ch, m, err := s.messageOf(c)
	if err != nil {
		return reply{}, err
	}
	d, err := parseDraft(c.body, c.files, m.Flags)
	if err != nil {
		return reply{}, err
	}
	if m.Author.ID != c.bot.user.ID {
		return reply{}, &apiError{Status: http.StatusForbidden, Code: 50005, Message: "Cannot edit a message authored by another user"}
	}
	if err := ch.awake(); err != nil {
		return reply{}, err
	}
	if err := s.revise(ch, m, d, c.host); err != nil {
		return reply{}, err
	}
	return reply{body: s.seen(c, ch, m)}, nil
}

func (s *Server) readMessage(c *call) (reply, error) {
	ch, m, err := s.messageOf(c)
	if err != nil {
		return reply{}, err
	}
	return reply{body: s.seen(c, ch, m)}, nil
}

func (s *Server) deleteMessage(c *call) (reply, error) {
	ch, m, err := s.messageOf(c)
	if err != nil {
		return reply{}, err
	}
	if ch.Type == ChannelDM && m.Author.ID != c.bot.user.ID {
		return reply{}, &apiError{Status: http.StatusForbidden, Code: 50003, Message: "Cannot execute action on a DM channel"}
	}
	if m.Author.ID != c.bot.user.ID {
		if err := s.may(c.bot.user, ch, mayManageMessages); err != nil {
			return reply{}, err
		}
	}
	if err := ch.awake(); err != nil {
		return reply{}, err
	}
	s.remove(ch, m)
	s.emitDelete(ch, m)
	return reply{}, nil
}

// Bounds of a bulk deletion.
const (
	fewestInBulk, mostInBulk = 2, 100
	bulkAge                  = 14 * 24 * time.Hour
)

// bulkDelete is https://docs.discord.com/developers/resources/message#bulk-delete-messages
func (s *Server) bulkDelete(c *call) (reply, error) {
	ch, err := s.channelOf(c)
	if err != nil {
		return reply{}, err
	}
	f, err := newForm(c.body)
	if err != nil {
		return reply{}, err
	}
	var ids []string
	if !f.read("messages", &ids) && f.err() == nil {
		f.required("messages")
	}
	if err := f.err(); err != nil {
		return reply{}, err
	}
	return reply{}, s.deleteBulk(ch, c.bot.user, ids)
}

// deleteBulk has a moderator delete messages of a channel at once; ids of none
// only count. The caller holds s.mu.
func (s *Server) deleteBulk(ch *channel, by *User, ids []string) error {
	if ch.Type == ChannelDM {
		return &apiError{Status: http.StatusForbidden, Code: 50003, Message: "Cannot execute action on a DM channel"}
	}
	if err := s.may(by, ch, mayManageMessages); err != nil {
		return err
	}
	if len(ids) < fewestInBulk || len(ids) > mostInBulk {
		return badRequest(50016, "Provided too few or too many messages to delete. Must provide at least 2 and fewer than 100 messages to delete.")
	}
	var f formErrors
	var gone []*Message
	seen := map[string]bool{}
	for i, id := range ids {
		n, ok := snowflake(id)
		switch {
		case !ok:
			f.add(fmt.Sprintf("messages.%d", i), "NUMBER_TYPE_COERCE", "Value %q is not snowflake.", id)
		case seen[id]:
			f.add("messages", "SET_TYPE_ALREADY_CONTAINS_VALUE", "The set already contains this value")
		case s.clock.now().Sub(madeAt(n)) > bulkAge:
			return badRequest(50034, "You can only bulk delete messages that are under 14 days old.")
		}
		seen[id] = true
		if m := s.messages[id]; m != nil && m.ChannelID == ch.ID && !m.Ephemeral() {
			gone = append(gone, m)
		}
	}
	if err := f.err(); err != nil {
		return err
	}
	for _, m := range gone {
		s.remove(ch, m)
	}
	if len(gone) > 0 {
		s.emitDeleteBulk(ch, gone)
	}
	return nil
}

// listMessages is https://docs.discord.com/developers/resources/message#get-channel-messages
func (s *Server) listMessages(c *call) (reply, error) {
	ch, err := s.channelOf(c)
	if err != nil {
		return reply{}, err
	}
	q := c.r.URL.Query()
	limit := 50
	var f formErrors
	if text := q.Get("limit"); text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > 100 {
			f.add("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")
		}
	}
	for _, name := range []string{"before", "after", "around"} {
		if v := q.Get(name); v != "" {
			if _, ok := snowflake(v); !ok {
				f.add(name, "NUMBER_TYPE_COERCE", "Value %q is not snowflake.", v)
			}
		}
	}
	if err := f.err(); err != nil {
		return reply{}, err
	}
	page := []Message{}
	if s.may(c.bot.user, ch, mayReadHistory) != nil {
		return reply{body: page}, nil // as Discord: no error, no messages
	}
	for _, m := range window(ch.messages, limit, q.Get("before"), q.Get("after"), q.Get("around")) {
		page = append(page, s.seen(c, ch, m))
	}
	return reply{body: page}, nil
}

// window picks messages as Discord pages them: newest first.
func window(all []*Message, limit int, before, after, around string) []*Message {
	open := make([]*Message, 0, len(all))
	for _, m := range all {
		if !m.Ephemeral() {
			open = append(open, m)
		}
	}
	slices.SortStableFunc(open, func(a, b *Message) int { // what took its time may have come later than it was made
		switch {
		case olderID(a.ID, b.ID):
			return -1
		case olderID(b.ID, a.ID):
			return 1
		}
		return 0
	})
	index := func(id string) int { // of the first message that is not older than id
		return slices.IndexFunc(append(open, &Message{ID: "99999999999999999999"}), func(m *Message) bool { return !olderID(m.ID, id) })
	}
	low, high := max(0, len(open)-limit), len(open)
	switch {
	case around != "":
		low = max(0, index(around)-limit/2)
		high = min(len(open), low+limit)
	case before != "":
		high = index(before)
		low = max(0, high-limit)
	case after != "":
		low = index(after)
		if low < len(open) && open[low].ID == after {
			low++
		}
		high = min(len(open), low+limit)
	}
	page := slices.Clone(open[low:high])
	slices.Reverse(page)
	return page
}

func (s *Server) typing(c *call) (reply, error) {
	ch, err := s.channelOf(c)
	if err == nil {
		err = s.may(c.bot.user, ch, (&draft{}).sending(ch))
	}
	if err != nil {
		return reply{}, err
	}
	s.emitTyping(ch, c.bot.user, s.clock.now().Unix())
	return reply{}, nil
}

// startThread is https://docs.discord.com/developers/resources/channel#start-thread-from-message
func (s *Server) startThread(c *call) (reply, error) {
	ch, m, err := s.messageOf(c)
	if err != nil {
		return reply{}, err
	}
	f, err := newForm(c.body)
	if err != nil {
		return reply{}, err
	}
	name, minutes := "", 1440
	f.read("name", &name)
	if n := utf8.RuneCountInString(name); n < 1 || n > 100 {
		f.badLength("name", 1, 100)
	}
	if f.read("auto_archive_duration", &minutes) && !slices.Contains([]int{60, 1440, 4320, 10080}, minutes) {
		f.add("auto_archive_duration", "BASE_TYPE_CHOICES", "Value must be one of (60, 1440, 4320, 10080).")
	}
	switch {
	case f.err() != nil:
		return reply{}, f.err()
	case s.may(c.bot.user, ch, mayCreateThreads) != nil:
		return reply{}, errMissingPermissions()
	case ch.Type != ChannelText:
		return reply{}, badRequest(50024, "Cannot execute action on this channel type")
	case s.channels[m.ID] != nil:
		return reply{}, badRequest(160004, "A thread has already been created for this message")
	case len(s.channels) >= maxChannels:
		return reply{}, badRequest(160006, "Maximum number of active threads reached")
	}
	thread := s.newThread(ch, m.ID, c.bot.user.ID, name, minutes)
	s.addChannel(thread, "THREAD_CREATE")
	m.Flags |= FlagHasThread
	info := thread.Channel
	m.Thread = &info
	s.emitMessage("MESSAGE_UPDATE", ch, m)
	return reply{status: http.StatusCreated, body: thread.Channel}, nil
}

// newThread is a public thread below parent with the id of its first message.
func (s *Server) newThread(parent *channel, id, owner, name string, minutes int) *channel {
	now := timestamp(s.clock.now())
	zero, one := 0, 1
	parentID := parent.ID
	return &channel{guild: parent.guild, Channel: Channel{
		ID: id, Type: ChannelPublicThread, GuildID: parent.GuildID, ParentID: &parentID, Name: name, OwnerID: owner,
		Thread:       &ThreadMetadata{ArchiveTimestamp: now, AutoArchiveDuration: minutes, CreateTimestamp: now},
		MessageCount: &zero, TotalMessageSent: &zero, MemberCount: &one,
		Member: &ThreadMember{ID: id, UserID: owner, JoinTimestamp: now},
	}}
}

func (s *Server) addReaction(c *call) (reply, error) {
	ch, m, err := s.messageOf(c)
	if err != nil {
		return reply{}, err
	}
	known := slices.ContainsFunc(m.Reactions, func(r Reaction) bool { return *r.Emoji["name"] == c.param("emoji") })
	if err := s.may(c.bot.user, ch, mayAddReactions); err != nil && !known {
		return reply{}, err
	}
	if err := s.react(ch, m, c.bot.user, c.param("emoji"), true); err != nil {
		return reply{}, err
	}
	return reply{}, nil
}

func (s *Server) removeReaction(c *call) (reply, error) {
	ch, m, err := s.messageOf(c)
	if err != nil {
		return reply{}, err
	}
	if err := s.react(ch, m, c.bot.user, c.param("emoji"), false); err != nil {
		return reply{}, err
	}
	return reply{}, nil
}

// react adds or removes a user's reaction. The caller holds s.mu.
func (s *Server) react(ch *channel, m *Message, u *User, emoji string, add bool) error {
	if emoji == "" || utf8.RuneCountInString(emoji) > 64 {
		return badRequest(10014, "Unknown Emoji")
	}
	next := slices.Clone(m.Reactions)
	i := slices.IndexFunc(next, func(r Reaction) bool { return *r.Emoji["name"] == emoji })
	if i < 0 {
		if !add {
			return nil
		}
		if len(next) >= 20 {
			return badRequest(30010, "Maximum number of reactions reached (20)")
		}
		next = append(next, Reaction{Emoji: map[string]*string{"id": nil, "name": &emoji}, BurstColors: []string{}})
		i = len(next) - 1
	}
	if slices.Contains(next[i].users, u.ID) == add {
		return nil
	}
	if err := ch.awake(); err != nil {
		return err
	}
	event := "MESSAGE_REACTION_ADD"
	if add {
		next[i].users = append(slices.Clone(next[i].users), u.ID)
	} else {
		event = "MESSAGE_REACTION_REMOVE"
		next[i].users = slices.DeleteFunc(slices.Clone(next[i].users), func(id string) bool { return id == u.ID })
	}
	next[i].Count = len(next[i].users)
	next[i].CountDetails = map[string]int{"burst": 0, "normal": next[i].Count}
	info := next[i]
	m.Reactions = slices.DeleteFunc(next, func(r Reaction) bool { return r.Count == 0 })
	s.emitReaction(event, ch, m, u, info)
	return nil
}

// emitReaction tells of a reaction; pages get the whole message anew.
func (s *Server) emitReaction(event string, ch *channel, m *Message, u *User, r Reaction) {
	data := map[string]any{
		"user_id": u.ID, "channel_id": ch.ID, "message_id": m.ID, "emoji": r.Emoji,
		"burst": false, "type": 0, "message_author_id": m.Author.ID,
	}
	if ch.GuildID != "" {
		data["guild_id"] = ch.GuildID
		if event == "MESSAGE_REACTION_ADD" {
			data["member"] = s.member(ch.guild, u, true)
		}
	}
	s.toBots(ch, intentGuildReactions, intentDirectReactions, event, "", same(s.encode(data)))
	copied := m.clone()
	s.publish(pageEvent{Type: "MESSAGE_UPDATE", channel: ch, Message: &copied})
}

// createDM is https://docs.discord.com/developers/resources/user#create-dm
func (s *Server) createDM(c *call) (reply, error) {
	var in struct {
		Recipient json.Number `json:"recipient_id"`
	}
	var f formErrors
	if err := json.Unmarshal(c.body, &in); err != nil || in.Recipient == "" {
		f.required("recipient_id")
		return reply{}, f.err()
	}
	u := s.users[in.Recipient.String()]
	if u == nil || u.Bot {
		return reply{}, badRequest(50033, "Invalid Recipient(s)")
	}
	ch, err := s.openDM(u, c.bot)
	if err != nil {
		return reply{}, err
	}
	return reply{body: ch.Channel}, nil
}
