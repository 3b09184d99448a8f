package fieldtext

import "strings"

// Pair is a key of a flow or of an action in text with its value, which is empty where there is none.
type Pair struct {
	Key, Value string
	Offset     int // of the key in the text, in bytes
	At         int // of the value
}

const separators = ", \t\r\n"

// NextPair splits the first pair off text, whose first byte is at offset of the whole: key=value, key:value, key(value)
// or a key alone, between commas and white space. Of key(x)->y the value is "x)->y". ok is false where there is none.
func NextPair(text string, offset int) (p Pair, rest string, restOffset int, ok bool) {
	trimmed := strings.TrimLeft(text, separators)
	offset += len(text) - len(trimmed)
	if trimmed == "" {
		return Pair{}, "", offset, false
	}
	n := strings.IndexAny(trimmed, ":=("+separators)
	if n < 0 {
		at := offset + len(trimmed)
		return Pair{Key: trimmed, Offset: offset, At: at}, "", at, true
	}
	p = Pair{Key: trimmed[:n], Offset: offset, At: offset + n + 1}
	value := trimmed[n+1:]
	var end int
	switch trimmed[n] {
	case '(':
		end = valueLen(value, ")")
		if strings.HasPrefix(value[end:], ")->") {
			end += valueLen(value[end:], separators)
		}
	case ':', '=':
		end = valueLen(value, separators)
	default:
		return p, value, p.At, true
	}
	p.Value = value[:end]
	end = min(end+1, len(value)) // and what ends it
	return p, value[end:], p.At + end, true
}

// valueLen is the length of a value up to one of the bytes that end it, outside of parentheses.
func valueLen(s, ends string) int {
	level := 0
	for n := range len(s) {
		switch {
		case level == 0 && strings.IndexByte(ends, s[n]) >= 0:
			return n
		case s[n] == '(':
			level++
		case s[n] == ')' && level > 0:
			level--
		}
	}
	return len(s)
}
