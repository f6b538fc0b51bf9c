// Package postgrestest starts PostgreSQL for tests, from Debian's package, in
// a temporary folder and on a free port of loopback.
package postgrestest

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver
)

// strict is the variable under which a missing PostgreSQL fails a test in
// place of skipping it.
const strict = "SUMMITBOT_CI"

// A Server is a PostgreSQL server of one test.
type Server struct {
	// Address is its host and port.
	Address string

	t      testing.TB
	bin    string
	folder string
	as     *syscall.Credential // nil: as whoever runs the test
}

// URL is the address of its database, as DATABASE_URL has it; through another
// address, such as a proxy's, if one is given.
func (s *Server) URL(through ...string) string {
	return fmt.Sprintf("postgres://summitbot:%s@%s/postgres?sslmode=disable", Password, append(through, s.Address)[0])
}

// Password is the database's.
const Password = "postgres-canary"

// New starts a server with an empty database, which the test's end stops. The
// test is skipped where PostgreSQL is not installed, or fails when the
// variable SUMMITBOT_CI is set.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{t: t}
	if s.bin = binaries(); s.bin == "" {
		missing(t, "postgresql")
	}
	var err error
	if s.folder, err = os.MkdirTemp("", "postgres"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(s.folder); err != nil {
			t.Error(err)
		}
	})
	if os.Geteuid() == 0 { // which PostgreSQL does not run as
		if s.as, err = nobody(); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(s.folder, int(s.as.Uid), int(s.as.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	password := filepath.Join(s.folder, "password")
	if err := os.WriteFile(password, []byte(Password), 0o644); err != nil {
		t.Fatal(err)
	}
	s.run("initdb", "-D", s.data(), "-U", "summitbot", "--pwfile", password, "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync")
	s.Address = free(t)
	s.Start()
	t.Cleanup(s.Stop)
	return s
}

// missing skips a test, or fails it, for a package of Debian's that is not
// installed.
func missing(t testing.TB, debian string) {
	t.Helper()
	if os.Getenv(strict) != "" {
		t.Fatalf("it is not installed: apt-get install %s", debian)
	}
	t.Skipf("it is not installed: apt-get install %s", debian)
}

// free is an address of loopback that nobody listens at.
func free(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return l.Addr().String()
}

func (s *Server) data() string { return filepath.Join(s.folder, "data") }

// Start starts the server after a Stop, on the same address, and waits until
// it takes connections.
func (s *Server) Start() {
	s.t.Helper()
	_, port, err := net.SplitHostPort(s.Address)
	if err != nil {
		s.t.Fatal(err)
	}
	log := filepath.Join(s.folder, "log")
	settings := "-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c port=" + port
	if _, measured := s.t.(*testing.B); !measured {
		settings += " -c fsync=off" // no test takes the machine's power
	}
	s.run("pg_ctl", "-D", s.data(), "-l", log, "-w", "-t", "60", "-o", settings, "start")
	pid, err := os.ReadFile(filepath.Join(s.data(), "postmaster.pid"))
	if err != nil {
		s.t.Fatal(err)
	}
	if len(pid) == 0 {
		s.t.Fatal("PostgreSQL did not start")
	}
}

// Standby makes the server one that waits for a primary's news, as after a
// switch-over, and takes nothing.
func (s *Server) Standby() {
	s.t.Helper()
	s.Stop()
	if err := os.WriteFile(filepath.Join(s.data(), "standby.signal"), nil, 0o644); err != nil {
		s.t.Fatal(err)
	}
	s.Start()
}

// Stop ends the server at once, as a crash would. It may be stopped already.
func (s *Server) Stop() {
	s.t.Helper()
	if _, err := os.Stat(filepath.Join(s.data(), "postmaster.pid")); errors.Is(err, os.ErrNotExist) {
		return
	}
	s.run("pg_ctl", "-D", s.data(), "-w", "-t", "60", "-m", "immediate", "stop")
}

// Exec carries out a statement as the database's owner.
func (s *Server) Exec(statement string) {
	s.t.Helper()
	db, err := sql.Open("pgx", s.URL())
	if err == nil {
		_, err = db.ExecContext(s.t.Context(), statement)
		err = errors.Join(err, db.Close())
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// Pooler starts PgBouncer before the server, until the test's end, and returns
// its address. More lines of its settings may be given. The test is skipped, or
// fails, where it is not installed.
func (s *Server) Pooler(mode string, more ...string) string {
	s.t.Helper()
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		program, err = exec.LookPath("/usr/sbin/pgbouncer") // which is in the path of root alone
	}
	if err != nil {
		missing(s.t, "pgbouncer")
	}
	address := free(s.t)
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		s.t.Fatal(err)
	}
	host, to, err := net.SplitHostPort(s.Address)
	if err != nil {
		s.t.Fatal(err)
	}
	settings := filepath.Join(s.folder, "pgbouncer"+port+".ini")
	lines := append([]string{
		"[databases]", fmt.Sprintf("* = host=%s port=%s user=summitbot password=%s", host, to, Password),
		"[pgbouncer]", "listen_addr = 127.0.0.1", "listen_port = " + port, "unix_socket_dir =", "auth_type = any", "pool_mode = " + mode,
	}, more...)
	if err := os.WriteFile(settings, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.Command(program, settings)
	cmd.Dir = s.folder
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as}
	log := &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	s.t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended by itself
		<-ended
		if s.t.Failed() {
			s.t.Logf("PgBouncer says:\n%s", log)
		}
	})
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			_ = conn.Close() // it was only tried
			return address
		}
		if time.Now().After(deadline) {
			s.t.Fatal("PgBouncer did not start")
		}
	}
}

// run runs one of PostgreSQL's programs.
func (s *Server) run(name string, args ...string) {
	s.t.Helper()
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.folder
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as}
	out := filepath.Join(s.folder, "out")
	f, err := os.Create(out) // a pipe would stay open for as long as the server runs
	if err != nil {
		s.t.Fatal(err)
	}
	defer f.Close()
	cmd.Stdout, cmd.Stderr = f, f
	cmd.WaitDelay = time.Minute
	if err := cmd.Run(); err != nil {
		text, _ := os.ReadFile(out)
		s.t.Fatalf("%s: %v\n%s", name, err, text)
	}
}

// binaries is the folder with PostgreSQL's programs, empty if there is none.
func binaries() string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // the pattern is a good one
	slices.Sort(found)
	if len(found) > 0 {
		return filepath.Dir(found[len(found)-1])
	}
	if p, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(p)
	}
	return ""
}

// nobody is the user that Debian's package makes, or one without rights.
func nobody() (*syscall.Credential, error) {
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return nil, err
		}
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, err
}
