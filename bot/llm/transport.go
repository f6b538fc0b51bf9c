package llm

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// notes are what go-openai does not hand on of a response.
type notes struct {
	retryAfter time.Duration // 0 for none
}

// notesKey is the context key of a request's *notes.
type notesKey struct{}

// A transport reads what go-openai does not, and bounds what it reads
// without end.
type transport struct{ next *http.Transport }

// longestStream bounds a response, in bytes.
const longestStream = 8 << 20

// RoundTrip makes a request. A response of status 200 that is no stream where
// one was asked for is made a failure: servers report some errors so.
func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if n, ok := req.Context().Value(notesKey{}).(*notes); ok {
		n.retryAfter = retryAfter(resp.Header.Get("Retry-After"))
	}
	stream := strings.Contains(req.Header.Get("Accept"), "event-stream")
	if stream && resp.StatusCode == http.StatusOK && strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
		resp.Body.Close()
		if err != nil {
			return nil, err
		}
		resp.StatusCode, resp.Status = http.StatusBadGateway, "502 an answer in place of a stream"
		resp.Body = io.NopCloser(bytes.NewReader(body))
	}
	resp.Body = limited{io.LimitReader(resp.Body, longestStream), resp.Body}
	return resp, nil
}

// CloseIdleConnections is what http.Client.CloseIdleConnections calls.
func (t transport) CloseIdleConnections() { t.next.CloseIdleConnections() }

type limited struct {
	io.Reader
	io.Closer
}

// retryAfter reads the header of that name, in seconds or as a date.
func retryAfter(header string) time.Duration {
	if s, err := strconv.ParseFloat(header, 64); err == nil && s > 0 && s < 3600 {
		return time.Duration(s * float64(time.Second))
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}
