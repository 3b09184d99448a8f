package tables

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func arrange(t *testing.T, l Layout, ts ...Table) Layout {
	t.Helper()
	out, err := l.Arrange(ts)
	require.NoError(t, err)
	return out
}

func numbers(l Layout) string {
	s := ""
	for _, name := range l.Names() {
		n, _ := l.Number(name)
		s += fmt.Sprintf("%d:%s>%s ", n, name, l.Next(name))
	}
	return s
}

var (
	admission = Table{Name: "admission", Before: []string{"l2"}}
	arp       = Table{Name: "arp", After: []string{"admission"}, Before: []string{"l2"}}
	l2        = Table{Name: "l2", To: []string{"flood"}}
	flood     = Table{Name: "flood", Path: "flood"}
	local     = Table{Name: "flood-local", Path: "flood", After: []string{"flood"}}
)

func TestAPathAndABranch(t *testing.T) {
	l := arrange(t, Layout{}, local, flood, l2, arp, admission)
	require.Equal(t, "0:admission>arp 10:arp>l2 20:l2> 30:flood>flood-local 40:flood-local> ", numbers(l))
	require.Equal(t, "arp", l.Name(10))
	require.Empty(t, l.Name(11))
}

func TestTheOrderOfAskingDoesNotMatter(t *testing.T) {
	a := arrange(t, Layout{}, admission, arp, l2, flood, local)
	b := arrange(t, Layout{}, local, l2, flood, admission, arp)
	require.Equal(t, a, b)
}

func TestOneMoreRenumbersNobody(t *testing.T) {
	l := arrange(t, Layout{}, admission, l2, flood)
	more := arrange(t, l, admission, arp, l2, flood)
	require.Empty(t, l.Moved(more))
	require.Equal(t, "0:admission>arp 5:arp>l2 10:l2> 20:flood> ", numbers(more))
	less := arrange(t, more, admission, l2)
	require.Empty(t, more.Moved(less))
	require.Equal(t, "0:admission>l2 10:l2> ", numbers(less))
}

func TestANewFirstTableMovesTheOldFirstOnly(t *testing.T) {
	l := arrange(t, Layout{}, arp, l2, flood)
	more := arrange(t, l, admission, arp, l2, flood)
	require.Equal(t, []string{"arp"}, l.Moved(more))
	require.Equal(t, "0:admission>arp 5:arp>l2 10:l2> 20:flood> ", numbers(more))
}

func TestWithoutARoomTheFewestMove(t *testing.T) {
	l := Layout{number: map[string]uint8{"admission": 0, "l2": 1, "flood": 2, "flood-local": 9}}
	more := arrange(t, l, admission, arp, l2, flood, local)
	require.Equal(t, "0:admission>arp 2:arp>l2 4:l2> 6:flood>flood-local 9:flood-local> ", numbers(more))
}

func TestWhatCannotBe(t *testing.T) {
	for want, ts := range map[string][]Table{
		"[a b]: tables are to be before one another in a circle": {
			{Name: "a", After: []string{"b"}}, {Name: "b", After: []string{"a"}}, {Name: "c"}},
		"a: table asked for twice": {{Name: "a"}, {Name: "a"}},
		"x: table of a branch before the first table of the main path": {
			{Name: "a", After: []string{"x"}}, {Name: "x", Path: "p"}},
	} {
		_, err := Layout{}.Arrange(ts)
		require.EqualError(t, err, want)
	}
	many := make([]Table, Last+2)
	for i := range many {
		many[i].Name = fmt.Sprint(i)
	}
	_, err := Layout{}.Arrange(many)
	require.ErrorIs(t, err, ErrTooMany)
	l := arrange(t, Layout{}, many[:Last+1]...)
	require.Len(t, l.Names(), Last+1)
}

// Whatever is loaded and unloaded, numbers are different, in order, and never move without need: what the old numbers
// allow in the new order stays.
func TestLayoutsHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := make([]Table, rapid.IntRange(1, 60).Draw(t, "tables"))
		for i := range all {
			all[i].Name = fmt.Sprintf("t%02d", i)
			for range rapid.IntRange(0, 2).Draw(t, "constraints") {
				if i > 0 {
					all[i].After = append(all[i].After, fmt.Sprintf("t%02d", rapid.IntRange(0, i-1).Draw(t, "after")))
				}
			}
		}
		var l Layout
		for range 8 {
			var ts []Table
			for _, tb := range all {
				if rapid.Bool().Draw(t, "wanted") {
					ts = append(ts, tb)
				}
			}
			next, err := l.Arrange(ts)
			require.NoError(t, err)
			check(t, next, ts)
			again, err := next.Arrange(ts)
			require.NoError(t, err)
			require.Equal(t, next, again, "what is asked for again changes nothing")
			l = next
		}
	})
}

func check(t *rapid.T, l Layout, ts []Table) {
	last := -1
	for i, name := range l.Names() {
		n, ok := l.Number(name)
		require.True(t, ok)
		require.Greater(t, int(n), last, "numbers rise")
		require.LessOrEqual(t, int(n), Last)
		require.False(t, i == 0 && n != 0, "packets enter at 0")
		last = int(n)
	}
	require.Len(t, l.Names(), len(ts))
	for _, tb := range ts {
		for _, a := range tb.After {
			if before, ok := l.Number(a); ok {
				n, _ := l.Number(tb.Name)
				require.Less(t, before, n)
			}
		}
	}
}
