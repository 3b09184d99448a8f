package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

const (
	writers    = 4
	ofAWriter  = 3 // ports
	writersIn  = 300 * time.Millisecond
	unanswered = 3 * time.Second
)

// writersUnanswered has coordinators create ports while Redis cannot be reached for a while, and try each again until
// it is there: nothing is allocated twice, and nothing created twice.
func writersUnanswered(t *trial) error {
	done := make(chan error, writers)
	for w := range writers {
		go func() { done <- t.write(w) }()
	}
	time.Sleep(writersIn)
	errs := []error{t.hole("hv1")} // where the coordinators run
	time.Sleep(unanswered)
	errs = append(errs, t.closeHole())
	for range writers {
		errs = append(errs, <-done)
	}
	errs = append(errs, t.allocatedOnce(), t.l.coordinator("store", "check"))
	for w := range writers {
		for i := range ofAWriter {
			errs = append(errs, t.l.coordinator("port", "delete", writtenPort(w, i)))
		}
	}
	t.gone()
	return errors.Join(append(errs, t.l.coordinator("wait"))...)
}

func writtenPort(writer, i int) string { return fmt.Sprintf("written%d-%d", writer, i) }

func (t *trial) write(w int) error {
	for i := range ofAWriter {
		port := writtenPort(w, i)
		err := until(giveUp, func() bool {
			err := t.l.coordinator("port", "create", port, "--network", "blue")
			return err == nil || t.l.coordinator("port", "show", port) == nil // its outcome was unknown
		})
		if err != nil {
			return fmt.Errorf("create %s: %w", port, err)
		}
	}
	return nil
}

// allocatedOnce looks whether each port has addresses of its own.
func (t *trial) allocatedOnce() error {
	out, err := t.l.exec("hv1", "vlcp-coordinator", "port", "list", "-o", "json")
	if err != nil {
		return err
	}
	var ports []struct{ Name, Network, IP, MAC string }
	if err := json.Unmarshal([]byte(out), &ports); err != nil {
		return err
	}
	has, written := map[string]string{}, 0
	for _, p := range ports {
		if strings.HasPrefix(p.Name, "written") {
			written++
		}
		for _, what := range []string{p.IP, p.MAC} {
			key := p.Network + " " + what
			if other := has[key]; other != "" {
				t.fail("%s and %s have %s", other, p.Name, key)
			}
			has[key] = p.Name
		}
	}
	if t.note("%d ports created by %d coordinators", written, writers); written != writers*ofAWriter {
		t.fail("%d ports, not %d", written, writers*ofAWriter)
	}
	return nil
}
