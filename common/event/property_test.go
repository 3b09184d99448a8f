package event_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/event"
)

// The naive model: all listeners in one list in the order of registration, every matcher compared field by field with
// every event.

type tripleKey = event.Key3[int, string, bool]

type triple struct {
	a int
	b string
	c bool
	n int
}

// naiveMatch is a matcher as the model sees it.
type naiveMatch struct {
	key  triple
	wild event.Mask
	mod  int // 0, or n must be a multiple
}

func (m naiveMatch) fits(e triple) bool {
	return (m.wild&event.AnyA != 0 || m.key.a == e.a) && (m.wild&event.AnyB != 0 || m.key.b == e.b) &&
		(m.wild&event.AnyC != 0 || m.key.c == e.c) && (m.mod == 0 || e.n%m.mod == 0)
}

type kind int

const (
	callback kind = iota
	waitOne
	waitAny
	waitAll
	kinds
)

// naive is one listener of the model.
type naive struct {
	id    int
	kind  kind
	cases []naiveMatch
	got   []int // waitAll: the events so far, -1 for none
	end   func()
}

func (l *naive) reset() {
	l.got = slices.Repeat([]int{-1}, len(l.cases))
}

// offer says whether l has something to note, and what.
func (l *naive) offer(e triple) (string, bool) {
	for i, c := range l.cases {
		switch {
		case !c.fits(e):
		case l.kind != waitAll:
			return fmt.Sprintf("%d: case %d, event %d", l.id, i, e.n), true
		case l.got[i] < 0:
			l.got[i] = e.n
		}
	}
	if l.kind != waitAll || slices.Contains(l.got, -1) {
		return "", false
	}
	return fmt.Sprintf("%d: all %v", l.id, l.got), true
}

// property is one run: the package and the model side by side.
type property struct {
	*world
	r      *rand.Rand
	topic  *event.Topic[tripleKey, triple]
	list   []*naive
	wanted []string
	ids, n int
}

func (p *property) triple() triple {
	return triple{a: p.r.IntN(3), b: string(rune('x' + p.r.IntN(2))), c: p.r.IntN(2) == 0}
}

func (p *property) match() naiveMatch {
	return naiveMatch{key: p.triple(), wild: event.Mask(p.r.IntN(8)), mod: max(0, p.r.IntN(6)-2)}
}

func (e triple) index() tripleKey { return tripleKey{A: e.a, B: e.b, C: e.c} }

func (p *property) matcher(m naiveMatch) event.Matcher[tripleKey, triple] {
	out := p.topic.Match(m.key.index(), m.wild)
	if m.mod > 0 {
		out = out.If(func(e triple) bool { return e.n%m.mod == 0 })
	}
	return out
}

// body is the coroutine of a listener.
func (p *property) body(l *naive) func(co *coroutine.Co) error {
	slots := make([]*event.Slot[tripleKey, triple], len(l.cases))
	cases := make([]event.Case, len(l.cases))
	for i, m := range l.cases {
		slots[i] = p.matcher(m).Slot()
		cases[i] = slots[i]
	}
	step := func(co *coroutine.Co) error {
		switch l.kind {
		case waitOne:
			e, err := p.matcher(l.cases[0]).Wait(co)
			if err == nil {
				p.note("%d: case 0, event %d", l.id, e.n)
			}
			return err
		case waitAny:
			i, err := event.WaitAny(co, cases...)
			if err == nil {
				e, _ := slots[i].Event()
				p.note("%d: case %d, event %d", l.id, i, e.n)
			}
			return err
		}
		err := event.WaitAll(co, cases...)
		if err == nil {
			got := make([]int, len(slots))
			for i, s := range slots {
				e, _ := s.Event()
				got[i] = e.n
			}
			p.note("%d: all %v", l.id, got)
		}
		return err
	}
	return func(co *coroutine.Co) error {
		for {
			if err := step(co); err != nil {
				return err
			}
		}
	}
}

func (p *property) listen(co *coroutine.Co) {
	p.ids++
	l := &naive{id: p.ids, kind: kind(p.r.IntN(int(kinds)))}
	l.cases = append(l.cases, p.match())
	if l.kind == waitAny || l.kind == waitAll {
		for range p.r.IntN(4) {
			l.cases = append(l.cases, p.match())
		}
	}
	l.reset()
	if l.kind == callback {
		sub := p.matcher(l.cases[0]).Subscribe(func(e triple) { p.note("%d: case 0, event %d", l.id, e.n) })
		l.end = sub.Close
	} else {
		l.end = co.Go("listener", p.body(l)).Cancel
	}
	p.list = append(p.list, l)
}

// publish gives one event to both.
func (p *property) publish() {
	e := p.triple()
	p.n++
	e.n = p.n
	p.topic.Publish(e)
	var stay, again []*naive
	for _, l := range p.list {
		text, hit := l.offer(e)
		if hit {
			p.wanted = append(p.wanted, text)
			l.reset()
		}
		if hit && l.kind != callback {
			again = append(again, l) // it waits again, behind the others
		} else {
			stay = append(stay, l)
		}
	}
	p.list = append(stay, again...)
}

func (p *property) registered() (n int) {
	for _, l := range p.list {
		for i := range l.cases {
			if l.got[i] < 0 {
				n++
			}
		}
	}
	return n
}

func TestAgainstANaiveModel(t *testing.T) {
	for range 300 {
		checkAgainstModel(t, rand.Uint64())
	}
}

func checkAgainstModel(t *testing.T, seed uint64) {
	p := &property{world: newWorld(t), r: rand.New(rand.NewPCG(seed, 1))}
	p.topic = event.NewTopic(p.bus, "triple", triple.index)
	p.run(func(co *coroutine.Co) {
		for range 150 {
			switch x := p.r.IntN(10); {
			case x < 3:
				p.listen(co)
			case x < 5 && len(p.list) > 0:
				i := p.r.IntN(len(p.list))
				p.list[i].end()
				p.list = slices.Delete(p.list, i, i+1)
			default:
				for range 1 + p.r.IntN(4) {
					p.publish()
				}
			}
			settle(co)
			require.Equal(t, p.wanted, p.log, "seed %d", seed)
			require.Equal(t, p.registered(), p.topic.Listeners(), "seed %d", seed)
			p.wanted, p.log = nil, nil
		}
		for _, l := range p.list {
			l.end()
		}
		settle(co)
		require.Zero(t, p.topic.Listeners(), "seed %d", seed)
	})
}
