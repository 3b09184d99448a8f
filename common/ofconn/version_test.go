package ofconn

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/ovstest"
)

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	require.NoError(t, err)
	return b
}

func TestHello(t *testing.T) {
	require.Equal(t, "0100000800000000", hex.EncodeToString(appendHello(nil, only10)))
	require.Equal(t, "04000010000000000001000800000010", hex.EncodeToString(appendHello(nil, only13)))
	require.Equal(t, "04000010000000000001000800000012", hex.EncodeToString(appendHello(nil, both)))
	for _, vs := range [][]openflow.Version{only13, both} {
		o := readHello(appendHello(nil, vs))
		require.True(t, o.listed)
		require.Equal(t, versionList(vs), o.String())
	}
	o := readHello(unhex(t, "0600001c00000000"+"0007000612340000"+"0001000c0000005200000000"))
	require.Equal(t, "1.0, 1.3, 1.5", o.String(), "another element before it, and a bitmap of two words")
	for _, odd := range []string{"0600000c00000000" + "00010000", "0600000c00000000" + "0001ffff",
		"0600000a00000000" + "0001", "0600000c00000000" + "00010004"} {
		require.Equal(t, "up to 1.5", readHello(unhex(t, odd)).String())
	}
}

func TestNegotiate(t *testing.T) {
	bits := func(vs ...openflow.Version) (o offer) {
		o.listed = true
		for _, v := range vs {
			o.bitmap |= 1 << v
			o.highest = max(o.highest, v)
		}
		return o
	}
	upTo := func(v openflow.Version) offer { return offer{highest: v} }
	for _, c := range []struct {
		ours   []openflow.Version
		theirs offer
		want   openflow.Version // 0: none
	}{
		{both, bits(1, 4), 4},
		{both, bits(1, 2, 4, 5, 6), 4},
		{both, bits(1), 1},
		{both, bits(1, 2, 3), 1}, // by the headers it would be 3, which we do not speak
		{both, bits(2, 5), 0},
		{both, bits(), 0},
		{both, upTo(4), 4},
		{both, upTo(6), 4},
		{both, upTo(1), 1},
		{both, upTo(2), 0}, // the switch decides for 2, as the specification says
		{only13, upTo(1), 0},
		{only13, bits(1), 0},
		{only13, upTo(5), 4},
		{only10, upTo(4), 1},
		{only10, bits(1, 4), 1},
		{only10, bits(4), 0},
		{both, offer{highest: 0}, 0},
	} {
		v, ok := negotiate(c.ours, c.theirs)
		require.Equal(t, c.want != 0, ok, "%v with %v", c.ours, c.theirs)
		if ok {
			require.Equal(t, c.want, v, "%v with %v", c.ours, c.theirs)
		}
	}
}

func TestHighestCommonVersionIsUsed(t *testing.T) {
	sw := ovstest.Start(t)
	for protocols, want := range map[string]openflow.Version{"[]": openflow.Version13, "OpenFlow10": openflow.Version10,
		"OpenFlow13": openflow.Version13, "OpenFlow10,OpenFlow12,OpenFlow15": openflow.Version10} {
		bridge := "b" + hex.EncodeToString([]byte(protocols[len(protocols)-2:]))
		addr := sw.Bridge(bridge)
		sw.Vsctl("set", "bridge", bridge, "protocols="+protocols)
		withSession(t, addr, Options{}, func(co *coroutine.Co, x *Session) {
			require.Equal(t, want, x.Version, protocols)
			require.NotZero(t, x.Features.DatapathID)
			require.NoError(t, x.Barrier(co))
		})
	}
}

func TestNoCommonVersion(t *testing.T) {
	sw := ovstest.Start(t)
	addr := sw.Bridge("br0")
	sw.Vsctl("set", "bridge", "br0", "protocols=OpenFlow10")
	err := firstError(t, addr, Options{Versions: only13})
	require.ErrorIs(t, err, ErrVersion)
	require.ErrorContains(t, err, "we speak 1.3, the switch up to 1.0")
	require.ErrorContains(t, err, "set the bridge's protocols to include OpenFlow13")
	sw.Vsctl("set", "bridge", "br0", "protocols=OpenFlow14")
	err = firstError(t, addr, Options{})
	require.ErrorIs(t, err, ErrVersion)
	require.ErrorContains(t, err, "we speak 1.0, 1.3, the switch 1.4")
}

// What a switch without a common version is told.
func TestHelloFailedIsSent(t *testing.T) {
	got := make(chan []byte, 2)
	addr := fakeSwitch(t, func(p *peer) {
		p.write(unhex(t, "05000010000000070001000800000020"))
		got <- p.read()
		got <- p.read()
	})
	require.ErrorIs(t, firstError(t, addr, Options{}), ErrVersion)
	require.Equal(t, openflow.TypeHello, openflow.MessageType(<-got))
	msg := <-got
	require.Equal(t, openflow.Version13, openflow.MessageVersion(msg))
	require.Equal(t, openflow.TypeError, openflow.MessageType(msg))
	require.Equal(t, "00000000", hex.EncodeToString(msg[8:12]))
	require.Equal(t, "we speak OpenFlow 1.0, 1.3", string(msg[12:]))
}

// What a switch says that has no common version.
func TestHelloFailedIsRead(t *testing.T) {
	addr := fakeSwitch(t, func(p *peer) {
		p.read()
		p.write(unhex(t, "0101000f0000000000000000"+hex.EncodeToString([]byte("bah"))))
	})
	err := firstError(t, addr, Options{})
	require.ErrorIs(t, err, ErrVersion)
	require.ErrorContains(t, err, "bah")
}
