package probe

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

// Command is a question, one a line.
type Command struct {
	// What is one of: sent, count (the numbers From to To), ask (N times for an address), flood (for N seconds, with Kind:
	// one of Floods, or all).
	What     string `json:"what"`
	Kind     string `json:"kind,omitempty"`
	From, To uint64
	N        int
}

// Answer has what was asked for.
type Answer struct {
	Sent  uint64 `json:"sent"`
	Count Count  `json:"count"`
	DHCP  DHCP   `json:"dhcp"`
	// Sample is a foreign frame of the wire, for people.
	Sample string `json:"sample,omitempty"`
}

// Main is the program in a namespace: its first line of input is a Config, the others are Commands. It ends with its
// input.
func Main() {
	in := json.NewDecoder(bufio.NewReader(os.Stdin))
	out := json.NewEncoder(os.Stdout)
	var c Config
	fail(in.Decode(&c))
	var answer func(Command) Answer
	if c.VNIs != nil {
		w, err := newWire(c)
		fail(err)
		answer = func(Command) Answer {
			a := Answer{Sent: uint64(w.seen.Load()), Count: Count{Foreign: int(w.foreign.Load())}}
			if text := w.sample.Load(); text != nil {
				a.Sample = *text
			}
			return a
		}
	} else {
		g, err := newGuest(c)
		fail(err)
		answer = g.answer
	}
	for {
		var command Command
		if in.Decode(&command) != nil {
			return
		}
		fail(out.Encode(answer(command)))
	}
}

func fail(err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "probe: %v\n", err)
		os.Exit(1)
	}
}

func (g *guest) answer(c Command) (a Answer) {
	switch c.What {
	case "sent":
		a.Sent = g.sent.Load()
	case "count":
		g.mu.Lock()
		defer g.mu.Unlock()
		a.Count = g.tally.Between(c.From, c.To)
	case "ask":
		a.DHCP = g.ask(c.N)
	case "flood":
		a.Sent = uint64(g.flood(c.Kind, c.N))
	}
	return a
}
