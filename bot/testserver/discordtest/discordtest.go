// Package discordtest starts a Discord for one Go test, on a loopback port.
package discordtest

import (
	"net/http/httptest"
	"testing"

	"summitbot/bot/testserver"
)

// Server is a running test server and its address.
type Server struct {
	*testserver.Server
	// URL is where it listens, "http://127.0.0.1:port". A bot's library wants
	// it with /api behind; the gateway's address comes from the API.
	URL string
}

// New starts a server that ends with the test.
func New(t testing.TB, options testserver.Options) *Server {
	t.Helper()
	s := testserver.New(options)
	listening := httptest.NewServer(s)
	t.Cleanup(func() {
		s.Close()
		listening.Close()
	})
	return &Server{s, listening.URL}
}
