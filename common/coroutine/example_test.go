package coroutine_test

import (
	"context"
	"fmt"
	"time"

	"github.com/vlcp-go/vlcp/common/coroutine"
)

// Two coroutines and a future, on a clock that takes no time.
func Example() {
	s := coroutine.New(coroutine.Options{Clock: coroutine.NewVirtual(time.Unix(0, 0))})
	answer := coroutine.NewFuture[int]()
	s.Go("thinker", func(co *coroutine.Co) error {
		if err := co.Sleep(time.Hour); err != nil { // cancelled
			return err
		}
		answer.Resolve(42, nil)
		return nil
	})
	s.Go("asker", func(co *coroutine.Co) error {
		if _, err := answer.WaitTimeout(co, time.Minute); err != nil {
			fmt.Println("after a minute:", err)
		}
		v, err := answer.Wait(co)
		fmt.Printf("after %s: %d\n", co.Now().Sub(time.Unix(0, 0)), v)
		return err
	})
	if err := s.Run(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// after a minute: timed out
	// after 1h0m0s: 42
}
