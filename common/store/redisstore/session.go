package redisstore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/vlcp-go/vlcp/common/store"
)

var (
	errNoPong     = errors.New("the subscription does not answer pings")
	errNoDelivery = errors.New("the subscription delivers nothing")
)

// session is one subscription. Two goroutines: run subscribes, pings and probes; receive reads.
type session struct {
	w     *watcher
	ps    *redis.PubSub
	probe string              // channel
	have  map[string]struct{} // subscribed channels; used by run only

	mu      sync.Mutex
	acks    []int // acknowledgements still to come, one number per batch of subscriptions
	heard   time.Time
	pinged  time.Time // zero: no ping is out
	probed  time.Time // last touch of the probe key
	waiting bool      // for its event
	up      bool      // a batch was acknowledged; read when the receiver has ended
}

func newSession(w *watcher) *session {
	return &session{w: w, probe: w.s.channel(w.s.probe), have: map[string]struct{}{}, heard: time.Now()}
}

// run returns when the subscription is no good any more, and always after its receiver has ended.
func (n *session) run(ctx context.Context) error {
	n.ps = n.w.s.c.Subscribe(ctx)
	failed := make(chan error, 1)
	if err := n.sync(ctx); err != nil {
		_ = n.ps.Close() // the first error says more
		return err
	}
	go func() { failed <- n.receive(ctx) }()
	err, ended := n.loop(ctx, failed)
	_ = n.ps.Close() // it is given up
	if !ended {
		<-failed
	}
	return err
}

func (n *session) loop(ctx context.Context, failed <-chan error) (err error, receiverEnded bool) {
	tick := time.NewTicker(tickInterval)
	defer tick.Stop()
	for err == nil {
		select {
		case <-ctx.Done():
			return ctx.Err(), false
		case err = <-failed:
			return err, true
		case <-n.w.kick:
			err = n.sync(ctx)
		case <-tick.C:
			if err = n.alive(ctx); err == nil {
				err = n.delivers(ctx)
			}
		}
	}
	return err, false
}

// sync makes the subscription equal to what is wanted. What is new is one batch, acknowledged by one Gap.
func (n *session) sync(ctx context.Context) error {
	add, drop := n.diff()
	if len(add) > 0 {
		n.mu.Lock()
		n.acks = append(n.acks, len(add))
		n.mu.Unlock()
	}
	for part := range slices.Chunk(add, channelsPerCall) {
		if err := n.ps.Subscribe(ctx, part...); err != nil {
			return fmt.Errorf("subscribe: %w", err)
		}
	}
	for part := range slices.Chunk(drop, channelsPerCall) {
		if err := n.ps.Unsubscribe(ctx, part...); err != nil {
			return fmt.Errorf("unsubscribe: %w", err)
		}
	}
	return nil
}

func (n *session) diff() (add, drop []string) {
	n.w.mu.Lock()
	defer n.w.mu.Unlock()
	want := func(ch string) {
		if _, ok := n.have[ch]; !ok {
			add = append(add, ch)
			n.have[ch] = struct{}{}
		}
	}
	want(n.probe)
	for ch := range n.w.want {
		want(ch)
	}
	for ch := range n.have {
		if _, ok := n.w.want[ch]; !ok && ch != n.probe {
			drop = append(drop, ch)
			delete(n.have, ch)
		}
	}
	return add, drop
}

// receive reads until the connection fails. Errors of go-redis are final here: it reconnects by itself behind them, and
// only a new session knows what was missed.
func (n *session) receive(ctx context.Context) error {
	for {
		m, err := n.ps.ReceiveTimeout(ctx, receiveTimeout)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if quiet(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("receive: %w", err)
		}
		n.mu.Lock()
		n.heard, n.pinged = time.Now(), time.Time{}
		n.mu.Unlock()
		n.take(m)
	}
}

// quiet is a receive that nothing came for, as opposed to one that could not be.
func quiet(err error) bool {
	var ne net.Error
	var de *dialError
	return errors.As(err, &ne) && ne.Timeout() && !errors.As(err, &de)
}

func (n *session) take(m any) {
	switch m := m.(type) {
	case *redis.Subscription:
		if m.Kind == "subscribe" && n.acknowledged() {
			n.w.hint(store.Hint{Gap: true})
		}
	case *redis.Message:
		if m.Channel == n.probe {
			n.mu.Lock()
			n.waiting = false
			n.mu.Unlock()
			return
		}
		n.w.mu.Lock()
		h, ok := n.w.want[m.Channel]
		n.w.mu.Unlock()
		if ok && m.Payload != "xtrim" { // comes with the xadd that caused it
			n.w.hint(h)
		}
	}
}

// acknowledged counts one acknowledgement, and reports whether it was the last of its batch.
func (n *session) acknowledged() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.acks) == 0 {
		return true // not asked for: go-redis has subscribed again
	}
	n.acks[0]--
	if n.acks[0] > 0 {
		return false
	}
	n.acks, n.up = n.acks[1:], true
	return true
}

// alive pings a silent connection, and gives up one that does not answer.
func (n *session) alive(ctx context.Context) error {
	now := time.Now()
	n.mu.Lock()
	silent, out := now.Sub(n.heard) >= pingAfter, now.Sub(n.pinged)
	pinged := !n.pinged.IsZero()
	if silent && !pinged {
		n.pinged = now
	}
	n.mu.Unlock()
	switch {
	case pinged && out > pingDeadline:
		return errNoPong
	case !silent || pinged:
		return nil
	}
	if err := n.ps.Ping(ctx, strconv.FormatInt(now.UnixNano(), 36)); err != nil {
		return fmt.Errorf("ping: %w", err)
	}
	return nil
}

// delivers touches the probe key now and then, and gives up a subscription that does not tell of it, or whose server
// has become a replica. A touch that fails otherwise proves nothing: the connection for calls is another one.
func (n *session) delivers(ctx context.Context) error {
	now := time.Now()
	n.mu.Lock()
	since, waiting := now.Sub(n.probed), n.waiting
	touch := !waiting && since >= probeInterval
	if touch {
		n.waiting, n.probed = true, now
	}
	n.mu.Unlock()
	if waiting && since > probeDeadline {
		return errNoDelivery
	}
	if !touch {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, tickInterval)
	defer cancel()
	err := n.w.s.touch(ctx)
	if err != nil {
		n.mu.Lock()
		n.waiting = false
		n.mu.Unlock()
	}
	if isReplica(err) {
		return err
	}
	return nil
}

// touch writes the probe key.
func (s *Store) touch(ctx context.Context) error {
	return s.c.Set(ctx, s.probe, time.Now().UnixMilli(), 0).Err()
}

// isReplica says that the server is not the master any more: whoever reads from it may read what is old for ever.
func isReplica(err error) bool {
	var reply redis.Error
	return errors.As(err, &reply) && strings.HasPrefix(reply.Error(), "READONLY")
}
