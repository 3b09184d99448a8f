package ofconn

import (
	"log/slog"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/common/netio"
	"github.com/vlcp-go/vlcp/common/openflow"
)

// DefaultPort is the port of OpenFlow, where an address has none.
const DefaultPort = 6653

// Defaults of Options.
const (
	DefaultHandshakeTimeout = 5 * time.Second
	DefaultEchoInterval     = 5 * time.Second
	DefaultSilenceLimit     = 20 * time.Second
	DefaultReplyTimeout     = 30 * time.Second // a big dump may keep a switch busy
	DefaultRetryMax         = 2 * time.Second
	DefaultSendLimit        = 4 << 20   // bytes
	DefaultReplyLimit       = 256 << 20 // bytes
	DefaultSessionsMax      = 4096      // connections
)

// Other bounds.
const (
	retryMin      = 50 * time.Millisecond
	warnPause     = time.Second
	batchPatience = 2 // times ReplyTimeout
	urgentRoom    = 2 // times SendLimit
)

// Options of Dial and Listen. The functions run on the scheduler and must not block; what takes longer starts a
// coroutine. A panic in one of them ends the session, and Dial, and is told to the scheduler's OnPanic; Listen goes on
// with the other sessions. The zero value offers both versions and does nothing with what comes.
type Options struct {
	// Versions that are offered, of openflow.Version10 and openflow.Version13; nil is both. The highest that the switch
	// speaks too is used.
	Versions []openflow.Version
	// OnUp is told of a new session, before anything else of it.
	OnUp func(*Session)
	// OnDown is told, once per session that was up, that it has ended and why; also, with a nil session, of every attempt
	// that did not get that far. It is not told when the coroutine of Dial is cancelled or the Server is closed.
	OnDown func(x *Session, err error)
	// OnMessage takes what nobody asked for: packet-in, port status, flow removed, errors of messages sent by Send. The
	// message is the callee's.
	OnMessage func(*Session, openflow.Message)
	// OnAuxiliary is told of a new auxiliary connection of a session that is up; see Session.Main.
	OnAuxiliary func(aux *Session)
	Logger      *slog.Logger

	// TLS of pssl: addresses that Listen listens at. A Dialer has its own.
	TLS netio.TLS
	// HandshakeTimeout is how long a switch may take from connecting until it has told its features.
	HandshakeTimeout time.Duration
	// EchoInterval is the silence after which a switch is asked for a sign of life.
	EchoInterval time.Duration
	// SilenceLimit is the silence after which a session has ended.
	SilenceLimit time.Duration
	// ReplyTimeout is how long a reply, or the next part of one, may take. A barrier may take twice as long.
	ReplyTimeout time.Duration
	// RetryMax is the longest pause of Dial between two attempts. The first is 50 ms or
	// that, each further one twice as long.
	RetryMax time.Duration
	// SendLimit is how many bytes may wait to be sent: then Send refuses, and Room, Request, Batch and Bundle wait.
	SendLimit int
	// ReplyLimit is how many bytes all parts of a reply may have together.
	ReplyLimit int
	// SessionsMax is how many connections Listen has at a time. More are closed at once.
	SessionsMax int
}

func (o Options) withDefaults() Options {
	if len(o.Versions) == 0 {
		o.Versions = []openflow.Version{openflow.Version10, openflow.Version13}
	}
	o.Versions = slices.Clone(o.Versions)
	slices.Sort(o.Versions)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.OnUp == nil {
		o.OnUp = func(*Session) {}
	}
	if o.OnDown == nil {
		o.OnDown = func(*Session, error) {}
	}
	if o.OnMessage == nil {
		o.OnMessage = func(*Session, openflow.Message) {}
	}
	if o.OnAuxiliary == nil {
		o.OnAuxiliary = func(*Session) {}
	}
	orDefault(&o.HandshakeTimeout, DefaultHandshakeTimeout)
	orDefault(&o.EchoInterval, DefaultEchoInterval)
	orDefault(&o.SilenceLimit, DefaultSilenceLimit)
	orDefault(&o.ReplyTimeout, DefaultReplyTimeout)
	orDefault(&o.RetryMax, DefaultRetryMax)
	orDefault(&o.SendLimit, DefaultSendLimit)
	orDefault(&o.ReplyLimit, DefaultReplyLimit)
	orDefault(&o.SessionsMax, DefaultSessionsMax)
	return o
}

func orDefault[T time.Duration | int](v *T, d T) {
	if *v <= 0 {
		*v = d
	}
}

// ParseAddress reads the address of a switch, or one to listen at, as ovs-vsctl and ovs-ofctl take it; the port is
// DefaultPort if it is not there. Text that cannot be read is an error that wraps netio.ErrAddress.
func ParseAddress(text string) (netio.Address, error) { return netio.ParseAddress(text, DefaultPort) }
