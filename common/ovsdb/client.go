package ovsdb

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/netio"
)

// DefaultPort is the TCP port of an address that has none.
const DefaultPort = 6640

// Bounds.
const (
	replyTimeout   = 10 * time.Second
	readTimeout    = 60 * time.Second // of a whole copy
	defaultProbe   = 5 * time.Second
	probesToDie    = 4 // a server that is silent for so many times Probe is dead
	retryMin       = 50 * time.Millisecond
	retryMax       = 2 * time.Second
	defaultMessage = 64 << 20 // bytes
)

// Errors of the client.
var (
	// ErrDown is wrapped by what fails because there is no connection.
	ErrDown = errors.New("OVSDB connection is down")
	// ErrReply is wrapped by what the server refused.
	ErrReply = errors.New("OVSDB replied with an error")
	// ErrUnknown is wrapped when a transaction was sent and its reply did not come.
	ErrUnknown = errors.New("it is unknown whether OVSDB applied the transaction")
	// ErrSchema is wrapped when the database does not have what is to be watched.
	ErrSchema = errors.New("not in the schema of the database")
)

// Table is what is copied of a table.
type Table struct {
	Columns []string    // nil is all columns
	Where   []Condition // rows that match any of these; nil is all rows
}

// Options of a Client. The functions run on the scheduler and must not wait; nil ones are not called.
type Options struct {
	Address  string           // unix:PATH, tcp:HOST[:PORT] or ssl:HOST[:PORT]
	Database string           // "" means Open_vSwitch
	Tables   map[string]Table // what is copied
	// OnUpdate tells of a row that came (before is nil), went (after is nil) or changed. Rows must not be changed.
	OnUpdate func(table string, uuid UUID, before, after Row)
	// OnBatch is called after the updates of one message from the server, which never splits a transaction.
	OnBatch func()
	// OnSynced is called when the copy is complete, after every connect.
	OnSynced func()
	// OnDown is told why there is no connection.
	OnDown func(err error)
	// OnLock tells that a lock was got or lost, see Lock.
	OnLock func(name string, held bool)
	Logger *slog.Logger

	Probe      time.Duration // of a silent server, 0 is 5 s; it is dead after 4 times that
	MessageMax int           // bytes of one message, 0 is 64 MiB
}

func (o Options) withDefaults() Options {
	if o.Database == "" {
		o.Database = "Open_vSwitch"
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Probe <= 0 {
		o.Probe = defaultProbe
	}
	if o.MessageMax <= 0 {
		o.MessageMax = defaultMessage
	}
	for _, f := range []*func(){&o.OnBatch, &o.OnSynced} {
		if *f == nil {
			*f = func() {}
		}
	}
	if o.OnUpdate == nil {
		o.OnUpdate = func(string, UUID, Row, Row) {}
	}
	if o.OnDown == nil {
		o.OnDown = func(error) {}
	}
	if o.OnLock == nil {
		o.OnLock = func(string, bool) {}
	}
	return o
}

// Client is a connection that is kept up, and a copy. It is used on the scheduler.
type Client struct {
	o       Options
	d       netio.Dialer
	s       *coroutine.Scheduler
	session *session
	id      int64 // of the last request; an id is not used again by a later connection
	cache   cache
	locks   map[string]bool // by name, those that are wanted: whether they are held
	synced  bool

	turn    *coroutine.Signal // set unless somebody changes the monitor
	schema  [sha256.Size]byte // of the last connection
	lastID  UUID              // the transaction up to which the copy has everything
	rereads bool              // the next connection reads everything
	watches int               // counts calls of Watch
}

// New returns a client; Run connects.
func New(s *coroutine.Scheduler, d netio.Dialer, o Options) *Client {
	c := &Client{o: o.withDefaults(), d: d, s: s, cache: cache{}, locks: map[string]bool{},
		turn: coroutine.NewSignal(s), lastID: zeroUUID}
	c.turn.Notify()
	return c
}

// Run keeps the connection up until it is cancelled. Only a panic in one of the functions of Options ends it before
// that: then the program's state cannot be trusted, and the error is a *coroutine.PanicError.
func (c *Client) Run(co *coroutine.Co) error {
	retry := retryMin
	for {
		err := c.connect(co, &retry)
		if co.Err() != nil {
			return co.Err()
		}
		err = fmt.Errorf("OVSDB at %s: %w", c.o.Address, err)
		c.o.OnDown(err)
		if p := (*coroutine.PanicError)(nil); errors.As(err, &p) {
			return err
		}
		if err := co.Sleep(retry); err != nil {
			return err
		}
		retry = min(2*retry, retryMax)
	}
}

// Synced reports whether there is a connection and the copy is complete.
func (c *Client) Synced() bool { return c.synced }

// Row returns a row of the copy, nil when there is none. It must not be changed.
func (c *Client) Row(table string, uuid UUID) Row { return c.cache[table][uuid] }

// Each calls fn for every row of a table of the copy, in the order of their ids.
func (c *Client) Each(table string, fn func(uuid UUID, r Row)) {
	for _, u := range slices.Sorted(maps.Keys(c.cache[table])) {
		fn(u, c.cache[table][u])
	}
}
