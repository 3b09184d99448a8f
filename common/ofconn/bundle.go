package ofconn

import (
	"errors"
	"fmt"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

const bundleFlags = of13.BundleAtomic | of13.BundleOrdered

// Bundle sends encoded messages, patching their transaction ids, that take effect together or not at all (ONF extension
// 230 of OpenFlow 1.3; in 1.0 it is ErrUnsupported). If the switch refused, the second result is a *Refused or says how
// many messages were, the first has an error for each message that was the reason, and nothing has changed. If the
// second result wraps ErrOutcome, the bundle was to be committed and it is not known whether it was: read back.
func (x *Session) Bundle(co *coroutine.Co, msgs [][]byte) ([]error, error) {
	if x.down == nil && x.Version == openflow.Version10 {
		return nil, fmt.Errorf("bundle: %w", ErrUnsupported)
	}
	if err := x.begin(msgs); err != nil {
		return nil, err
	}
	id := x.take(1)
	if err := x.control(co, id, of13.BundleOpenRequest, of13.BundleOpenReply); err != nil {
		return nil, fmt.Errorf("open bundle: %w", err)
	}
	b := x.newBatch(len(msgs))
	defer x.dropBatch(b) // a commit may still refuse single messages
	if err := x.fill(co, b, id, msgs); err != nil {
		_ = x.Send(of13.NewBundleControl(id, of13.BundleDiscardRequest, bundleFlags)) // or it ends with the session
		return b.errs, fmt.Errorf("fill bundle: %w", err)
	}
	if err := x.commit(co, id); err != nil {
		return b.errs, fmt.Errorf("commit bundle: %w", err)
	}
	return nil, nil
}

// fill adds the messages to the bundle, and waits until the switch has them.
func (x *Session) fill(co *coroutine.Co, b *batch, id uint32, msgs [][]byte) error {
	for i, m := range msgs {
		if err := x.Room(co); err != nil {
			return err
		}
		xid := b.first + uint32(i)
		openflow.SetXid(m, xid) // the message inside has that of the one around it
		err := x.encode(&of13.BundleAdd{Vendor: openflow.VendorONF, Subtype: of13.SubtypeBundleAdd, Bundle: id,
			Flags: bundleFlags, Message: m})
		if err != nil {
			return fmt.Errorf("message %d: %w", i, err)
		}
		openflow.SetXid(x.buf, xid)
		x.conn.Send(x.buf)
	}
	if err := x.finish(co, b); err != nil {
		return err
	}
	refused := 0
	for _, e := range b.errs {
		if e != nil {
			refused++
		}
	}
	if refused > 0 {
		return fmt.Errorf("%d of %d messages refused: %w", refused, len(msgs), errors.Join(b.errs...))
	}
	return nil
}

// control sends a bundle control message and waits for its reply.
func (x *Session) control(co *coroutine.Co, id uint32, ask, want of13.BundleType) error {
	r, err := Ask[*of13.BundleControl](co, x, of13.NewBundleControl(id, ask, bundleFlags))
	if err == nil && (r.Bundle != id || r.Control != want) {
		err = fmt.Errorf("got %s of bundle %d: %w", r.Control, r.Bundle, ErrProtocol)
	}
	return err
}

// commit commits the bundle. Only a refusal says that it was not.
func (x *Session) commit(co *coroutine.Co, id uint32) error {
	if err := x.Room(co); err != nil {
		return err // nothing was sent
	}
	err := x.control(co, id, of13.BundleCommitRequest, of13.BundleCommitReply)
	var r *Refused
	if err != nil && !errors.As(err, &r) {
		err = unknownOutcome(err)
	}
	return err
}
