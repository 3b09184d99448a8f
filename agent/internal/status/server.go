package status

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"
)

const (
	answerTimeout  = 30 * time.Second
	requestTimeout = 5 * time.Second
	dialTimeout    = time.Second

	requestMaxBytes = 64 << 10
	connectionsMax  = 64 // at once; others wait in the socket's queue
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
	acceptor
	src Source
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
	s := &Server{src: src}
	s.start(l, connectionsMax, log, s.answerOn)
	return s, nil
}

// answerOn takes one request from a connection and answers it. The source is told when who asked has gone meanwhile.
func (s *Server) answerOn(c net.Conn) {
	ctx, cancel := context.WithTimeout(s.ctx, answerTimeout)
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = c.Close() })()
	defer c.Close() //nolint:errcheck // what could not be sent, the client misses
	_ = c.SetReadDeadline(time.Now().Add(requestTimeout))
	var req request
	in := bufio.NewReader(io.LimitReader(c, requestMaxBytes))
	line, err := in.ReadBytes('\n')
	if err != nil {
		s.log.Debug("api socket: no request", "error", err)
		return
	}
	if err := json.Unmarshal(line, &req); err != nil {
		s.send(c, failed(fmt.Errorf("request: %w", err)))
		return
	}
	_ = c.SetReadDeadline(time.Time{})
	go cancelWhenGone(ctx, c, cancel)
	s.send(c, s.answer(ctx, req))
}

func (s *Server) send(c net.Conn, r reply) {
	if err := json.NewEncoder(c).Encode(r); err != nil {
		s.log.Debug("api socket: answer", "error", err)
	}
}

func (s *Server) answer(ctx context.Context, r request) reply {
	switch r.Ask {
	case askStatus:
		return replyOf(s.src.Status(ctx))
	case askFlows:
		return replyOf(s.src.Flows(ctx, r.Filter))
	case askDefinition:
		return replyOf(s.src.Definition(ctx, r.Port))
	case askDebug:
		return replyOf(s.src.Debug(ctx))
	}
	return failed(fmt.Errorf("request %q: want %s, %s, %s or %s", r.Ask, askStatus, askFlows, askDefinition, askDebug))
}
