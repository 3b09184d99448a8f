package ovsdb

import "errors"

var errStream = errors.New("stream is not JSON objects")

// splitter finds the end of JSON objects in a stream. It remembers how far it looked, so that a large object that
// arrives in pieces is looked at once.
type splitter struct {
	at       int // next byte to look at
	depth    int
	inString bool
	escaped  bool
}

// split returns the length of the first object in b, 0 when it is incomplete.
func (s *splitter) split(b []byte) (int, error) {
	for ; s.at < len(b); s.at++ {
		c := b[s.at]
		switch {
		case s.escaped:
			s.escaped = false
		case s.inString:
			s.escaped = c == '\\'
			s.inString = c != '"'
		case c == '"':
			s.inString = true
		case c == '{' || c == '[':
			s.depth++
		case c == '}' || c == ']':
			if s.depth--; s.depth == 0 {
				n := s.at + 1
				*s = splitter{}
				return n, nil
			}
			if s.depth < 0 {
				return 0, errStream
			}
		case s.depth == 0 && c != ' ' && c != '\n' && c != '\r' && c != '\t':
			return 0, errStream
		}
	}
	return 0, nil
}
