package status

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

const (
	requestTimeout = 30 * time.Second
	headerTimeout  = 5 * time.Second
	dialTimeout    = time.Second
)

// Errors of a Source, which the client gives back.
var (
	ErrNotFound    = errors.New("not found")
	ErrUnavailable = errors.New("unavailable")
)

// Source is who is asked.
type Source interface {
	Status(ctx context.Context) (*Status, error)
	Flows(ctx context.Context, f Filter) ([]Flow, error)
	Definition(ctx context.Context, port string) (*Definition, error)
	// Debug answers also when the agent is stuck, after a while.
	Debug(ctx context.Context) (*Debug, error)
}

// Server serves a Source on a unix socket.
type Server struct {
	http  *http.Server
	ended chan struct{}
}

// Listen starts a server at path. A socket that a dead agent left is replaced, that of a living one is an error.
func Listen(path string, src Source, log *slog.Logger) (*Server, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("api socket: %w", err)
	}
	if c, err := net.DialTimeout("unix", path, dialTimeout); err == nil {
		_ = c.Close()
		return nil, fmt.Errorf("api socket %s: another agent is running here", path)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("api socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("api socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("api socket: %w", err), l.Close())
	}
	s := &Server{ended: make(chan struct{}), http: &http.Server{Handler: handler(src), ReadHeaderTimeout: headerTimeout,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}}
	go func() {
		defer close(s.ended)
		if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("api socket ended", "path", path, "error", err)
		}
	}()
	return s, nil
}

// Close ends the server. When it returns, the socket is gone.
func (s *Server) Close() error {
	err := s.http.Close()
	<-s.ended // a server that has hardly begun closes its socket only there
	return err
}

func handler(src Source) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/status", func(w http.ResponseWriter, r *http.Request) {
		answer(w, r, src.Status)
	})
	mux.HandleFunc("GET /v1/flows", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		f := Filter{Port: q.Get("port"), Network: q.Get("network"), Table: q.Get("table")}
		answer(w, r, func(ctx context.Context) ([]Flow, error) { return src.Flows(ctx, f) })
	})
	mux.HandleFunc("GET /v1/ports/{name}", func(w http.ResponseWriter, r *http.Request) {
		answer(w, r, func(ctx context.Context) (*Definition, error) { return src.Definition(ctx, r.PathValue("name")) })
	})
	mux.HandleFunc("GET /v1/debug", func(w http.ResponseWriter, r *http.Request) {
		answer(w, r, src.Debug)
	})
	return mux
}

// failure is the body of an error.
type failure struct {
	Error string `json:"error"`
}

func answer[T any](w http.ResponseWriter, r *http.Request, ask func(context.Context) (T, error)) {
	ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
	defer cancel()
	v, err := ask(ctx)
	w.Header().Set("Content-Type", "application/json")
	enc := json.NewEncoder(w)
	if err == nil {
		_ = enc.Encode(v) // the client is gone
		return
	}
	code := http.StatusInternalServerError
	switch {
	case errors.Is(err, ErrNotFound):
		code = http.StatusNotFound
	case errors.Is(err, ErrUnavailable):
		code = http.StatusServiceUnavailable
	}
	w.WriteHeader(code)
	_ = enc.Encode(failure{err.Error()}) // the client is gone
}
