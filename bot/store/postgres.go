package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"summitbot/bot"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	// connections is how many a process has to PostgreSQL at most, the one
	// that listens aside.
	connections = 8
	// connectTimeout bounds one attempt to connect.
	connectTimeout = 5 * time.Second
	// relisten is the pause between two attempts to listen.
	relisten = time.Second
	// tryEvery is how often the connection that listens is tried.
	tryEvery = 30 * time.Second
	// channel is where processes tell each other that there is something new.
	channel = "summitbot"
)

// settings are what PostgreSQL is to do for us: on connections of our own when
// they are made, and through a pooler in each transaction.
var settings = []struct{ name, value string }{
	// What waits for a lock, or was begun and is not gone on with because
	// this process is stopped, must not hold up the other processes.
	{"lock_timeout", "10000"},
	{"idle_in_transaction_session_timeout", "5000"},
	// Questions are read in the order of an index, up to a limit. A bitmap of
	// rows, which are then sorted, looks cheaper while PostgreSQL has not
	// counted a backlog that has just come, and reads all of it.
	{"enable_bitmapscan", "off"},
}

// setLocally has the settings hold for a transaction.
var setLocally = func() string {
	var all []string
	for _, set := range settings {
		all = append(all, fmt.Sprintf("set_config('%s', '%s', true)", set.name, set.value))
	}
	return "SELECT " + strings.Join(all, ", ")
}()

// meetServer finds out whether the address is PostgreSQL's own or that of a
// pooler, such as PgBouncer. A pooler gives each transaction another of its
// connections: nothing that is said to one holds for the next, be it a setting,
// a prepared statement or a LISTEN. It is known by the process that it says is
// at the other end, which is not the one that answers.
func (s *Store) meetServer(ctx context.Context, cfg *pgx.ConnConfig) (err error) {
	plain := cfg.Copy()
	plain.DefaultQueryExecMode = pgx.QueryExecModeExec // which a pooler takes
	conn, err := pgx.ConnectConfig(ctx, plain)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	var pid uint32
	if err := conn.QueryRow(ctx, `SELECT pg_backend_pid()`).Scan(&pid); err != nil {
		return err
	}
	if s.pooled = pid != conn.PgConn().PID(); !s.pooled {
		return nil
	}
	tx, err := conn.Begin(ctx)
	if e, ok := errors.AsType[*pgconn.PgError](err); ok && e.Code == pgerrProtocol {
		return &Trouble{Found: "the pooler that DATABASE_URL leads to carries out single statements, and no transactions",
			Mend: "set its pool_mode to transaction or session, or name the database itself in DATABASE_URL", Cause: err}
	}
	if err != nil {
		return err
	}
	return tx.Rollback(ctx)
}

// pgerrProtocol is the code with which PgBouncer refuses what it cannot hand on.
const pgerrProtocol = "08P01"

// openPostgres connects to a database that processes share.
func (s *Store) openPostgres(ctx context.Context, o Options) error {
	s.postgres, s.name, s.clock = true, "PostgreSQL", bot.NewClock()
	s.steady = s.clock.Steady
	cfg, err := parseURL(o.URL)
	if err != nil {
		return fmt.Errorf("DATABASE_URL is not understood: %w", err)
	}
	s.name = fmt.Sprintf("PostgreSQL at %s:%d, database %s", cfg.Host, cfg.Port, cfg.Database)
	cfg.ConnectTimeout = connectTimeout
	cfg.RuntimeParams["application_name"] = "summitbot"
	if err := s.meetServer(ctx, cfg); err != nil {
		return err
	}
	if s.pooled {
		cfg.DefaultQueryExecMode = pgx.QueryExecModeExec
	} else {
		for _, set := range settings {
			cfg.RuntimeParams[set.name] = set.value
		}
	}
	s.db = stdlib.OpenDB(*cfg)
	s.db.SetMaxOpenConns(connections)
	s.db.SetMaxIdleConns(connections)
	s.db.SetConnMaxIdleTime(5 * time.Minute)
	s.close = append(s.close, s.db.Close)
	if err := s.readClock(ctx); err != nil {
		return err
	}
	if err := s.fit(ctx); err != nil {
		return err
	}
	if !o.Serving {
		return nil
	}
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if s.pooled {
			s.poll(life)
		} else {
			s.listen(life, cfg)
		}
	}()
	s.close = append(s.close, func() error {
		end()
		<-ended
		return nil
	})
	return nil
}

// readClock learns what PostgreSQL's clock shows.
func (s *Store) readClock(ctx context.Context) error {
	before := time.Now()
	var theirs time.Time
	if err := s.db.QueryRowContext(ctx, `SELECT clock_timestamp()`).Scan(&theirs); err != nil {
		return err
	}
	s.clock.Tell(theirs, theirs.Add(time.Since(before)))
	return nil
}

// poll stands in for listen behind a pooler.
func (s *Store) poll(ctx context.Context) {
	s.log.Info("DATABASE_URL leads to a pooler, behind which nothing can be listened to: new questions are found by polling")
	for {
		select {
		case <-time.After(tryEvery):
		case <-ctx.Done():
			return
		}
		within, cancel := context.WithTimeout(ctx, connectTimeout)
		if err := s.readClock(within); err != nil {
			s.log.Debug("the database's clock was not read", "cause", err)
		}
		cancel()
	}
}

// listen hands on what other processes tell, until ctx ends. It is a nudge: a
// poll finds what is missed while the connection is lost.
func (s *Store) listen(ctx context.Context, cfg *pgx.ConnConfig) {
	for told := false; ; {
		err := s.listenOnce(ctx, cfg)
		if ctx.Err() != nil {
			return
		}
		if !told {
			s.log.Warn("the database cannot be listened to: new questions are found by polling", "cause", err)
			told = true
		}
		select {
		case <-time.After(relisten):
		case <-ctx.Done():
			return
		}
	}
}

func (s *Store) listenOnce(ctx context.Context, cfg *pgx.ConnConfig) error {
	conn, err := pgx.ConnectConfig(ctx, cfg.Copy())
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // it is given up, whatever it says
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		return err
	}
	for tried := time.Now(); ; {
		// The connection is tried from time to time: one that is cut without
		// a word would be silent for ever. The clocks are compared too, however
		// much there is to hear.
		wait, cancel := context.WithDeadline(ctx, tried.Add(tryEvery))
		told, err := conn.WaitForNotification(wait)
		cancel()
		switch {
		case err == nil:
			if told.Payload != "" {
				s.revise(told.Payload)
			}
			s.nudge()
		case ctx.Err() != nil || !pgconn.Timeout(err):
			return err
		}
		if time.Since(tried) < tryEvery {
			continue
		}
		if err := s.tryListening(ctx, conn); err != nil {
			return err
		}
		tried = time.Now()
	}
}

// tryListening makes sure that the connection still stands.
func (s *Store) tryListening(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	if err := conn.Ping(ctx); err != nil {
		return err
	}
	return s.readClock(ctx)
}

// tell nudges the other processes, once the transaction is carried out, and tells
// whoever works on a question, where one is named, that it was changed.
func (s *Store) tell(ctx context.Context, tx *sql.Tx, question string) error {
	if !s.postgres {
		return nil
	}
	_, err := tx.ExecContext(ctx, `SELECT pg_notify($1, $2)`, channel, question)
	return err
}
