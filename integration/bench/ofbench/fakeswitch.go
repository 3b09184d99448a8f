package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/vlcp-go/vlcp/common/netio"
	"github.com/vlcp-go/vlcp/common/openflow"
)

const (
	readSize = 256 << 10             // bytes
	settle   = 50 * time.Millisecond // without a word from the controller: it has set the switch up
)

var (
	errVersion = errors.New("controller does not speak this version of OpenFlow")
	errMute    = errors.New("controller does not answer packets")
)

// fakeSwitch is one switch. One goroutine does everything that it does, in turns: what the window allows is sent, then
// what has come is read.
type fakeSwitch struct {
	o     *Options
	index int
	nc    net.Conn
	t     template

	buf, out []byte
	have     int // bytes in buf

	next      uint32           // number of the next packet
	done      uint32           // all before have an answer, or never get one
	when      [windowMax]int64 // nanoseconds since began, when a packet was sent, by its number
	began     time.Time
	pair      int // hosts that talk next
	measuring bool

	sent, answers, lost, flowMods, packetOuts uint64
	ages                                      histogram
}

// connect makes a switch that has said hello, and that the controller has set up.
func connect(a netio.Address, o *Options, index int) (*fakeSwitch, error) {
	nc, err := net.DialTimeout(a.Network, a.Addr, setupTimeout)
	if err != nil {
		return nil, err
	}
	s := &fakeSwitch{o: o, index: index, nc: nc, t: newTemplate(o), buf: make([]byte, readSize), began: time.Now()}
	s.out = append(s.out, byte(o.Version), openflow.TypeHello, 0, openflow.HeaderLen, 0, 0, 0, 1)
	if err := s.setup(); err != nil {
		return nil, errors.Join(err, nc.Close())
	}
	return s, nil
}

// setup answers the controller until it has asked for the features, and then nothing for a while.
func (s *fakeSwitch) setup() error {
	asked := false
	for end := time.Now().Add(setupTimeout); time.Now().Before(end); {
		quiet, err := s.turn(settle, func(msg []byte) {
			asked = asked || openflow.MessageType(msg) == typeFeaturesRequest
		})
		if err != nil {
			return err
		}
		if quiet && asked {
			return nil
		}
	}
	return fmt.Errorf("not set up in %s: %w", setupTimeout, errVersion)
}

const typeFeaturesRequest = 5 // in both versions

// turn writes what is to be written, and reads once. It is quiet when nothing came for wait.
func (s *fakeSwitch) turn(wait time.Duration, look func(msg []byte)) (quiet bool, err error) {
	if len(s.out) > 0 {
		_ = s.nc.SetWriteDeadline(time.Now().Add(setupTimeout))
		if _, err := s.nc.Write(s.out); err != nil {
			return false, err
		}
		s.out = s.out[:0]
	}
	_ = s.nc.SetReadDeadline(time.Now().Add(wait))
	n, err := s.nc.Read(s.buf[s.have:])
	s.have += n
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("connection to the controller: %w", err)
	}
	return false, s.split(look)
}

// split takes every whole message that has come.
func (s *fakeSwitch) split(look func(msg []byte)) error {
	b := s.buf[:s.have]
	now := time.Since(s.began).Nanoseconds()
	for {
		n, err := openflow.Frame(b)
		if err != nil {
			return err
		}
		if n == 0 || n > len(b) {
			break
		}
		if err := s.message(b[:n], now); err != nil {
			return err
		}
		if look != nil {
			look(b[:n])
		}
		b = b[n:]
	}
	s.have = copy(s.buf, b)
	return nil
}

func (s *fakeSwitch) message(msg []byte, now int64) error {
	r, n, ok := s.t.read(msg)
	switch r {
	case flowMod:
		s.flowMods++
	case packetOut:
		s.packetOuts++
	default:
		typ := openflow.MessageType(msg)
		if typ == openflow.TypeHello || typ == openflow.TypeEchoReply {
			return nil
		}
		if typ == openflow.TypeError {
			return fmt.Errorf("controller sent error %x: %w", msg[openflow.HeaderLen:], errVersion)
		}
		b, err := s.answer(msg)
		s.out = append(s.out, b...)
		return err
	}
	if ok {
		s.answered(n, now)
	}
	return nil
}

// answered takes note of the answer to packet n. A controller answers in order, so what came before it and has no
// answer never gets one.
func (s *fakeSwitch) answered(n uint32, now int64) {
	if n-s.done >= s.next-s.done {
		return // a second answer
	}
	s.lost += uint64(n - s.done)
	s.done = n + 1
	s.answers++
	if s.measuring {
		s.ages.note(time.Duration(now - s.when[n%windowMax]))
	}
}

// send fills the window with packets.
func (s *fakeSwitch) send(window int) {
	now := time.Since(s.began).Nanoseconds()
	for int(s.next-s.done) < window {
		s.out = s.t.append(s.out, s.next, s.index, s.pair, s.partner())
		s.when[s.next%windowMax] = now
		s.next++
		s.sent++
		s.pair = (s.pair + 1) % s.o.Hosts
	}
}

// partner is the host that the next one talks to, at another port.
func (s *fakeSwitch) partner() int {
	dst := (s.pair + 1) % s.o.Hosts
	if portOf(dst) == portOf(s.pair) {
		dst = (dst + 1) % s.o.Hosts
	}
	return dst
}

// learn sends one packet of every host, so that the controller knows them all.
func (s *fakeSwitch) learn() error {
	for end := time.Now().Add(setupTimeout); s.sent < uint64(s.o.Hosts); {
		s.send(min(s.o.Window, s.o.Hosts-int(s.sent)+int(s.next-s.done)))
		if err := s.await(); err != nil {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("%d of %d packets answered in %s: %w", s.answers, s.sent, setupTimeout, errMute)
		}
	}
	for s.done != s.next {
		if err := s.await(); err != nil {
			return err
		}
	}
	if s.answers == 0 {
		return errMute
	}
	return nil
}

// await reads until something has come; packets that are not answered by then are lost.
func (s *fakeSwitch) await() error {
	quiet, err := s.turn(answerWait, nil)
	if quiet {
		s.lost += uint64(s.next - s.done)
		s.done = s.next
	}
	return err
}

// measure sends as the mode says until end, and counts what comes until then.
func (s *fakeSwitch) measure(end time.Time) error {
	s.sent, s.answers, s.lost, s.flowMods, s.packetOuts, s.measuring = 0, 0, 0, 0, 0, true
	window := s.o.Window
	if s.o.Mode == Latency {
		window = 1
	}
	for time.Now().Before(end) {
		s.send(window)
		if err := s.await(); err != nil {
			return err
		}
	}
	return nil
}
