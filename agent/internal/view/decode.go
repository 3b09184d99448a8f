package view

import (
	"encoding/json"
	"net/netip"
	"strings"
	"unique"

	"github.com/vlcp-go/vlcp/agent/internal/plainjson"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

func decode[T any](d store.Doc) (v T, err error) { err = json.Unmarshal(d.Value, &v); return v, err }

// Ports and bindings are nearly all that there is, so those that are as programs write them are read without
// encoding/json. Strings that many of them have are kept once.

func decodePort(d store.Doc) (model.Port, error) {
	var p model.Port
	s := plainjson.New(d.Value)
	s.Begin()
	if s.Field("name") {
		p.Name = sameText(s.Text(), d.Key.ID)
	}
	if s.Field("network") {
		p.Network = sameText(s.Text(), strings.TrimPrefix(string(d.Key.Scope), string(store.NetworkScope(""))))
	}
	if s.Field("subnet") {
		p.Subnet = often(s.Text())
	}
	if s.Field("mac") {
		p.MAC = macOf(&s)
	}
	if s.Field("ip") {
		p.IP = addrOf(&s)
	}
	if s.Field("hostname") {
		p.Hostname = string(s.Text())
	}
	s.End()
	if !s.Done() { // it may have more
		return decode[model.Port](d)
	}
	return p, nil
}

func decodeBinding(d store.Doc) (model.Binding, error) {
	var b model.Binding
	s := plainjson.New(d.Value)
	s.Begin()
	if s.Field("port") {
		b.Port = sameText(s.Text(), d.Key.ID)
	}
	if s.Field("host") {
		b.Host = often(s.Text())
	}
	if s.Field("token") {
		b.Token = string(s.Text())
	}
	if s.Field("at") && b.At.UnmarshalJSON(s.Raw()) != nil {
		s.Bad()
	}
	if s.Field("to") {
		b.To = often(s.Text())
	}
	s.End()
	if !s.Done() {
		return decode[model.Binding](d)
	}
	return b, nil
}

// sameText is text as a string: have, if it is the same, which there is already.
func sameText(text []byte, have string) string {
	if string(text) == have {
		return have
	}
	return string(text)
}

// often is for what many documents have.
func often(text []byte) string { return unique.Make(string(text)).Value() }

// macOf reads the notation that we write ourselves.
func macOf(s *plainjson.Scanner) (m model.MAC) {
	text := s.Text()
	if len(text) != len("0a:00:00:00:00:01") {
		s.Bad()
		return m
	}
	for i := range m {
		at := 3 * i
		high, ok1 := plainjson.Hex(text[at])
		low, ok2 := plainjson.Hex(text[at+1])
		if !ok1 || !ok2 || i > 0 && text[at-1] != ':' {
			s.Bad()
		}
		m[i] = high<<4 | low
	}
	return m
}

func addrOf(s *plainjson.Scanner) netip.Addr {
	a, err := netip.ParseAddr(string(s.Text()))
	if err != nil {
		s.Bad()
	}
	return a
}
