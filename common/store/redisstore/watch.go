package redisstore

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/vlcp-go/vlcp/common/store"
)

// Times of a watcher. A subscription that is dead in any way is noticed within 10 s.
const (
	tickInterval     = time.Second     // how often the subscription is looked at
	pingAfter        = time.Second     // of silence
	pingDeadline     = 3 * time.Second // for anything to come after a ping
	probeInterval    = 3 * time.Second // between touches of the probe key
	probeDeadline    = 5 * time.Second // for its event
	rebuildMin       = 100 * time.Millisecond
	rebuildMax       = 5 * time.Second
	pollingGap       = time.Second      // between Gap hints without notifications
	recheckInterval  = 30 * time.Second // of whether notifications work by now
	farewellTimeout  = time.Second
	channelsPerCall  = 1000
	receiveTimeout   = time.Second
	sessionIsHealthy = 10 * time.Second // after that the back-off starts anew
)

// watcher keeps a subscription alive and passes on what comes.
type watcher struct {
	s      *Store
	hint   func(store.Hint)
	cancel context.CancelFunc
	done   chan struct{}
	kick   chan struct{} // want changed

	mu   sync.Mutex
	want map[string]store.Hint // by channel
}

// Watch implements store.Log. It does not wait for the connection.
func (s *Store) Watch(hint func(store.Hint)) (store.Watcher, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, fmt.Errorf("watch: %w: closed", store.ErrUnavailable)
	}
	ctx, cancel := context.WithCancel(context.Background())
	w := &watcher{s: s, hint: hint, cancel: cancel, done: make(chan struct{}), kick: make(chan struct{}, 1),
		want: map[string]store.Hint{}}
	s.watchers[w] = struct{}{}
	go w.run(ctx)
	return w, nil
}

// channel is where the events of a key are published.
func (s *Store) channel(key string) string { return fmt.Sprintf("__keyspace@%d__:%s", s.db, key) }

// Follow implements store.Watcher.
func (w *watcher) Follow(scopes []store.Scope, entries []store.Entry) {
	want := make(map[string]store.Hint, len(scopes)+len(entries))
	for _, sc := range scopes {
		want[w.s.channel(w.s.prefix+"log:"+string(sc))] = store.Hint{Scope: sc}
	}
	for _, e := range entries {
		want[w.s.channel(w.s.prefix+bell(e))] = store.Hint{Index: e.Index, Key: e.Key}
	}
	w.mu.Lock()
	w.want = want
	w.mu.Unlock()
	select {
	case w.kick <- struct{}{}:
	default:
	}
}

// Close implements store.Watcher. Hints do not come after it has returned; it must not be called from a hint.
func (w *watcher) Close() error {
	w.cancel()
	<-w.done
	w.s.mu.Lock()
	delete(w.s.watchers, w)
	w.s.mu.Unlock()
	return nil
}

// run rebuilds the subscription whenever it fails, until Close.
func (w *watcher) run(ctx context.Context) {
	defer close(w.done)
	defer w.farewell()
	pause, told := rebuildMin, ""
	for ctx.Err() == nil {
		began := time.Now()
		up, err := w.watch(ctx)
		if ctx.Err() != nil {
			return
		}
		if up {
			told = ""
		}
		if time.Since(began) > sessionIsHealthy {
			pause = rebuildMin
		}
		if err == nil {
			continue
		}
		if err = w.s.wrap("watch", err); err.Error() != told {
			told = err.Error()
			w.hint(store.Hint{Err: err})
		}
		sleep(ctx, pause/2+rand.N(pause))
		pause = min(2*pause, rebuildMax)
	}
}

// watch subscribes, or polls where the server does not notify, until something is wrong. up means that it worked first.
func (w *watcher) watch(ctx context.Context) (up bool, err error) {
	ok, err := w.s.notifications(ctx)
	if err != nil {
		return false, err
	}
	if !ok {
		w.polling(ctx)
		return true, nil
	}
	if err := w.s.touch(ctx); isReplica(err) {
		return false, err
	}
	n := newSession(w)
	err = n.run(ctx)
	return n.up, err
}

// polling makes the reader poll, and ends when it is time to look for notifications again.
func (w *watcher) polling(ctx context.Context) {
	for end := time.Now().Add(recheckInterval); ctx.Err() == nil && time.Now().Before(end); {
		w.hint(store.Hint{Gap: true})
		sleep(ctx, pollingGap)
	}
}

// farewell removes the probe key. Another watcher that uses it does not mind: it hears of that too.
func (w *watcher) farewell() {
	ctx, cancel := context.WithTimeout(context.Background(), farewellTimeout)
	defer cancel()
	_ = w.s.c.Del(ctx, w.s.probe).Err() // a key that stays is used again
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
