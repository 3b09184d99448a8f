package redisstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// NotifyNeeded is what notify-keyspace-events must have: keyspace channels; strings (bells, probe), generic (del),
// streams.
const NotifyNeeded = "K$gt"

const (
	notifyOption  = "notify-keyspace-events"
	notifyAll     = "$gt" // of those, what A stands for among others
	trialTimeout  = time.Second
	trialEventSet = "set"
	trialEventDel = "del"
	trialEventLog = "xadd"
)

// missingFlags returns what notify-keyspace-events lacks.
func missingFlags(have string) string {
	if strings.Contains(have, "A") {
		have += notifyAll
	}
	var out strings.Builder
	for _, f := range NotifyNeeded {
		if !strings.ContainsRune(have, f) {
			out.WriteRune(f)
		}
	}
	return out.String()
}

// notifications reports whether the server publishes what we need, after telling it to where that is allowed. Where
// CONFIG is refused, as in managed services, it tries whether events come.
func (s *Store) notifications(ctx context.Context) (bool, error) {
	node, err := s.node(ctx)
	if err != nil {
		return false, err
	}
	var reply redis.Error
	conf, err := node.ConfigGet(ctx, notifyOption).Result()
	if errors.As(err, &reply) {
		return s.trial(ctx)
	}
	if err != nil {
		return false, fmt.Errorf("read %s: %w", notifyOption, err)
	}
	have := conf[notifyOption]
	missing := missingFlags(have)
	if missing == "" {
		return true, nil
	}
	err = node.ConfigSet(ctx, notifyOption, have+missing).Err()
	if errors.As(err, &reply) {
		return s.trial(ctx)
	}
	if err != nil {
		return false, fmt.Errorf("set %s: %w", notifyOption, err)
	}
	return true, nil
}

// node is the server that has our keys.
func (s *Store) node(ctx context.Context) (redis.Cmdable, error) {
	if cc, ok := s.c.(*redis.ClusterClient); ok {
		m, err := cc.MasterForKey(ctx, s.keys[0])
		if err != nil {
			return nil, fmt.Errorf("find the master of %s: %w", s.keys[0], err)
		}
		return m, nil
	}
	return s.c, nil
}

// trial makes one event of each kind that we need and reports whether all of them come.
func (s *Store) trial(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, trialTimeout+ioTimeout)
	defer cancel()
	key := s.probe + ":trial"
	ps := s.c.Subscribe(ctx)
	defer func() { _ = ps.Close() }() // only read from
	if err := ps.Subscribe(ctx, s.channel(key)); err != nil {
		return false, fmt.Errorf("subscribe for a trial: %w", err)
	}
	_, err := ps.ReceiveTimeout(ctx, ioTimeout)
	var reply redis.Error
	if errors.As(err, &reply) {
		return false, nil // not allowed to subscribe
	}
	if err != nil {
		return false, fmt.Errorf("subscribe for a trial: %w", err)
	}
	_, err = s.c.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Set(ctx, key, "", 0)
		p.Del(ctx, key)
		p.XAdd(ctx, &redis.XAddArgs{Stream: key, Values: []string{"trial", ""}})
		p.Del(ctx, key)
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("write for a trial: %w", err)
	}
	return heard(ctx, ps), nil
}

// heard waits for the events of a trial.
func heard(ctx context.Context, ps *redis.PubSub) bool {
	want := map[string]bool{trialEventSet: true, trialEventDel: true, trialEventLog: true}
	until := time.Now().Add(trialTimeout)
	for len(want) > 0 {
		left := time.Until(until)
		if left <= 0 {
			return false
		}
		m, err := ps.ReceiveTimeout(ctx, left)
		if err != nil {
			return false
		}
		if m, ok := m.(*redis.Message); ok {
			delete(want, m.Payload)
		}
	}
	return true
}
