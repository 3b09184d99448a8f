package ofp

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// Every field, under every header, with and without mask, alone and mixed, is printed as ovs-ofctl prints it.
func TestMatchTextIsThatOfOVS(t *testing.T) {
	matches := append(newGen(1).all(6), newGen(2).mixes(1000, "")...)
	texts := ovsPrints(t, matches)
	wrong := 0
	for n, m := range matches {
		if got := FormatMatch(m); got != texts[n] {
			if wrong++; wrong < 40 {
				t.Errorf("match %x\n ovs %s\n got %s", []byte(m), texts[n], got)
			}
		}
	}
	require.Zero(t, wrong, "of %d", len(matches))
	t.Logf("%d matches", len(matches))
}

// codes are the errors of Open vSwitch for ours.
var codes = map[error]string{
	oxm.ErrTruncated: "OFPBMC_BAD_LEN", oxm.ErrLength: "OFPBMC_BAD_LEN", oxm.ErrField: "OFPBMC_BAD_FIELD",
	oxm.ErrMask: "OFPBMC_BAD_WILDCARDS", oxm.ErrUnmasked: "OFPBMC_BAD_MASK", oxm.ErrValue: "OFPBMC_BAD_VALUE",
	oxm.ErrPrereq: "OFPBMC_BAD_PREREQ", oxm.ErrDuplicate: "OFPBMC_DUP_FIELD",
	oxm.ErrFamily: "OFPBAC_MATCH_INCONSISTENT",
}

func codeOf(err error) string {
	for e, code := range codes {
		if errors.Is(err, e) {
			return code
		}
	}
	return fmt.Sprint(err)
}

// Matches that are broken in one byte, or whose fields are there twice or in another order, are refused where Open
// vSwitch refuses them, and for the same reason.
func TestCheckIsThatOfOVS(t *testing.T) {
	g := newGen(6)
	var matches []oxm.Match
	for _, m := range append(g.all(8), g.mixes(500, "tun_metadata")...) {
		broken := slices.Clone(m)
		switch g.IntN(4) {
		case 0:
			broken[g.IntN(min(len(broken), 8))] ^= 1 << g.IntN(8)
		case 1:
			broken[g.IntN(len(broken))] ^= 1 << g.IntN(8)
		case 2:
			broken = append(broken, m...)
		default:
			broken = nil
			for tlv := range m.All() {
				broken = append(oxm.Match(nil).Add(tlv), broken...)
			}
		}
		matches = append(matches, broken)
	}
	refused := map[string]int{}
	for n, text := range ovsPrints(t, matches) {
		err := matches[n].Check()
		want, got := "", ""
		if slices.Contains([]string{"OFPBMC_", "OFPBAC_", "OFPBRC_"}, text[:min(7, len(text))]) {
			want = text
		}
		if err != nil {
			got = codeOf(err)
		}
		if want != got {
			t.Errorf("match %x\n ovs %s\n got %v", []byte(matches[n]), text, err)
		}
		refused[want]++
	}
	t.Log(refused)
}
