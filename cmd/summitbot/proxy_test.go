package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"summitbot/bot/testserver"
)

// A faraway is a Discord that is reached as Discord is: under its own names,
// by TLS, and through a proxy. Its certificate is signed by an authority that
// nobody knows but who is told of it.
type faraway struct {
	*testing.T
	server    *testserver.Server
	authority string // the file with the authority's certificate
	proxy     string // HOST:PORT
	encrypted string // the address of one that is talked to by TLS
	at        string // where the server listens
	wants     string // what the proxy wants as Proxy-Authorization
	refuses   string // what the proxy lets nobody reach
	mu        sync.Mutex
	reached   []string // through the proxy
}

// newFaraway starts both.
func newFaraway(t *testing.T) *faraway {
	t.Helper()
	f := &faraway{T: t, authority: filepath.Join(t.TempDir(), "authority.pem")}
	f.server = testserver.New(testserver.Options{Bots: []testserver.Bot{{Name: "summitbot", Token: botToken}}})
	certificates := []tls.Certificate{f.certify("discord.com", "gateway.discord.gg", "localhost")}
	discord := httptest.NewUnstartedServer(http.HandlerFunc(f.asDiscord))
	discord.TLS = &tls.Config{Certificates: certificates}
	discord.Config.ErrorLog = log.New(io.Discard, "", 0)
	discord.StartTLS()
	f.at = discord.Listener.Addr().String()
	proxy := httptest.NewServer(http.HandlerFunc(f.pass))
	f.proxy = proxy.Listener.Addr().String()
	encrypted := httptest.NewUnstartedServer(http.HandlerFunc(f.pass))
	encrypted.TLS = &tls.Config{Certificates: certificates}
	encrypted.StartTLS()
	_, port, _ := net.SplitHostPort(encrypted.Listener.Addr().String())
	f.encrypted = "https://localhost:" + port
	t.Cleanup(func() {
		f.server.Close()
		discord.Close()
		proxy.Close()
		encrypted.Close()
	})
	return f
}

// asDiscord answers as the test server does, under Discord's names.
func (f *faraway) asDiscord(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Host == "gateway.discord.gg":
		r.URL.Path = "/gateway"
	case strings.HasPrefix(r.URL.Path, "/api/") && strings.Contains(r.URL.Path, "/gateway"):
		told := httptest.NewRecorder()
		f.server.ServeHTTP(told, r)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(told.Code)
		_, _ = w.Write(regexp.MustCompile(`ws://[^"]*`).ReplaceAll(told.Body.Bytes(), []byte("wss://gateway.discord.gg")))
		return
	}
	f.server.ServeHTTP(w, r)
}

// set sets what the proxy wants, and what it refuses.
func (f *faraway) set(wants, refuses string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wants, f.refuses = wants, refuses
}

// pass is the proxy.
func (f *faraway) pass(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.reached = append(f.reached, r.Host)
	wants, refuses := f.wants, f.refuses
	f.mu.Unlock()
	switch {
	case r.Method != http.MethodConnect:
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	case r.Header.Get("Proxy-Authorization") != wants:
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	case refuses != "" && strings.HasPrefix(r.Host, refuses):
		w.WriteHeader(http.StatusForbidden)
		return
	}
	mine, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		f.Error(err)
		return
	}
	_, _ = io.WriteString(mine, "HTTP/1.1 200 Connection established\r\n\r\n")
	f.join(mine)
}

// join hands on what is said on a connection, and what Discord says to it.
func (f *faraway) join(mine net.Conn) {
	defer mine.Close()
	theirs, err := net.Dial("tcp", f.at)
	if err != nil {
		return // the test has ended
	}
	defer theirs.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(theirs, mine) // until either leaves
		_ = theirs.Close()
	}()
	_, _ = io.Copy(mine, theirs)
	_ = mine.Close()
	<-done
}

// socks runs a proxy that speaks SOCKS 5, without a password, and returns
// where it is.
// https://www.rfc-editor.org/rfc/rfc1928
func (f *faraway) socks() string {
	f.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		f.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { f.passSocks(c) })
		}
	})
	f.Cleanup(func() {
		_ = l.Close()
		all.Wait()
	})
	return "socks5://" + l.Addr().String()
}

// passSocks takes one connection of that proxy's.
func (f *faraway) passSocks(c net.Conn) {
	read := func(n int) []byte {
		b := make([]byte, n)
		if _, err := io.ReadFull(c, b); err != nil {
			return make([]byte, n)
		}
		return b
	}
	read(int(read(2)[1])) // the ways to log in that are known
	_, _ = c.Write([]byte{5, 0})
	head := read(5) // version, CONNECT, reserved, a name, its length
	name := read(int(head[4]))
	port := read(2)
	f.mu.Lock()
	f.reached = append(f.reached, fmt.Sprintf("%s:%d", name, binary.BigEndian.Uint16(port)))
	f.mu.Unlock()
	_, _ = c.Write([]byte{5, 0, 0, 1, 127, 0, 0, 1, 0, 0})
	f.join(c)
}

// certify makes an authority, whose certificate it writes down, and one of its
// for some names.
func (f *faraway) certify(names ...string) tls.Certificate {
	f.Helper()
	made := func(n int64, of pkix.Name, parent *x509.Certificate, by *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			f.Fatal(err)
		}
		c := &x509.Certificate{SerialNumber: big.NewInt(n), Subject: of, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
		if parent == nil {
			parent, by = c, key
			c.IsCA, c.BasicConstraintsValid, c.KeyUsage = true, true, x509.KeyUsageCertSign
		} else {
			c.DNSNames = names
		}
		der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), by)
		if err != nil {
			f.Fatal(err)
		}
		if c, err = x509.ParseCertificate(der); err != nil {
			f.Fatal(err)
		}
		return c, key
	}
	root, rootKey := made(1, pkix.Name{CommonName: "An authority of this test"}, nil, nil)
	leaf, key := made(2, pkix.Name{CommonName: names[0]}, root, rootKey)
	var b bytes.Buffer
	if err := pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: root.Raw}); err != nil {
		f.Fatal(err)
	}
	if err := os.WriteFile(f.authority, b.Bytes(), 0o600); err != nil {
		f.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key}
}

// launch runs a command that knows the way, with more settings.
func (f *faraway) launch(command string, vars ...string) *process {
	f.Helper()
	return launch(f.T, append([]string{"DISCORD_TOKEN=" + botToken, "HTTPS_PROXY=" + f.proxy, "SSL_CERT_FILE=" + f.authority}, vars...), command)
}

// through fails the test unless all of these were reached through the proxy.
func (f *faraway) through(hosts ...string) {
	f.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, h := range hosts {
		if !slices.Contains(f.reached, h) {
			f.Errorf("%s was not reached through the proxy, only %q", h, f.reached)
		}
	}
}

// The gateway's socket goes through the proxy as requests do, and both believe
// the authority that is named; so does the doctor.
func TestThroughAProxy(t *testing.T) {
	t.Parallel()
	for name, by := range map[string]func(f *faraway) string{
		"http":            func(f *faraway) string { return f.proxy },
		"with a password": func(f *faraway) string { f.set("Basic dXNlcjpwQHNz", ""); return "http://user:p%40ss@" + f.proxy },
		"https":           func(f *faraway) string { return f.encrypted },
		"socks5":          (*faraway).socks,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFaraway(t)
			f.proxy = by(f)
			w := &world{f.launch("serve"), f.server}
			w.ready()
			w.answersOnce("general")
			f.through("discord.com:443", "gateway.discord.gg:443")
			f.mu.Lock()
			f.reached = nil
			f.mu.Unlock()
			f.launch("doctor").exits(exitOK)
			f.through("discord.com:443", "gateway.discord.gg:443")
			w.signal(syscall.SIGTERM)
			w.exits(exitOK)
		})
	}
}

// The way may be told in .env, as all else.
func TestThroughAProxyOfTheFile(t *testing.T) {
	t.Parallel()
	f := newFaraway(t)
	dir := t.TempDir()
	text := "DISCORD_TOKEN=" + botToken + "\nhttps_proxy=" + f.proxy + "\nSSL_CERT_FILE='" + f.authority + "'\n"
	if err := os.WriteFile(filepath.Join(dir, dotenvFile), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	launchIn(t, dir, "summitbot", nil, "doctor").exits(exitOK)
	f.through("discord.com:443", "gateway.discord.gg:443")
}

// A proxy that is not understood stops the program: without it, all would go
// past it.
func TestProxyNotUnderstood(t *testing.T) {
	t.Parallel()
	for value, understood := range map[string]bool{
		"proxy": true, "proxy:3128": true, "http://u:p@proxy:3128": true, "https://proxy": true, "socks5h://proxy:1080": true, "[::1]:3128": true,
		"http://u:" + canary + "%zz@proxy": false, "ftp://proxy": false, "http://": false, "proxy:port": false, "pro xy": false,
	} {
		_, err := readConfig(settings(t, "", map[string]string{"HTTPS_PROXY": value}))
		if (err == nil) != understood || err != nil && (!strings.HasPrefix(err.Error(), "HTTPS_PROXY is not understood: it is like ") || strings.Contains(err.Error(), canary)) {
			t.Errorf("%s: %v", value, err)
		}
	}
}

// What keeps a proxy from opening the way is told in one line that is true,
// with what to do about it.
func TestDoctorOnProxies(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil              func(f *faraway) (vars []string)
		check, found, mend string
	}{
		"is not there": {
			func(f *faraway) []string { f.proxy = "user:" + canary + "@" + deserted; return nil },
			"discord", "opens no way to discord.com:443: dial tcp 127.0.0.1:", "whether HTTPS_PROXY names the right proxy",
		},
		"wants a password": {
			func(f *faraway) []string {
				f.set("Basic other", "")
				f.proxy = "http://user:" + canary + "@" + f.proxy
				return nil
			},
			"discord", "it wants a name and a password (407)", "HTTPS_PROXY",
		},
		"lets requests through alone": {
			func(f *faraway) []string { f.set("", "gateway."); return nil },
			"gateway", "opens no way to gateway.discord.gg:443: it answers 403 Forbidden", "lets gateway.discord.gg:443 through",
		},
		"lets nothing through": {
			func(f *faraway) []string { f.set("", "discord.com"); return nil },
			"discord", "opens no way to discord.com:443: it answers 403 Forbidden", "lets discord.com:443 through",
		},
		"reads along": {
			func(*faraway) []string { return []string{"SSL_CERT_FILE="} },
			"discord", "certificate signed by unknown authority", "name that in SSL_CERT_FILE",
		},
		"reads along, and its authority is not where it should be": {
			func(f *faraway) []string { return []string{"SSL_CERT_FILE=" + f.authority + ".moved"} },
			"discord", "certificate signed by unknown authority", "SSL_CERT_FILE cannot be read",
		},
		"speaks another protocol": {
			func(f *faraway) []string { f.proxy = f.at; return nil }, // TLS
			"discord", "it does not answer as an HTTP proxy", "HTTPS_PROXY",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFaraway(t)
			vars := c.spoil(f)
			p := f.launch("doctor", vars...)
			p.exits(exitFailure)
			out, said := p.printed()
			faults := regexp.MustCompile(`(?m)^fault +(\w+) +((?:.*\n {20})*.*)\n`).FindAllStringSubmatch(out, -1)
			if len(faults) != 1 || said != "" {
				t.Fatalf("there are %d faults", len(faults))
			}
			told := strings.Join(strings.Fields(faults[0][2]), " ")
			if faults[0][1] != c.check || !strings.Contains(told, c.found) || !strings.Contains(told, c.mend) {
				t.Errorf("%s: %s", faults[0][1], told)
			}
		})
	}
}
