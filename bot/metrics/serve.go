package metrics

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const (
	// connections is how many may be open at a time.
	connections = 256
	// scrapes is how many may be made at a time; others are turned away.
	scrapes = 4
	// within bounds the reading of a request, and answering it but for a
	// profile, which takes as long as it is asked to.
	within  = 10 * time.Second
	profile = 2 * time.Minute
	idle    = time.Minute
	// maxHeader bounds a request's header, in bytes.
	maxHeader = 16 << 10
)

// Handler answers /metrics, /healthz and /readyz, and with profiles
// /debug/pprof/.
func (m *Metrics) Handler(profiles bool) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: scrapes, Timeout: within}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "alive\n") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		watch := m.watched.Load()
		if watch == nil {
			say(w, http.StatusServiceUnavailable, "not ready\nit is starting\n")
			return
		}
		if lines, ok := watch.ready(); ok {
			say(w, http.StatusOK, "ready\n"+lines)
		} else {
			say(w, http.StatusServiceUnavailable, "not ready\n"+lines)
		}
	})
	if profiles {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	return mux
}

// Serve listens at an address, HOST:PORT, and answers there until stop is
// called, which returns when all is answered or given up. The log is told
// where.
func (m *Metrics) Serve(addr string, profiles bool, log *slog.Logger) (stop func(), err error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	srv := &http.Server{
		Handler: attended(guarded(names(addr), m.Handler(profiles))), ConnContext: inContext, BaseContext: func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: within, ReadTimeout: within, WriteTimeout: 2 * within, IdleTimeout: idle, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	if profiles {
		srv.WriteTimeout = profile
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(newCrowd(l, connections)) }()
	log.Info("metrics are served", "address", fmt.Sprintf("http://%s/metrics", l.Addr()), "pprof", profiles)
	return func() {
		cancel()
		ending, done := context.WithTimeout(context.Background(), time.Second)
		defer done()
		if err := srv.Shutdown(ending); err != nil {
			err = errors.Join(err, srv.Close())
			log.Warn("whoever asked for metrics is left without", "cause", err)
		}
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			log.Error("metrics were not served to the end", "cause", err)
		}
		m.trials.Wait()
	}, nil
}
