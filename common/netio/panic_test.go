package netio

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
)

// A panic in what a connection calls is the end of that connection, not of the process, and nothing comes after it.
func TestAPanicEndsTheConnection(t *testing.T) {
	for name, boom := range map[string]func(h *Handler){
		"Split": func(h *Handler) {
			h.Split = func(b []byte) (int, error) {
				if string(b[:min(4, len(b))]) == "bomb" {
					panic("boom")
				}
				return lines(b)
			}
		},
		"Message": func(h *Handler) {
			message := h.Message
			h.Message = func(m []byte) {
				if string(m) == "bomb\n" {
					panic("boom")
				}
				message(m)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			var told []string
			s := coroutine.New(coroutine.Options{OnPanic: func(name string, err *coroutine.PanicError) {
				require.Contains(t, err.Error(), "panic_test.go", "the stack leads to the fault")
				told = append(told, name)
			}})
			closed := coroutine.NewFuture[struct{}]()
			var got []string
			h := Handler{Message: func(m []byte) { got = append(got, string(m)) },
				Closed: func(err error) { closed.Resolve(struct{}{}, err) }}
			boom(&h)
			c, far := pair(t, s, h)
			s.Go("test", func(co *coroutine.Co) error {
				_, err := far.Write([]byte("one\ntwo\n"))
				require.NoError(t, err)
				require.NoError(t, co.Sleep(20*time.Millisecond))
				_, err = far.Write([]byte("three\nbomb\nfour\n"))
				require.NoError(t, err)
				_, err = closed.WaitTimeout(co, 10*time.Second)
				require.ErrorAs(t, err, new(*coroutine.PanicError))
				require.ErrorIs(t, c.Drain(co, 0), ErrClosed)
				require.NoError(t, co.Sleep(20*time.Millisecond))
				return nil
			})
			run(t, s)
			require.Equal(t, []string{"connection"}, told)
			require.Subset(t, []string{"one\n", "two\n", "three\n"}, got)
			require.Contains(t, got, "two\n")
			_, err := far.Read(make([]byte, 1))
			require.Error(t, err, "the peer sees the end")
		})
	}
}
