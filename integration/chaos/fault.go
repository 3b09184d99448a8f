package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

const (
	noLimit   = -1
	pollPause = 50 * time.Millisecond
	giveUp    = time.Minute // for what should happen in seconds
)

// fault is one thing that goes wrong.
type fault struct {
	name  string
	about string // what happens
	limit limit
	do    func(*trial) error
	// contested faults are not repeated on a host before the agent has forgotten the last one: it answers slower and
	// slower to somebody who does it again and again.
	contested bool
}

// limit is what a fault may cost.
type limit struct {
	lost     int           // frames, besides the starved
	mods     int64         // flow-mods of all agents
	gap      int           // ms between two frames one way, besides the starved if lost is limited; 0: nobody asks
	noticed  time.Duration // from the injection until the agents say so; 0: nobody asks
	converge time.Duration // from when the cause is gone until all is as it should be
}

// harmless is what nobody may notice.
func harmless(converge time.Duration) limit { return limit{converge: converge} }

// trial is a fault that is happening.
type trial struct {
	l      *lab
	p      *probers
	random *rand.Rand
	host   string // that it happens to
	slack  float64

	began   time.Time
	noticed time.Duration // < 0: never asked
	back    time.Time     // when the cause was gone
	base    map[string]sent
	mods    int64
	notes   []string
	failed  []string
}

// sent is what one life of an agent had sent.
type sent struct {
	life string
	n    int64
}

// account adds to mods what agents have sent since it was called last. It is called before an agent is ended, and in
// the end.
func (t *trial) account() error {
	for _, host := range hosts {
		life, err := os.ReadFile(filepath.Join(labDir, "pid", host+".agent"))
		if errors.Is(err, os.ErrNotExist) {
			continue // it was accounted for before it was ended
		}
		s, err := t.l.status(host)
		if err != nil {
			return fmt.Errorf("flow-mods of %s: %w", host, err)
		}
		now := sent{string(life), s.Flows.Sent}
		if before, ok := t.base[host]; ok {
			t.mods += now.n
			if before.life == now.life {
				t.mods -= before.n
			}
		}
		t.base[host] = now
	}
	return nil
}

// agent accounts, and has the lab do something to an agent.
func (t *trial) agent(host, what string) error {
	if what != "start" {
		if err := t.account(); err != nil {
			return err
		}
	}
	return t.l.run("agent", host, what)
}

// notice waits until condition, which is that the fault is noticed, holds for the agents of hosts.
func (t *trial) notice(condition func(*status) bool, hosts ...string) error {
	for _, host := range hosts {
		if err := until(giveUp, func() bool {
			s, err := t.l.status(host)
			return err == nil && condition(s)
		}); err != nil {
			return fmt.Errorf("%s does not notice: %w", host, err)
		}
	}
	t.noticed = time.Since(t.began)
	return nil
}

// inject sets the moment that notice counts from.
func (t *trial) inject() { t.began = time.Now() }

// gone sets the moment that convergence is counted from.
func (t *trial) gone() { t.back = time.Now() }

func (t *trial) note(format string, args ...any) {
	t.notes = append(t.notes, fmt.Sprintf(format, args...))
}

func (t *trial) fail(format string, args ...any) {
	t.failed = append(t.failed, fmt.Sprintf(format, args...))
}

// until polls.
func until(timeout time.Duration, condition func() bool) error {
	for end := time.Now().Add(timeout); !condition(); time.Sleep(pollPause) {
		if time.Now().After(end) {
			return fmt.Errorf("not in %s", timeout)
		}
	}
	return nil
}

// inOrder runs steps until one does not work.
func inOrder(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// step makes one of a command of the lab.
func (t *trial) step(args ...string) func() error { return func() error { return t.l.run(args...) } }

// define makes one of a command of the coordinator.
func (t *trial) define(args ...string) func() error {
	return func() error { return t.l.coordinator(args...) }
}
