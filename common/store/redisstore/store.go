package redisstore

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/vlcp-go/vlcp/common/store"
)

// Bounds and times.
const (
	schema           = 1
	dialTimeout      = 3 * time.Second
	ioTimeout        = 5 * time.Second
	callAttempts     = 3
	retryPause       = 50 * time.Millisecond
	poolSizeDefault  = 8
	logLimitDefault  = 1024   // changes kept per scope, about
	maxTxnIDs        = 10_000 // remembered for retries
	maxTerms         = 1000   // of the store's history that are remembered
	sequenceGap      = 4096   // numbers that another server leaves out: those that the last one gave out and it lost
	poolChunkBits    = 1 << 20
	maxOwnersInError = 10
	maxScopesPerPoll = 100_000
	redisProtocol    = 2 // RESP3 would add push messages that we do not use
)

// Options say where the store is.
type Options struct {
	// URL of the server; README.md beside this file has the forms.
	URL string
	// Name of the deployment; "" means "default". Several can share a server.
	Name string
	// ID names this program's probe key; "" means the host name. It need not be unique.
	ID string
	// LogLimit is about how many changes a scope's log keeps; 0 means 1024.
	LogLimit int
	// PoolSize bounds the connections for calls; 0 means 8. Each watcher has one more.
	PoolSize int
	// Durable is how many replicas must have a commit before it is said to be done. One that fewer have in time is
	// ErrUnknown; with fewer connected it is ErrTooFewReplicas, and not made. 0 asks for none.
	Durable int
	// Dial replaces the dialler, below TLS; nil means net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Store is a store.Store in Redis.
type Store struct {
	c        redis.UniversalClient
	where    string // for error texts
	db       int
	keys     []string // of every script: the meta hash
	prefix   string
	probe    string
	logLimit int
	durable  int
	dials    *atomic.Int64 // connections made, ever

	mu       sync.Mutex
	watchers map[*watcher]struct{}
	closed   bool
}

var _ store.Store = (*Store)(nil)

// Open prepares a store. It does not connect: the first call does, and says what is wrong.
func Open(o Options) (*Store, error) {
	silenceOnce.Do(func() { redis.SetLogger(silent{}) })
	name := cmp.Or(o.Name, defaultName)
	if !nameFormat.MatchString(name) {
		return nil, fmt.Errorf("deployment name %q: want letters, digits, _ . - and at most 63 of them", name)
	}
	u, err := parseURL(o.URL)
	if err != nil {
		return nil, err
	}
	dials := new(atomic.Int64)
	configure(u, o, dials)
	id := o.ID
	if id == "" {
		id, _ = os.Hostname() // without one the key is shared, which is harmless
	}
	p := prefix(name)
	return &Store{c: redis.NewUniversalClient(u), where: strings.Join(u.Addrs, ","), db: u.DB, prefix: p,
		keys: []string{p + "meta"}, probe: p + "probe:" + id, logLimit: cmp.Or(max(o.LogLimit, 0), logLimitDefault),
		durable: max(o.Durable, 0), dials: dials, watchers: map[*watcher]struct{}{}}, nil
}

func configure(u *redis.UniversalOptions, o Options, dials *atomic.Int64) {
	u.Protocol, u.DisableIdentity = redisProtocol, true
	u.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	u.DialTimeout, u.ReadTimeout, u.WriteTimeout = dialTimeout, ioTimeout, ioTimeout
	u.DialerRetries, u.MaxRetries = 1, -1 // retries are ours: only we know what may be sent twice
	u.ContextTimeoutEnabled = true
	u.PoolSize = cmp.Or(max(o.PoolSize, 0), poolSizeDefault)
	u.Dialer = dialer(o.Dial, u.TLSConfig, dials)
}

var silenceOnce sync.Once

// silent takes go-redis's messages: every one of them also comes back as an error, or does not matter.
type silent struct{}

// Printf implements the logger of go-redis.
func (silent) Printf(context.Context, string, ...any) {}

// Close implements store.Store. It closes the watchers too.
func (s *Store) Close() error {
	s.mu.Lock()
	s.closed = true
	open := make([]*watcher, 0, len(s.watchers))
	for w := range s.watchers {
		open = append(open, w)
	}
	s.mu.Unlock()
	for _, w := range open {
		_ = w.Close() // never fails
	}
	if err := s.c.Close(); err != nil {
		return fmt.Errorf("close redis client: %w", err)
	}
	return nil
}

// Init implements store.Store.
func (s *Store) Init(ctx context.Context) (bool, error) {
	r, err := s.run(ctx, "init store", initScript, rand.Text(), schema)
	if err != nil {
		return false, err
	}
	n, _ := r.(int64)
	return n == 1, nil
}

// Info implements store.Store. Before Init it returns what it knows of the server with ErrNotInitialised.
func (s *Store) Info(ctx context.Context) (store.Info, error) {
	r, err := s.run(ctx, "read store information", infoScript)
	if err != nil {
		return store.Info{}, err
	}
	f := texts(r)
	if len(f) != 5 {
		return store.Info{}, fmt.Errorf("read store information: %d fields in the answer", len(f))
	}
	info := store.Info{Epoch: f[0], Rev: number(f[2]), Schema: int(number(f[1])), Time: time.UnixMicro(number(f[3]))}
	info.RunID, info.Server = serverOf(f[4])
	r, _, err = s.attempts(ctx, func(ctx context.Context) (any, error) { return s.notifications(ctx) })
	if err != nil {
		return info, s.wrap("read store information", err)
	}
	info.Notifications, _ = r.(bool)
	switch {
	case info.Epoch == "":
		return info, store.ErrNotInitialised
	case info.Schema != schema:
		return info, schemaError(strconv.Itoa(info.Schema))
	}
	return info, nil
}

var infoLine = regexp.MustCompile(`(?m)^(run_id|redis_version|valkey_version):(\S+)`)

func serverOf(info string) (runID, server string) {
	for _, m := range infoLine.FindAllStringSubmatch(info, -1) {
		switch m[1] {
		case "run_id":
			runID = m[2]
		case "redis_version":
			server = cmp.Or(server, "redis "+m[2])
		default:
			server = "valkey " + m[2]
		}
	}
	return runID, server
}
