package ofconn

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/netio"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/ovstest"
)

// FuzzHello is given the version in the header and the elements. (With whole messages most inputs were not a hello, and
// the fuzzer spent its time making long ones shorter.)
func FuzzHello(f *testing.F) {
	for _, vs := range [][]openflow.Version{only10, only13, both} {
		hello := appendHello(nil, vs)
		f.Add(hello[0], hello[openflow.HeaderLen:])
	}
	f.Add(uint8(6), []byte("\x00\x07\x00\x06\x12\x34\x00\x00\x00\x01\x00\x0c\x00\x00\x00\x52\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, version uint8, elements []byte) {
		if len(elements) > openflow.MessageLenMax-openflow.HeaderLen {
			return
		}
		hello := appendHeader(nil, openflow.Version(version), openflow.TypeHello, 0)
		binary.BigEndian.PutUint16(hello[2:], uint16(openflow.HeaderLen+len(elements)))
		o := readHello(append(hello, elements...))
		if v, ok := negotiate(both, o); ok {
			require.Contains(t, both, v)
			require.True(t, !o.listed || o.speaks(v))
		}
		require.NotEmpty(t, o.String())
	})
}

// sink is a connection that takes everything and says nothing.
type sink struct{ sent, closed int }

func (c *sink) Send([]byte)                         { c.sent++ }
func (c *sink) SendUrgent([]byte)                   { c.sent++ }
func (c *sink) Queued() int                         { return 0 }
func (c *sink) Drain(co *coroutine.Co, _ int) error { return co.Err() }
func (c *sink) Close()                              { c.closed++ }

// FuzzSession is given what a switch says after its hello: a session takes it or ends, and who waits for a reply gets
// one, or the error of the end.
func FuzzSession(f *testing.F) {
	for _, v := range both {
		up := appendHeader(nil, v, openflow.TypeHello, 1)
		features := openflow.Message(&of10.FeaturesReply{DatapathID: 1})
		if v == openflow.Version13 {
			features = &of13.FeaturesReply{DatapathID: 1}
		}
		features.SetXid(1)
		up, err := openflow.Append(up, features)
		require.NoError(f, err)
		f.Add(v == openflow.Version13, append(up[:len(up):len(up)], appendHeader(nil, v, codecs[v].barrierReply, 5)...))
		for _, b := range ovstest.Captured(f, byte(v)) {
			f.Add(v == openflow.Version13, append(up[:len(up):len(up)], b...))
		}
	}
	f.Fuzz(func(t *testing.T, newer bool, said []byte) {
		v := openflow.Version10
		if newer {
			v = openflow.Version13
		}
		s := coroutine.New(coroutine.Options{Clock: coroutine.NewVirtual(time.Unix(0, 0)), Offloader: coroutine.Inline{}})
		ups, downs := 0, 0
		o := Options{OnUp: func(*Session) { ups++ }, OnDown: func(*Session, error) { downs++ }}.withDefaults()
		x, c := newSession(s, &o, 1), &sink{}
		x.conn = c
		x.message(appendHeader(nil, v, openflow.TypeHello, 0))
		w, _, err := x.start(appendHeader(nil, v, openflow.TypeEchoRequest, 0))
		require.NoError(t, err)
		b := x.newBatch(2)
		feed(x, bytes.Clone(said))
		x.fail(netio.ErrClosed)
		s.Go("who waits", func(co *coroutine.Co) error {
			_, _ = w.done.Wait(co)
			_, _ = b.done.Wait(co)
			return nil
		})
		require.NoError(t, s.Run(t.Context()))
		require.NoError(t, x.broken)
		require.LessOrEqual(t, ups, 1)
		require.Equal(t, ups, downs)
		require.Equal(t, 1, c.closed)
		require.Empty(t, x.waiting)
	})
}

// feed cuts what a switch said into messages, as the connection does.
func feed(x *Session, said []byte) {
	for len(said) > 0 {
		n, err := openflow.Frame(said)
		if err != nil || n == 0 || n > len(said) {
			return
		}
		x.message(said[:n:n])
		said = said[n:]
	}
}
