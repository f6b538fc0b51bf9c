package doctor

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"summitbot/bot/discord/inspect"
	"summitbot/bot/testserver"
)

// front has the set-up ask a server that answers some requests itself, and
// leaves the others to the test server.
func (p *patient) front(answers func(w http.ResponseWriter, r *http.Request) bool) {
	p.Helper()
	before := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !answers(w, r) {
			p.server.ServeHTTP(w, r)
		}
	}))
	p.Cleanup(before.Close)
	p.o.Discord.APIURL = before.URL
}

// limited answers that a request may be made again after so many seconds.
func limited(w http.ResponseWriter, after string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Retry-After", after)
	w.WriteHeader(http.StatusTooManyRequests)
	_, _ = w.Write([]byte(`{"message": "You are being rate limited.", "retry_after": ` + after + `.0, "global": false}`))
}

// A wait of hours is told with its end, and is not waited for.
func TestDoctorIsLimited(t *testing.T) {
	t.Parallel()
	for path, check := range map[string]string{"/gateway/bot": "gateway", "/users/@me": "discord", "/users/@me/guilds": "servers", "/members/" + application: "permissions"} {
		t.Run(check, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t, testserver.Options{}, testserver.Bot{})
			p.front(func(w http.ResponseWriter, r *http.Request) bool {
				is := strings.HasSuffix(r.URL.Path, path)
				if is {
					limited(w, "82721")
				}
				return is
			})
			p.finds(malady{check: check, as: Fault, found: " until 20", mend: "leave serve stopped until then"})
		})
	}
}

// Somebody who never answers costs the doctor the check's time, and no more.
func TestDoctorDoesNotHang(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	p := barePatient(t, testserver.Options{}, testserver.Bot{})
	p.o.Discord.APIURL = "http://" + silent.Addr().String()
	d := newDoctor(p.o)
	d.patience = 50 * time.Millisecond
	defer d.close()
	names := []string{"token", "gateway", "servers", "commands", "permissions"}
	for _, c := range d.checks() {
		if !slices.Contains(names, c.name) {
			continue
		}
		d.servers = []inspect.Server{{ID: "1", Name: "House"}}
		found := c.carryOut(t.Context(), nil)
		if len(found) == 0 || found[0].Status != Fault || !strings.Contains(found[0].Found, "there is no answer within 50ms") || found[0].Mend == "" {
			t.Errorf("%s: it found %+v", c.name, found)
		}
	}
}

// A gateway that does not greet is found, and so is one behind a proxy that
// lets requests through alone.
func TestDoctorIsNotGreeted(t *testing.T) {
	t.Parallel()
	p := newPatient(t, testserver.Options{}, testserver.Bot{})
	p.front(func(w http.ResponseWriter, r *http.Request) bool {
		is := strings.HasPrefix(r.URL.Path, "/gateway")
		if is {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return is
	})
	p.finds(malady{check: "gateway", as: Fault, found: "does not greet: it answers 503", mend: "test server"})
}

// A page in Discord's place is told as one.
func TestDoctorMeetsAPage(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("reading the bot's user: %w", json.Unmarshal([]byte("<html>"), new(int)))
	if got := new(doctor).remedy(err); !strings.Contains(got, "whether this network wants a sign-in first") {
		t.Errorf("what to do is %q", got)
	}
}

// Whatever redirects in Discord's place is told, and not followed.
func TestDoctorIsRedirected(t *testing.T) {
	t.Parallel()
	reached := false
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer elsewhere.Close()
	p := newPatient(t, testserver.Options{}, testserver.Bot{})
	p.front(func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, elsewhere.URL+"/"+canary, http.StatusTemporaryRedirect)
		return true
	})
	p.finds(malady{check: "discord", as: Fault, found: "redirects to " + elsewhere.URL + " (HTTP 307)", mend: "DISCORD_API_URL"})
	if reached {
		t.Error("the redirect was followed")
	}
}
