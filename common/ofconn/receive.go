package ofconn

import (
	"fmt"

	"github.com/vlcp-go/vlcp/common/netio"
	"github.com/vlcp-go/vlcp/common/openflow"
)

// message takes one message from the switch. It owns b.
func (x *Session) message(b []byte) {
	if x.state != isDown {
		x.protect(func() { x.receive(b) })
	}
}

func (x *Session) receive(b []byte) {
	x.heard = x.s.Now()
	x.count.Received++
	typ := openflow.MessageType(b)
	switch {
	case typ == openflow.TypeEchoRequest:
		x.answerEcho(b)
	case typ == openflow.TypeEchoReply:
	case x.state == saidHello:
		x.handshake(typ, b)
	case typ == openflow.TypeHello: // it said that already
	case typ == x.codec.barrierReply && x.barrier(openflow.Xid(b)):
	default:
		x.decoded(typ, b)
	}
}

// answerEcho turns the request into its reply and sends it before everything else.
func (x *Session) answerEcho(b []byte) {
	if x.conn.Queued() > urgentRoom*x.o.SendLimit { // it asks and does not read
		x.fail(netio.ErrOverflow)
		return
	}
	b[1] = openflow.TypeEchoReply
	x.conn.SendUrgent(b)
}

// handshake takes the first message, which must be a hello.
func (x *Session) handshake(typ uint8, b []byte) {
	switch typ {
	case openflow.TypeHello:
	case openflow.TypeError:
		x.fail(fmt.Errorf("%w: the switch refused our hello: %q", ErrVersion, b[min(openflow.HeaderLen+4, len(b)):]))
		return
	default:
		x.fail(fmt.Errorf("the first message is not hello, but of type %d: %w", typ, ErrProtocol))
		return
	}
	theirs := readHello(b)
	v, ok := negotiate(x.o.Versions, theirs)
	if !ok {
		x.conn.SendUrgent(appendHelloFailed(nil, x.o.Versions, theirs))
		x.fail(noCommonVersion(x.o.Versions, theirs.String()))
		return
	}
	x.Version, x.codec, x.state = v, codecs[v], askedFeatures
	x.conn.SendUrgent(appendHeader(nil, v, x.codec.featuresRequest, x.take(1)))
}

// decoded takes a message that has to be looked into.
func (x *Session) decoded(typ uint8, b []byte) {
	m, err := x.codec.decode(b)
	if err != nil {
		x.count.Unread++
		x.warn("message from the switch passed over", err)
		x.resolve(openflow.Xid(b), nil, err)
		return
	}
	switch {
	case typ == openflow.TypeError:
		x.refused(m)
	case x.state == askedFeatures:
		x.features(m)
	case in(x.codec.unasked, typ) || !x.reply(m, len(b)):
		// A reply nobody waits for is to a request that was given up; updates of flow monitors have no request.
		if in(x.codec.replies, typ) && m.TransactionID() != 0 || answersOnly(m) {
			x.count.Stray++
			return
		}
		x.announce(m)
	}
}

func (x *Session) announce(m openflow.Message) {
	if x.state == isUp {
		x.count.Announced++
		x.o.OnMessage(x, m)
	}
}

// features ends the handshake. Anything else that comes before is dropped: whoever is told of the session asks for the
// state as it is then.
func (x *Session) features(m openflow.Message) {
	f, err := readFeatures(m)
	if err != nil {
		return
	}
	x.Features, x.state = f, isUp
	x.opened.Resolve(struct{}{}, nil)
	x.onUp()
}

// refused takes an error from the switch to whoever waits for what it refuses.
func (x *Session) refused(m openflow.Message) {
	x.count.Refused++
	xid, r := m.TransactionID(), refusal(m)
	switch {
	case x.state == askedFeatures:
		x.fail(fmt.Errorf("%w: %w", ErrVersion, r))
	case x.resolve(xid, nil, r):
	case x.refusedInBatch(xid, r):
	default:
		x.warn("error from the switch about a message that nobody waits for", r)
		x.announce(m)
	}
}

// warn logs what a broken switch could repeat without end, so not every time.
func (x *Session) warn(what string, err error) {
	if now := x.s.Now(); x.warned.IsZero() || now.Sub(x.warned) >= warnPause {
		x.warned = now
		x.o.Logger.Warn(what, "datapath_id", fmt.Sprintf("%016x", x.Features.DatapathID), "error", err)
	}
}
