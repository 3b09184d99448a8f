package redisstore

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/vlcp-go/vlcp/common/store"
)

// waitTimeout is how long one commit waits for replicas and for the disk; shorter than ioTimeout.
const waitTimeout = 3 * time.Second

// notDurable is a commit that the master has, and not enough others.
type notDurable struct{ what string }

// Error implements error.
func (e *notDurable) Error() string { return e.what }

// pin returns a connection to the server that has our keys: WAIT is about what was written on its own connection.
func (s *Store) pin(ctx context.Context) (*redis.Conn, error) {
	switch c := s.c.(type) {
	case *redis.ClusterClient:
		m, err := c.MasterForKey(ctx, s.keys[0])
		if err != nil {
			return nil, fmt.Errorf("find the master of %s: %w", s.keys[0], err)
		}
		return m.Conn(), nil
	case *redis.Client:
		return c.Conn(), nil
	}
	return nil, fmt.Errorf("%T has no connections to wait on", s.c)
}

// commitDurably runs the commit and returns when as many replicas have it as were asked for, and the server's own disk
// where it can tell.
func (s *Store) commitDurably(ctx context.Context, args []any) (any, error) {
	conn, err := s.pin(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }() // it goes back to the pool
	if err := s.enough(ctx, conn); err != nil {
		return nil, err
	}
	r, err := commitScript.Run(ctx, conn, s.keys, args...).Result()
	if f, _ := r.([]any); err != nil || len(f) == 0 || text(f[0]) != "ok" {
		return r, err
	}
	have, err := conn.Wait(ctx, s.durable, waitTimeout).Result()
	if err != nil {
		return nil, err
	}
	if have < int64(s.durable) {
		return nil, &notDurable{fmt.Sprintf("the master has it, but only %d of %d replicas said so within %s: a failover "+
			"may lose it", have, s.durable, waitTimeout)}
	}
	return r, s.onDisk(ctx, conn)
}

var replicasLine = regexp.MustCompile(`(?m)^slave\d+:.*state=online`)

// enough refuses a commit that cannot become durable before it is made.
func (s *Store) enough(ctx context.Context, conn *redis.Conn) error {
	info, err := conn.Info(ctx, "replication").Result()
	if err != nil {
		return err
	}
	if n := len(replicasLine.FindAllString(info, -1)); n < s.durable {
		return fmt.Errorf("%w: %d of %d are there, nothing was done", store.ErrTooFewReplicas, n, s.durable)
	}
	return nil
}

// onDisk waits until the server has written its append-only file, where it has one and can say so (Redis 7.2).
func (s *Store) onDisk(ctx context.Context, conn *redis.Conn) error {
	r, err := conn.Do(ctx, "waitaof", 1, 0, waitTimeout.Milliseconds()).Result()
	var reply redis.Error
	if errors.As(err, &reply) {
		text := reply.Error()
		if strings.Contains(text, "unknown command") || strings.Contains(text, "appendonly is disabled") ||
			strings.HasPrefix(text, "NOPERM") {
			return nil
		}
	}
	if err != nil {
		return err
	}
	if f, _ := r.([]any); len(f) == 2 && text(f[0]) == "0" {
		return &notDurable{"the replicas have it, but the master has not got it on its disk within " + waitTimeout.String()}
	}
	return nil
}
