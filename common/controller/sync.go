package controller

import (
	"errors"
	"fmt"
	"time"

	"github.com/vlcp-go/vlcp/common/controller/reconcile"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/ofconn"
	"github.com/vlcp-go/vlcp/common/openflow"
)

// refusedRetry is how long flows that the switch refused wait before they are sent again.
const refusedRetry = 2 * time.Second

var errTooLarge = errors.New("the flow does not fit into an OpenFlow message")

// converge makes the switch equal to what modules want, for as long as it is connected.
func (dp *datapath) converge(co *coroutine.Co) error {
	for {
		if err := dp.wake.Wait(co); err != nil {
			return err
		}
		if dp.gone {
			return ErrGone
		}
		waiting := dp.waiting
		dp.waiting = nil
		err := dp.step(co)
		why := err
		if err == nil {
			why = dp.refusal()
		}
		for _, f := range waiting {
			f.Resolve(struct{}{}, why)
		}
		if err != nil {
			return err
		}
	}
}

// step sends what differs now and takes note of what became of it.
func (dp *datapath) step(co *coroutine.Co) error {
	bundle, stale := dp.bundle, dp.stale
	dp.bundle, dp.stale = false, nil
	ops, msgs := dp.encode(dp.set.PlanKeeping(dp.undecided))
	if len(ops) > 0 {
		dp.changes += uint64(len(ops))
		errs, err := dp.send(co, msgs, bundle)
		if err != nil {
			return fmt.Errorf("program flows: %w", err)
		}
		for i, op := range ops {
			if errs == nil || errs[i] == nil {
				delete(dp.refused, op.Flow.Key)
				dp.set.Done(op)
			} else {
				dp.refuse(op, errs[i])
			}
		}
	}
	if len(dp.refused) > 0 {
		dp.retryLater()
	}
	return dp.sweep(co, stale)
}

// retryLater has refused flows tried again after a while. There is one such time: every step tries them, whatever it is
// for.
func (dp *datapath) retryLater() {
	if dp.retry == nil {
		dp.retry = dp.c.s.After(refusedRetry, dp.wake.Notify)
		return
	}
	dp.retry.Reset(refusedRetry)
}

// send sends a plan: as a bundle where its parts belong together and the switch can, else behind one barrier.
func (dp *datapath) send(co *coroutine.Co, msgs [][]byte, bundle bool) ([]error, error) {
	if bundle && len(msgs) > 1 && dp.enc.version() != openflow.Version10 {
		_, err := dp.sess.Bundle(co, msgs)
		if errors.Is(err, ofconn.ErrOutcome) {
			dp.sess.Close() // what it has is read when it is connected again
		}
		if err == nil || co.Err() != nil || dp.gone || errors.Is(err, ofconn.ErrOutcome) {
			return nil, err
		}
		dp.c.log.Warn("switch takes no bundle, flows are sent one by one", "switch", dp.name(), "error", err)
	}
	errs, err := dp.sess.Batch(co, msgs)
	if err != nil {
		dp.sess.Close() // if it only was too slow, nobody knows how far the switch got
	}
	return errs, err
}

// undecided reports whether a flow in the switch is of a module that has not said yet what it wants.
func (dp *datapath) undecided(c uint64) bool {
	in := dp.c.byNumber[dp.c.cookies.Module(c)]
	if in == nil {
		return false
	}
	w := dp.wants[in]
	return w == nil || !w.complete
}

// encode makes the messages of a plan.
func (dp *datapath) encode(ops []reconcile.Op) (fit []reconcile.Op, msgs [][]byte) {
	for _, op := range ops {
		m := dp.enc.appendOp(nil, op)
		if len(m) > openflow.MessageLenMax {
			dp.refuse(op, errTooLarge)
			continue
		}
		fit, msgs = append(fit, op), append(msgs, m)
	}
	return fit, msgs
}

// refuse notes that the switch did not take a flow, and says so once.
func (dp *datapath) refuse(op reconcile.Op, err error) {
	dp.set.Failed(op)
	if dp.refused[op.Flow.Key] != err.Error() {
		dp.refused[op.Flow.Key] = err.Error()
		dp.c.log.Error("switch refused a flow", "switch", dp.name(), "owner", op.Flow.Owner,
			"table", dp.c.layout.Name(op.Flow.Table()), "error", err)
	}
}

// refusal is the error of the flows that are wanted and were refused.
func (dp *datapath) refusal() error {
	for key, why := range dp.refused {
		if f, ok := dp.set.Wanted(key); ok {
			return fmt.Errorf("%s in table %s: %w: %s", f.Owner, dp.c.layout.Name(f.Table()), ErrRefused, why)
		}
		delete(dp.refused, key)
	}
	return nil
}

// ErrRefused is wrapped by errors about flows that a switch did not take.
var ErrRefused = errors.New("switch refused the flow")

// anyTable stands for all tables.
const anyTable = 0xff

// sweep deletes flows that modules sent to tables that are not theirs any more.
func (dp *datapath) sweep(co *coroutine.Co, stale []staleFlows) error {
	for _, s := range stale {
		if err := dp.enc.deleteSent(co, dp.sess, s); err != nil {
			var refused *ofconn.Refused
			if !errors.As(err, &refused) {
				return err
			}
			dp.c.log.Warn("flows of a module not deleted", "switch", dp.name(), "error", err)
		}
	}
	return nil
}

// adopt takes in what the switch has.
func (dp *datapath) adopt(co *coroutine.Co) error {
	have, err := dp.enc.installed(co, dp.sess)
	var refused *ofconn.Refused
	switch {
	case errors.As(err, &refused):
		dp.c.log.Warn("switch does not say which flows it has", "switch", dp.name(), "error", err)
	case err != nil:
		return fmt.Errorf("read the switch's flows: %w", err)
	}
	dp.set.SetInstalled(have, func(c uint64) bool { return dp.c.cookies.Ours(c) && c&sentBit == 0 })
	swept := map[uint64]bool{}
	for _, f := range have {
		module := f.Cookie
		if dp.c.cookies.Ours(f.Cookie) && f.Cookie&sentBit != 0 && dp.c.byNumber[dp.c.cookies.Module(module)] == nil &&
			!swept[module] {
			swept[module] = true // of a module that an earlier run of the program had
			dp.stale = append(dp.stale, staleFlows{module, anyTable})
		}
	}
	dp.wake.Notify()
	return nil
}

func (dp *datapath) name() string { return fmt.Sprintf("%016x", dp.id) }
