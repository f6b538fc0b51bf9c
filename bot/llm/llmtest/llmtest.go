// Package llmtest is a server that speaks OpenAI's chat completions protocol
// on loopback, with scripted replies, and fails in the ways in which real
// servers fail. It knows nothing of the program that it is used to test.
//
//	srv := llmtest.New(t, llmtest.Reply{Text: `{"verdict":"answered"}`})
//	client, err := llm.New(llm.Config{BaseURL: srv.URL + "/v1", Model: "any"})
//
// A Server is an http.Handler too, for programs.
package llmtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Reply is what the server makes of one request. The zero value is an empty
// text that ends as it should.
type Reply struct {
	Text string
	// Piece is how many bytes of the text come at once, whole characters at
	// least; 0 means 4, about a token. Pace is the time between two pieces.
	Piece int
	Pace  time.Duration

	// Status, when it is not 0, is the status of a response with Body, and
	// RetryAfter its header of that name, in place of a stream. Header holds
	// more headers, of streams too.
	Status     int
	Body       string
	RetryAfter string
	Header     map[string]string

	// Before is sent as it is before the first piece: comments, chunks of
	// another make. Quiet is the time between it and the piece.
	Before string
	Quiet  time.Duration
	// Finish is the finish_reason: "stop" when it is empty. "none" ends the
	// stream without one.
	Finish string
	// After is how many pieces are sent before Fault; a negative number means
	// none, and nothing else.
	After int
	Fault Fault
	// NoUsage leaves out what the reply cost.
	NoUsage bool
}

// A Fault is a way in which a stream goes wrong.
type Fault string

// The faults.
const (
	Drop    Fault = "drop"    // the connection is cut
	End     Fault = "end"     // the stream ends cleanly, too soon
	Stall   Fault = "stall"   // nothing more comes, until the client leaves
	Garbage Fault = "garbage" // a chunk that is no JSON
	Failure Fault = "failure" // an error in the stream
	Endless Fault = "endless" // the same piece again and again
)

// A Request is what a client asked for.
type Request struct {
	Path   string
	Header http.Header
	Body   []byte // as it came

	Model          string
	Messages       []Message
	MaxTokens      int `json:"max_tokens"`
	MaxCompletion  int `json:"max_completion_tokens"`
	Stream         bool
	ResponseFormat *struct {
		Type string
	} `json:"response_format"`
}

// Has says whether the request has a member, such as temperature.
func (r Request) Has(name string) bool {
	var members map[string]json.RawMessage
	return json.Unmarshal(r.Body, &members) == nil && members[name] != nil
}

// A Message is one message of a request.
type Message struct{ Role, Content string }

// A Server answers requests for chat completions with the Replies in turn,
// the last of them again and again, or with what Answer makes of a request.
type Server struct {
	// URL is where it listens, without a path; empty for a Server that New
	// did not make.
	URL string
	// Answer, when it is not nil, takes the place of the scripted replies.
	// Answers changes it once the server runs.
	Answer func(Request) Reply
	// Known are the names of its models; nil means that it takes any.
	Known []string
	// Context is how many tokens of a prompt it reads. The beginning of a
	// longer one it cuts off and says nothing, as Ollama does. 0 means all.
	Context int
	// Forget keeps no requests, for a server that runs for long.
	Forget bool

	mu       sync.Mutex
	replies  []Reply
	requests []Request
	next     int
}

// A Test is what New needs of a *testing.T.
type Test interface {
	Helper()
	Cleanup(func())
	Fatal(...any)
}

// New starts a server on loopback that the test's end stops.
func New(t Test, replies ...Reply) *Server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{replies: replies, URL: "http://" + listener.Addr().String()}
	web := &http.Server{Handler: s}
	var wg sync.WaitGroup
	wg.Go(func() { web.Serve(listener) })
	t.Cleanup(func() {
		web.Close()
		wg.Wait()
	})
	return s
}

// Requests are those for chat completions that came so far, oldest first.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// ServeHTTP answers as an OpenAI-compatible server.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/v1")
	switch {
	case r.Method == http.MethodPost && path == "/chat/completions":
		s.complete(w, r)
	case r.Method == http.MethodGet && path == "/models":
		s.models(w)
	default:
		fail(w, http.StatusNotFound, `{"error":{"message":"there is no such path","type":"invalid_request_error"}}`)
	}
}

func (s *Server) models(w http.ResponseWriter) {
	type model struct {
		ID     string `json:"id"`
		Object string `json:"object"`
	}
	list := struct {
		Object string  `json:"object"`
		Data   []model `json:"data"`
	}{Object: "list", Data: []model{}}
	for _, name := range s.Known {
		list.Data = append(list.Data, model{name, "model"})
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(list)
}

// complete answers a request for a chat completion.
func (s *Server) complete(w http.ResponseWriter, r *http.Request) {
	req := Request{Path: r.URL.Path, Header: r.Header.Clone()}
	var err error
	if req.Body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, 4<<20)); err == nil {
		err = json.Unmarshal(req.Body, &req)
	}
	if err != nil {
		fail(w, http.StatusBadRequest, `{"error":{"message":"the body is no request","type":"invalid_request_error"}}`)
		return
	}
	asked := len(req.Body)
	if s.Context > 0 {
		req.Messages, asked = newest(req.Messages, s.Context*bytesPerToken), min(asked, s.Context*bytesPerToken)
	}
	reply := s.reply(req)
	if s.unknown(w, req.Model) {
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	if reply.Status != 0 || !req.Stream && reply.Fault == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	if reply.RetryAfter != "" {
		w.Header().Set("Retry-After", reply.RetryAfter)
	}
	for name, value := range reply.Header {
		w.Header().Set(name, value)
	}
	if reply.Status != 0 {
		w.WriteHeader(reply.Status)
		io.WriteString(w, reply.Body)
		return
	}
	st := stream{w: w, done: r.Context().Done(), model: req.Model}
	if !req.Stream && reply.Fault == "" {
		st.whole(reply, asked)
		return
	}
	st.send(reply, asked)
}

// unknown refuses a request for a model that there is not.
func (s *Server) unknown(w http.ResponseWriter, model string) bool {
	if s.Known == nil || slices.Contains(s.Known, model) {
		return false
	}
	fail(w, http.StatusNotFound, fmt.Sprintf(`{"error":{"message":"model %q not found","type":"not_found_error","code":"model_not_found"}}`, model))
	return true
}

// bytesPerToken is how many bytes are counted as a token.
const bytesPerToken = 4

// newest are the messages without what there is of them before the last n
// bytes.
func newest(all []Message, n int) []Message {
	var kept []Message
	for _, m := range slices.Backward(all) {
		m.Content = m.Content[max(0, len(m.Content)-n):]
		n -= len(m.Content)
		kept = append(kept, m)
	}
	slices.Reverse(kept)
	return kept
}

// Answers sets Answer.
func (s *Server) Answers(answer func(Request) Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Answer = answer
}

// reply notes a request and returns what is made of it.
func (s *Server) reply(req Request) Reply {
	s.mu.Lock()
	if !s.Forget {
		s.requests = append(s.requests, req)
	}
	var reply Reply
	if len(s.replies) > 0 {
		reply = s.replies[min(s.next, len(s.replies)-1)]
	}
	s.next++
	answer := s.Answer
	s.mu.Unlock()
	if answer != nil {
		return answer(req)
	}
	return reply
}

func fail(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	io.WriteString(w, body)
}
