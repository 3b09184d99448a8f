package ovsdb

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// depthMax bounds how deep values may stand in each other. A value of the protocol stands 9 deep.
const depthMax = 32

var errJSON = errors.New("malformed JSON")

// scanner reads JSON from front to back, once. The first error stays, and after it everything is empty.
type scanner struct {
	b     []byte
	at    int
	depth int
	err   error
}

func (s *scanner) fail(what string) {
	if s.err == nil {
		s.err = fmt.Errorf("%w at byte %d: %s", errJSON, s.at, what)
	}
}

// peek passes over white space and returns the next byte, 0 when there is none.
func (s *scanner) peek() byte {
	for ; s.at < len(s.b); s.at++ {
		switch s.b[s.at] {
		case ' ', '\n', '\r', '\t':
		default:
			if s.err != nil {
				return 0
			}
			return s.b[s.at]
		}
	}
	return 0
}

func (s *scanner) expect(c byte) bool {
	if s.peek() != c {
		s.fail(string(c) + " expected")
		return false
	}
	s.at++
	return true
}

// end expects that nothing follows.
func (s *scanner) end() error {
	if s.err == nil && s.peek() != 0 || s.at < len(s.b) {
		s.fail("something follows the value")
	}
	return s.err
}

// list calls each for every element between an opening and a closing bracket.
func (s *scanner) list(opening, closing byte, each func()) {
	if !s.expect(opening) {
		return
	}
	if s.depth++; s.depth > depthMax {
		s.fail("too deep")
		return
	}
	if s.peek() == closing {
		s.at++
	} else {
		for s.err == nil {
			each()
			if s.peek() == closing {
				s.at++
				break
			}
			s.expect(',')
		}
	}
	s.depth--
}

// array calls each for every element, which it must read.
func (s *scanner) array(each func()) { s.list('[', ']', each) }

// object calls each for every member, whose value it must read.
func (s *scanner) object(each func(key []byte)) {
	s.list('{', '}', func() {
		key := s.bytes()
		if s.expect(':') {
			each(key)
		}
	})
}

// bytes reads a string. What it returns may be a part of the input.
func (s *scanner) bytes() []byte {
	if !s.expect('"') {
		return nil
	}
	start := s.at
	for plain := true; s.at < len(s.b); s.at++ {
		switch c := s.b[s.at]; {
		case c == '"':
			raw := s.b[start:s.at]
			s.at++
			if !utf8.Valid(raw) {
				s.fail("not UTF-8")
				return nil
			}
			if plain {
				return raw
			}
			return s.unescape(s.b[start-1 : s.at])
		case c == '\\':
			plain = false
			s.at++
		case c < ' ':
			s.fail("control character in a string")
			return nil
		}
	}
	s.at = len(s.b) // it may stand behind a backslash that is the last byte
	s.fail("string without an end")
	return nil
}

func (s *scanner) unescape(quoted []byte) []byte {
	var text string
	if err := json.Unmarshal(quoted, &text); err != nil {
		s.fail(err.Error())
	}
	return []byte(text)
}

func (s *scanner) text() string { return string(s.bytes()) }

// word reads true, false or null.
func (s *scanner) word(w string) bool {
	if s.peek() != w[0] || !bytes.HasPrefix(s.b[s.at:], []byte(w)) {
		return false
	}
	s.at += len(w)
	return true
}

func (s *scanner) boolean() bool {
	if s.word("true") {
		return true
	}
	if !s.word("false") {
		s.fail("true or false expected")
	}
	return false
}

// number reads the text of a number.
func (s *scanner) number() string {
	s.peek()
	start := s.at
	if s.at < len(s.b) && s.b[s.at] == '-' {
		s.at++
	}
	zero := s.at < len(s.b) && s.b[s.at] == '0'
	if n := s.digits(); n == 0 || zero && n > 1 {
		s.fail("number expected")
	}
	if s.at < len(s.b) && s.b[s.at] == '.' {
		s.at++
		if s.digits() == 0 {
			s.fail("digits expected")
		}
	}
	if s.at < len(s.b) && s.b[s.at]|0x20 == 'e' {
		s.at++
		if s.at < len(s.b) && (s.b[s.at] == '-' || s.b[s.at] == '+') {
			s.at++
		}
		if s.digits() == 0 {
			s.fail("digits expected")
		}
	}
	return string(s.b[start:s.at])
}

func (s *scanner) digits() (n int) {
	for ; s.at < len(s.b) && s.b[s.at] >= '0' && s.b[s.at] <= '9'; s.at++ {
		n++
	}
	return n
}

// integer reads a number without a fraction that 64 bits hold.
func (s *scanner) integer() int64 {
	text := s.number()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		s.fail(text + " is not an integer of 64 bits")
	}
	return n
}

// real reads a number.
func (s *scanner) real() float64 {
	text := s.number()
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		s.fail(text + " is not a number of 64 bits")
	}
	return f
}

// skip passes over any value and returns its text.
func (s *scanner) skip() []byte {
	c := s.peek()
	start := s.at
	switch c {
	case '{':
		s.object(func([]byte) { s.skip() })
	case '[':
		s.array(func() { s.skip() })
	case '"':
		s.bytes()
	case 't', 'f':
		s.boolean()
	case 'n':
		if !s.word("null") {
			s.fail("null expected")
		}
	default:
		s.number()
	}
	return s.b[start:s.at]
}
