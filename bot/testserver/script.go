package testserver

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
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
	Forward string `json:"forward"`  // message id, of any channel
	Poll    any    `json:"poll"`     // as bots send one
	Files   []File `json:"files"`

	host string // under which the files can be fetched
}

// File is a file that a person sends, with a message or as the value of a
// command's option.
type File struct {
	Name        string `json:"name"`
	ContentType string `json:"content_type,omitempty"`
	Description string `json:"description,omitempty"` // the alternative text of a picture
	Data        []byte `json:"data"`                  // JSON: in base64
}

// upload checks a file as an upload is checked.
func (f File) upload() (upload, error) {
	if f.Name == "" || len(f.Data) > maxJSONBody {
		return upload{}, complaint("a file needs a name and at most %d bytes", maxJSONBody)
	}
	return upload{name: path.Base(f.Name), media: f.ContentType, data: f.Data, description: f.Description}, nil
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

// Forwarding makes the message a forward of another one.
func Forwarding(messageID string) PostOption {
	return func(p *postRequest) { p.Forward = messageID }
}

// WithPoll puts a poll into the message.
func WithPoll(question string, answers ...string) PostOption {
	var list []any
	for _, a := range answers {
		list = append(list, map[string]any{"poll_media": PollMedia{a}})
	}
	return func(p *postRequest) { p.Poll = map[string]any{"question": PollMedia{question}, "answers": list} }
}

// Post has a person write a message. The user and the channel are names, made
// when first used: "general" is a text channel, "@bot" the person's direct
// messages with that bot; an id works too. An "@name" of any bot or user in
// the content becomes the mention that a Discord client would send, and an
// "@&name" that of a role: a bot's own has its name.
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
	content := s.withMentions(ch, p.Content)
	body := map[string]any{"content": content, "allowed_mentions": map[string]any{
		"parse": []string{"users", "roles", "everyone"}, "replied_user": p.Ping == nil || *p.Ping,
	}}
	if p.ReplyTo != "" {
		body["message_reference"] = map[string]any{"message_id": p.ReplyTo}
	}
	if p.Forward != "" {
		ref := map[string]any{"type": ReferenceForward, "message_id": p.Forward}
		if m := s.messages[p.Forward]; m != nil {
			ref["channel_id"] = m.ChannelID
		}
		body["message_reference"] = ref
	}
	if p.Poll != nil {
		body["poll"] = p.Poll
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
	if err := s.wake(u, ch); err != nil {
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
	d, err := parseDraft(s.encode(map[string]any{"content": s.withMentions(ch, content)}), nil, m.Flags)
	if err == nil {
		err = s.revise(ch, m, d, "")
	}
	if err != nil {
		return Message{}, err
	}
	return m.clone(), nil
}

// Delete has a person delete a message: their own, or, where they may manage
// messages, anybody's.
func (s *Server) Delete(user, messageID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.person(user)
	if err != nil {
		return asComplaint(err)
	}
	m := s.messages[messageID]
	if m == nil {
		return errUnknownMessage()
	}
	ch := s.channels[m.ChannelID]
	if m.Author.ID != u.ID {
		if err := s.may(u, ch, mayManageMessages); err != nil {
			return err
		}
	}
	s.remove(ch, m)
	s.emitDelete(ch, m)
	return nil
}

// DeleteBulk has a moderator, who needs MANAGE_MESSAGES, delete messages of a
// channel at once, as moderating bots do for them.
func (s *Server) DeleteBulk(user string, messageIDs ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.person(user)
	if err != nil {
		return asComplaint(err)
	}
	for _, id := range messageIDs {
		if m := s.messages[id]; m != nil {
			return s.deleteBulk(s.channels[m.ChannelID], u, messageIDs)
		}
	}
	return errUnknownMessage()
}

// Unfurl shows embeds for the links of a message, as Discord does a while after
// it was posted: it is updated, and was not edited.
func (s *Server) Unfurl(messageID string, embeds ...any) (Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.messages[messageID]
	if m == nil {
		return Message{}, errUnknownMessage()
	}
	d, err := parseDraft(s.encode(map[string]any{"embeds": embeds}), nil, m.Flags)
	if err != nil {
		return Message{}, err
	}
	next := m.clone()
	next.Embeds = *d.embeds
	*m = next
	s.emitMessage("MESSAGE_UPDATE", s.channels[m.ChannelID], m)
	return m.clone(), nil
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

var (
	typedMention = regexp.MustCompile(`(^|[^\p{L}\p{N}_<@])@([\p{L}\p{N}_.-]+)`)
	typedRole    = regexp.MustCompile(`(^|\s)@&([\p{L}\p{N}_.-]+)`)
)

// withMentions turns each "@name" of a known user or bot into "<@id>", and each
// "@&name" of a role of the channel's guild into "<@&id>". A name ends at its
// longest known form: "@ana." mentions ana.
func (s *Server) withMentions(ch *channel, content string) string {
	content = typedRole.ReplaceAllStringFunc(content, func(found string) string {
		head, name, _ := strings.Cut(found, "@&")
		if ch.guild != nil {
			for _, r := range ch.guild.Roles {
				if r.Name == name {
					return head + "<@&" + r.ID + ">"
				}
			}
		}
		return found
	})
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
