package netio

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
)

// ErrAddress is wrapped by errors about addresses that cannot be read.
var ErrAddress = errors.New("not an address: write unix:PATH, tcp:HOST:PORT or ssl:HOST:PORT to connect, " +
	"punix:PATH, ptcp:PORT[:HOST] or pssl:PORT[:HOST] to listen")

// Address is where to connect to, or where to listen.
type Address struct {
	Network string // as package net names it: unix or tcp
	Addr    string // as package net takes it: a path, or HOST:PORT
	TLS     bool
	Passive bool // listen
}

// ParseAddress reads an address as Open vSwitch writes it (ovs-vsctl(8), ovsdb(7)): unix:PATH, tcp:HOST[:PORT] and
// ssl:HOST[:PORT] to connect, punix:PATH, ptcp:[PORT][:HOST] and pssl:[PORT][:HOST] to listen. An IPv6 address stands
// in brackets. A port that is not there is defaultPort; with 0 it must be there.
func ParseAddress(text string, defaultPort uint16) (Address, error) {
	scheme, rest, ok := strings.Cut(text, ":")
	a := Address{Network: "tcp", TLS: scheme == "ssl" || scheme == "pssl"}
	var err error
	switch {
	case !ok:
		err = ErrAddress
	case scheme == "unix", scheme == "punix":
		a.Network, a.Addr, a.Passive = "unix", rest, scheme == "punix"
		if rest == "" {
			err = ErrAddress
		}
	case scheme == "tcp", scheme == "ssl":
		a.Addr, err = activeAddr(rest, defaultPort)
	case scheme == "ptcp", scheme == "pssl":
		a.Passive = true
		a.Addr, err = passiveAddr(rest, defaultPort)
	default:
		err = ErrAddress
	}
	if err != nil {
		return Address{}, fmt.Errorf("%q: %w", text, err)
	}
	return a, nil
}

// String is the address as Open vSwitch writes it.
func (a Address) String() string {
	scheme, rest := "tcp", a.Addr
	switch {
	case a.Network == "unix":
		scheme = "unix"
	case a.TLS:
		scheme = "ssl"
	}
	if !a.Passive {
		return scheme + ":" + rest
	}
	if host, port, err := net.SplitHostPort(a.Addr); err == nil && a.Network == "tcp" {
		rest = port
		if host != "" {
			rest += ":" + bracketed(host)
		}
	}
	return "p" + scheme + ":" + rest
}

// Host is the name or IP address to connect to, empty for a path.
func (a Address) Host() string {
	host, _, err := net.SplitHostPort(a.Addr)
	if err != nil || a.Network != "tcp" {
		return ""
	}
	return host
}

func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

func activeAddr(rest string, defaultPort uint16) (string, error) {
	host, port, err := net.SplitHostPort(rest)
	if err != nil { // no port
		host, port = unbracketed(rest), ""
		if strings.Contains(host, ":") && host == rest { // an IPv6 address without brackets
			return "", ErrAddress
		}
	}
	if host == "" || strings.HasSuffix(rest, ":") {
		return "", ErrAddress
	}
	return join(host, port, defaultPort, 1)
}

func passiveAddr(rest string, defaultPort uint16) (string, error) {
	port, host, _ := strings.Cut(rest, ":")
	bare := unbracketed(host)
	if strings.Contains(bare, ":") && bare == host { // an IPv6 address without brackets
		return "", ErrAddress
	}
	return join(bare, port, defaultPort, 0)
}

func unbracketed(host string) string {
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		return host[1 : len(host)-1]
	}
	return host
}

func join(host, port string, defaultPort uint16, lowest uint64) (string, error) {
	if port == "" {
		if defaultPort == 0 {
			return "", ErrAddress
		}
		port = strconv.Itoa(int(defaultPort))
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n < lowest || strings.ContainsAny(host, "[] /") {
		return "", ErrAddress
	}
	return net.JoinHostPort(host, port), nil
}
