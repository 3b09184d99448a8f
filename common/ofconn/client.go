package ofconn

import (
	"encoding/binary"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/netio"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

const (
	retryMin = 50 * time.Millisecond
	retryMax = 2 * time.Second

	helloElementBitmap = 1 // OFPHET_VERSIONBITMAP
)

// Options of a Client or Server. The functions run on the scheduler.
type Options struct {
	// OnUp is told of a new session.
	OnUp func(*Session)
	// OnDown is told, once per session or failed attempt, that there is none; nil is allowed.
	OnDown func(err error)
	// OnMessage takes what nobody asked for; nil drops it.
	OnMessage func(*Session, of13.Message)
	Logger    *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.OnDown == nil {
		o.OnDown = func(error) {}
	}
	if o.OnMessage == nil {
		o.OnMessage = func(*Session, of13.Message) {}
	}
	return o
}

// Dial keeps a session to the switch at address, for ever. Run it as a coroutine:
//
//	s.Go("openflow", func(co *coroutine.Co) error { return ofconn.Dial(co, dialer, "unix:/run/…/br0.mgmt", o) })
func Dial(co *coroutine.Co, d netio.Dialer, address string, o Options) error {
	o = o.withDefaults()
	retry := retryMin
	for {
		x := newSession(co.Scheduler(), o.Logger, nil)
		x.onMessage = func(m of13.Message) { o.OnMessage(x, m) }
		conn, err := d.Dial(co, address, x.handler())
		if err == nil {
			x.conn = conn
			retry = retryMin
			err = x.serve(co, o)
		}
		if co.Err() != nil {
			return co.Err()
		}
		o.OnDown(fmt.Errorf("switch %s: %w", address, err))
		if err := co.Sleep(retry); err != nil {
			return err
		}
		retry = min(2*retry, retryMax)
	}
}

// Accept makes sessions of the switches that connect to l's connections; give it to netio.Listen:
//
//	netio.Listen(s, "tcp:0.0.0.0:6653", func(nc net.Conn) { ofconn.Accept(s, nc, o) })
func Accept(s *coroutine.Scheduler, nc net.Conn, o Options) *coroutine.Task {
	o = o.withDefaults()
	return s.Go("openflow "+nc.RemoteAddr().String(), func(co *coroutine.Co) error {
		x := newSession(s, o.Logger, nil)
		x.onMessage = func(m of13.Message) { o.OnMessage(x, m) }
		x.conn = netio.Start(s, nc, x.handler())
		err := x.serve(co, o)
		o.OnDown(err)
		return err
	}, coroutine.Daemon())
}

// serve opens the session, tells of it, and returns when it has ended, with the reason.
func (x *Session) serve(co *coroutine.Co, o Options) error {
	defer x.conn.Close()
	if err := x.open(co); err != nil {
		return err
	}
	o.OnUp(x)
	for {
		_, err := x.ended.WaitTimeout(co, echoInterval)
		if co.Err() != nil {
			return co.Err()
		}
		if err == nil {
			return x.down
		}
		if silence := co.Now().Sub(x.heard); silence > silenceLimit {
			x.conn.Close()
			x.closed(fmt.Errorf("no sign of life for %s", silence.Round(time.Second)))
			return x.down
		}
		x.Send(&of13.EchoRequest{})
	}
}

// open agrees on the version and asks who the switch is.
func (x *Session) open(co *coroutine.Co) error {
	var element []byte
	element = binary.BigEndian.AppendUint16(element, helloElementBitmap)
	element = binary.BigEndian.AppendUint16(element, 8)
	element = binary.BigEndian.AppendUint32(element, helloBitmap13)
	x.Send(&of13.Hello{Elements: element})
	m, err := x.hello.WaitTimeout(co, helloTimeout)
	if err != nil {
		return fmt.Errorf("wait for hello: %w", err)
	}
	if !speaks13(m.(*of13.Hello)) {
		return ErrVersion
	}
	reply, err := x.Request(co, &of13.FeaturesRequest{})
	if err != nil {
		return err
	}
	f, ok := reply.(*of13.FeaturesReply)
	if !ok {
		return fmt.Errorf("ask for features: got %T", reply)
	}
	x.Features = f
	return nil
}

// speaks13 reports whether version 1.3 is in the bitmap of a hello; one without a bitmap is from a switch whose highest
// version is in the header, which message has overwritten, so the features request will tell.
func speaks13(h *of13.Hello) bool {
	for b := h.Elements; len(b) >= 8; {
		n := int(binary.BigEndian.Uint16(b[2:]))
		if binary.BigEndian.Uint16(b) == helloElementBitmap && n >= 8 {
			return binary.BigEndian.Uint32(b[4:])&helloBitmap13 != 0
		}
		n = (n + 7) &^ 7
		if n < 8 || n > len(b) {
			break
		}
		b = b[n:]
	}
	return true
}
