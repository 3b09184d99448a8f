package packet_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/vlcp-go/vlcp/common/packet"
)

// rawDHCP is a message with these bytes as its options, file and sname fields.
func rawDHCP(options, file, sname []byte) []byte {
	b, _ := packet.AppendDHCPv4(nil, &packet.DHCPv4{Op: 1, HType: 1, HLen: 6, File: file, SName: sname}, 300)
	return append(b[:240], options...)
}

func option(code uint8, data ...byte) packet.DHCPOption {
	return packet.DHCPOption{Code: code, Data: data}
}

func TestDHCPOptionsKeepOrder(t *testing.T) {
	m, err := packet.ParseDHCPv4(rawDHCP([]byte{0, 61, 1, 'a', 0, 0, 53, 1, 3, 12, 0, 255, 99, 99}, nil, nil))
	require.NoError(t, err)
	require.Equal(t, packet.DHCPOptions{option(61, 'a'), option(53, 3), {Code: 12, Data: []byte{}}}, m.Options)
	_, ok := m.Options.Get(99)
	require.False(t, ok, "after the end option")
	_, ok = m.Options.Addr(61)
	require.False(t, ok, "not of 4 bytes")
	_, ok = m.Options.Uint16(61)
	require.False(t, ok, "not of 2 bytes")
}

// RFC 3396 section 5: options field, then file, then sname; RFC 2132 section 9.3 for which of them.
func TestDHCPOverloadRead(t *testing.T) {
	file, sname := []byte{12, 2, 'c', 'd', 255, 1, 2}, []byte{12, 1, 'e', 15, 1, 'x', 255}
	first := []byte{12, 2, 'a', 'b', 52, 1, 0, 255}
	for overload, want := range map[byte]string{1: "abcd", 2: "abe", 3: "abcde"} {
		first[6] = overload
		raw := rawDHCP(first, file, sname)
		before := bytes.Clone(raw)
		m, err := packet.ParseDHCPv4(raw)
		require.NoError(t, err)
		got, _ := m.Options.Get(12)
		require.Equal(t, want, string(got))
		require.Equal(t, overload&1 != 0, m.File == nil)
		require.Equal(t, overload&2 != 0, m.SName == nil)
		require.Equal(t, before, raw, "joining must not write into the packet")
	}
}

func TestDHCPRefuses(t *testing.T) {
	good := rawDHCP(nil, nil, nil)
	for n := range good {
		_, err := packet.ParseDHCPv4(good[:n])
		require.ErrorIs(t, err, packet.ErrTruncated)
	}
	cookie := bytes.Clone(good)
	cookie[236]++
	_, err := packet.ParseDHCPv4(cookie)
	require.ErrorContains(t, err, "magic cookie")
	hlen := bytes.Clone(good)
	hlen[2] = 17
	_, err = packet.ParseDHCPv4(hlen)
	require.ErrorContains(t, err, "17 bytes")

	for want, options := range map[string][]byte{
		"dhcp options: option 53":          {53},
		"dhcp options: option 12":          {12, 3, 'a', 'b'},
		"dhcp options in file: option 12":  {52, 1, 1},
		"dhcp options in sname: option 15": {52, 1, 2},
		"overload":                         {52, 1, 4},
		"(overload) is":                    {52, 2, 1, 1},
		"is invalid":                       {52, 1, 1, 52, 1, 1},
	} {
		file, sname := make([]byte, 128), make([]byte, 64)
		file[126], file[127], sname[63] = 12, 200, 15
		_, err := packet.ParseDHCPv4(rawDHCP(options, file, sname))
		require.ErrorContains(t, err, want)
	}
}

func TestDHCPMissingEndTolerated(t *testing.T) {
	m, err := packet.ParseDHCPv4(rawDHCP([]byte{53, 1, 1}, nil, nil))
	require.NoError(t, err)
	typ, ok := m.MessageType()
	require.True(t, ok)
	require.Equal(t, packet.DHCPDiscover, typ)
}

func TestDHCPOverloadWritten(t *testing.T) {
	data := bytes.Repeat([]byte{'d'}, 60)
	m := packet.DHCPv4{Options: packet.DHCPOptions{
		option(53, 5), {Code: 101, Data: data[:50]}, {Code: 102, Data: data}, {Code: 103, Data: data},
		{Code: 104, Data: data}, {Code: 105, Data: data}, option(106, 1),
	}}
	b, leftOut := packet.AppendDHCPv4(nil, &m, 300) // 60 bytes for options: 53, 101, overload, end
	require.Len(t, b, 300)
	require.Equal(t, 1, leftOut, "102 and 103 fit file, 104 fits sname, 105 nothing")
	require.Equal(t, []byte{52, 1, 3, 255}, b[240+3+52:][:4])
	got, err := packet.ParseDHCPv4(b)
	require.NoError(t, err)
	var codes []uint8
	for _, o := range got.Options {
		codes = append(codes, o.Code)
	}
	require.Equal(t, []uint8{53, 101, 102, 103, 106, 104}, codes, "106 is small enough for the rest of file")

	m.File, m.SName = []byte("in use"), []byte("in use")
	b, leftOut = packet.AppendDHCPv4(nil, &m, 300)
	require.Equal(t, 4, leftOut, "no overload of fields in use")
	got, err = packet.ParseDHCPv4(b)
	require.NoError(t, err)
	require.Equal(t, "in use", string(got.File[:6]))
	require.Equal(t, "in use", string(got.SName[:6]))
}

// An option that fits no field whole is split over them if its readers must join it, and is joined again by the reader.
func TestDHCPSplitOverFields(t *testing.T) {
	long := make([]byte, 200)
	for i := range long {
		long[i] = byte(i)
	}
	m := packet.DHCPv4{Options: packet.DHCPOptions{option(53, 5), {Code: 121, Data: long}}}
	b, leftOut := packet.AppendDHCPv4(nil, &m, 300)
	require.Zero(t, leftOut)
	got, err := packet.ParseDHCPv4(b)
	require.NoError(t, err)
	require.Equal(t, m.Options, got.Options)

	m.Options[1].Code = packet.OptHostname // which clients need not join
	_, leftOut = packet.AppendDHCPv4(nil, &m, 300)
	require.Equal(t, 1, leftOut)
}

// Whatever options are written, what fits is read back as it was, in no more bytes than allowed.
func TestDHCPRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOfN(rapid.Byte(), 0, 400)
		codes := rapid.SliceOfNDistinct(rapid.Uint8Range(1, 254), 0, 12, rapid.ID).Draw(t, "codes")
		size := rapid.IntRange(300, 1472).Draw(t, "size")
		m := packet.DHCPv4{Op: 2, HType: 1, HLen: 6, XID: rapid.Uint32().Draw(t, "xid"), YIAddr: ipA}
		want := map[uint8][]byte{}
		for _, c := range codes {
			if c != packet.OptOverload {
				want[c] = data.Draw(t, "data")
				m.Options = append(m.Options, packet.DHCPOption{Code: c, Data: want[c]})
			}
		}
		prefix := []byte("prefix")
		b, leftOut := packet.AppendDHCPv4(bytes.Clone(prefix), &m, size)
		require.True(t, bytes.HasPrefix(b, prefix))
		require.LessOrEqual(t, len(b)-len(prefix), size)
		got, err := packet.ParseDHCPv4(b[len(prefix):])
		require.NoError(t, err)
		require.Len(t, got.Options, len(want)-leftOut)
		for _, o := range got.Options {
			require.True(t, bytes.Equal(want[o.Code], o.Data), "option %d", o.Code)
		}
		require.Equal(t, m.XID, got.XID)
		require.Equal(t, ipA, got.YIAddr)
	})
}
