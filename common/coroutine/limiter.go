package coroutine

import (
	"math"
	"time"
)

// Limiter lets through so many per second, and burst at once after a pause. Who asks first goes first.
type Limiter struct {
	perSecond float64
	burst     float64
	tokens    float64
	at        time.Time
	line      Lock
}

// NewLimiter returns a limiter that is full.
func NewLimiter(s *Scheduler, perSecond float64, burst int) *Limiter {
	return &Limiter{perSecond: perSecond, burst: float64(burst), tokens: float64(burst), at: s.Now()}
}

func (l *Limiter) fill(now time.Time) {
	if d := now.Sub(l.at); d > 0 { // a clock that jumps back adds nothing
		l.tokens = min(l.burst, l.tokens+d.Seconds()*l.perSecond)
	}
	l.at = now
}

// Allow reports whether n may go now, and counts them if so. While somebody waits, nobody else may.
func (l *Limiter) Allow(s *Scheduler, n int) bool { return l.line.holder == nil && l.allow(s, n) }

func (l *Limiter) allow(s *Scheduler, n int) bool {
	l.fill(s.Now())
	if l.tokens < float64(n) {
		return false
	}
	l.tokens -= float64(n)
	return true
}

// Wait waits until n may go. More than the burst is ErrTooMany. A coroutine that is cancelled while it waits has used
// nothing.
func (l *Limiter) Wait(co *Co, n int) error {
	if float64(n) > l.burst {
		return ErrTooMany
	}
	return l.line.With(co, func() error {
		for !l.allow(co.s, n) {
			short := (float64(n) - l.tokens) / l.perSecond
			if err := co.Sleep(time.Duration(math.Ceil(short * float64(time.Second)))); err != nil {
				return err
			}
		}
		return nil
	})
}

// Pacer keeps a burst of cheap work from holding up everything else: of those who ask, only so many go on in one turn
// of the run queue, the rest in the next turns, in order.
type Pacer struct {
	s       *Scheduler
	limit   int
	used    int
	planned bool
	waiting waitList
	next    func()
}

// NewPacer returns a pacer that lets perTurn through in a turn.
func NewPacer(s *Scheduler, perTurn int) *Pacer {
	p := &Pacer{s: s, limit: max(perTurn, 1)}
	p.next = p.turn
	return p
}

func (p *Pacer) turn() {
	p.used, p.planned = 0, false
	for i := 0; i < min(p.limit, len(p.waiting.cos)); i++ {
		p.waiting.cos[i].wake()
	}
	p.plan()
}

// plan has the next turn come, if there is anything for it to do.
func (p *Pacer) plan() {
	if !p.planned && (p.used > 0 || len(p.waiting.cos) > 0) {
		p.planned = true
		p.s.Defer(p.next)
	}
}

// Wait waits for a place in this turn or a later one.
func (p *Pacer) Wait(co *Co) error {
	err := p.waiting.await(co, "its turn", -1, func() bool {
		p.plan()
		first := len(p.waiting.cos) == 0 || p.waiting.cos[0] == co
		return first && p.used < p.limit
	})
	if err == nil {
		p.used++
		p.plan()
	}
	return err
}
