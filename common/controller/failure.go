package controller

import (
	"errors"
	"runtime/debug"

	"github.com/vlcp-go/vlcp/common/coroutine"
)

// guard is deferred around whatever a module's own code runs in: a panic is the module's failure, not the controller's.
func (in *Instance) guard(where string) {
	if v := recover(); v != nil {
		in.failed(where, &coroutine.PanicError{Value: v, Stack: debug.Stack()})
	}
}

// body runs a coroutine's function; what it fails with is the module's failure.
func (in *Instance) body(co *coroutine.Co, name string, fn func(co *coroutine.Co) error) (err error) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if co.Err() != nil { // cancelled: it is being unwound, or fell over while it cleaned up
			panic(v)
		}
		err = &coroutine.PanicError{Value: v, Stack: debug.Stack()}
		in.failed(name, err)
	}()
	err = fn(co)
	if err != nil && co.Err() == nil {
		in.failed(name, err)
	}
	return err
}

// failed reports a failure and, in a step of its own, does what the module's policy says.
func (in *Instance) failed(where string, err error) {
	in.c.log.Error("module failed", "module", in.mod.Name, "in", where, "error", err)
	epoch := in.epoch
	in.c.s.Defer(func() {
		if in.epoch != epoch || in.status.State != Loaded {
			return // it was stopped already
		}
		in.status.Err = err
		if in.mod.OnFailure == Restart {
			in.c.restart(in)
		} else {
			in.c.drop(in, err)
		}
	})
}

// drop unloads a module that failed, after the modules that need it.
func (c *Controller) drop(in *Instance, why error) {
	for _, name := range c.users(in.mod.Name) {
		if user := c.byName[name]; user != nil {
			c.log.Error("module unloaded with one that it needs", "module", name, "needs", in.mod.Name)
			user.status.Err = errors.Join(ErrNeededFailed, why)
			c.drop(user, why)
		}
	}
	c.remove(in)
	c.gone[in.mod.Name] = in.status
	c.log.Error("module unloaded after its failure", "module", in.mod.Name)
}

// ErrNeededFailed is the failure of a module that was unloaded because one that it needs failed.
var ErrNeededFailed = errors.New("a module that it needs failed")

// restart starts a module again after a while. Its flows stay until the new run has said which it wants.
func (c *Controller) restart(in *Instance) {
	ran := c.s.Now().Sub(in.started)
	in.stop()
	if ran > restartMax {
		in.backoff = 0
	}
	in.backoff = min(max(2*in.backoff, restartMin), restartMax)
	in.status.State = Restarting
	in.status.Restarts++
	c.publish(in.status)
	epoch := in.epoch
	c.s.After(in.backoff, func() {
		if in.epoch != epoch || in.status.State != Restarting {
			return
		}
		if err := in.start(); err != nil {
			in.status.Err = err
			c.log.Error("module does not start", "module", in.mod.Name, "error", err)
			c.restart(in)
			return
		}
		in.status.State = Loaded
		for _, dp := range c.switches {
			dp.nextRun(in)
		}
		c.welcome(in)
		c.publish(in.status)
		c.log.Info("module restarted", "module", in.mod.Name)
	})
}
