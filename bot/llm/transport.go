package llm

import (
	"io"
	"net/http"
)

// A transport bounds what is read of an answer.
type transport struct{ next *http.Transport }

// longestStream bounds an answer, in bytes.
const longestStream = 8 << 20

// errFlood is the error of an answer that is longer than any reply.
var errFlood = &Error{Kind: TooLong, Detail: "its answer has more than 8 MB", ended: true}

// RoundTrip makes a request.
func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	resp.Body = &limited{resp.Body, longestStream}
	return resp, nil
}

// CloseIdleConnections is what http.Client.CloseIdleConnections calls.
func (t transport) CloseIdleConnections() { t.next.CloseIdleConnections() }

// A limited body fails when more is read than left.
type limited struct {
	io.ReadCloser
	left int
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errFlood
	}
	n, err := l.ReadCloser.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}

// stay follows a redirect as long as it leads to the same server and asks for
// the same: a key and a prompt are for nobody else, and go over no weaker
// connection.
func (c *Client) stay(req *http.Request, via []*http.Request) error {
	const most = 3
	first := via[0]
	if req.URL.Scheme != first.URL.Scheme || req.URL.Host != first.URL.Host || req.Method != first.Method || len(via) > most {
		return c.moved(req.Response)
	}
	return nil
}
