package action

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/common/openflow"
)

// mutated changes a text a little.
func (g gen) mutatedText(s string) string {
	for range 1 + g.IntN(2) {
		n := g.IntN(len(s) + 1)
		switch g.IntN(7) {
		case 0: // one byte less
			s = s[:max(0, n-1)] + s[n:]
		case 1: // one byte more
			s = s[:n] + pick(g, ",", "(", ")", "=", ":", " ", "0", "1", "-", "x", "/", "[", "]", ".", ">", "a") + s[n:]
		case 2: // cut off
			s = s[:n]
		case 3: // twice
			s += "," + s
		default: // another number
			s = g.otherNumber(s, n)
		}
	}
	return s
}

// otherNumber replaces the first number after a place.
func (g gen) otherNumber(s string, at int) string {
	const digits = "0123456789"
	from := strings.IndexAny(s[at:], digits)
	if from < 0 {
		return s
	}
	from += at
	to := from
	for to < len(s) && strings.IndexByte(digits, s[to]) >= 0 {
		to++
	}
	return s[:from] + pick(g, strconv.FormatUint(g.word(8), 10), strconv.FormatUint(g.word(16), 10),
		fmt.Sprintf("%#x", g.word(32)), "0", "255", "65535", "010", strconv.FormatUint(g.word(64), 10)) + s[to:]
}

// randomTexts is how many texts are tried for each version; those that are refused take a process each.
const randomTexts = 150

// Texts that are a little wrong are refused where ovs-ofctl refuses them, and mean the same where it does not.
func TestMutatedTextIsReadAsByOVS(t *testing.T) {
	g := newGen(t)
	texts := actionTexts(t)
	var flows []string
	for len(flows) < randomTexts {
		match, actions := lineOf(pick(g, texts...))
		s := g.mutatedText(actions)
		if !strings.Contains(s, "action") { // which would end the match
			flows = append(flows, match+" actions="+s)
		}
	}
	compareSent(t, flows, true)
}

// maskedSet is what TestSetFieldUnderMaskIsLoadInOpenFlow10 is about; of longMask ovs-ofctl takes the first digits for
// the length of a prefix, and we the whole for the mask that it is.
var (
	maskedSet = regexp.MustCompile(`set_field:[^,]*/`)
	// A clone makes ovs-ofctl forget that an action before it is not one of OpenFlow 1.0, which it then leaves out.
	forgets  = regexp.MustCompile(`(push_vlan|encap).*clone\(`)
	longMask = regexp.MustCompile(`/\d[0-9a-f]*:[0-9a-f:.]*->`)
)

// What is printed of any actions is read as ovs-ofctl reads it. Of what we refuse a few are tried.
func TestPrintedActionsAreReadAsByOVS(t *testing.T) {
	g := newGen(t)
	const refusedMax = 20
	for _, v := range []openflow.Version{openflow.Version10, openflow.Version13} {
		var flows []string
		refused := 0
		for range 1500 {
			text, err := Format(v, g.list(v, 1+g.IntN(2)))
			odd := forgets.MatchString(text) || longMask.MatchString(text) || maskedSet.MatchString(text)
			if err != nil || odd || strings.Contains(text, "action") {
				continue
			}
			match, ok := matchFor(v, text)
			if !ok {
				refused++
			}
			if ok || refused <= refusedMax {
				flows = append(flows, match+" actions="+text)
			}
		}
		compareSent(t, flows, false)
	}
}

// matchFor finds a match for which the actions are not refused.
func matchFor(v openflow.Version, actions string) (match string, ok bool) {
	for _, x := range matchList {
		if _, _, err := rulesFor(v, x.match).Parse(actions); err == nil {
			return x.text, true
		}
	}
	return "", false
}
