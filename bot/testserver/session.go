package testserver

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Gateway intents.
// https://docs.discord.com/developers/events/gateway#list-of-intents
const (
	intentGuilds          = 1 << 0
	intentGuildMembers    = 1 << 1
	intentGuildPresences  = 1 << 8
	intentGuildMessages   = 1 << 9
	intentGuildReactions  = 1 << 10
	intentGuildTyping     = 1 << 11
	intentDirectMessages  = 1 << 12
	intentDirectReactions = 1 << 13
	intentDirectTyping    = 1 << 14
	intentMessageContent  = 1 << 15
	knownIntents          = 1<<26 - 1
)

// session is one gateway session; it outlives its connection so that a client
// can resume it.
type session struct {
	id      string
	bot     *bot
	intents int
	shard   int
	shards  int
	seq     int
	replay  []*event  // the newest events, oldest first
	conn    *conn     // nil while the client is away
	left    time.Time // when it went away last
	over    bool      // it will not come back: what it has missed is told
}

// event is one event of a session. Its data is shared with other sessions.
type event struct {
	seq     int
	name    string
	data    json.RawMessage
	about   string    // the id of its message or interaction, else empty
	written time.Time // to a connection, zero: not yet
}

// bytes is the event as a gateway message.
func (e *event) bytes() []byte {
	out := make([]byte, 0, len(e.data)+len(e.name)+48)
	out = append(out, `{"op":0,"s":`...)
	out = strconv.AppendInt(out, int64(e.seq), 10)
	out = append(out, `,"t":"`...)
	out = append(out, e.name...)
	out = append(out, `","d":`...)
	out = append(out, e.data...)
	return append(out, '}')
}

type clientMessage struct {
	Op int             `json:"op"`
	D  json.RawMessage `json:"d"`
}

// handle acts on one message of a client. The caller holds s.mu.
func (s *Server) handle(c *conn, data []byte) {
	msg := clientMessage{Op: -1}
	if err := json.Unmarshal(data, &msg); err != nil {
		c.close(4002, closeReason(4002))
		return
	}
	switch msg.Op {
	case opHeartbeat:
		s.heartbeat(c)
	case opIdentify:
		s.identify(c, msg.D)
	case opResume:
		s.resume(c, msg.D)
	case opPresenceUpdate, opVoiceStateUpdate, opRequestGuildMembers, opSoundboardSounds:
		switch {
		case c.session == nil:
			c.close(4003, closeReason(4003))
		case msg.Op == opRequestGuildMembers:
			s.sendMembers(c, msg.D)
		}
	default:
		c.close(4001, closeReason(4001))
	}
}

func (s *Server) heartbeat(c *conn) {
	c.extendDeadline()
	if c.muted || s.take(&s.faults.NoACK) {
		return
	}
	c.sendOp(opHeartbeatACK, nil)
}

type identify struct {
	Token      *string        `json:"token"`
	Intents    *int           `json:"intents"`
	Shard      []int          `json:"shard"`
	Properties map[string]any `json:"properties"`
	Compress   bool           `json:"compress"`
}

// identify opens a session.
// https://docs.discord.com/developers/events/gateway#identifying
func (s *Server) identify(c *conn, data []byte) {
	var in identify
	if err := json.Unmarshal(data, &in); err != nil || in.Token == nil || in.Properties == nil {
		c.close(4002, closeReason(4002))
		return
	}
	if c.session != nil {
		c.close(4005, closeReason(4005))
		return
	}
	token := strings.TrimPrefix(*in.Token, "Bot ")
	b, err := s.botFor(token)
	shard, shards := 0, 1
	if len(in.Shard) == 2 {
		shard, shards = in.Shard[0], in.Shard[1]
	}
	switch {
	case token == "" || err != nil || s.take(&s.faults.RejectToken):
		c.close(4004, closeReason(4004))
	case s.faults.CloseCode != 0 && s.strikes("close_code", true):
		code := s.faults.CloseCode
		if _, again := s.faults.Rate["close_code"]; !again {
			s.faults.CloseCode = 0
		}
		c.close(code, closeReason(code))
	case in.Intents == nil || *in.Intents < 0 || *in.Intents > knownIntents:
		c.close(4013, closeReason(4013))
	case in.Shard != nil && len(in.Shard) != 2, shards < 1, shard < 0, shard >= shards:
		c.close(4010, closeReason(4010))
	case *in.Intents&b.portal.Withheld != 0:
		c.close(4014, closeReason(4014))
	case !b.starts.take(s.opts.SessionStarts, s.opts.SessionReset, time.Now()):
		c.close(4004, closeReason(4004))
	case s.take(&s.faults.InvalidSession), s.tooEager(b, shard):
		c.sendOp(opInvalidSession, false)
	case s.take(&s.faults.ReconnectInsteadOfReady):
		c.sendOp(opReconnect, nil)
	default:
		b.content = *in.Intents&intentMessageContent != 0
		c.zipLarge = in.Compress
		s.ready(c, &session{id: rand.Text(), bot: b, intents: *in.Intents, shard: shard, shards: shards})
	}
}

// tooEager tells whether an Identify follows another one of its bucket too
// quickly.
// https://docs.discord.com/developers/events/gateway#session-start-limit-object
func (s *Server) tooEager(b *bot, shard int) bool {
	bucket := shard % s.opts.MaxConcurrency
	now := time.Now()
	last, seen := b.lastID[bucket]
	if seen && now.Sub(last) < s.opts.IdentifyInterval {
		return true
	}
	b.lastID[bucket] = now
	return false
}

// ready starts a session with READY and GUILD_CREATE.
func (s *Server) ready(c *conn, sess *session) {
	s.connected(c, sess, false)
	sess.conn, c.session = c, sess
	s.sessions[sess.id] = sess
	s.sessionOrder = append(s.sessionOrder, sess)
	s.replaced(sess)
	s.trimSessions()
	guilds := []any{}
	for _, g := range s.guilds {
		if sess.hasGuild(g.ID) {
			guilds = append(guilds, map[string]any{"id": g.ID, "unavailable": true})
		}
	}
	s.send(sess, "READY", s.encode(map[string]any{
		"v": 10, "user": sess.bot.account(), "user_settings": map[string]any{},
		"guilds": guilds, "private_channels": []any{}, "relationships": []any{}, "presences": []any{},
		"session_id": sess.id, "session_type": "normal", "resume_gateway_url": c.gateway,
		"shard": []int{sess.shard, sess.shards}, "geo_ordered_rtc_regions": []string{}, "_trace": []string{},
		"application": map[string]any{"id": sess.bot.user.ID, "flags": sess.bot.portal.flags()},
	}))
	for _, g := range s.guilds {
		if sess.hasGuild(g.ID) && sess.intents&intentGuilds != 0 {
			s.send(sess, "GUILD_CREATE", s.encode(s.guildSnapshot(g, sess.bot)))
		}
	}
	c.muted = s.take(&s.faults.Silent)
	sess.bot.ready = true
	s.log.Info("bot connected", "bot", sess.bot.user.Username, "shard", sess.shard, "of", sess.shards)
	s.emitBot(sess.bot)
}

// resume takes up a session where the client lost it.
// https://docs.discord.com/developers/events/gateway#resuming
func (s *Server) resume(c *conn, data []byte) {
	var in struct {
		Token     string `json:"token"`
		SessionID string `json:"session_id"`
		Seq       *int   `json:"seq"`
	}
	if err := json.Unmarshal(data, &in); err != nil || in.Seq == nil {
		c.close(4002, closeReason(4002))
		return
	}
	token := strings.TrimPrefix(in.Token, "Bot ")
	b, known := s.tokens[token]
	sess := s.sessions[in.SessionID]
	switch {
	case c.session != nil:
		c.close(4005, closeReason(4005))
	case token == "" || s.take(&s.faults.RejectToken):
		c.close(4004, closeReason(4004))
	case !known, sess == nil, sess.bot != b:
		c.sendOp(opInvalidSession, false)
	case s.take(&s.faults.InvalidSession), !sess.covers(*in.Seq):
		c.sendOp(opInvalidSession, false)
		s.missed(sess, *in.Seq)
		s.forget(sess)
	case *in.Seq > sess.seq || *in.Seq < 0:
		c.close(4007, closeReason(4007))
	default:
		s.connected(c, sess, true)
		if old := sess.conn; old != nil {
			old.session = nil
			old.close(4000, "Resumed elsewhere.")
			old.disconnected()
		}
		sess.conn, c.session = c, sess
		for _, e := range sess.replay {
			if e.seq > *in.Seq {
				e.written = time.Time{}
				c.enqueue(frame{event: e})
			}
		}
		s.send(sess, "RESUMED", json.RawMessage(`{"_trace":[]}`))
		c.muted = s.take(&s.faults.Silent)
		s.emitBot(b)
	}
}

// covers tells whether every event after seq is still kept.
func (sess *session) covers(seq int) bool {
	return seq >= sess.seq || len(sess.replay) > 0 && sess.replay[0].seq <= seq+1
}

// hasGuild tells whether a guild's events come to the session's shard.
// https://docs.discord.com/developers/events/gateway#sharding
func (sess *session) hasGuild(guildID string) bool {
	id, _ := snowflake(guildID)
	return !sess.bot.outside && !sess.bot.left[guildID] && int((id>>22)%uint64(sess.shards)) == sess.shard
}

// send gives a session its next event. The caller holds s.mu.
func (s *Server) send(sess *session, name string, data json.RawMessage) {
	s.sendAbout(sess, name, "", data)
}

// sendAbout is send for an event of a message or an interaction, whose id is
// given.
func (s *Server) sendAbout(sess *session, name, about string, data json.RawMessage) {
	if s.take(&s.faults.UnknownEvent) {
		s.dispatch(sess, "NEW_FEATURE_UPDATE", "", json.RawMessage(`{"id":"1","new":{"shape":[1,2]}}`))
	}
	times := 1
	if s.take(&s.faults.DuplicateEvents) {
		times = 2
	}
	for range times {
		s.dispatch(sess, name, about, data)
	}
}

// dispatch numbers an event, keeps it for a Resume and queues it.
func (s *Server) dispatch(sess *session, name, about string, data json.RawMessage) {
	sess.seq++
	e := &event{seq: sess.seq, name: name, data: data, about: about}
	sess.keep(e)
	c := sess.conn
	if c == nil || c.muted {
		return
	}
	c.enqueue(frame{event: e})
	if name == "READY" || name == "GUILD_CREATE" || name == "RESUMED" {
		return
	}
	switch {
	case s.take(&s.faults.DropSocket):
		c.drop()
	case s.take(&s.faults.ReconnectAtEvent):
		c.sendOp(opReconnect, nil)
	}
}

// keep adds an event to those that a Resume replays. The oldest go first,
// half of them at once so that this costs little.
func (sess *session) keep(e *event) {
	if len(sess.replay) >= 2*maxReplay {
		n := copy(sess.replay, sess.replay[maxReplay:])
		clear(sess.replay[n:])
		sess.replay = sess.replay[:n]
	}
	sess.replay = append(sess.replay, e)
}

// detach notes that a session's client is away.
func (s *Server) detach(sess *session, c *conn) {
	if sess.conn == c {
		sess.conn, sess.left = nil, time.Now()
	}
	s.emitBot(sess.bot)
}

// forget ends a session for good.
func (s *Server) forget(sess *session) {
	delete(s.sessions, sess.id)
	s.sessionOrder = slices.DeleteFunc(s.sessionOrder, func(o *session) bool { return o == sess })
}

// trimSessions forgets the oldest sessions above the bound, those whose
// client is away first.
func (s *Server) trimSessions() {
	for len(s.sessionOrder) > maxSessions {
		i := max(0, slices.IndexFunc(s.sessionOrder, func(o *session) bool { return o.conn == nil }))
		old := s.sessionOrder[i]
		if old.conn != nil {
			old.conn.close(4000, "Too many sessions.")
		}
		s.forget(old)
	}
}

// sendMembers answers Request Guild Members in one chunk.
// https://docs.discord.com/developers/events/gateway-events#request-guild-members
func (s *Server) sendMembers(c *conn, data []byte) {
	var in struct {
		GuildID string          `json:"guild_id"`
		Query   *string         `json:"query"`
		Limit   int             `json:"limit"`
		UserIDs json.RawMessage `json:"user_ids"`
		Nonce   string          `json:"nonce"`
	}
	if err := json.Unmarshal(data, &in); err != nil {
		c.close(4002, closeReason(4002))
		return
	}
	g := s.guildByID(in.GuildID)
	if g == nil {
		return
	}
	members := []*Member{}
	for id, u := range s.users {
		named := in.Query == nil || strings.HasPrefix(strings.ToLower(u.Username), strings.ToLower(*in.Query))
		if in.UserIDs != nil {
			named = strings.Contains(string(in.UserIDs), strconv.Quote(id))
		}
		if named && len(members) < 1000 && (in.Limit <= 0 || len(members) < in.Limit) {
			members = append(members, s.member(g, u, true))
		}
	}
	chunk := map[string]any{
		"guild_id": g.ID, "members": members, "chunk_index": 0, "chunk_count": 1, "not_found": []any{},
	}
	if in.Nonce != "" {
		chunk["nonce"] = in.Nonce
	}
	s.send(c.session, "GUILD_MEMBERS_CHUNK", s.encode(chunk))
}

// encode turns a value that always can be encoded into JSON.
func (s *Server) encode(v any) json.RawMessage {
	data, err := encodeJSON(v)
	if err != nil {
		s.log.Error("encoding an event", "err", err)
		return json.RawMessage("null")
	}
	return data
}

// encodeJSON is json.Marshal that leaves "<", ">" and "&" as they are, as
// Discord does.
func encodeJSON(v any) (json.RawMessage, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(out.Bytes(), "\n"), nil
}
