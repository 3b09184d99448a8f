package coroutine

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Contract 9.
func TestSemaphoreServesInOrder(t *testing.T) {
	inside(t, func(co *Co) {
		m := NewSemaphore(3)
		var log []string
		user := func(name string, n int) Body {
			return func(co *Co) error {
				if err := m.Acquire(co, n); err != nil {
					return err
				}
				log = append(log, name)
				defer m.Release(n)
				return co.Sleep(time.Second)
			}
		}
		require.NoError(t, All(co, "user", user("two", 2), user("all", 3), user("one", 1)))
		require.Equal(t, "two all one", strings.Join(log, " "), "one does not overtake all")
		require.ErrorIs(t, m.Acquire(co, 4), ErrTooMany)
		require.Zero(t, m.InUse())
		require.Panics(t, func() { m.Release(1) })
	})
}

// Contract 9.
func TestACancelledClaimIsNobodys(t *testing.T) {
	inside(t, func(co *Co) {
		m := NewSemaphore(1)
		require.True(t, m.TryAcquire(1))
		claim := func(co *Co) error { return m.Acquire(co, 1) }
		waits, granted, last := co.Go("waits", claim), co.Go("granted", claim), co.Go("last", claim)
		require.NoError(t, co.Yield())
		require.Equal(t, 3, m.Waiting())
		waits.Cancel()
		require.ErrorIs(t, waits.Wait(co), ErrCancelled)
		m.Release(1) // to granted, which is cancelled before it runs
		granted.Cancel()
		require.ErrorIs(t, granted.Wait(co), ErrCancelled)
		require.NoError(t, last.Wait(co))
		require.Equal(t, 1, m.InUse())
	})
}

func TestLockIsHeldByOne(t *testing.T) {
	inside(t, func(co *Co) {
		var l Lock
		inIt := 0
		user := func(co *Co) error {
			return l.With(co, func() error {
				inIt++
				require.Equal(t, 1, inIt)
				require.ErrorIs(t, l.Lock(co), ErrHeld)
				defer func() { inIt-- }()
				return co.Sleep(time.Second)
			})
		}
		bodies := []Body{user, user, user}
		require.NoError(t, All(co, "user", bodies...))
		require.True(t, l.TryLock(co))
		require.Panics(t, func() { l.Unlock(&Co{task: &Task{}}) })
		l.Unlock(co)

		bad := co.Go("bad", func(co *Co) error { return l.With(co, func() error { panic("boom") }) })
		require.Error(t, bad.Wait(co))
		require.True(t, l.TryLock(co), "free after a panic")
	})
}

func TestKeyedLocksAreApart(t *testing.T) {
	inside(t, func(co *Co) {
		var l KeyedLock[string]
		began := co.Now()
		user := func(k string) Body {
			return func(co *Co) error {
				return l.With(co, k, func() error { return co.Sleep(time.Second) })
			}
		}
		require.NoError(t, All(co, "user", user("a"), user("b"), user("a")))
		require.Equal(t, 2*time.Second, co.Now().Sub(began))
		require.Zero(t, l.Len())
	})
}

func TestLimiterKeepsItsRate(t *testing.T) {
	inside(t, func(co *Co) {
		l := NewLimiter(co.s, 10, 5)
		began := co.Now()
		for range 25 {
			require.NoError(t, l.Wait(co, 1))
		}
		require.InDelta(t, 2, co.Now().Sub(began).Seconds(), 0.001)
		require.ErrorIs(t, l.Wait(co, 6), ErrTooMany)
		require.False(t, l.Allow(co.s, 1))
		waits := co.Go("waits", func(co *Co) error { return l.Wait(co, 5) })
		require.NoError(t, co.Yield())
		waits.Cancel()
		require.ErrorIs(t, waits.Wait(co), ErrCancelled)
		require.NoError(t, co.Sleep(100*time.Millisecond))
		require.True(t, l.Allow(co.s, 1), "who was cancelled has used nothing")
	})
}

func TestPacerLetsSoManyThroughInATurn(t *testing.T) {
	inside(t, func(co *Co) {
		p := NewPacer(co.s, 3)
		turn, most := 0, map[int]int{}
		var order []int
		var count func()
		count = func() {
			if turn++; turn < 20 {
				co.s.Defer(count)
			}
		}
		co.s.Defer(count)
		var bodies []Body
		for i := range 10 {
			bodies = append(bodies, func(co *Co) error {
				err := p.Wait(co)
				order = append(order, i)
				most[turn]++
				return err
			})
		}
		require.NoError(t, All(co, "caller", bodies...))
		require.Equal(t, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, order)
		for turn, n := range most {
			require.LessOrEqual(t, n, 3, "turn %d", turn)
		}
	})
}

func TestByteStreamHoldsBackItsWriter(t *testing.T) {
	inside(t, func(co *Co) {
		b := NewByteStream(8)
		written := 0
		w := co.Go("writer", func(co *Co) error {
			for range 5 {
				n, err := b.Write(co, []byte("hello\r\n"))
				written += n
				if err != nil {
					return err
				}
			}
			_, err := b.Write(co, []byte("end"))
			b.Close(nil)
			return err
		})
		require.NoError(t, co.Sleep(time.Second))
		require.Equal(t, 8, b.Len())
		p := make([]byte, 21)
		require.NoError(t, b.ReadFull(co, p))
		require.Equal(t, "hello\r\nhello\r\nhello\r\n", string(p))
		for range 2 {
			line, err := b.ReadLine(co)
			require.NoError(t, err)
			require.Equal(t, "hello", line)
		}
		require.NoError(t, w.Wait(co))
		line, err := b.ReadLine(co)
		require.NoError(t, err)
		require.Equal(t, "end", line, "the last line needs no end")
		_, err = b.ReadLine(co)
		require.ErrorIs(t, err, io.EOF)
		_, err = b.Write(co, []byte("x"))
		require.ErrorIs(t, err, ErrClosed)
	})
}

func TestByteStreamEnds(t *testing.T) {
	inside(t, func(co *Co) {
		b := NewByteStream(4)
		_, err := b.Write(co, []byte("abcd"))
		require.NoError(t, err)
		_, err = b.ReadLine(co)
		require.ErrorIs(t, err, ErrLine)
		b.Close(nil)
		require.ErrorIs(t, b.ReadFull(co, make([]byte, 5)), io.ErrUnexpectedEOF)

		from, to := NewByteStream(3), NewByteStream(5)
		lost := errors.New("lost")
		cp := co.Go("copy", func(co *Co) error { return from.CopyTo(co, to) })
		co.Go("writer", func(co *Co) error {
			_, err := fmt.Fprint(writer{co, from}, "a longer text")
			from.Close(lost)
			return err
		})
		got := make([]byte, 13)
		require.NoError(t, to.ReadFull(co, got))
		require.Equal(t, "a longer text", string(got))
		require.ErrorIs(t, cp.Wait(co), lost)
		_, err = to.Read(co, got)
		require.ErrorIs(t, err, lost, "the reason is passed on")
	})
}

type writer struct {
	co *Co
	b  *ByteStream
}

func (w writer) Write(p []byte) (int, error) { return w.b.Write(w.co, p) }
