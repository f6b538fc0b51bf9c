package testserver

import "encoding/json"

// User is Discord's user object.
// https://docs.discord.com/developers/resources/user#user-object
type User struct {
	ID            string  `json:"id"`
	Username      string  `json:"username"`
	Discriminator string  `json:"discriminator"` // "0" for people, "0000" for bots
	GlobalName    *string `json:"global_name"`
	Avatar        *string `json:"avatar"`
	Bot           bool    `json:"bot,omitempty"`
	PublicFlags   int     `json:"public_flags"`
	Flags         int     `json:"flags"`
	PrimaryGuild  *string `json:"primary_guild"` // always null here
}

// Member is Discord's guild member object; User is nil inside a message event.
// https://docs.discord.com/developers/resources/guild#guild-member-object
type Member struct {
	User                       *User    `json:"user,omitempty"`
	Nick                       *string  `json:"nick"`
	Avatar                     *string  `json:"avatar"`
	Banner                     *string  `json:"banner"`
	Roles                      []string `json:"roles"`
	JoinedAt                   string   `json:"joined_at"`
	PremiumSince               *string  `json:"premium_since"`
	Deaf                       bool     `json:"deaf"`
	Mute                       bool     `json:"mute"`
	Flags                      int      `json:"flags"`
	Pending                    bool     `json:"pending"`
	Permissions                string   `json:"permissions,omitempty"` // only inside an interaction
	CommunicationDisabledUntil *string  `json:"communication_disabled_until"`
}

// Channel types that the server makes.
// https://docs.discord.com/developers/resources/channel#channel-object-channel-types
const (
	ChannelText         = 0
	ChannelDM           = 1
	ChannelPublicThread = 11
)

// Channel is Discord's channel object: a text channel of the guild, a DM or a
// public thread, by Type.
// https://docs.discord.com/developers/resources/channel#channel-object
type Channel struct {
	ID                   string          `json:"id"`
	Type                 int             `json:"type"`
	Flags                int             `json:"flags"`
	LastMessageID        *string         `json:"last_message_id"`
	GuildID              string          `json:"guild_id,omitempty"`
	Name                 string          `json:"name,omitempty"`
	Topic                *string         `json:"topic,omitempty"`
	Position             *int            `json:"position,omitempty"`
	ParentID             *string         `json:"parent_id,omitempty"`
	NSFW                 bool            `json:"nsfw,omitempty"`
	RateLimitPerUser     int             `json:"rate_limit_per_user,omitempty"`
	PermissionOverwrites *[]overwrite    `json:"permission_overwrites,omitempty"`
	Permissions          string          `json:"permissions,omitempty"` // only inside an interaction
	Recipients           []User          `json:"recipients,omitempty"`
	OwnerID              string          `json:"owner_id,omitempty"`
	Thread               *ThreadMetadata `json:"thread_metadata,omitempty"`
	MessageCount         *int            `json:"message_count,omitempty"`
	MemberCount          *int            `json:"member_count,omitempty"`
	TotalMessageSent     *int            `json:"total_message_sent,omitempty"`
	Member               *ThreadMember   `json:"member,omitempty"`
}

// ThreadMetadata is the part of a channel object that only threads have.
type ThreadMetadata struct {
	Archived            bool   `json:"archived"`
	ArchiveTimestamp    string `json:"archive_timestamp"`
	AutoArchiveDuration int    `json:"auto_archive_duration"` // minutes
	Locked              bool   `json:"locked"`
	CreateTimestamp     string `json:"create_timestamp"`
}

// ThreadMember tells since when a user is in a thread.
type ThreadMember struct {
	ID            string `json:"id"` // the thread
	UserID        string `json:"user_id"`
	JoinTimestamp string `json:"join_timestamp"`
	Flags         int    `json:"flags"`
}

// Message flags.
// https://docs.discord.com/developers/resources/message#message-object-message-flags
const (
	FlagSuppressEmbeds        = 1 << 2
	FlagHasThread             = 1 << 5
	FlagEphemeral             = 1 << 6
	FlagLoading               = 1 << 7
	FlagSuppressNotifications = 1 << 12
	FlagHasSnapshot           = 1 << 14
	FlagComponentsV2          = 1 << 15
)

// Message types.
// https://docs.discord.com/developers/resources/message#message-object-message-types
const (
	MessageDefault            = 0
	MessageReply              = 19
	MessageChatInputCommand   = 20
	MessageContextMenuCommand = 23
)

// Message is Discord's message object. Embeds and components are kept as the
// JSON that Discord would answer with.
// https://docs.discord.com/developers/resources/message#message-object
type Message struct {
	ID                  string               `json:"id"`
	Type                int                  `json:"type"`
	ChannelID           string               `json:"channel_id"`
	Author              User                 `json:"author"`
	Content             string               `json:"content"`
	Timestamp           string               `json:"timestamp"`
	EditedTimestamp     *string              `json:"edited_timestamp"`
	TTS                 bool                 `json:"tts"`
	MentionEveryone     bool                 `json:"mention_everyone"`
	Mentions            []User               `json:"mentions"`
	MentionRoles        []string             `json:"mention_roles"`
	Attachments         []Attachment         `json:"attachments"`
	Embeds              []json.RawMessage    `json:"embeds"`
	Components          []json.RawMessage    `json:"components"`
	Reactions           []Reaction           `json:"reactions,omitempty"`
	Nonce               json.RawMessage      `json:"nonce,omitempty"` // a string or an integer, as it was sent
	Pinned              bool                 `json:"pinned"`
	WebhookID           string               `json:"webhook_id,omitempty"`
	ApplicationID       string               `json:"application_id,omitempty"`
	Flags               int                  `json:"flags"`
	MessageReference    *MessageReference    `json:"message_reference,omitempty"`
	ReferencedMessage   *Message             `json:"referenced_message,omitempty"`
	MessageSnapshots    []MessageSnapshot    `json:"message_snapshots,omitempty"` // of a forward, one
	Poll                *Poll                `json:"poll,omitempty"`
	InteractionMetadata *InteractionMetadata `json:"interaction_metadata,omitempty"`
	Interaction         *MessageInteraction  `json:"interaction,omitempty"`
	Thread              *Channel             `json:"thread,omitempty"`

	invoker string // user id who alone sees an ephemeral message
}

// Ephemeral tells whether only the member who invoked the interaction sees m.
func (m Message) Ephemeral() bool { return m.Flags&FlagEphemeral != 0 }

// Loading tells whether m is a deferred answer that no edit has filled yet.
func (m Message) Loading() bool { return m.Flags&FlagLoading != 0 }

// Types of references.
// https://docs.discord.com/developers/resources/message#message-reference-types
const (
	ReferenceReply   = 0
	ReferenceForward = 1
)

// MessageReference points at the message that a reply answers, or that was
// forwarded.
type MessageReference struct {
	Type      int    `json:"type"`
	ChannelID string `json:"channel_id"`
	MessageID string `json:"message_id,omitempty"`
	GuildID   string `json:"guild_id,omitempty"`
}

// MessageSnapshot is a message as it was when it was forwarded.
// https://docs.discord.com/developers/resources/message#message-snapshot-object
type MessageSnapshot struct {
	Message SnapshotMessage `json:"message"`
}

// SnapshotMessage is what a forward tells of a message: not who wrote it.
type SnapshotMessage struct {
	Type            int               `json:"type"`
	Content         string            `json:"content"`
	Timestamp       string            `json:"timestamp"`
	EditedTimestamp *string           `json:"edited_timestamp"`
	Flags           int               `json:"flags"`
	Mentions        []User            `json:"mentions"`
	MentionRoles    []string          `json:"mention_roles"`
	Attachments     []Attachment      `json:"attachments"`
	Embeds          []json.RawMessage `json:"embeds"`
	Components      []json.RawMessage `json:"components"`
}

// Poll is Discord's poll object, as far as its words go: nobody votes.
// https://docs.discord.com/developers/resources/poll#poll-object
type Poll struct {
	Question    PollMedia    `json:"question"`
	Answers     []PollAnswer `json:"answers"`
	Expiry      string       `json:"expiry"`
	Multiselect bool         `json:"allow_multiselect"`
	Layout      int          `json:"layout_type"`
	Results     pollResults  `json:"results"`
}

// PollMedia is a poll's question, or one of its answers.
type PollMedia struct {
	Text string `json:"text"`
}

// PollAnswer is one of a poll's answers.
type PollAnswer struct {
	ID    int       `json:"answer_id"`
	Media PollMedia `json:"poll_media"`
}

type pollResults struct {
	Counts    []any `json:"answer_counts"`
	Finalized bool  `json:"is_finalized"`
}

// InteractionMetadata says which interaction a message answers.
// https://docs.discord.com/developers/resources/message#message-interaction-metadata-object
type InteractionMetadata struct {
	ID                    string               `json:"id"`
	Type                  int                  `json:"type"`
	User                  User                 `json:"user"`
	AuthorizingOwners     map[string]string    `json:"authorizing_integration_owners"`
	OriginalResponseID    string               `json:"original_response_message_id,omitempty"` // on follow-ups
	TargetMessageID       string               `json:"target_message_id,omitempty"`
	TargetUser            *User                `json:"target_user,omitempty"`
	InteractedMessageID   string               `json:"interacted_message_id,omitempty"`
	TriggeringInteraction *InteractionMetadata `json:"triggering_interaction_metadata,omitempty"` // of a modal
}

// MessageInteraction is the older form of InteractionMetadata, which names
// the command; Discord still sends both.
type MessageInteraction struct {
	ID   string `json:"id"`
	Type int    `json:"type"`
	Name string `json:"name"`
	User User   `json:"user"`
}

// Attachment is a file of a message; URL is served by this server.
type Attachment struct {
	ID          string `json:"id"`
	Filename    string `json:"filename"`
	Description string `json:"description,omitempty"`
	ContentType string `json:"content_type,omitempty"`
	Size        int    `json:"size"` // bytes
	URL         string `json:"url"`
	ProxyURL    string `json:"proxy_url"`
	Ephemeral   bool   `json:"ephemeral,omitempty"`
}

// Reaction counts one emoji on a message.
type Reaction struct {
	Count        int                `json:"count"`
	CountDetails map[string]int     `json:"count_details"`
	BurstColors  []string           `json:"burst_colors"`
	MeBurst      bool               `json:"me_burst"`
	Me           bool               `json:"me"` // as seen by the reader
	Emoji        map[string]*string `json:"emoji"`

	users []string
}

// clone copies m so that the copy shares no slice that is changed in place.
func (m *Message) clone() Message {
	c := *m
	if m.ReferencedMessage != nil {
		r := *m.ReferencedMessage
		c.ReferencedMessage = &r
	}
	if m.Thread != nil {
		t := *m.Thread
		c.Thread = &t
	}
	c.Reactions = append([]Reaction(nil), m.Reactions...)
	return c
}
