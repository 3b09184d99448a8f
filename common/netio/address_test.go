package netio

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAddresses(t *testing.T) {
	for text, want := range map[string]Address{
		"unix:/run/br0.mgmt":       {Network: "unix", Addr: "/run/br0.mgmt"},
		"punix:/run/of.sock":       {Network: "unix", Addr: "/run/of.sock", Passive: true},
		"tcp:127.0.0.1:6640":       {Network: "tcp", Addr: "127.0.0.1:6640"},
		"tcp:[::1]:6640":           {Network: "tcp", Addr: "[::1]:6640"},
		"ssl:ctl.example.org:6654": {Network: "tcp", Addr: "ctl.example.org:6654", TLS: true},
		"ptcp:6654":                {Network: "tcp", Addr: ":6654", Passive: true},
		"ptcp:0:127.0.0.1":         {Network: "tcp", Addr: "127.0.0.1:0", Passive: true},
		"pssl:6654:[::1]":          {Network: "tcp", Addr: "[::1]:6654", TLS: true, Passive: true},
	} {
		for _, port := range []uint16{0, 6653} {
			got, err := ParseAddress(text, port)
			require.NoError(t, err)
			require.Equal(t, want, got, text)
			require.Equal(t, text, got.String())
		}
	}
	for text, want := range map[string]string{"tcp:10.0.0.1": "tcp:10.0.0.1:6653", "ssl:[fe80::1]": "ssl:[fe80::1]:6653",
		"ptcp:": "ptcp:6653", "pssl::10.0.0.1": "pssl:6653:10.0.0.1", "ptcp::[::]": "ptcp:6653:[::]"} {
		a, err := ParseAddress(text, 6653)
		require.NoError(t, err)
		require.Equal(t, want, a.String())
		_, err = ParseAddress(text, 0)
		require.ErrorIs(t, err, ErrAddress)
	}
	for _, bad := range []string{"", "unix", "unix:", "punix:", "tcp:", "tcp::6653", "tcp:host:", "tcp:::1",
		"tcp:::1:6653", "tcp:host:0", "tcp:host:65536", "tcp:host:x", "tcp:a b:1", "ptcp:x", "ptcp:6653:::1", "udp:1.2.3.4:5",
		"/run/x", "ptcp:host:6653"} {
		_, err := ParseAddress(bad, 6653)
		require.ErrorIs(t, err, ErrAddress, bad)
		require.ErrorContains(t, err, "write unix:PATH, tcp:HOST:PORT")
	}
}
