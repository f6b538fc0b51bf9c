package metrics

import (
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
)

// names are those under which a listener is known beside its addresses: the
// one that it was told to listen at, and what the machine is called.
func names(addr string) (all []string) {
	if host, _, err := net.SplitHostPort(addr); err == nil && host != "" {
		if _, err := netip.ParseAddr(host); err != nil {
			all = append(all, strings.ToLower(host))
		}
	}
	if host, err := os.Hostname(); err == nil {
		all = append(all, strings.ToLower(host))
	}
	return all
}

// guarded refuses requests under names that are not the listener's. A page
// from elsewhere can have its own name lead here (DNS rebinding), and would
// read what the browser may read of that name.
func guarded(known []string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !own(r, known) {
			say(w, http.StatusForbidden, "this listener answers to localhost, its own address, and the host that METRICS_ADDR names\n")
			return
		}
		h.ServeHTTP(w, r)
	})
}

// own says whether a request's Host is loopback's, the address at which the
// request came, or one of the known names. A browser always tells one.
func own(r *http.Request, known []string) bool {
	if r.Host == "" {
		return true
	}
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = strings.TrimSuffix(strings.TrimPrefix(r.Host, "["), "]")
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if host == "localhost" || slices.Contains(known, host) {
		return true
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	if ip = ip.Unmap(); ip.IsLoopback() {
		return true
	}
	at, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	return ok && at.AddrPort().Addr().Unmap().WithZone("") == ip.WithZone("")
}

// say answers with lines of text.
func say(w http.ResponseWriter, status int, lines string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, lines) // who asked may have left
}
