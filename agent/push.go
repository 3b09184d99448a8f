package agent

import (
	"errors"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/common/controller/reconcile"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/ofconn"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

const (
	partMax   = 1000 // flow-mods in a bundle, or before a barrier: some milliseconds of the switch
	fillMax   = 5000 // and in a bundle for a switch that forwards nothing yet
	bundleMin = 100  // of them, to be worth a bundle, which costs more questions and answers
)

// plainTime is how long a switch that has refused a bundle is sent none. One that never takes any is asked so often.
const plainTime = time.Minute

const messageMax = 1<<16 - 1 // bytes: the length field of OpenFlow

var (
	errTooLarge    = errors.New("the flow does not fit into an OpenFlow message: too many ports or hosts in one network")
	errSessionGone = errors.New("OpenFlow session ended")
)

// parcel is a part of a plan on its way to the switch.
type parcel struct {
	ops    []reconcile.Op
	msgs   [][]byte // one for each of ops
	buf    []byte   // that they are in
	staged *ofconn.Staged
}

// pusher sends a plan in one session.
type pusher struct {
	*engine
	x *ofconn.Session
}

// push sends a plan, and before it the meters that it needs, and settles every operation. Many flows go in bundles: the
// switch then tells its flow monitors of all at once, where it would tell of each, which costs it as much as the flow
// itself. An error means that the connection is gone.
func (e *engine) push(co *coroutine.Co, ops []reconcile.Op, meters [][]byte) error {
	p := pusher{e, e.sess}
	if err := p.push(co, ops, meters); err != nil {
		p.x.Close() // if it only was too slow, nobody knows how far the switch got
		return errors.Join(err, errSessionGone)
	}
	return nil
}

func (p *pusher) push(co *coroutine.Co, ops []reconcile.Op, meters [][]byte) error {
	layout := p.relayout(ops)
	if !layout && (len(ops) < bundleMin || p.takesPlain()) {
		return p.pushPlain(co, ops, meters)
	}
	if len(meters) > 0 { // which no bundle takes
		if _, err := p.batch(co, meters, nil); err != nil {
			return err
		}
	}
	if layout {
		return p.pushLayout(co, ops)
	}
	return p.pushBundles(co, ops)
}

// still is err, or what it means that the session has ended meanwhile: what was read of the next one counts.
func (p *pusher) still(err error) error {
	if err == nil && p.x != p.sess {
		return errSessionGone
	}
	return err
}

// takesPlain reports whether the switch has refused a bundle not long ago.
func (e *engine) takesPlain() bool { return e.a.s.Now().Before(e.plain) }

// relayout reports whether ops change what every bridge has, in one that has flows of ours: an earlier build made them.
func (e *engine) relayout(ops []reconcile.Op) bool {
	if e.settled || e.set.Counts().Installed == 0 {
		return false
	}
	return slices.ContainsFunc(ops, func(op reconcile.Op) bool {
		return op.Kind != reconcile.Delete && pipeline.ModuleOf(op.Flow.Cookie) == pipeline.ModulePipeline
	})
}

// pushPlain sends flow after flow, a barrier behind each thousand. Open vSwitch takes messages in their order, so the
// barrier acknowledges the meters, too.
func (p *pusher) pushPlain(co *coroutine.Co, ops []reconcile.Op, meters [][]byte) error {
	var part parcel
	for {
		n := min(partMax, len(ops))
		p.pack(&part, ops[:n])
		if err := p.sendPlain(co, &part, meters); err != nil {
			return err
		}
		if ops, meters = ops[n:], nil; len(ops) == 0 {
			return nil
		}
	}
}

func (p *pusher) sendPlain(co *coroutine.Co, part *parcel, meters [][]byte) error {
	errs, err := p.batch(co, meters, part.msgs)
	if err == nil {
		p.settle(part, errs)
	}
	return err
}

func (p *pusher) batch(co *coroutine.Co, meters, msgs [][]byte) ([]error, error) {
	errs, err := p.x.Batch(co, append(meters, msgs...))
	if err = p.still(err); err != nil || errs == nil {
		return nil, err
	}
	p.a.meters.made(errs[:len(meters)])
	return errs[len(meters):], nil
}

// pushBundles sends a plan in bundles, each of which takes effect after the one before. The switch has the next one to
// read while we hear how one ended and make another:
//
//	us      stage 1, stage 2, commit 1, stage 3, settle 1, commit 2, stage 4, settle 2 …
//	switch           read 1,  read 2,   commit 1,          read 3,   commit 2, read 4 …
func (p *pusher) pushBundles(co *coroutine.Co, ops []reconcile.Op) error {
	most := partMax
	if !p.settled && p.set.Counts().Installed == 0 {
		most = fillMax
	}
	var used [3]parcel
	var staged, committed *parcel
	for i := 0; ; i++ {
		var next *parcel
		if len(ops) > 0 && !p.takesPlain() {
			n := min(most, len(ops))
			next = &used[i%len(used)]
			if err := p.stage(co, next, ops[:n]); err != nil {
				return err
			}
			ops = ops[n:]
		}
		if err := p.committed(co, committed); err != nil { // before the next one, or it would be after that if refused
			return err
		}
		if err := p.commit(co, &staged); err != nil {
			return err
		}
		staged, committed = next, staged
		if staged == nil && committed == nil {
			break
		}
	}
	if len(ops) > 0 {
		return p.pushPlain(co, ops, nil)
	}
	return nil
}

func (p *pusher) stage(co *coroutine.Co, part *parcel, ops []reconcile.Op) (err error) {
	p.pack(part, ops)
	part.staged, err = p.x.Stage(co, part.msgs)
	return p.still(err)
}

// commit has a bundle take effect. One that the switch refuses is sent flow by flow, and is nil then.
func (p *pusher) commit(co *coroutine.Co, part **parcel) error {
	if *part == nil {
		return nil
	}
	err := p.still((*part).staged.Commit(co))
	if err == nil {
		return nil
	}
	refused := *part
	*part = nil
	return p.refusedBundle(co, refused, err)
}

// committed waits until a bundle has taken effect.
func (p *pusher) committed(co *coroutine.Co, part *parcel) error {
	if part == nil {
		return nil
	}
	if err := p.still(part.staged.Committed(co)); err != nil {
		return p.refusedBundle(co, part, err)
	}
	p.settle(part, nil)
	return nil
}

// refusedBundle sends flow by flow what the switch has not taken together: nothing has changed, and this says which
// flow it is.
func (p *pusher) refusedBundle(co *coroutine.Co, part *parcel, err error) error {
	if p.outcomeUnknown(co, err) {
		return err
	}
	if part.staged.Errors() == nil { // it is no flow that it refuses
		p.a.log.Warn("switch refuses bundles, flows go one by one for a while", "for", plainTime, "error", err)
		p.plain = p.a.s.Now().Add(plainTime)
	}
	return p.sendPlain(co, part, nil)
}

// outcomeUnknown reports whether err of a bundle leaves open whether that took effect.
func (p *pusher) outcomeUnknown(co *coroutine.Co, err error) bool {
	return errors.Is(err, ofconn.ErrOutcome) || p.x != p.sess || p.x.Err() != nil || co.Err() != nil
}

// pushLayout sends a change of the layout, which takes effect in one step, so that no packet meets half of one and half
// of the other.
func (p *pusher) pushLayout(co *coroutine.Co, ops []reconcile.Op) error {
	var all parcel
	p.pack(&all, ops)
	_, err := p.x.Bundle(co, all.msgs)
	if err = p.still(err); err == nil {
		p.bundles++
		p.a.log.Info("layout of the switch changed in one step", "flow-mods", len(all.msgs))
		p.settle(&all, nil)
		return nil
	}
	if p.outcomeUnknown(co, err) {
		return err
	}
	p.a.log.Warn("layout of the switch changes flow by flow, it refuses a bundle", "error", err)
	return p.sendPlain(co, &all, nil)
}

// settle is for a parcel of which the switch has refused what has an error; nil is for none.
func (e *engine) settle(p *parcel, errs []error) {
	for i, op := range p.ops {
		if errs == nil || errs[i] == nil {
			e.set.Done(op)
			e.a.drift.done(op.Flow.Key)
		} else {
			e.refuse(op, errs[i])
		}
	}
}

// pack makes the messages of ops, in the place of those that the parcel had. A flow that does not fit into one is
// refused here: its length would wrap round, and the switch would read what follows as nonsense.
func (e *engine) pack(p *parcel, ops []reconcile.Op) {
	p.buf, p.msgs, p.staged = p.buf[:0], p.msgs[:0], nil
	ends := make([]int, 0, len(ops))
	p.ops = slices.DeleteFunc(ops, func(op reconcile.Op) bool {
		start := len(p.buf)
		p.buf = appendOp(p.buf, op)
		if len(p.buf)-start > messageMax {
			p.buf = p.buf[:start]
			e.refuse(op, errTooLarge)
			return true
		}
		ends = append(ends, len(p.buf))
		return false
	})
	start := 0
	for _, end := range ends {
		p.msgs = append(p.msgs, p.buf[start:end:end])
		start = end
	}
	e.sent += int64(len(p.ops))
}

// appendOp appends the flow-mod of an operation.
func appendOp(b []byte, op reconcile.Op) []byte {
	f := of13.FlowSend{Key: op.Flow.Key, Instructions: op.Flow.Instr, Cookie: op.Flow.Cookie}
	switch op.Kind {
	case reconcile.Add:
		f.Command = of13.FlowAdd
	case reconcile.Modify:
		f.Command = of13.FlowModifyStrict
	case reconcile.Delete:
		f.Command = of13.FlowDeleteStrict
		f.Instructions, f.Cookie = "", 0
	}
	return of13.AppendFlow(b, 0, &f)
}

func (e *engine) refuse(op reconcile.Op, err error) {
	e.set.Failed(op)
	e.refused[op.Flow.Key] = refusal{op.Flow.Owner, err}
	if e.a.meters.lacks(pipeline.MeterOf(op.Flow)) {
		e.wake.Notify() // it is on its way without the meter that it misses
		return
	}
	e.a.log.Error("flow refused", "owner", op.Flow.Owner, "table", op.Flow.Table(), "error", err)
}
