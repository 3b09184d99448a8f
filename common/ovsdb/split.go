package ovsdb

import (
	"errors"
	"fmt"
)

// Errors of the stream that the server sends.
var (
	ErrStream  = errors.New("OVSDB stream is not JSON objects")
	ErrTooLong = errors.New("OVSDB message too long")
)

// splitter finds the end of JSON objects in a stream. It remembers how far it looked, so that a large object that
// arrives in pieces is looked at once.
type splitter struct {
	limit    int // bytes of an object
	at       int // next byte to look at
	depth    int
	inString bool
	escaped  bool
}

// split returns the length of the first object in b, 0 when it is incomplete.
func (s *splitter) split(b []byte) (int, error) {
	for ; s.at < len(b); s.at++ {
		if s.at >= s.limit {
			return 0, fmt.Errorf("%w: more than %d bytes", ErrTooLong, s.limit)
		}
		c := b[s.at]
		switch {
		case s.escaped:
			s.escaped = false
		case s.inString:
			s.escaped = c == '\\'
			s.inString = c != '"'
		case c == '{', s.depth > 0 && c == '[':
			s.depth++
		case s.depth > 0 && c == '"':
			s.inString = true
		case c == '}' || c == ']':
			if s.depth--; s.depth == 0 {
				n := s.at + 1
				*s = splitter{limit: s.limit}
				return n, nil
			}
			if s.depth < 0 {
				return 0, ErrStream
			}
		case s.depth == 0 && c != ' ' && c != '\n' && c != '\r' && c != '\t':
			return 0, ErrStream
		}
	}
	return 0, nil
}
