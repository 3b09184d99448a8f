package main

import (
	"path/filepath"
	"strings"
	"time"
)

// noticeMax is the promise: whatever is wrong with Redis is noticed in so long.
const noticeMax = 10 * time.Second

var storeLimit = limit{noticed: noticeMax, converge: converged}

var storeFaults = []fault{
	{"redis-killed", "kill -9 of Redis, which comes back with what it had saved", storeLimit, redisKilled, false},
	{"redis-black-hole", "packets of one host's agent to Redis vanish, connections stay", storeLimit, blackHole, false},
	{"redis-black-hole-behind", "the same, and a definition changes meanwhile: caught up by the log, only the difference",
		limit{mods: ofDifference, noticed: noticeMax, converge: converged}, blackHoleBehind, false},
	{"redis-flushed", "FLUSHALL: all agents hold; then restore of a backup", storeLimit, flushed, false},
	{"redis-rolled-back", "an old backup is restored: what it lacks is held, until it is accepted",
		limit{mods: noLimit, noticed: noticeMax, converge: converged}, rolledBack, false},
	{"redis-not-notifying", "notify-keyspace-events switched off: a change is noticed all the same",
		limit{mods: ofDifference, noticed: noticeMax, converge: 40 * time.Second}, notNotifying, false},
	{"redis-subscribers-cut", "CLIENT KILL of all subscribers: a change is noticed all the same",
		limit{mods: ofDifference, noticed: noticeMax, converge: converged}, subscribersCut, false},
	{"writers-unanswered", "four coordinators create ports, Redis does not answer for 3 s, and they try again: once each",
		limit{mods: noLimit, converge: converged}, writersUnanswered, false},
}

func away(s *status) bool { return s.Store.State != "current" }

func holds(s *status) bool { return s.Store.State == "hold" }

// killRedis leaves what it has in a file, as a Redis with persistence has it there.
func (t *trial) killRedis() error {
	if _, err := t.l.redis("save"); err != nil {
		return err
	}
	t.inject()
	return t.l.run("redis", "kill")
}

func (t *trial) startRedis() error {
	err := t.l.run("redis", "start")
	t.gone()
	return err
}

func redisKilled(t *trial) error {
	return inOrder(t.killRedis, func() error { return t.notice(away, hosts...) }, t.startRedis)
}

// hole makes packets between a host and Redis vanish.
func (t *trial) hole(host string) error {
	ip := "10.255.0." + strings.TrimPrefix(host, "hv")
	t.inject()
	_, err := t.l.exec("underlay", "nft", "table inet hole { "+
		"chain in { type filter hook input priority 0; ip saddr "+ip+" tcp dport 6379 drop; }; "+
		"chain out { type filter hook output priority 0; ip daddr "+ip+" tcp sport 6379 drop; }; }")
	return err
}

func (t *trial) closeHole() error {
	_, err := t.l.exec("underlay", "nft", "delete table inet hole")
	t.gone()
	return err
}

func blackHole(t *trial) error {
	return inOrder(
		func() error { return t.hole(t.host) },
		func() error { return t.notice(away, t.host) },
		t.closeHole)
}

func blackHoleBehind(t *trial) error {
	t.host = "hv2" // the coordinator runs on hv1
	return inOrder(
		func() error { return t.hole(t.host) },
		func() error { return t.notice(away, t.host) },
		t.define("port", "update", "b2", "--allowed-address", "10.10.0.98"),
		t.closeHole,
		t.settle,
		t.define("port", "update", "b2", "--allowed-address", ""),
		t.define("wait"))
}

var backupFile = filepath.Join(labDir, "chaos.backup")

func flushed(t *trial) error {
	return inOrder(
		t.define("backup", backupFile),
		func() error { t.inject(); _, err := t.l.redis("flushall"); return err },
		func() error { return t.notice(holds, hosts...) },
		t.define("restore", backupFile),
		func() error { t.gone(); return nil })
}

// rolledBack loses an allowed address of a guest.
func rolledBack(t *trial) error {
	return inOrder(
		t.define("backup", backupFile),
		t.define("port", "update", "b1", "--allowed-address", "10.10.0.97"),
		t.define("wait"),
		func() error { t.inject(); return t.l.coordinator("restore", backupFile, "--replace") },
		func() error { return t.notice(holds, "hv1") },
		t.define("store", "accept", "--yes"),
		func() error { t.gone(); return nil })
}

// caughtUp waits until all agents have applied what was defined last.
func (t *trial) caughtUp(definition ...string) error {
	s, err := t.l.status("hv1")
	if err != nil {
		return err
	}
	t.inject()
	if err := t.l.coordinator(definition...); err != nil {
		return err
	}
	before := s.Store.Revision
	return t.notice(func(s *status) bool { return s.Store.AppliedRevision > before }, hosts...)
}

func notNotifying(t *trial) error {
	out, err := t.l.redis("config", "get", "notify-keyspace-events")
	if err != nil {
		return err
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	flags := lines[len(lines)-1]
	return inOrder(
		func() error { _, err := t.l.redis("config", "set", "notify-keyspace-events", ""); return err },
		func() error { return t.caughtUp("port", "update", "b2", "--allowed-address", "10.10.0.96") },
		func() error { _, err := t.l.redis("config", "set", "notify-keyspace-events", flags); return err },
		t.define("port", "update", "b2", "--allowed-address", ""),
		t.define("wait"),
		func() error { t.gone(); return nil })
}

func subscribersCut(t *trial) error {
	return inOrder(
		func() error { _, err := t.l.redis("client", "kill", "type", "pubsub"); return err },
		func() error { return t.caughtUp("port", "update", "b2", "--allowed-address", "10.10.0.95") },
		t.define("port", "update", "b2", "--allowed-address", ""),
		t.define("wait"),
		func() error { t.gone(); return nil })
}
