package testserver

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"
)

// testHandler is the scripting interface over HTTP.
func (s *Server) testHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /test/state", func(w http.ResponseWriter, _ *http.Request) { s.write(w, s.snapshot()) })
	mux.HandleFunc("GET /test/events", s.serveEvents)
	mux.HandleFunc("GET /test/wire", s.serveWire)
	mux.HandleFunc("GET /test/channels/{channel}/messages", s.serveMessages)
	mux.HandleFunc("GET /test/messages/{message}", s.serveMessage)
	mux.HandleFunc("GET /test/interactions/{interaction}", s.serveInteraction)
	mux.HandleFunc("GET /test/faults", func(w http.ResponseWriter, _ *http.Request) { s.write(w, s.PendingFaults()) })

	post := func(path string, do func(*http.Request, []byte) (any, error)) {
		mux.HandleFunc("POST /test/"+path, func(w http.ResponseWriter, r *http.Request) { s.serveScript(w, r, do) })
	}
	post("messages", s.scriptPost)
	post("edits", s.scriptEdit)
	post("deletions", s.scriptDelete)
	post("unfurls", s.scriptUnfurl)
	post("commands", s.scriptCommand)
	post("components", s.scriptComponent)
	post("modals", s.scriptModal)
	post("autocomplete", s.scriptAutocomplete)
	post("reactions", s.scriptReaction)
	post("typing", s.scriptTyping)
	post("channels", s.scriptChannel)
	post("threads", s.scriptThread)
	post("faults", s.scriptFaults)
	post("sockets", s.scriptSockets)
	post("removals", s.scriptRemove)
	post("permissions", s.scriptPermissions)
	post("users", s.scriptUser)
	post("clock", s.scriptClock)
	mux.HandleFunc("/test/", func(w http.ResponseWriter, r *http.Request) { s.refuse(w, errNotFound()) })
	return mux
}

// write answers with a JSON body.
func (s *Server) write(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if _, err := w.Write(s.encode(body)); err != nil {
		s.log.Debug("answering a script", "err", err)
	}
}

// refuse answers with an error in Discord's form.
func (s *Server) refuse(w http.ResponseWriter, err error) {
	e := asAPIError(asComplaint(err))
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(e.Status)
	if _, err := w.Write(s.encode(e)); err != nil {
		s.log.Debug("answering a script", "err", err)
	}
}

// serveScript reads a JSON body and answers with what do returns. Another
// content type than JSON is refused, for any web page could send it.
func (s *Server) serveScript(w http.ResponseWriter, r *http.Request, do func(*http.Request, []byte) (any, error)) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		s.refuse(w, &apiError{Status: http.StatusUnsupportedMediaType, Message: "Send Content-Type: application/json."})
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxJSONBody))
	if err != nil {
		s.refuse(w, bodyError(err))
		return
	}
	out, err := do(r, body)
	if err != nil {
		s.refuse(w, err)
		return
	}
	if out == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	s.write(w, out)
}

// decode reads a script's body into to.
func decode(body []byte, to any) error {
	if err := json.Unmarshal(body, to); err != nil {
		return complaint("reading the body: %s", err)
	}
	return nil
}

func (s *Server) scriptPost(r *http.Request, body []byte) (any, error) {
	var in postRequest
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	in.host = ownHost(r)
	return s.postAs(in)
}

func (s *Server) scriptEdit(_ *http.Request, body []byte) (any, error) {
	var in struct{ User, Message, Content string }
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	return s.Edit(in.User, in.Message, in.Content)
}

func (s *Server) scriptDelete(_ *http.Request, body []byte) (any, error) {
	var in struct {
		User, Message string
		Messages      []string
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	if in.Messages != nil {
		return nil, s.DeleteBulk(in.User, in.Messages...)
	}
	return nil, s.Delete(in.User, in.Message)
}

func (s *Server) scriptUnfurl(_ *http.Request, body []byte) (any, error) {
	var in struct {
		Message string
		Embeds  []any
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	return s.Unfurl(in.Message, in.Embeds...)
}

func (s *Server) scriptCommand(r *http.Request, body []byte) (any, error) {
	var in commandRequest
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	in.host = ownHost(r)
	started, err := s.invoke(in)
	return s.maybeWait(r, started, err)
}

func (s *Server) scriptComponent(r *http.Request, body []byte) (any, error) {
	var in struct {
		User     string   `json:"user"`
		Message  string   `json:"message"`
		CustomID string   `json:"custom_id"`
		Values   []string `json:"values"`
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	started, err := s.Component(in.User, in.Message, in.CustomID, in.Values...)
	return s.maybeWait(r, started, err)
}

func (s *Server) scriptModal(r *http.Request, body []byte) (any, error) {
	var in struct {
		User        string         `json:"user"`
		Interaction string         `json:"interaction"`
		CustomID    string         `json:"custom_id"`
		Values      map[string]any `json:"values"`
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	started, err := s.Modal(in.User, in.Interaction, in.CustomID, in.Values)
	return s.maybeWait(r, started, err)
}

// interactionResult is what a script gets of an interaction.
type interactionResult struct {
	Interaction
	Message *Message `json:"message,omitempty"` // the first answer
}

// maybeWait answers at once, or with ?wait=true once the bot has answered.
func (s *Server) maybeWait(r *http.Request, in Interaction, err error) (any, error) {
	if err != nil || r.URL.Query().Get("wait") != "true" {
		return in, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), answerWithin)
	defer cancel()
	done, err := s.AwaitInteraction(ctx, in.ID)
	if err != nil {
		return nil, complaint("%s", err)
	}
	return s.result(done), nil
}

func (s *Server) result(in Interaction) interactionResult {
	out := interactionResult{Interaction: in}
	if m, err := s.Message(in.MessageID); err == nil {
		out.Message = &m
	}
	return out
}

func (s *Server) scriptAutocomplete(r *http.Request, body []byte) (any, error) {
	var in commandRequest
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), 2*ackTime)
	defer cancel()
	choices, err := s.autocomplete(ctx, in)
	if errors.Is(err, context.DeadlineExceeded) {
		err = complaint("%s", err)
	}
	return map[string]any{"choices": choices}, err
}

func (s *Server) scriptReaction(_ *http.Request, body []byte) (any, error) {
	var in struct {
		User    string `json:"user"`
		Message string `json:"message"`
		Emoji   string `json:"emoji"`
		Remove  bool   `json:"remove"`
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.person(in.User)
	if err != nil {
		return nil, err
	}
	m := s.messages[in.Message]
	if m == nil || m.Ephemeral() || !s.channels[m.ChannelID].visible(u, m) {
		return nil, errUnknownMessage()
	}
	return nil, s.react(s.channels[m.ChannelID], m, u, in.Emoji, !in.Remove)
}

func (s *Server) scriptTyping(_ *http.Request, body []byte) (any, error) {
	var in postRequest
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ch, err := s.where(in.User, in.Channel)
	if err != nil {
		return nil, err
	}
	s.emitTyping(ch, u, s.clock.now().Unix())
	return nil, nil
}

func (s *Server) scriptThread(_ *http.Request, body []byte) (any, error) {
	var in struct {
		Thread   string `json:"thread"`
		Archived bool   `json:"archived"`
		Locked   bool   `json:"locked"`
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	return nil, s.Archive(in.Thread, in.Archived, in.Locked)
}

func (s *Server) scriptChannel(_ *http.Request, body []byte) (any, error) {
	var in struct {
		User  string  `json:"user"`
		Name  string  `json:"name"`
		Topic *string `json:"topic"`
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	if in.Topic != nil {
		if err := s.SetTopic(in.Name, *in.Topic); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ch, err := s.where(in.User, in.Name)
	if err != nil {
		return nil, err
	}
	return ch.info(), nil
}

func (s *Server) scriptRemove(_ *http.Request, body []byte) (any, error) {
	var in struct{ Channel, Bot, Guild string }
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	if in.Bot != "" {
		return nil, s.Expel(in.Bot, in.Guild)
	}
	return nil, s.DeleteChannel(in.Channel)
}

func (s *Server) scriptPermissions(_ *http.Request, body []byte) (any, error) {
	var in permissionRequest
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	return nil, s.permit(in)
}

func (s *Server) scriptUser(_ *http.Request, body []byte) (any, error) {
	var in struct {
		User   string `json:"user"`
		Locale string `json:"locale"`
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	if in.Locale != "" {
		if err := s.SetLocale(in.User, in.Locale); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.person(in.User)
	if err != nil {
		return nil, err
	}
	return userInfo{*u, s.locale(u)}, nil
}

func (s *Server) scriptClock(_ *http.Request, body []byte) (any, error) {
	var in struct{ Ahead string }
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	ahead, err := time.ParseDuration(in.Ahead)
	if err != nil {
		return nil, complaint(`say {"ahead":"20m"}, or a negative time: %s`, err)
	}
	s.SetClock(ahead)
	return nil, nil
}

func (s *Server) scriptFaults(_ *http.Request, body []byte) (any, error) {
	var mix struct {
		Nasty bool   `json:"nasty"`
		Seed  uint64 `json:"seed"`
	}
	if err := decode(body, &mix); err != nil {
		return nil, err
	}
	f := Nasty()
	f.Seed = mix.Seed
	if !mix.Nasty {
		f = Faults{}
		if err := decode(body, &f); err != nil {
			return nil, err
		}
	}
	s.SetFaults(f)
	return s.PendingFaults(), nil
}

func (s *Server) scriptSockets(_ *http.Request, body []byte) (any, error) {
	var in struct {
		Drop      bool `json:"drop"`
		Close     int  `json:"close"`
		Reconnect bool `json:"reconnect"`
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	switch {
	case in.Drop:
		s.DropSockets()
	case in.Reconnect:
		s.Reconnect()
	case in.Close >= 1000 && in.Close <= 4999:
		s.CloseSockets(in.Close)
	default:
		return nil, complaint(`say {"drop":true}, {"reconnect":true} or {"close":4000}`)
	}
	return nil, nil
}

// serveMessages answers GET /test/channels/{name}/messages.
func (s *Server) serveMessages(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	limit := 0
	if text := q.Get("limit"); text != "" {
		var err error
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 {
			s.refuse(w, complaint("limit %q: want a number from 1", text))
			return
		}
	}
	list, err := s.MessagesFor(q.Get("user"), r.PathValue("channel"), limit)
	if err != nil {
		s.refuse(w, err)
		return
	}
	if q.Get("html") == "" {
		s.write(w, list)
		return
	}
	type entry struct {
		Message Message `json:"message"`
		rendered
	}
	entries := []entry{}
	for _, m := range list {
		entries = append(entries, entry{m, s.render(&m)})
	}
	s.write(w, entries)
}

func (s *Server) serveMessage(w http.ResponseWriter, r *http.Request) {
	m, err := s.Message(r.PathValue("message"))
	if err != nil {
		s.refuse(w, err)
		return
	}
	s.write(w, m)
}

func (s *Server) serveInteraction(w http.ResponseWriter, r *http.Request) {
	state, err := s.Interaction(r.PathValue("interaction"))
	if err != nil {
		s.refuse(w, err)
		return
	}
	s.write(w, s.result(state))
}
