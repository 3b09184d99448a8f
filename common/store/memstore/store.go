package memstore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sort"
	"sync"
	"time"

	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/store/internal/valid"
)

const (
	schema          = 1
	defaultLogLimit = 1024 // changes kept per scope
	maxTxnIDs       = 10_000
	sequenceGap     = 4096
)

// Options change how a Store behaves; the zero value is right for tests.
type Options struct {
	// Now is the server's clock; nil means time.Now.
	Now func() time.Time
	// NewID makes epochs and run ids; nil means random text.
	NewID func() string
	// LogLimit is how many changes a scope's log keeps; 0 means 1024.
	LogLimit int
	// Deliver runs the delivery of hints; nil means a goroutine for each. The simulator posts to its scheduler. It
	// is called without any lock held, and what it is given may run at any time later, in any order.
	Deliver func(run func())
	// NoNotifications makes Info say so, and watchers deliver nothing but the acknowledgement of Follow.
	NoNotifications bool
}

// Store is a store.Store in memory. The zero value is not usable, call New.
type Store struct {
	o Options

	mu       sync.Mutex
	d        *data
	runID    string
	writer   string // what commits are signed with: another one for each role of the server
	closed   bool
	held     bool // commits are kept out
	fault    func(op string) error
	watchers []*watcher // in the order of Watch: a simulation must repeat itself
}

var _ store.Store = (*Store)(nil)

// New returns an empty store. Init makes it usable.
func New(o Options) *Store {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.NewID == nil {
		o.NewID = rand.Text
	}
	if o.LogLimit <= 0 {
		o.LogLimit = defaultLogLimit
	}
	if o.Deliver == nil {
		o.Deliver = func(run func()) { go run() }
	}
	run := o.NewID()
	return &Store{o: o, d: newData(), runID: run, writer: run}
}

// enter locks the store for op. When it returns an error, nothing is locked.
func (s *Store) enter(ctx context.Context, op string) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	s.mu.Lock()
	err := s.refusal(op)
	if err == nil && s.held && op == opCommit {
		err = fmt.Errorf("%w: it is being restored or repaired", store.ErrUnavailable)
	}
	if err == nil && s.d.epoch == "" && op != opInit && op != opInfo {
		err = store.ErrNotInitialised
	}
	if err != nil {
		s.mu.Unlock()
		return fmt.Errorf("%s: %w", op, err)
	}
	return nil
}

func (s *Store) refusal(op string) error {
	if s.closed {
		return fmt.Errorf("%w: closed", store.ErrUnavailable)
	}
	if s.fault != nil {
		return s.fault(op)
	}
	return nil
}

// The names that a fault sees.
const (
	opInit, opInfo, opCommit, opPoll, opRead = "init", "info", "commit", "poll", "read"
	opSequence, opBeat                       = "sequence", "beat"
)

// Init implements store.Store.
func (s *Store) Init(ctx context.Context) (bool, error) {
	if err := s.enter(ctx, opInit); err != nil {
		return false, err
	}
	defer s.mu.Unlock()
	if s.d.epoch != "" {
		return false, nil
	}
	s.d.epoch = s.o.NewID()
	return true, nil
}

// Info implements store.Store.
func (s *Store) Info(ctx context.Context) (store.Info, error) {
	if err := s.enter(ctx, opInfo); err != nil {
		return store.Info{}, err
	}
	defer s.mu.Unlock()
	info := store.Info{Epoch: s.d.epoch, RunID: s.runID, Rev: s.d.rev, Server: "memory", Time: s.o.Now(),
		Notifications: !s.o.NoNotifications}
	if s.d.epoch == "" {
		return info, store.ErrNotInitialised
	}
	info.Schema = schema
	return info, nil
}

// Sequence implements store.Store.
func (s *Store) Sequence(ctx context.Context, name string, n int) (int64, error) {
	if err := valid.Sequence(name, n); err != nil {
		return 0, err
	}
	if err := s.enter(ctx, opSequence); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	if by, ok := s.d.seqBy[name]; ok && by != s.writer { // the last numbers may have been lost
		s.d.seqs[name] += sequenceGap
	}
	s.d.seqBy[name] = s.writer
	first := s.d.seqs[name] + 1
	s.d.seqs[name] += int64(n)
	return first, nil
}

// Beat implements store.Store.
func (s *Store) Beat(ctx context.Context, host string, value []byte) error {
	if host == "" {
		return errors.New("beat without a host")
	}
	if err := s.enter(ctx, opBeat); err != nil {
		return err
	}
	defer s.mu.Unlock()
	s.d.beats[host] = store.Beat{Host: host, At: s.o.Now(), Value: append([]byte(nil), value...)}
	return nil
}

// Beats implements store.Store.
func (s *Store) Beats(ctx context.Context) ([]store.Beat, error) {
	if err := s.enter(ctx, opBeat); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	out := make([]store.Beat, 0, len(s.d.beats))
	for _, b := range s.d.beats {
		b.Value = append([]byte(nil), b.Value...)
		out = append(out, b)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Host < out[j].Host })
	return out, nil
}

// RemoveBeat implements store.Store.
func (s *Store) RemoveBeat(ctx context.Context, host string) error {
	if err := s.enter(ctx, opBeat); err != nil {
		return err
	}
	defer s.mu.Unlock()
	delete(s.d.beats, host)
	return nil
}

// Close implements store.Store. It closes the watchers too.
func (s *Store) Close() error {
	s.mu.Lock()
	s.closed = true
	open := slices.Clone(s.watchers)
	s.mu.Unlock()
	for _, w := range open {
		_ = w.Close() // never fails
	}
	return nil
}
