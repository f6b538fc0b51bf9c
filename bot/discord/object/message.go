// Package object has Discord's objects as the bot reads and writes them: messages,
// channels, interactions, components, permissions and ids. They are its own types,
// for discordgo drops a message with a component that it does not know, and leaves
// fields nil. A field that Discord may leave out has a zero value that means nothing.
package object

import "slices"

// User is a user, as far as the bot cares.
type User struct {
	ID  string `json:"id"`
	Bot bool   `json:"bot"`
}

// Message is a message, as far as the bot cares.
// https://docs.discord.com/developers/resources/message#message-object
type Message struct {
	ID        string `json:"id"`
	Type      int    `json:"type"`
	ChannelID string `json:"channel_id"`
	GuildID   string `json:"guild_id"` // empty in direct messages
	Author    User   `json:"author"`
	WebhookID string `json:"webhook_id"`
	Content   string `json:"content"`
	Edited    string `json:"edited_timestamp"` // empty when it never was
	Flags     int    `json:"flags"`
	// ChannelType is sent with events, though it is not documented.
	ChannelType int `json:"channel_type"`
	Reference   *struct {
		MessageID string `json:"message_id"`
	} `json:"message_reference"` // of a reply, or of a forward
	// Interaction is what an answer to one tells of it.
	Interaction *struct {
		ID string `json:"id"`
	} `json:"interaction_metadata"`
	Mentions     []User   `json:"mentions"`
	MentionRoles []string `json:"mention_roles"`
	Referenced   *Message `json:"referenced_message"` // nil when deleted or not told

	// What else than the content may hold what it says.
	Components []Component `json:"components"`
	Embeds     []struct {
		Title       string `json:"title"`
		Description string `json:"description"`
		Fields      []struct {
			Name  string `json:"name"`
			Value string `json:"value"`
		} `json:"fields"`
	} `json:"embeds"`
	Poll *struct {
		Question pollText `json:"question"`
		Answers  []struct {
			Text pollText `json:"poll_media"`
		} `json:"answers"`
	} `json:"poll"`
	Snapshots []struct {
		Message Message `json:"message"`
	} `json:"message_snapshots"` // of a forward, without who wrote it
	Attachments []struct {
		Description string `json:"description"` // a picture's alternative text
	} `json:"attachments"`
	Stickers []struct{} `json:"sticker_items"`
}

// pollText is a poll's question, or one of its answers.
type pollText struct {
	Text string `json:"text"`
}

// Answers is the id of the message or the interaction that a message of the
// bot's answers, whichever of several it is; empty for none.
func (m Message) Answers() string {
	switch {
	case m.Interaction != nil:
		return m.Interaction.ID
	case m.Reference != nil:
		return m.Reference.MessageID
	}
	return ""
}

// Loading says whether the message is the acknowledgement of an interaction, and
// shows nothing yet.
func (m Message) Loading() bool { return m.Flags&flagLoading != 0 }

// Message flags.
// https://docs.discord.com/developers/resources/message#message-object-message-flags
const (
	FlagEphemeral    = 1 << 6
	flagLoading      = 1 << 7
	FlagComponentsV2 = 1 << 15
)

// The message types in which people speak; all others are the system's.
const (
	TypeDefault = 0
	TypeReply   = 19
)

// MentionsUser says whether the message mentions the user, be it by replying.
func (m Message) MentionsUser(id string) bool {
	return slices.ContainsFunc(m.Mentions, func(u User) bool { return u.ID == id })
}

// Channel is a channel or thread, as far as the bot cares.
type Channel struct {
	ID       string `json:"id"`
	Type     int    `json:"type"`
	GuildID  string `json:"guild_id"`  // empty in direct messages
	OwnerID  string `json:"owner_id"`  // of a thread
	ParentID string `json:"parent_id"` // of a thread its channel
}

// IsThread says whether a channel's type is one of threads.
// https://docs.discord.com/developers/resources/channel#channel-object-channel-types
func IsThread(channelType int) bool { return channelType >= 10 && channelType <= 12 }

func (c *Channel) Whole() bool { return c.ID != "" }
