package ovsdb

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/vlcp-go/vlcp/common/coroutine"
)

// Lock asks for a lock (RFC 7047 section 4.1.8) and reports whether it is held now. If not, OnLock tells when it is
// got: the wish stays until Unlock, also over reconnects, which lose locks. While another client holds the lock this
// is not an error, nor is a lost connection.
func (c *Client) Lock(co *coroutine.Co, name string) (bool, error) {
	if _, wanted := c.locks[name]; wanted {
		return c.locks[name], nil
	}
	c.locks[name] = false
	err := c.askLock(co, "lock", name)
	switch {
	case errors.Is(err, ErrReply):
		delete(c.locks, name)
		return false, err
	case errors.Is(err, ErrDown):
		return false, nil
	}
	return c.locks[name], err
}

// Steal takes a lock from whoever holds it. That client is told and gets it back after Unlock.
func (c *Client) Steal(co *coroutine.Co, name string) error {
	if _, wanted := c.locks[name]; wanted {
		if c.locks[name] {
			return nil
		}
		if err := c.Unlock(co, name); err != nil { // or the server refuses to hear of it again
			return err
		}
	}
	c.locks[name] = false
	err := c.askLock(co, "steal", name)
	if errors.Is(err, ErrReply) || errors.Is(err, ErrDown) {
		delete(c.locks, name)
	}
	return err
}

// Unlock gives a lock back, or the wish for it up. A lost connection has done that already.
func (c *Client) Unlock(co *coroutine.Co, name string) error {
	delete(c.locks, name)
	_, err := c.call(co, call{method: "unlock", params: []string{name}})
	if errors.Is(err, ErrDown) {
		return nil
	}
	return err
}

// Holds reports whether a lock is held.
func (c *Client) Holds(name string) bool { return c.locks[name] }

func (c *Client) askLock(co *coroutine.Co, method, name string) error {
	_, err := c.call(co, call{method: method, params: []string{name}, replied: func(b []byte) error {
		held := method == "steal"
		s := &scanner{b: b}
		s.object(func(key []byte) {
			if string(key) == "locked" {
				held = s.boolean()
			} else {
				s.skip()
			}
		})
		if held && s.err == nil {
			c.setLock(name, true)
		}
		return s.end()
	}})
	return err
}

// setLock notes that a wanted lock was got or lost.
func (c *Client) setLock(name string, held bool) {
	if was, wanted := c.locks[name]; wanted && was != held {
		c.locks[name] = held
		c.o.OnLock(name, held)
	}
}

// lockChanged takes a locked or stolen notification.
func (x *session) lockChanged(params []byte, held bool) error {
	var names []string
	s := &scanner{b: params}
	s.array(func() { names = append(names, s.text()) })
	if err := s.end(); err != nil {
		return err
	}
	for _, name := range names {
		x.c.setLock(name, held)
	}
	return nil
}

// relock asks for the locks that are wanted. Another client may hold them by now.
func (x *session) relock(co *coroutine.Co) error {
	for _, name := range slices.Sorted(maps.Keys(x.c.locks)) {
		if x.c.locks[name] {
			continue // asked for meanwhile
		}
		if err := x.c.askLock(co, "lock", name); err != nil && !errors.Is(err, ErrReply) {
			return fmt.Errorf("ask for lock %s: %w", name, err)
		}
	}
	return nil
}

// locksLost is for the end of a connection, with which the server gives its locks to others.
func (c *Client) locksLost() {
	for _, name := range slices.Sorted(maps.Keys(c.locks)) {
		c.setLock(name, false)
	}
}
