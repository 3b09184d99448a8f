package event_test

import (
	"context"
	"fmt"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/event"
)

// linkChange is an event; its index is the switch and the port.
type linkChange struct {
	Switch uint64
	Port   uint32
	Up     bool
}

// A coroutine waits for events of one switch, whatever the port.
func Example() {
	s := coroutine.New(coroutine.Options{})
	bus := event.NewBus(s)
	links := event.NewTopic(bus, "links", func(e linkChange) event.Key2[uint64, uint32] {
		return event.Key2[uint64, uint32]{A: e.Switch, B: e.Port}
	})
	s.Go("watcher", func(co *coroutine.Co) error {
		ofSwitch7 := links.Match(event.Key2[uint64, uint32]{A: 7}, event.AnyB)
		for {
			e, err := ofSwitch7.Wait(co)
			if err != nil {
				return err
			}
			fmt.Printf("switch %d port %d up: %t\n", e.Switch, e.Port, e.Up)
			if !e.Up {
				return nil
			}
		}
	})
	s.Go("publisher", func(*coroutine.Co) error {
		links.Publish(linkChange{Switch: 7, Port: 1, Up: true})
		links.Publish(linkChange{Switch: 8, Port: 1, Up: true})
		links.Publish(linkChange{Switch: 7, Port: 2, Up: false})
		return nil
	})
	if err := s.Run(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// switch 7 port 1 up: true
	// switch 7 port 2 up: false
}
