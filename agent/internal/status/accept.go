package status

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"time"
)

const acceptPause = 100 * time.Millisecond // after an error, so that one that lasts does not take a processor

// acceptor has serve take connections, each in a goroutine of its own, until it is closed.
type acceptor struct {
	l     net.Listener
	log   *slog.Logger
	ctx   context.Context // ends with it
	end   context.CancelFunc
	busy  sync.WaitGroup // the goroutine that accepts, and one for each connection
	serve func(net.Conn)
}

// start accepts at most so many connections at once; others wait in the socket's queue.
func (a *acceptor) start(l net.Listener, most int, log *slog.Logger, serve func(net.Conn)) {
	a.l, a.log, a.serve = l, log.With("listener", l.Addr().String()), serve
	a.ctx, a.end = context.WithCancel(context.Background())
	a.busy.Go(func() { a.accept(most) })
}

// Close ends it and its connections. When it returns, a unix socket is gone.
func (a *acceptor) Close() error {
	a.end()
	err := a.l.Close()
	a.busy.Wait()
	return err
}

func (a *acceptor) accept(most int) {
	room := make(chan struct{}, most)
	for {
		room <- struct{}{}
		c, err := a.l.Accept()
		if a.ctx.Err() != nil {
			if err == nil {
				_ = c.Close()
			}
			return
		}
		if err != nil {
			a.log.Debug("connection not accepted", "error", err)
			<-room
			time.Sleep(acceptPause)
			continue
		}
		a.busy.Go(func() {
			a.serve(c)
			<-room
		})
	}
}
