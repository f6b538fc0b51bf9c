package postgrestest

import (
	"io"
	"net"
	"sync"
	"testing"
)

// A Line is a way to a server that can be cut.
type Line struct {
	// Address is where it begins.
	Address string

	from net.Listener
	to   string

	mu    sync.Mutex
	cut   bool
	conns map[net.Conn]bool
	wg    sync.WaitGroup
}

// NewLine returns a line to a server's address, until the test's end.
func NewLine(t testing.TB, to string) *Line {
	t.Helper()
	from, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &Line{Address: from.Addr().String(), from: from, to: to, conns: map[net.Conn]bool{}}
	l.wg.Go(l.serve)
	t.Cleanup(func() {
		_ = from.Close()
		l.Cut(true)
		l.wg.Wait()
	})
	return l
}

func (l *Line) serve() {
	for {
		from, err := l.from.Accept()
		if err != nil {
			return
		}
		to, err := net.Dial("tcp", l.to)
		if err != nil {
			_ = from.Close()
			continue
		}
		l.mu.Lock()
		if l.cut {
			_ = from.Close()
			_ = to.Close()
		} else {
			l.conns[from], l.conns[to] = true, true
			l.wg.Go(func() { l.pipe(from, to) })
			l.wg.Go(func() { l.pipe(to, from) })
		}
		l.mu.Unlock()
	}
}

func (l *Line) pipe(a, b net.Conn) {
	_, _ = io.Copy(a, b)
	_ = a.Close()
	_ = b.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, a)
	delete(l.conns, b)
}

// Cut cuts what goes through the line, or lets it through again.
func (l *Line) Cut(cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut = cut; cut {
		for c := range l.conns {
			_ = c.Close()
		}
	}
}
