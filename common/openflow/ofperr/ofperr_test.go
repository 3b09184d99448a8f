package ofperr

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow"
)

// message is an OFPT_ERROR about an echo request.
func message(v openflow.Version, c Code) []byte {
	b := c.Append([]byte{byte(v), 1, 0, 0, 0, 0, 0, 1}, v)
	b = append(b, byte(v), 2, 0, 8, 0, 0, 0, 7)
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	return b
}

// ovsNames are the names that ovs-ofctl prints for messages; "" where it has none.
func ovsNames(t *testing.T, messages [][]byte) []string {
	t.Helper()
	var all []byte
	for _, m := range messages {
		all = append(all, m...)
	}
	file := filepath.Join(t.TempDir(), "errors")
	require.NoError(t, os.WriteFile(file, all, 0o600))
	out, err := exec.Command("ovs-ofctl", "-vANY:OFF", "ofp-parse", file).CombinedOutput()
	require.NoError(t, err, "%s", out)
	parts := strings.Split(string(out), "OFPT_ERROR")[1:]
	require.Len(t, parts, len(messages))
	for n, p := range parts {
		_, p, _ = strings.Cut(p, "): ")
		p, _, _ = strings.Cut(p, "\n")
		if strings.Contains(p, "decode error") {
			p = ""
		}
		parts[n] = p
	}
	return parts
}

func TestNamesAreThoseOfOVS(t *testing.T) {
	for v := openflow.Version(1); v <= lastVersion; v++ {
		var all [][]byte
		var codes []Code
		add := func(c Code) { codes, all = append(codes, c), append(all, message(v, c)) }
		for typ := range uint16(20) {
			for code := range uint16(24) {
				add(Code{Type: typ, Code: code})
			}
		}
		for typ := range uint16(50) {
			add(Code{Vendor: openflow.VendorNicira, Type: typ})
		}
		for code := range uint16(600) {
			add(Code{Vendor: openflow.VendorNicira, Type: 1 + code%6, Code: code})
		}
		for c := range tableOf(v).names {
			add(c)
		}
		named := 0
		for n, want := range ovsNames(t, all) {
			c, _, ok := Parse(binary.BigEndian.Uint16(all[n][8:]), binary.BigEndian.Uint16(all[n][10:]), all[n][12:])
			require.True(t, ok)
			if v < 3 || c.Vendor == 0 {
				require.Equal(t, codes[n], c)
			}
			require.Equal(t, want, c.Name(v), "version %d: %s", v, c)
			if want != "" {
				named++
			}
		}
		require.Greater(t, named, 99)
	}
}

func TestParseRefusesAnErrorWithoutItsVendor(t *testing.T) {
	for _, v := range []openflow.Version{openflow.Version10, openflow.Version13} {
		b := message(v, Code{Vendor: openflow.VendorNicira, Type: 3})
		_, _, ok := Parse(binary.BigEndian.Uint16(b[8:]), binary.BigEndian.Uint16(b[10:]), b[12:15])
		require.False(t, ok)
		_, request, ok := Parse(binary.BigEndian.Uint16(b[8:]), binary.BigEndian.Uint16(b[10:]), b[12:])
		require.True(t, ok)
		require.Equal(t, []byte{byte(v), 2, 0, 8, 0, 0, 0, 7}, request)
	}
}

func TestByName(t *testing.T) {
	c, ok := ByName(openflow.Version13, "OFPBFC_BAD_ID")
	require.True(t, ok)
	require.Equal(t, Code{Vendor: openflow.VendorONF, Type: 2302}, c)
	require.Equal(t, "vendor 0x4f4e4600 type 2302 code 0", c.String())
	_, ok = ByName(openflow.Version10, "OFPBFC_BAD_ID")
	require.False(t, ok)
}
