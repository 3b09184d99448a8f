package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sys/unix"

	"github.com/vlcp-go/vlcp/agent"
)

const (
	// tellInterval is how often systemd hears of an agent that does not change, at most: a third of WatchdogSec of
	// vlcp-agent.service. Where that is set to less, a third of that.
	tellInterval = 10 * time.Second
	// startExtension is by how much a start that goes on is extended each time.
	startExtension = 30 * time.Second
)

// supervisor passes on to systemd what the agent's scheduler says, and nothing of its own: when the scheduler hangs,
// so does the watchdog's food.
//
//	scheduler ─ told (never blocks) ─► newest Progress ─► run ─ READY=1, STATUS=, WATCHDOG=1 ─► systemd
type supervisor struct {
	newest chan agent.Progress
	send   func(state string)
	every  time.Duration
	now    func() time.Time

	status string
	ready  bool
	last   time.Time
}

func newSupervisor() *supervisor {
	every := tellInterval
	if d, err := daemon.SdWatchdogEnabled(false); err == nil && d > 0 {
		every = min(every, d/3)
	}
	return &supervisor{newest: make(chan agent.Progress, 1), every: every, now: time.Now, send: func(state string) {
		_, _ = daemon.SdNotify(false, state) // without systemd nobody waits for it
	}}
}

// told is the agent's Supervisor.
func (s *supervisor) told(p agent.Progress) {
	for {
		select {
		case s.newest <- p:
			return
		default:
		}
		select {
		case <-s.newest: // older than p
		default:
		}
	}
}

// run works until end is closed.
func (s *supervisor) run(end <-chan struct{}) {
	for {
		select {
		case p := <-s.newest:
			s.pass(p)
		case <-end:
			return
		}
	}
}

// pass sends what is new, and otherwise seldom.
func (s *supervisor) pass(p agent.Progress) {
	var out []string
	if p.Ready && !s.ready {
		out = append(out, daemon.SdNotifyReady)
		s.ready = true
	}
	now := s.now()
	if len(out) == 0 && p.Text == s.status && now.Sub(s.last) < s.every {
		return
	}
	s.last, s.status = now, p.Text
	out = append(out, "STATUS="+strings.ReplaceAll(p.Text, "\n", " "), daemon.SdNotifyWatchdog)
	if !p.Ready {
		out = append(out, fmt.Sprintf("EXTEND_TIMEOUT_USEC=%d", startExtension.Microseconds()))
	}
	s.send(strings.Join(out, "\n"))
}

// reloading says that READY=1 will be said again. It is for between two agents.
func (s *supervisor) reloading() {
	state := daemon.SdNotifyReloading
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts) == nil {
		state += fmt.Sprintf("\nMONOTONIC_USEC=%d", ts.Nano()/1000)
	}
	s.send(state)
	s.ready = false
}
