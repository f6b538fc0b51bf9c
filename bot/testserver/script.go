package testserver

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// complaint is a scripting request that cannot be done, worded for a person.
func complaint(format string, args ...any) error {
	return badRequest(0, fmt.Sprintf(format, args...))
}

// postRequest is the body of POST /test/messages.
type postRequest struct {
	User    string `json:"user"`
	Channel string `json:"channel"`
	Content string `json:"content"`
	ReplyTo string `json:"reply_to"` // message id
	Ping    *bool  `json:"ping"`     // whether a reply mentions whom it answers, default true
	Files   []File `json:"files"`

	host string // under which the files can be fetched
}

// File is a file that a person sends, with a message or as the value of a
// command's option.
type File struct {
	Name        string `json:"name"`
	ContentType string `json:"content_type,omitempty"`
	Data        []byte `json:"data"` // JSON: in base64
}

// upload checks a file as an upload is checked.
func (f File) upload() (upload, error) {
	if f.Name == "" || len(f.Data) > maxJSONBody {
		return upload{}, complaint("a file needs a name and at most %d bytes", maxJSONBody)
	}
	return upload{name: path.Base(f.Name), media: f.ContentType, data: f.Data}, nil
}

// PostOption changes a Post.
type PostOption func(*postRequest)

// ReplyTo makes the message a reply that pings the author it answers.
func ReplyTo(messageID string) PostOption {
	return func(p *postRequest) { p.ReplyTo = messageID }
}

// WithFiles sends files with the message.
func WithFiles(files ...File) PostOption {
	return func(p *postRequest) { p.Files = append(p.Files, files...) }
}

// WithoutPing makes a reply that does not mention the author it answers.
func WithoutPing() PostOption {
	return func(p *postRequest) { p.Ping = new(bool) }
}

// Post has a person write a message. The user and the channel are names, made
// when first used: "general" is a text channel, "@bot" the person's direct
// messages with that bot; an id works too. An "@name" of any bot or user in
// the content becomes the mention that a Discord client would send.
func (s *Server) Post(user, channel, content string, options ...PostOption) (Message, error) {
	p := postRequest{User: user, Channel: channel, Content: content}
	for _, o := range options {
		o(&p)
	}
	return s.postAs(p)
}

func (s *Server) postAs(p postRequest) (Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ch, err := s.where(p.User, p.Channel)
	if err != nil {
		return Message{}, err
	}
	content := s.withMentions(p.Content)
	body := map[string]any{"content": content, "allowed_mentions": map[string]any{
		"parse": []string{"users", "roles", "everyone"}, "replied_user": p.Ping == nil || *p.Ping,
	}}
	if p.ReplyTo != "" {
		body["message_reference"] = map[string]any{"message_id": p.ReplyTo}
	}
	var files []upload
	for _, f := range p.Files {
		up, err := f.upload()
		if err != nil {
			return Message{}, err
		}
		files = append(files, up)
	}
	d, err := parseDraft(s.encode(body), files, 0)
	if err != nil {
		return Message{}, err
	}
	if err := s.may(u, ch, d.sending(ch)); err != nil {
		return Message{}, err
	}
	m, err := s.compose(ch, u, d, p.host)
	if err != nil {
		return Message{}, err
	}
	s.post(ch, m)
	return m.clone(), nil
}

// Edit has a person edit a message of their own, as Post writes one.
func (s *Server) Edit(user, messageID, content string) (Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, m, err := s.ownMessage(user, messageID)
	if err != nil {
		return Message{}, err
	}
	d, err := parseDraft(s.encode(map[string]any{"content": s.withMentions(content)}), nil, m.Flags)
	if err == nil {
		err = s.revise(ch, m, d, "")
	}
	if err != nil {
		return Message{}, err
	}
	return m.clone(), nil
}

// Delete has a person delete a message of their own.
func (s *Server) Delete(user, messageID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, m, err := s.ownMessage(user, messageID)
	if err != nil {
		return err
	}
	s.remove(ch, m)
	s.emitDelete(ch, m)
	return nil
}

// ownMessage finds a message of a person's.
func (s *Server) ownMessage(user, messageID string) (*channel, *Message, error) {
	u, err := s.person(user)
	if err != nil {
		return nil, nil, asComplaint(err)
	}
	m := s.messages[messageID]
	if m == nil {
		return nil, nil, errUnknownMessage()
	}
	if m.Author.ID != u.ID {
		return nil, nil, complaint("message %s is not %s's", messageID, u.Username)
	}
	return s.channels[m.ChannelID], m, nil
}

// where finds, or makes, the person and the channel of a request.
func (s *Server) where(user, channel string) (*User, *channel, error) {
	u, err := s.person(user)
	if err != nil {
		return nil, nil, asComplaint(err)
	}
	ch, err := s.channelFor(u, channel)
	if err != nil {
		return nil, nil, asComplaint(err)
	}
	return u, ch, s.may(u, ch, mayView)
}

// asComplaint makes a plain error one that is answered with 400.
func asComplaint(err error) error {
	if _, ok := err.(*apiError); ok {
		return err
	}
	return complaint("%s", err)
}

var typedMention = regexp.MustCompile(`(^|[^\p{L}\p{N}_<@])@([\p{L}\p{N}_.-]{1,32})`)

// withMentions turns each "@name" of a known user or bot into "<@id>". A name
// ends at its longest known form: "@ana." mentions ana.
func (s *Server) withMentions(content string) string {
	return typedMention.ReplaceAllStringFunc(content, func(found string) string {
		head, name, _ := strings.Cut(found, "@")
		for end := len(name); end > 0; end-- {
			if u := s.userByName[name[:end]]; u != nil && (end == len(name) || strings.ContainsRune("._-", rune(name[end]))) {
				return head + "<@" + u.ID + ">" + name[end:]
			}
		}
		return found
	})
}

// SetLocale sets the language of a person's client, one of Discord's locales,
// such as "de"; interactions tell it to bots. The person is made if new.
func (s *Server) SetLocale(user, locale string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.person(user)
	if err != nil {
		return asComplaint(err)
	}
	if !slices.Contains(locales, locale) {
		return complaint("there is no locale %q; there are: %s", locale, strings.Join(locales, ", "))
	}
	s.locales[u.ID] = locale
	return nil
}

// SetTopic sets a text channel's topic, up to 1024 characters.
func (s *Server) SetTopic(channel, topic string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, err := s.channelFor(nil, channel)
	if err != nil {
		return asComplaint(err)
	}
	if ch.Type != ChannelText || utf8.RuneCountInString(topic) > 1024 {
		return complaint("a text channel has a topic, of at most 1024 characters")
	}
	ch.Topic = &topic
	s.emitChannel("CHANNEL_UPDATE", ch)
	return nil
}

// Messages returns the newest messages of a channel, oldest first, up to
// limit (0: all that are kept), ephemeral ones too. For "@bot" use
// MessagesFor. A channel that nobody has used is an error.
func (s *Server) Messages(channel string, limit int) ([]Message, error) {
	return s.MessagesFor("", channel, limit)
}

// MessagesFor is Messages as one person sees them: without other people's
// ephemeral ones.
func (s *Server) MessagesFor(user, channel string, limit int) ([]Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var u *User
	if user != "" {
		var err error
		if u, err = s.person(user); err != nil {
			return nil, asComplaint(err)
		}
	}
	ch, err := s.findChannel(u, channel)
	if err != nil {
		return nil, asComplaint(err)
	}
	if ch == nil && strings.HasPrefix(channel, "@") {
		return []Message{}, nil // the person has not written to the bot yet
	}
	if ch == nil || !ch.visible(u, nil) {
		return nil, notFound(10003, fmt.Sprintf("there is no channel %q", channel))
	}
	list := []Message{}
	for _, m := range slices.Backward(ch.messages) {
		if limit > 0 && len(list) == limit {
			break
		}
		if ch.visible(u, m) {
			seen := m.clone()
			if u != nil {
				seen.Reactions = reactionsFor(seen.Reactions, u.ID)
			}
			list = append(list, seen)
		}
	}
	slices.Reverse(list)
	return list, nil
}

// Message returns a message by its id.
func (s *Server) Message(id string) (Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.messages[id]
	if m == nil {
		return Message{}, errUnknownMessage()
	}
	return m.clone(), nil
}

// Text is all that the message says: its content, and its text displays, a
// line for each.
func (m Message) Text() string {
	lines := textDisplays(m.Components)
	if m.Content != "" {
		lines = append([]string{m.Content}, lines...)
	}
	return strings.Join(lines, "\n")
}

// await looks, at once and again after every event, until found is true, ctx
// ends or the server is closed. found runs with s.mu held.
func (s *Server) await(ctx context.Context, what string, found func() bool) error {
	for {
		s.mu.Lock()
		ok, changed := found(), s.changed
		s.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("awaiting %s: %w", what, ctx.Err())
		case <-s.done:
			return fmt.Errorf("awaiting %s: %w", what, http.ErrServerClosed)
		}
	}
}

// AwaitReady returns once a bot has had READY and its guild.
func (s *Server) AwaitReady(ctx context.Context) error {
	return s.await(ctx, "a bot", func() bool {
		return slices.ContainsFunc(s.botOrder, func(b *bot) bool { return b.ready })
	})
}

// AwaitMessage returns a message, of any channel, that match accepts: one
// that is there already, or comes, or is edited. match must not call the
// server.
func (s *Server) AwaitMessage(ctx context.Context, match func(Message) bool) (Message, error) {
	var got Message
	err := s.await(ctx, "a message", func() bool {
		for _, ch := range s.channelOrder {
			for _, m := range ch.messages {
				if c := m.clone(); match(c) {
					got = c
					return true
				}
			}
		}
		return false
	})
	return got, err
}

// AwaitInteraction returns an interaction once it has been answered or has
// failed.
func (s *Server) AwaitInteraction(ctx context.Context, id string) (Interaction, error) {
	var got Interaction
	var unknown bool
	err := s.await(ctx, "an interaction's answer", func() bool {
		in := s.interactions[id]
		if in == nil {
			unknown = true
			return true
		}
		got = in.Interaction
		return in.State == StateAnswered || in.State == StateFailed
	})
	if unknown {
		return got, errUnknownInteraction()
	}
	return got, err
}

// Interaction returns an interaction as it stands.
func (s *Server) Interaction(id string) (Interaction, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.interactions[id]
	if in == nil {
		return Interaction{}, errUnknownInteraction()
	}
	return in.Interaction, nil
}

// UserID returns the id of a person or bot, empty if there is none.
func (s *Server) UserID(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.userByName[name]; u != nil {
		return u.ID
	}
	return ""
}

// channelInfo and botInfo are what GET /test/state tells.
type channelInfo struct {
	ID     string `json:"id"`
	Name   string `json:"name"` // as scripting knows it: "general", "@bot"
	Type   int    `json:"type"`
	User   string `json:"user,omitempty"`   // whose direct messages
	Parent string `json:"parent,omitempty"` // id of a thread's channel
	Topic  string `json:"topic,omitempty"`
}

// userInfo is a person with the language of their client.
type userInfo struct {
	User
	Locale string `json:"locale"`
}

type botInfo struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Connected bool       `json:"connected"`
	Sessions  int        `json:"sessions"` // gateway connections
	Commands  []*command `json:"commands"`
}

func (ch *channel) info() channelInfo {
	info := channelInfo{ID: ch.ID, Name: ch.label(), Type: ch.Type}
	if ch.user != nil {
		info.User = ch.user.Username
	}
	if ch.ParentID != nil {
		info.Parent = *ch.ParentID
	}
	if ch.Topic != nil {
		info.Topic = *ch.Topic
	}
	return info
}

func (s *Server) botInfo(b *bot) botInfo {
	info := botInfo{ID: b.user.ID, Name: b.user.Username, Commands: []*command{}}
	for _, c := range b.commands {
		copied := *c
		info.Commands = append(info.Commands, &copied)
	}
	for _, sess := range s.sessionOrder {
		if sess.bot == b && sess.conn != nil {
			info.Sessions++
		}
	}
	info.Connected = info.Sessions > 0
	return info
}

// snapshot is the body of GET /test/state.
func (s *Server) snapshot() json.RawMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	channels, users, bots := []channelInfo{}, []userInfo{}, []botInfo{}
	for _, ch := range s.channelOrder {
		channels = append(channels, ch.info())
	}
	for _, u := range s.users {
		if !u.Bot {
			users = append(users, userInfo{*u, s.locale(u)})
		}
	}
	roles := []map[string]string{}
	for _, g := range s.guilds {
		for _, r := range g.Roles {
			roles = append(roles, map[string]string{"id": r.ID, "name": r.Name, "guild": g.Name})
		}
	}
	slices.SortFunc(users, func(a, b userInfo) int { return strings.Compare(a.ID, b.ID) })
	for _, b := range s.botOrder {
		bots = append(bots, s.botInfo(b))
	}
	return s.encode(map[string]any{
		"guild":    map[string]any{"id": s.guilds[0].ID, "name": s.guilds[0].Name},
		"channels": channels, "users": users, "bots": bots, "roles": roles,
		"time": timestamp(time.Now()),
	})
}
