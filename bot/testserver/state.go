package testserver

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// state is what the server holds in memory, all of it bounded and lost on
// exit. Server.mu guards it.
type state struct {
	guilds []*guild // the first is where names without a guild lie

	users      map[string]*User // by id, bots too
	userByName map[string]*User
	joined     map[string]string // user id to timestamp
	locales    map[string]string // user id to the language of their client, when it is not en-US
	windows    map[string]*quota

	bots     map[string]*bot // by user id, which is the application id too
	botOrder []*bot
	tokens   map[string]*bot

	channels     map[string]*channel
	channelOrder []*channel
	messages     map[string]*Message
	nonces       map[nonceKey]nonceEntry
	nonceOrder   []nonceKey
	files        fileStore

	sessions     map[string]*session
	sessionOrder []*session
	conns        map[*conn]struct{}
	connections  []*Connection // the newest that had a session

	interactions     map[string]*interaction // by id
	interactionToken map[string]*interaction
	interactionOrder []*interaction

	subscribers map[*subscriber]struct{}
	changed     chan struct{} // closed and replaced at every event
}

// channel is a Channel with its messages, oldest first.
type channel struct {
	Channel
	guild    *guild // nil: a DM
	messages []*Message
	user     *User // the person of a DM
	bot      *bot  // the bot of a DM
}

func newState(ids *clock, guildName string) state {
	home := newGuild(ids, guildName)
	home.first = true
	return state{
		guilds:           []*guild{home},
		users:            map[string]*User{},
		userByName:       map[string]*User{},
		joined:           map[string]string{},
		locales:          map[string]string{},
		windows:          map[string]*quota{},
		bots:             map[string]*bot{},
		tokens:           map[string]*bot{},
		channels:         map[string]*channel{},
		messages:         map[string]*Message{},
		nonces:           map[nonceKey]nonceEntry{},
		files:            fileStore{byID: map[string]*storedFile{}},
		sessions:         map[string]*session{},
		conns:            map[*conn]struct{}{},
		interactions:     map[string]*interaction{},
		interactionToken: map[string]*interaction{},
		subscribers:      map[*subscriber]struct{}{},
		changed:          make(chan struct{}),
	}
}

// nameForm is what a name is made of.
var nameForm = regexp.MustCompile(`^[\p{L}\p{N}_.-]+$`)

// isName says whether a user, channel or guild may have the name.
func isName(name string) bool {
	return utf8.RuneCountInString(name) <= 32 && nameForm.MatchString(name)
}

// errName says what a name of a user or channel must look like.
func errName(what, name string) error {
	return fmt.Errorf("%s %q: a name is 1 to 32 letters, digits, dots, dashes or underscores", what, name)
}

func (s *Server) addUser(u *User) {
	s.users[u.ID] = u
	s.userByName[u.Username] = u
	s.joined[u.ID] = timestamp(s.clock.now())
}

// person returns the user of a name, or of an id, made if it is new.
func (s *Server) person(name string) (*User, error) {
	name = strings.TrimPrefix(name, "@")
	u := s.userByName[name]
	if u == nil {
		u = s.users[name]
	}
	switch {
	case u != nil && u.Bot:
		return nil, fmt.Errorf("user %q is a bot; people act here, bots use the REST API", name)
	case u != nil:
		return u, nil
	case !isName(name):
		return nil, errName("user", name)
	case len(s.users) >= maxUsers:
		return nil, fmt.Errorf("user %q: there are %d users already", name, maxUsers)
	}
	u = &User{ID: s.clock.next(), Username: name, Discriminator: "0"}
	s.addUser(u)
	return u, nil
}

// member is a user as a guild knows it; withUser puts the user inside.
func (s *Server) member(g *guild, u *User, withUser bool) *Member {
	m := &Member{Roles: g.rolesOf(u.ID), JoinedAt: s.joined[u.ID]}
	if withUser {
		m.User = u
	}
	return m
}

// findChannel returns the channel that a person means by a name: "general" or
// "#general", "other/general" in the guild "other", "@bot" for the person's DM
// with that bot, a thread's name, or an id. It is nil, without an error, when there is none yet.
func (s *Server) findChannel(u *User, name string) (*channel, error) {
	if ch := s.channels[name]; ch != nil {
		return ch, nil
	}
	if botName, ok := strings.CutPrefix(name, "@"); ok {
		b, err := s.botByName(botName)
		if err != nil {
			return nil, err
		}
		if u == nil {
			return nil, fmt.Errorf("channel %q is a direct message; say whose, with user", name)
		}
		return s.dm(u, b), nil
	}
	name = strings.TrimPrefix(name, "#")
	byName := func(c *channel) bool { return c.Type != ChannelDM && c.label() == name }
	if i := slices.IndexFunc(s.channelOrder, byName); i >= 0 {
		return s.channelOrder[i], nil
	}
	return nil, nil
}

// channelFor is findChannel that makes a text channel or DM when it is new.
func (s *Server) channelFor(u *User, name string) (*channel, error) {
	ch, err := s.findChannel(u, name)
	if err != nil {
		return nil, err
	}
	if ch != nil {
		if ch.Type == ChannelDM && u != nil && ch.user != u {
			return nil, fmt.Errorf("channel %q is another person's direct message", name)
		}
		return ch, nil
	}
	if len(s.channels) >= maxChannels {
		return nil, fmt.Errorf("channel %q: there are %d channels already", name, maxChannels)
	}
	if botName, ok := strings.CutPrefix(name, "@"); ok {
		b, err := s.botByName(botName)
		if err != nil {
			return nil, err
		}
		return s.openDM(u, b)
	}
	name = strings.TrimPrefix(name, "#")
	guildName, bare, found := strings.Cut(name, "/")
	if !found {
		guildName, bare = "", name
	}
	if !isName(bare) {
		return nil, errName("channel", bare)
	}
	g, err := s.guildFor(guildName)
	if err != nil {
		return nil, err
	}
	return s.addTextChannel(g, bare), nil
}

// guildFor returns the guild of a name or id, made if it is new; an empty name
// is the first one.
func (s *Server) guildFor(name string) (*guild, error) {
	i := slices.IndexFunc(s.guilds, func(g *guild) bool { return g.Name == name || g.ID == name })
	switch {
	case name == "":
		return s.guilds[0], nil
	case i >= 0:
		return s.guilds[i], nil
	case !isName(name):
		return nil, errName("guild", name)
	case len(s.guilds) >= maxGuilds:
		return nil, fmt.Errorf("guild %q: there are %d guilds already", name, maxGuilds)
	}
	g := newGuild(&s.clock, name)
	s.guilds = append(s.guilds, g)
	for _, b := range s.botOrder {
		s.join(g, b)
	}
	for _, sess := range s.sessionOrder {
		if sess.hasGuild(g.ID) && sess.intents&intentGuilds != 0 {
			s.send(sess, "GUILD_CREATE", s.encode(s.guildSnapshot(g, sess.bot)))
		}
	}
	return g, nil
}

// guildByID returns a guild, nil if there is none.
func (s *Server) guildByID(id string) *guild {
	i := slices.IndexFunc(s.guilds, func(g *guild) bool { return g.ID == id })
	if i < 0 {
		return nil
	}
	return s.guilds[i]
}

func (s *Server) addTextChannel(g *guild, name string) *channel {
	position := len(s.channelOrder)
	ch := &channel{guild: g, Channel: Channel{
		ID: s.clock.next(), Type: ChannelText, GuildID: g.ID, Name: name,
		Position: &position, PermissionOverwrites: &[]overwrite{},
	}}
	s.addChannel(ch, "CHANNEL_CREATE")
	return ch
}

func (s *Server) addChannel(ch *channel, event string) {
	s.channels[ch.ID] = ch
	s.channelOrder = append(s.channelOrder, ch)
	s.emitChannel(event, ch)
}

// botByName returns the bot of a name or id.
func (s *Server) botByName(name string) (*bot, error) {
	u := s.userByName[name]
	if u == nil {
		u = s.users[name]
	}
	if u == nil || s.bots[u.ID] == nil {
		return nil, fmt.Errorf("there is no bot named %q", name)
	}
	return s.bots[u.ID], nil
}

// dm returns the direct messages between a person and a bot, nil if none.
func (s *Server) dm(u *User, b *bot) *channel {
	i := slices.IndexFunc(s.channelOrder, func(c *channel) bool { return c.user == u && c.bot == b })
	if i < 0 {
		return nil
	}
	return s.channelOrder[i]
}

// openDM returns the direct messages between a person and a bot.
func (s *Server) openDM(u *User, b *bot) (*channel, error) {
	if ch := s.dm(u, b); ch != nil {
		return ch, nil
	}
	if len(s.channels) >= maxChannels {
		return nil, badRequest(40003, "You are opening direct messages too fast.")
	}
	ch := &channel{
		Channel: Channel{ID: s.clock.next(), Type: ChannelDM, Recipients: []User{*u}},
		user:    u, bot: b,
	}
	s.addChannel(ch, "CHANNEL_CREATE")
	return ch, nil
}

// label is the name under which the scripting interface knows a channel.
func (ch *channel) label() string {
	if ch.Type == ChannelDM {
		return "@" + ch.bot.user.Username
	}
	if !ch.guild.first {
		return ch.guild.Name + "/" + ch.Name
	}
	return ch.Name
}

// visible tells whether a person may see a message; nil sees everything.
func (ch *channel) visible(u *User, m *Message) bool {
	if u == nil {
		return true
	}
	return (ch.user == nil || ch.user == u) && (m == nil || !m.Ephemeral() || m.invoker == u.ID)
}

// store adds a message to its channel and drops the oldest above the bound.
func (s *Server) store(ch *channel, m *Message) {
	s.messages[m.ID] = m
	ch.messages = append(ch.messages, m)
	if len(ch.messages) > s.opts.Messages {
		delete(s.messages, ch.messages[0].ID)
		ch.messages = slices.Delete(ch.messages, 0, 1)
	}
	id := m.ID
	ch.LastMessageID = &id
	if ch.MessageCount != nil {
		count := *ch.MessageCount + 1
		ch.MessageCount, ch.TotalMessageSent = &count, &count
	}
}

// remove takes a message out of its channel.
func (s *Server) remove(ch *channel, m *Message) {
	delete(s.messages, m.ID)
	ch.messages = slices.DeleteFunc(ch.messages, func(o *Message) bool { return o == m })
}

// locale is the language of a person's client.
func (s *Server) locale(u *User) string {
	if l := s.locales[u.ID]; l != "" {
		return l
	}
	return "en-US"
}
