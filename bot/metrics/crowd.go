package metrics

import (
	"context"
	"net"
	"net/http"
	"sync"
)

// A crowd is a listener with a number of connections at most. When one more
// comes, the one goes on which there has been no whole request for longest:
// who opens connections and says nothing keeps nobody out.
type crowd struct {
	net.Listener
	most int

	mu    sync.Mutex
	all   map[*guest]uint64 // when each began to wait, by a count; 0 while it is answered
	count uint64
}

// A guest is one of its connections.
type guest struct {
	net.Conn
	of *crowd
}

func newCrowd(l net.Listener, most int) *crowd {
	return &crowd{Listener: l, most: most, all: map[*guest]uint64{}}
}

// Accept takes the next connection.
func (c *crowd) Accept() (net.Conn, error) {
	for {
		conn, err := c.Listener.Accept()
		if err != nil {
			return nil, err
		}
		g := &guest{conn, c}
		goes := c.enter(g)
		if goes != nil {
			_ = goes.Close() // whatever it says, it is given up
		}
		if goes != g {
			return g, nil
		}
	}
}

// enter counts a connection in, and returns the one that has to go for it: the
// newcomer itself, where all others are being answered.
func (c *crowd) enter(g *guest) (goes *guest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.all) >= c.most {
		goes = g
		for other, since := range c.all {
			if since > 0 && (goes == g || since < c.all[goes]) {
				goes = other
			}
		}
	}
	if goes != g {
		delete(c.all, goes)
		c.wait(g)
	}
	return goes
}

// wait notes that a connection begins to wait for a request. Its caller holds
// the lock.
func (c *crowd) wait(g *guest) {
	c.count++
	c.all[g] = c.count
}

// Close closes the connection.
func (g *guest) Close() error {
	g.of.mu.Lock()
	delete(g.of.all, g)
	g.of.mu.Unlock()
	return g.Conn.Close()
}

// guestKey is the context key of a request's *guest.
type guestKey struct{}

// inContext is for http.Server.ConnContext.
func inContext(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, guestKey{}, c)
}

// attended answers requests, and keeps their connections meanwhile.
func attended(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g, ok := r.Context().Value(guestKey{}).(*guest); ok {
			g.attend()
			defer g.dismiss()
		}
		h.ServeHTTP(w, r)
	})
}

// attend notes that the connection has a request that is being answered.
func (g *guest) attend() {
	g.of.mu.Lock()
	defer g.of.mu.Unlock()
	if _, here := g.of.all[g]; here {
		g.of.all[g] = 0
	}
}

// dismiss notes that it is answered.
func (g *guest) dismiss() {
	g.of.mu.Lock()
	defer g.of.mu.Unlock()
	if _, here := g.of.all[g]; here {
		g.of.wait(g)
	}
}
