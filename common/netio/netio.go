package netio

import (
	"errors"
	"time"

	"github.com/vlcp-go/vlcp/common/coroutine"
)

// Bounds.
const (
	OutLimit      = 64 << 20 // bytes that may wait to be sent
	messageLimit  = 64 << 20 // bytes of one message
	readSize      = 64 << 10 // bytes of a buffer for reading
	readMin       = 8 << 10  // bytes that must be free in it
	inboundMax    = 4        // reads that may wait for the scheduler, of each connection
	chunkSize     = 64 << 10 // bytes that are written by one call
	dialTimeout   = 5 * time.Second
	writeDeadline = 20 * time.Second
	closeLinger   = 500 * time.Millisecond // to write what waits when a connection is closed
	acceptPause   = 50 * time.Millisecond  // after a failed accept
)

// Errors of connections.
var (
	ErrClosed   = errors.New("connection closed")
	ErrOverflow = errors.New("peer does not read, too much waits to be sent")
	ErrTooLong  = errors.New("message too long")
)

// Handler is what a connection calls. Split runs off the scheduler and must be pure but for its own state; the others
// run on it. A panic in Split or Message ends the connection: Closed gets the *coroutine.PanicError, and so does the
// scheduler's OnPanic.
type Handler struct {
	// Split returns the length of the first message in b, 0 when it is incomplete.
	Split func(b []byte) (int, error)
	// Message takes one message, and owns it. Nothing comes after Close.
	Message func(msg []byte)
	// Closed is called once, when the connection has ended for whatever reason.
	Closed func(err error)
}

// Conn is a connection. Its methods are called on the scheduler.
type Conn interface {
	// Send queues a copy of b.
	Send(b []byte)
	// SendUrgent queues a copy of b, which must be whole messages, before everything that waits.
	SendUrgent(b []byte)
	// Queued is how many bytes wait to be sent.
	Queued() int
	// Drain waits until at most max bytes wait to be sent.
	Drain(co *coroutine.Co, max int) error
	// Close ends the connection; what waits is still written, for a bounded time.
	Close()
}

// Dialer makes connections.
type Dialer interface {
	// Dial connects to address: unix:PATH, tcp:HOST:PORT or ssl:HOST:PORT.
	Dial(co *coroutine.Co, address string, h Handler) (Conn, error)
}

// Option changes a Dialer or a Listener.
type Option func(*options)

type options struct{ tls TLS }

// WithTLS says how ssl: and pssl: prove who they are and check who the peer is.
func WithTLS(t TLS) Option { return func(o *options) { o.tls = t } }

func collect(opts []Option) (o options) {
	for _, opt := range opts {
		opt(&o)
	}
	return o
}
