package ofconn

import (
	"fmt"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/netio"
)

// Dial keeps a session to the switch at address, for ever. It returns when co is cancelled, at once when address is
// none to connect to, and with a *coroutine.PanicError when one of the functions of Options panics: what that
// interrupted is the program's, which alone knows whether to go on. Run it as a coroutine:
//
//	s.Go("openflow", func(co *coroutine.Co) error { return ofconn.Dial(co, dialer, "unix:/run/…/br0.mgmt", o) })
func Dial(co *coroutine.Co, d netio.Dialer, address string, o Options) error {
	a, err := ParseAddress(address)
	if err == nil && a.Passive {
		err = fmt.Errorf("%q is an address to listen at: %w", address, netio.ErrAddress)
	}
	if err != nil {
		return err
	}
	o = o.withDefaults()
	retry := min(retryMin, o.RetryMax)
	for generation := uint64(1); ; generation++ {
		x := newSession(co.Scheduler(), &o, generation)
		x.conn, err = d.Dial(co, a.String(), x.handler())
		if err == nil {
			err = x.serve(co)
		}
		if co.Err() != nil {
			return co.Err()
		}
		if x.up {
			retry = min(retryMin, o.RetryMax)
			x.tellDown()
		} else {
			o.OnDown(nil, fmt.Errorf("switch %s: %w", address, err))
		}
		if x.broken != nil {
			return fmt.Errorf("switch %s: %w", address, x.broken)
		}
		if err := co.Sleep(retry); err != nil {
			return err
		}
		retry = min(2*retry, o.RetryMax)
	}
}
