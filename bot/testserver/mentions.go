package testserver

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// allowedMentions says which mentions in a content ping.
// https://docs.discord.com/developers/resources/message#allowed-mentions-object
type allowedMentions struct {
	Parse       []string `json:"parse"`
	Users       []string `json:"users"`
	Roles       []string `json:"roles"`
	RepliedUser *bool    `json:"replied_user"`
}

// readAllowed reads and checks the allowed_mentions field, nil if left out.
func readAllowed(f *form) *allowedMentions {
	var a allowedMentions
	if !f.read("allowed_mentions", &a) {
		return nil
	}
	for i, kind := range a.Parse {
		if !slices.Contains([]string{"users", "roles", "everyone"}, kind) {
			f.add(fmt.Sprintf("allowed_mentions.parse.%d", i), "BASE_TYPE_CHOICES", "Value must be one of ('everyone', 'users', 'roles').")
		}
	}
	for kind, ids := range map[string][]string{"users": a.Users, "roles": a.Roles} {
		if len(ids) > 100 {
			f.add("allowed_mentions."+kind, "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.")
		}
		if len(ids) > 0 && slices.Contains(a.Parse, kind) {
			f.add("allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", "parse:[%q] and %s: [ids...] are mutually exclusive.", kind, kind)
		}
	}
	return &a
}

// allows tells whether a kind of mention, or one id of it, pings. No
// allowed_mentions at all allows everything.
func (a *allowedMentions) allows(kind, id string) bool {
	if a == nil || slices.Contains(a.Parse, kind) {
		return true
	}
	switch kind {
	case "users":
		return slices.Contains(a.Users, id)
	case "roles":
		return slices.Contains(a.Roles, id)
	}
	return false
}

// repliedUser tells whether a reply pings the author it answers.
func (a *allowedMentions) repliedUser() bool {
	if a == nil {
		return true
	}
	return a.RepliedUser != nil && *a.RepliedUser
}

var (
	userMention = regexp.MustCompile(`<@!?(\d{1,20})>`)
	roleMention = regexp.MustCompile(`<@&(\d{1,20})>`)
	everyone    = regexp.MustCompile(`(^|[^\\\w])@(everyone|here)\b`)
	codeSpan    = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")
)

// mention fills what m mentions from its content and, for Components V2, its
// text displays, as far as a allows. The caller holds s.mu.
func (s *Server) mention(ch *channel, m *Message, texts []string, a *allowedMentions) {
	m.Mentions, m.MentionRoles, m.MentionEveryone = []User{}, []string{}, false
	text := codeSpan.ReplaceAllString(strings.Join(append([]string{m.Content}, texts...), "\n"), " ")
	add := func(u *User) {
		if u != nil && !slices.ContainsFunc(m.Mentions, func(o User) bool { return o.ID == u.ID }) {
			m.Mentions = append(m.Mentions, *u)
		}
	}
	for _, found := range userMention.FindAllStringSubmatch(text, 100) {
		if a.allows("users", found[1]) {
			add(s.users[found[1]])
		}
	}
	if ch.Type != ChannelDM {
		mayAll := s.permissionsIn(&m.Author, ch)&mayMentionEveryone != 0
		for _, found := range roleMention.FindAllStringSubmatch(text, 100) {
			r := ch.guild.role(found[1])
			if r != nil && (r.Mentionable || mayAll) && a.allows("roles", r.ID) && !slices.Contains(m.MentionRoles, r.ID) {
				m.MentionRoles = append(m.MentionRoles, found[1])
			}
		}
		m.MentionEveryone = everyone.MatchString(text) && a.allows("everyone", "") && mayAll
	}
	if m.ReferencedMessage != nil && a.repliedUser() {
		add(s.users[m.ReferencedMessage.Author.ID])
	}
}
