package testserver

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// pageEvent is one line of the event stream of GET /test/events.
type pageEvent struct {
	Type        string       `json:"type"`
	Channel     string       `json:"channel,omitempty"` // the name scripting knows it by
	ChannelID   string       `json:"channel_id,omitempty"`
	User        string       `json:"user,omitempty"` // whose DM it is
	Message     *Message     `json:"message,omitempty"`
	Typing      string       `json:"typing,omitempty"` // who types
	Bot         *botInfo     `json:"bot,omitempty"`
	Interaction *Interaction `json:"interaction,omitempty"`
	Info        *channelInfo `json:"channel_info,omitempty"`

	channel *channel
	invoker string // only this user sees it, "": everyone who sees the channel
}

// subscriber is one open event stream.
type subscriber struct {
	user   *User // nil: sees everything
	events chan pageEvent
	lost   chan struct{} // closed when events had to be dropped
}

// publish gives an event to the streams whose reader may see it, and wakes
// those who await. The caller holds s.mu.
func (s *Server) publish(e pageEvent) {
	close(s.changed)
	s.changed = make(chan struct{})
	if ch := e.channel; ch != nil {
		e.Channel, e.ChannelID = ch.label(), ch.ID
		if ch.user != nil {
			e.User = ch.user.Username
		}
		if e.Type == "CHANNEL_CREATE" || e.Type == "CHANNEL_UPDATE" || e.Type == "THREAD_CREATE" {
			info := ch.info()
			e.Info = &info
		}
	}
	seen := Event{Type: e.Type, ChannelID: e.ChannelID, Message: e.Message, Interaction: e.Interaction}
	if e.Bot != nil {
		seen.Connections = e.Bot.Sessions
	}
	s.watch(seen)
	for sub := range s.subscribers {
		if e.channel != nil && !e.channel.visible(sub.user, e.Message) {
			continue
		}
		if e.invoker != "" && sub.user != nil && sub.user.ID != e.invoker {
			continue
		}
		select {
		case sub.events <- e:
		default: // too slow: the stream ends, the reader fetches anew
			delete(s.subscribers, sub)
			close(sub.lost)
		}
	}
}

// emitBot tells pages that a bot has changed.
func (s *Server) emitBot(b *bot) {
	info := s.botInfo(b)
	s.publish(pageEvent{Type: "BOT_UPDATE", Bot: &info})
}

// emitInteraction tells pages how far an interaction has come.
func (s *Server) emitInteraction(in *interaction) {
	info := in.Interaction
	s.publish(pageEvent{Type: "INTERACTION_UPDATE", channel: in.channel, Interaction: &info, invoker: in.user.ID})
}

// serveEvents answers GET /test/events?user= with server-sent events.
func (s *Server) serveEvents(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		http.Error(w, "The server is closed.", http.StatusServiceUnavailable)
		return
	}
	defer s.wg.Done()
	sub, err := s.subscribe(r.URL.Query().Get("user"))
	if err != nil {
		s.refuse(w, err)
		return
	}
	defer s.unsubscribe(sub)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	out := http.NewResponseController(w)
	beat := time.NewTicker(15 * time.Second)
	defer beat.Stop()
	line := []byte("retry: 1000\n: connected\n\n")
	for {
		if _, err := w.Write(line); err != nil {
			return
		}
		if err := out.Flush(); err != nil {
			return
		}
		select {
		case e := <-sub.events:
			if e.Message != nil && sub.user != nil && len(e.Message.Reactions) > 0 {
				own := e.Message.clone() // the event is shared with other streams
				own.Reactions = reactionsFor(own.Reactions, sub.user.ID)
				e.Message = &own
			}
			line = fmt.Appendf(nil, "event: %s\ndata: %s\n\n", e.Type, s.eventJSON(e))
		case <-beat.C:
			line = []byte(": beat\n\n")
		case <-sub.lost:
			return
		case <-r.Context().Done():
			return
		case <-s.done:
			return
		}
	}
}

func (s *Server) subscribe(user string) (*subscriber, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	const most = 1000
	if len(s.subscribers) >= most {
		return nil, fmt.Errorf("there are %d event streams already", most)
	}
	sub := &subscriber{events: make(chan pageEvent, 1024), lost: make(chan struct{})}
	if user != "" {
		u, err := s.person(user)
		if err != nil {
			return nil, err
		}
		sub.user = u
	}
	s.subscribers[sub] = struct{}{}
	return sub, nil
}

func (s *Server) unsubscribe(sub *subscriber) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.subscribers, sub)
}

// eventJSON is an event's data line, its message rendered to HTML.
func (s *Server) eventJSON(e pageEvent) json.RawMessage {
	type plain pageEvent
	out := struct {
		plain
		rendered
	}{plain: plain(e)}
	if e.Message != nil && e.Type != "MESSAGE_DELETE" {
		out.rendered = s.render(e.Message)
	}
	return s.encode(out)
}

// rendered is a message's texts as safe HTML.
type rendered struct {
	HTML          string            `json:"html,omitempty"`           // of the content
	ComponentHTML map[string]string `json:"component_html,omitempty"` // of text displays, by component id
	EmbedHTML     []embedHTML       `json:"embed_html,omitempty"`     // in the order of the embeds
}

type embedHTML struct {
	Title       string      `json:"title,omitempty"`
	Description string      `json:"description,omitempty"`
	Fields      []fieldHTML `json:"fields,omitempty"`
}

type fieldHTML struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// render turns a message's texts into HTML.
func (s *Server) render(m *Message) rendered {
	out := rendered{HTML: s.html(m.Content)}
	walk(m.Components, func(c *component) {
		if c.Type == typeTextDisplay && c.Content != nil && c.ID != nil {
			if out.ComponentHTML == nil {
				out.ComponentHTML = map[string]string{}
			}
			out.ComponentHTML[fmt.Sprint(*c.ID)] = s.html(*c.Content)
		}
	})
	for _, raw := range m.Embeds {
		var e embedIn
		if err := json.Unmarshal(raw, &e); err != nil {
			continue // checked when it was posted
		}
		h := embedHTML{Title: s.html(e.Title), Description: s.html(e.Description)}
		for _, field := range e.Fields {
			h.Fields = append(h.Fields, fieldHTML{s.html(field.Name), s.html(field.Value)})
		}
		out.EmbedHTML = append(out.EmbedHTML, h)
	}
	return out
}

// html renders one text with the names of who and what it mentions.
func (s *Server) html(text string) string {
	if text == "" {
		return ""
	}
	return s.md.render(text, names(s.mentionName))
}

// mentionName is how a mention reads: "@ana", "#general"; "" for an unknown id.
func (s *Server) mentionName(kind byte, id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch kind {
	case '@':
		if u := s.users[id]; u != nil {
			return "@" + u.Username
		}
	case '#':
		if ch := s.channels[id]; ch != nil {
			return "#" + ch.Name
		}
	case '&':
		for _, g := range s.guilds {
			if r := g.role(id); r != nil {
				return r.Name
			}
		}
	}
	return ""
}
