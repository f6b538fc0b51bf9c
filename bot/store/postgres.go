package store

import (
	"context"
	"database/sql"
	"fmt"
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
	// What waits for a lock, or was begun and is not gone on with because
	// this process is stopped, must not hold up the other processes.
	cfg.RuntimeParams["lock_timeout"] = "10000"
	cfg.RuntimeParams["idle_in_transaction_session_timeout"] = "5000"
	// Questions are read in the order of an index, up to a limit. A bitmap of
	// rows, which are then sorted, looks cheaper while PostgreSQL has not
	// counted a backlog that has just come, and reads all of it.
	cfg.RuntimeParams["enable_bitmapscan"] = "off"
	s.db = stdlib.OpenDB(*cfg)
	s.db.SetMaxOpenConns(connections)
	s.db.SetMaxIdleConns(connections)
	s.db.SetConnMaxIdleTime(5 * time.Minute)
	s.close = append(s.close, s.db.Close)
	if err := s.readClock(ctx); err != nil {
		return err
	}
	if !o.Serving {
		return nil
	}
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.listen(life, cfg)
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
		_, err := conn.WaitForNotification(wait)
		cancel()
		switch {
		case err == nil:
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

// tell nudges the other processes, once the transaction is carried out.
func (s *Store) tell(ctx context.Context, tx *sql.Tx) error {
	if !s.postgres {
		return nil
	}
	_, err := tx.ExecContext(ctx, `SELECT pg_notify($1, '')`, channel)
	return err
}
