package redisstore

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/vlcp-go/vlcp/common/store"
)

// dialError marks errors before anything was sent.
type dialError struct{ err error }

// Error implements error.
func (e *dialError) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *dialError) Unwrap() error { return e.err }

type dialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

func dialer(dial dialFunc, conf *tls.Config, made *atomic.Int64) dialFunc {
	if dial == nil {
		dial = (&net.Dialer{Timeout: dialTimeout, KeepAlive: time.Minute}).DialContext
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, dialTimeout)
		defer cancel()
		c, err := dial(ctx, network, address)
		if err != nil {
			return nil, &dialError{err}
		}
		made.Add(1)
		if conf == nil || network == "unix" {
			return c, nil
		}
		conf := conf.Clone()
		if conf.ServerName == "" {
			conf.ServerName, _, _ = net.SplitHostPort(address) // an address without port has no name to check
		}
		t := tls.Client(c, conf)
		if err := t.HandshakeContext(ctx); err != nil {
			_ = c.Close() // the handshake's error says more
			return nil, &dialError{fmt.Errorf("tls handshake: %w", err)}
		}
		return t, nil
	}
}

// run runs a script, up to callAttempts times: every script may be repeated.
func (s *Store) run(ctx context.Context, op string, sc *redis.Script, args ...any) (any, error) {
	r, _, err := s.try(ctx, sc, args)
	if err != nil {
		return nil, s.wrap(op, err)
	}
	return r, nil
}

// try is run without dressing up the error. doubt means that it failed, but may have been done.
func (s *Store) try(ctx context.Context, sc *redis.Script, args []any) (r any, doubt bool, err error) {
	return s.attempts(ctx, func(ctx context.Context) (any, error) { return sc.Run(ctx, s.c, s.keys, args...).Result() })
}

// attempts calls do until it works or makes no sense any more.
func (s *Store) attempts(ctx context.Context, do func(context.Context) (any, error)) (r any, doubt bool, err error) {
	for attempt := 1; ; attempt++ {
		if err := ctx.Err(); err != nil {
			return nil, doubt, err
		}
		made, had := s.dials.Load(), s.c.PoolStats().TotalConns > 0
		r, err = do(ctx)
		if err == nil {
			return r, false, nil
		}
		again, sent := verdict(err)
		doubt = doubt || sent && (had || s.dials.Load() != made) // without a connection nothing was sent
		if !again || attempt == callAttempts {
			return nil, doubt, err
		}
		select {
		case <-ctx.Done():
			return nil, doubt, err
		case <-time.After(retryPause << (2 * (attempt - 1))):
		}
	}
}

// passing are the error replies of a server that is not ready or not the right one any more: nothing was done.
var passing = []string{"LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "BUSY ", "MOVED", "ASK ",
	"NOREPLICAS", "max number of clients"}

// verdict says of a failed call whether it makes sense to try it again, and whether it may have been done.
func verdict(err error) (again, sent bool) {
	var de *dialError
	var reply redis.Error
	var nd *notDurable
	switch {
	case errors.As(err, &nd):
		return false, true
	case errors.Is(err, store.ErrTooFewReplicas):
		return false, false
	case errors.As(err, &de), errors.Is(err, redis.ErrPoolTimeout), errors.Is(err, redis.ErrClosed):
		return !errors.Is(err, redis.ErrClosed), false
	case errors.As(err, &reply):
		for _, p := range passing {
			if strings.Contains(reply.Error(), p) {
				return true, false
			}
		}
		return false, false
	case strings.HasPrefix(err.Error(), "redis: all sentinels"):
		return true, false
	}
	return true, true
}

// wrap tells what failed, where, and what to do about it.
func (s *Store) wrap(op string, err error) error {
	var reply redis.Error
	isReply := errors.As(err, &reply)
	text := err.Error()
	switch {
	case isReply && strings.HasPrefix(text, "NOTINIT"):
		return fmt.Errorf("%s: %w", op, store.ErrNotInitialised)
	case isReply && strings.HasPrefix(text, "SCHEMA"):
		return fmt.Errorf("%s: %w", op, schemaError(strings.TrimPrefix(text, "SCHEMA ")))
	case errors.Is(err, store.ErrTooFewReplicas):
		return fmt.Errorf("%s: %w", op, err)
	}
	return fmt.Errorf("%s: %w: redis at %s: %w (%s)", op, store.ErrUnavailable, s.where, err, wayOut(err, isReply))
}

func wayOut(err error, isReply bool) string {
	text := err.Error()
	var de *dialError
	switch {
	case errors.As(err, &de):
		return "is it running, and is the address right? Set redis.url, --redis or VLCP_REDIS"
	case strings.HasPrefix(text, "NOAUTH"), strings.HasPrefix(text, "WRONGPASS"), strings.Contains(text, "AUTH"):
		return "give user and password in the URL: redis://USER:PASSWORD@HOST"
	case strings.HasPrefix(text, "NOPERM"):
		return "the ACL user lacks a permission"
	case strings.HasPrefix(text, "OOM"):
		return "the server is at its maxmemory: raise it"
	case strings.HasPrefix(text, "READONLY"):
		return "this is a replica: give the master's address, or the sentinels'"
	case strings.HasPrefix(text, "MISCONF"):
		return "the server cannot save its data: see its log"
	case isReply:
		return "the server refused it"
	}
	return "no answer from the server"
}

func schemaError(found string) error {
	return fmt.Errorf("%w: the store has schema %s, this program knows %d: upgrade it", store.ErrUnavailable,
		found, schema)
}

// texts turns a flat reply into strings; what is nil becomes "".
func texts(r any) []string {
	list, _ := r.([]any)
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = text(v)
	}
	return out
}

func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int64:
		return fmt.Sprint(v)
	}
	return ""
}
