// Package plainjson reads JSON that is exactly as encoding/json writes a struct: without white space, fields in the
// order of the struct, strings without anything to unescape. That is what nearly every document is, and reading it so
// costs a tenth. Whatever else there is makes the Scanner say no, and is for encoding/json, so that what is accepted
// and what is refused, and why, is said in one place only.
//
//	s := plainjson.New(b)
//	s.Begin()
//	if s.Field("name") {
//		x.Name = string(s.Text())
//	}
//	s.End()
//	if !s.Done() {
//		return json.Unmarshal(b, &x)
//	}
package plainjson

import (
	"bytes"
	"strconv"
)

// depthMax is how deep a value that is passed over may be nested.
const depthMax = 64

// Scanner reads one value. After something that is not plain it stays where it is, and Done is false.
type Scanner struct {
	b     []byte
	pos   int
	comma bool // has to come next
	bad   bool
}

// New begins to read b.
func New(b []byte) Scanner { return Scanner{b: b} }

// Done reports whether all was plain, and everything was read.
func (s *Scanner) Done() bool { return !s.bad && s.pos == len(s.b) }

// Bad says that what was read is not plain after all.
func (s *Scanner) Bad() { s.bad = true }

func (s *Scanner) peek() byte {
	if s.bad || s.pos >= len(s.b) {
		return 0
	}
	return s.b[s.pos]
}

func (s *Scanner) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.pos++
	return true
}

func (s *Scanner) need(c byte) {
	if !s.take(c) {
		s.bad = true
	}
}

// Begin reads the beginning of an object.
func (s *Scanner) Begin() { s.open('{') }

// BeginList reads the beginning of an array, whose elements Item asks for.
func (s *Scanner) BeginList() { s.open('[') }

func (s *Scanner) open(c byte) {
	s.need(c)
	s.comma = false
}

// End reads the end of an object.
func (s *Scanner) End() {
	s.need('}')
	s.comma = true
}

// Item reports whether an array has another element, and reads what is between it and the last. At the end it reads
// that.
func (s *Scanner) Item() bool { return s.element(']') }

// element is Item for what ends with end.
func (s *Scanner) element(end byte) bool {
	if s.take(end) {
		s.comma = true
		return false
	}
	if s.comma {
		s.need(',')
		s.comma = false
	}
	return !s.bad
}

// Field reports whether the next field of an object is this one, and if so reads its name.
func (s *Scanner) Field(name string) bool {
	if s.bad {
		return false
	}
	b, n := s.b[s.pos:], len(name)
	if s.comma {
		if len(b) == 0 || b[0] != ',' {
			return false
		}
		b = b[1:]
	}
	if len(b) < n+3 || b[0] != '"' || string(b[1:n+1]) != name || b[n+1] != '"' || b[n+2] != ':' {
		return false
	}
	s.pos, s.comma = len(s.b)-len(b)+n+3, false
	return true
}

// Text reads a string. What it returns is a part of the input.
func (s *Scanner) Text() []byte {
	s.need('"')
	s.comma = true
	for i := s.pos; !s.bad && i < len(s.b); i++ {
		switch c := s.b[i]; {
		case c == '"':
			text := s.b[s.pos:i]
			s.pos = i + 1
			return text
		case c == '\\' || c < ' ' || c > '~':
			s.bad = true
		}
	}
	s.bad = true
	return nil
}

// Int reads a number without fraction and exponent.
func (s *Scanner) Int() int64 {
	n, err := strconv.ParseInt(string(s.Raw()), 10, 64)
	if err != nil {
		s.bad = true
	}
	return n
}

// Bool reads true or false.
func (s *Scanner) Bool() bool {
	switch string(s.Raw()) {
	case "true":
		return true
	case "false":
	default:
		s.bad = true
	}
	return false
}

// Raw reads a value of any kind, and makes sure that it is one. What it returns is a part of the input.
func (s *Scanner) Raw() []byte {
	from := s.pos
	s.pass(0)
	if s.bad {
		return nil
	}
	return s.b[from:s.pos]
}

func (s *Scanner) pass(depth int) {
	switch c := s.peek(); {
	case depth > depthMax:
		s.bad = true
	case c == '{':
		s.Begin()
		for s.element('}') {
			s.passText()
			s.need(':')
			s.pass(depth + 1)
		}
	case c == '[':
		s.BeginList()
		for s.element(']') {
			s.pass(depth + 1)
		}
	case c == '"':
		s.passText()
	case c == '-' || c >= '0' && c <= '9':
		s.passNumber()
	default:
		s.passWord()
	}
	s.comma = true
}

// passText passes over a string with whatever may be in one.
func (s *Scanner) passText() {
	s.need('"')
	for ; !s.bad && s.pos < len(s.b); s.pos++ {
		switch c := s.b[s.pos]; {
		case c == '"':
			s.pos++
			return
		case c < ' ':
			s.bad = true
		case c == '\\':
			s.pos++
			s.passEscaped()
		}
	}
	s.bad = true
}

// passEscaped is at what follows a backslash, and stops at its last byte.
func (s *Scanner) passEscaped() {
	c := s.peek()
	if c != 'u' {
		s.bad = s.bad || c == 0 || bytes.IndexByte([]byte(`"\/bfnrt`), c) < 0
		return
	}
	for range 4 {
		s.pos++
		if _, ok := Hex(s.peek()); !ok {
			s.bad = true
		}
	}
}

// Hex is the value of a hexadecimal digit.
func Hex(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

func (s *Scanner) passNumber() {
	s.take('-')
	if !s.take('0') {
		s.digits()
	}
	if s.take('.') {
		s.digits()
	}
	if s.take('e') || s.take('E') {
		if !s.take('+') {
			s.take('-')
		}
		s.digits()
	}
}

// digits passes over one or more.
func (s *Scanner) digits() {
	from := s.pos
	for c := s.peek(); c >= '0' && c <= '9'; c = s.peek() {
		s.pos++
	}
	s.bad = s.bad || s.pos == from
}

func (s *Scanner) passWord() {
	for _, w := range []string{"true", "false", "null"} {
		if !s.bad && bytes.HasPrefix(s.b[s.pos:], []byte(w)) {
			s.pos += len(w)
			return
		}
	}
	s.bad = true
}
