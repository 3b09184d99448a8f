package telemetry

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/coreos/go-systemd/v22/journal"
	"github.com/stretchr/testify/require"
)

func TestFormats(t *testing.T) {
	for format, want := range map[string]string{
		"text": `level=INFO msg=hello port=web1`, "JSON": `"msg":"hello","port":"web1"`,
		"": `level=INFO msg=hello port=web1`, "auto": `level=INFO msg=hello port=web1`,
	} {
		t.Setenv("JOURNAL_STREAM", "1:2") // of somebody else
		var out bytes.Buffer
		l, level, err := New(Config{Format: format, Output: &out})
		require.NoError(t, err)
		l.Debug("no")
		l.Info("hello", "port", "web1")
		require.Contains(t, out.String(), want, format)
		require.NotContains(t, out.String(), "no")
		level.Set(slog.LevelDebug)
		l.Debug("more")
		require.Contains(t, out.String(), "more", format)
	}
	_, _, err := New(Config{Format: "xml"})
	require.EqualError(t, err, `log format "xml": want auto, text, json or journal`)
	_, _, err = New(Config{Level: "loud"})
	require.EqualError(t, err, `log level "loud": want debug, info, warn or error`)
}

func TestParseLevel(t *testing.T) {
	for name, want := range map[string]slog.Level{"": 0, "INFO": 0, "debug": -4, "Warn": 4, "warning": 4, "error": 8} {
		got, err := ParseLevel(name)
		require.NoError(t, err)
		require.Equal(t, want, got, name)
	}
}

type sent struct {
	message string
	prio    journal.Priority
	vars    map[string]string
}

func TestJournal(t *testing.T) {
	var got []sent
	var out bytes.Buffer
	level := new(slog.LevelVar)
	h := newJournalHandler("vlcp-agent", level, slog.NewTextHandler(&out, nil))
	var broken error
	h.send = func(m string, p journal.Priority, v map[string]string) error {
		got = append(got, sent{m, p, v})
		return broken
	}
	l := slog.New(h)
	l.Debug("unheard")
	l.Info("plain")
	l.With("host", "hv1").WithGroup("sw").With("dpid", 7).Warn("port gone", "name", "a b",
		slog.Group("x", "ä-z", 1.5), slog.Any("", slog.GroupValue(slog.Int("in", 1))), "_t", "a\nb")
	l.Error("msg", "msg", "user's own", "time", "t", strings.Repeat("k", 99), 1)
	require.Equal(t, sent{"plain", journal.PriInfo, map[string]string{"SYSLOG_IDENTIFIER": "vlcp-agent"}}, got[0])
	require.Equal(t, sent{`port gone host=hv1 sw.dpid=7 sw.name="a b" sw.x.ä-z=1.5 sw.in=1 sw._t="a\nb"`,
		journal.PriWarning, map[string]string{"SYSLOG_IDENTIFIER": "vlcp-agent", "VLCP_HOST": "hv1", "VLCP_SW_DPID": "7",
			"VLCP_SW_NAME": "a b", "VLCP_SW_X___Z": "1.5", "VLCP_SW_IN": "1", "VLCP_SW__T": "a\nb"}}, got[1])
	require.Equal(t, journal.PriErr, got[2].prio)
	require.Contains(t, got[2].message, `msg msg="user's own" time=t`)
	for name := range got[2].vars {
		require.LessOrEqual(t, len(name), maxFieldLength)
	}
	require.Empty(t, out.String())

	broken = errors.New("journal is away")
	l.With("port", "web1").Error("help")
	require.Contains(t, out.String(), `msg=help port=web1`)
	level.Set(slog.LevelDebug)
	l.Debug("heard")
	require.Equal(t, journal.PriDebug, got[len(got)-1].prio)
}

func TestRing(t *testing.T) {
	r := NewRing[int](3)
	require.Empty(t, r.Last())
	for i, want := range [][]int{{0}, {0, 1}, {0, 1, 2}, {1, 2, 3}, {2, 3, 4}, {3, 4, 5}, {4, 5, 6}} {
		r.Add(i)
		require.Equal(t, want, r.Last())
		require.EqualValues(t, i+1, r.Total())
	}
	one := NewRing[int](0)
	one.Add(1)
	one.Add(2)
	require.Equal(t, []int{2}, one.Last())
}

func TestRecent(t *testing.T) {
	var out bytes.Buffer
	recent := NewRing[Event](2)
	l, level, err := New(Config{Format: "text", Output: &out, Recent: recent})
	require.NoError(t, err)
	l.Info("nothing")
	l.With("host", "hv1").WithGroup("sw").With("dpid", 7, slog.Any("", slog.GroupValue(slog.Int("n",
		1)))).Warn("port gone",
		"name", "a", slog.Group("x", "y", 1))
	require.Len(t, recent.Last(), 1)
	e := recent.Last()[0]
	require.Equal(t, Event{Time: e.Time, Level: "WARN", Message: "port gone",
		Attrs: map[string]string{"host": "hv1", "sw.dpid": "7", "sw.n": "1", "sw.name": "a", "sw.x.y": "1"}}, e)
	require.False(t, e.Time.IsZero())
	require.Contains(t, out.String(), "sw.x.y=1")
	level.Set(slog.LevelError)
	l.Warn("kept, not written")
	require.Equal(t, "kept, not written", recent.Last()[1].Message)
	require.NotContains(t, out.String(), "kept")
}
