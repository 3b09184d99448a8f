package cli

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent"
)

func TestSystemdHearsWhatIsNewAndThatTheSchedulerGoesOn(t *testing.T) {
	var sent []string
	now := time.Unix(1000, 0)
	s := newSupervisor()
	s.every, s.now, s.send = 10*time.Second, func() time.Time { return now }, func(m string) { sent = append(sent, m) }
	said := func(p agent.Progress, after time.Duration, want ...string) {
		t.Helper()
		now = now.Add(after)
		sent = nil
		s.pass(p)
		require.Equal(t, want, sent)
	}
	waiting := agent.Progress{Text: "waiting\nfor x"}
	said(waiting, 0, "STATUS=waiting for x\nWATCHDOG=1\nEXTEND_TIMEOUT_USEC=30000000")
	said(waiting, time.Second)
	said(waiting, 9*time.Second, "STATUS=waiting for x\nWATCHDOG=1\nEXTEND_TIMEOUT_USEC=30000000")
	up := agent.Progress{Ready: true, Text: "1 ports"}
	said(up, 0, "READY=1\nSTATUS=1 ports\nWATCHDOG=1")
	said(up, time.Second)
	said(agent.Progress{Ready: true, Text: "2 ports"}, 0, "STATUS=2 ports\nWATCHDOG=1")
	said(agent.Progress{Ready: true, Text: "2 ports"}, 10*time.Second, "STATUS=2 ports\nWATCHDOG=1")

	sent = nil
	s.reloading()
	require.Len(t, sent, 1)
	require.Regexp(t, "^RELOADING=1\nMONOTONIC_USEC=[0-9]+$", sent[0])
	said(up, 0, "READY=1\nSTATUS=1 ports\nWATCHDOG=1")
}

func TestTheSchedulerIsNeverHeldUpBySystemd(t *testing.T) {
	s := newSupervisor()
	for i := range 1000 {
		s.told(agent.Progress{Ready: i == 999})
	}
	require.True(t, (<-s.newest).Ready, "the newest counts")
}
