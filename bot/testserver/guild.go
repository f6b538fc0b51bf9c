package testserver

// role is Discord's role object.
type role struct {
	ID           string            `json:"id"`
	Name         string            `json:"name"`
	Description  *string           `json:"description"`
	Permissions  string            `json:"permissions"`
	Position     int               `json:"position"`
	Color        int               `json:"color"`
	Colors       map[string]any    `json:"colors"`
	Hoist        bool              `json:"hoist"`
	Managed      bool              `json:"managed"`
	Mentionable  bool              `json:"mentionable"`
	Icon         *string           `json:"icon"`
	UnicodeEmoji *string           `json:"unicode_emoji"`
	Flags        int               `json:"flags"`
	Tags         map[string]string `json:"tags,omitempty"` // whose role it is, when a bot's installation made it
}

// guild is Discord's guild object with what bots and their libraries read.
// https://docs.discord.com/developers/resources/guild#guild-object
type guild struct {
	ID                          string   `json:"id"`
	Name                        string   `json:"name"`
	Icon                        *string  `json:"icon"`
	Description                 *string  `json:"description"`
	HomeHeader                  *string  `json:"home_header"`
	Splash                      *string  `json:"splash"`
	DiscoverySplash             *string  `json:"discovery_splash"`
	Features                    []string `json:"features"`
	Banner                      *string  `json:"banner"`
	OwnerID                     string   `json:"owner_id"`
	ApplicationID               *string  `json:"application_id"`
	Region                      string   `json:"region"`
	AFKChannelID                *string  `json:"afk_channel_id"`
	AFKTimeout                  int      `json:"afk_timeout"`
	SystemChannelID             *string  `json:"system_channel_id"`
	SystemChannelFlags          int      `json:"system_channel_flags"`
	WidgetEnabled               bool     `json:"widget_enabled"`
	WidgetChannelID             *string  `json:"widget_channel_id"`
	VerificationLevel           int      `json:"verification_level"`
	Roles                       []role   `json:"roles"`
	DefaultMessageNotifications int      `json:"default_message_notifications"`
	MFALevel                    int      `json:"mfa_level"`
	ExplicitContentFilter       int      `json:"explicit_content_filter"`
	MaxPresences                *int     `json:"max_presences"`
	MaxMembers                  int      `json:"max_members"`
	MaxStageVideoChannelUsers   int      `json:"max_stage_video_channel_users"`
	MaxVideoChannelUsers        int      `json:"max_video_channel_users"`
	VanityURLCode               *string  `json:"vanity_url_code"`
	PremiumTier                 int      `json:"premium_tier"`
	PremiumSubscriptionCount    int      `json:"premium_subscription_count"`
	PreferredLocale             string   `json:"preferred_locale"`
	RulesChannelID              *string  `json:"rules_channel_id"`
	SafetyAlertsChannelID       *string  `json:"safety_alerts_channel_id"`
	PublicUpdatesChannelID      *string  `json:"public_updates_channel_id"`
	PremiumProgressBarEnabled   bool     `json:"premium_progress_bar_enabled"`
	NSFW                        bool     `json:"nsfw"`
	NSFWLevel                   int      `json:"nsfw_level"`
	Emojis                      []any    `json:"emojis"`
	Stickers                    []any    `json:"stickers"`
	IncidentsData               *string  `json:"incidents_data"`
	ApproximateMemberCount      *int     `json:"approximate_member_count,omitempty"`
	ApproximatePresenceCount    *int     `json:"approximate_presence_count,omitempty"`

	memberRoles map[string][]string // by user id, without @everyone
	first       bool                // names without a guild lie here
}

// guildCreate is the guild as the gateway sends it after READY.
// https://docs.discord.com/developers/events/gateway-events#guild-create
type guildCreate struct {
	guild
	JoinedAt             string    `json:"joined_at"`
	Large                bool      `json:"large"`
	Unavailable          bool      `json:"unavailable"`
	MemberCount          int       `json:"member_count"`
	VoiceStates          []any     `json:"voice_states"`
	Members              []*Member `json:"members"`
	Channels             []Channel `json:"channels"`
	Threads              []Channel `json:"threads"`
	Presences            []any     `json:"presences"`
	StageInstances       []any     `json:"stage_instances"`
	GuildScheduledEvents []any     `json:"guild_scheduled_events"`
	SoundboardSounds     []any     `json:"soundboard_sounds"`
}

func noColours() map[string]any {
	return map[string]any{"primary_color": 0, "secondary_color": nil, "tertiary_color": nil}
}

func newGuild(ids *clock, name string) *guild {
	id := ids.next()
	everyone := role{ID: id, Name: "@everyone", Permissions: everyonesPermissions.String(), Colors: noColours()}
	return &guild{
		memberRoles: map[string][]string{},
		ID:          id, Name: name, Features: []string{}, OwnerID: ids.next(), Region: "local",
		AFKTimeout: 300, Roles: []role{everyone}, MaxMembers: 500000,
		MaxStageVideoChannelUsers: 50, MaxVideoChannelUsers: 25, PreferredLocale: "en-US",
		Emojis: []any{}, Stickers: []any{},
	}
}

// guildSnapshot is a guild with its members and channels as they are now and
// as a bot sees them. The caller holds s.mu.
func (s *Server) guildSnapshot(of *guild, b *bot) guildCreate {
	g := guildCreate{
		guild: *of, JoinedAt: timestamp(s.clock.now()), MemberCount: len(s.users),
		VoiceStates: []any{}, Members: []*Member{}, Channels: []Channel{}, Threads: []Channel{},
		Presences: []any{}, StageInstances: []any{}, GuildScheduledEvents: []any{}, SoundboardSounds: []any{},
	}
	for _, b := range s.botOrder {
		if !b.in(of) {
			continue
		}
		g.Members = append(g.Members, s.member(of, b.user, true))
	}
	const enough = 250 // Discord sends the first part of a large guild too
	g.Large = len(s.users) > enough
	for _, u := range s.users {
		if !u.Bot && len(g.Members) < enough {
			g.Members = append(g.Members, s.member(of, u, true))
		}
	}
	for _, ch := range s.channelOrder {
		if ch.guild != of || s.permissionsIn(b.user, ch)&mayView == 0 {
			continue
		}
		switch ch.Type {
		case ChannelText:
			g.Channels = append(g.Channels, ch.Channel)
		case ChannelPublicThread:
			g.Threads = append(g.Threads, ch.Channel)
		}
	}
	return g
}
