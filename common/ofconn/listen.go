package ofconn

import (
	"cmp"
	"fmt"
	"net"
	"slices"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/netio"
)

// Server accepts the connections of switches.
type Server struct {
	s        *coroutine.Scheduler
	o        Options
	l        *netio.Listener
	mains    map[uint64]*Session // by datapath id
	all      map[*Session]*coroutine.Task
	accepted uint64
}

// Listen accepts sessions at address: punix:PATH, ptcp:[PORT][:HOST] or pssl:[PORT][:HOST].
func Listen(s *coroutine.Scheduler, address string, o Options) (*Server, error) {
	a, err := ParseAddress(address)
	if err != nil {
		return nil, err
	}
	v := &Server{s: s, o: o.withDefaults(), mains: map[uint64]*Session{}, all: map[*Session]*coroutine.Task{}}
	v.l, err = netio.Listen(s, a.String(), v.accept, netio.WithTLS(o.TLS))
	if err != nil {
		return nil, fmt.Errorf("listen for switches: %w", err)
	}
	return v, nil
}

// Addr is where it listens.
func (v *Server) Addr() net.Addr { return v.l.Addr() }

// Session is the main connection of a switch, nil when there is none.
func (v *Server) Session(datapathID uint64) *Session { return v.mains[datapathID] }

// Sessions are the main connections, in the order of the datapath ids.
func (v *Server) Sessions() []*Session {
	out := make([]*Session, 0, len(v.mains))
	for _, x := range v.mains {
		out = append(out, x)
	}
	slices.SortFunc(out, func(a, b *Session) int { return cmp.Compare(a.Features.DatapathID, b.Features.DatapathID) })
	return out
}

// Close stops accepting and ends all sessions.
func (v *Server) Close() error {
	err := v.l.Close()
	for _, t := range v.all {
		t.Cancel()
	}
	return err
}

func (v *Server) accept(nc net.Conn) {
	if len(v.all) >= v.o.SessionsMax {
		_ = nc.Close()
		v.o.OnDown(nil, fmt.Errorf("%s: %w", nc.RemoteAddr(), ErrTooMany))
		return
	}
	v.accepted++
	x := newSession(v.s, &v.o, v.accepted)
	x.onUp = func() { v.up(x) }
	x.onEnd = func() { v.ended(x) }
	x.conn = netio.Start(v.s, nc, x.handler())
	peer := nc.RemoteAddr().String()
	v.all[x] = v.s.Go("openflow "+peer, func(co *coroutine.Co) error {
		defer delete(v.all, x)
		err := x.serve(co)
		if co.Err() == nil && !x.up {
			v.o.OnDown(nil, fmt.Errorf("%s: %w", peer, err))
		}
		return err
	}, coroutine.Daemon())
}

// up finds out which connection of which switch a new one is.
func (v *Server) up(x *Session) {
	f := x.Features
	old := v.mains[f.DatapathID]
	if f.Auxiliary == 0 {
		if old != nil {
			v.o.Logger.Warn("switch has connected again", "datapath_id", fmt.Sprintf("%016x", f.DatapathID))
			old.fail(ErrReplaced)
			old.tellDown() // before it is told of the new one
		}
		v.mains[f.DatapathID] = x
		x.tellUp()
		return
	}
	if old == nil { // 6.3.5: there must be a main connection first
		x.fail(fmt.Errorf("auxiliary connection %d of %016x, which has no main one: %w", f.Auxiliary, f.DatapathID,
			ErrProtocol))
		return
	}
	for _, a := range old.Auxiliaries() {
		if a.Features.Auxiliary == f.Auxiliary {
			a.fail(ErrReplaced)
		}
	}
	x.main, x.up = old, true
	old.aux = append(old.aux, x)
	v.o.OnAuxiliary(x)
}

// ended forgets a session.
func (v *Server) ended(x *Session) {
	if v.mains[x.Features.DatapathID] == x {
		delete(v.mains, x.Features.DatapathID)
	}
	if m := x.main; m != nil {
		m.aux = slices.DeleteFunc(m.aux, func(a *Session) bool { return a == x })
	}
}
