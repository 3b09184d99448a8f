// Package proctest starts the processes that tests need, so that they end with the test, also when that is killed.
//
//	Start ─► one thread that lives as long as the program ─ fork, PR_SET_PDEATHSIG ─► process
//
// The kernel sends the death signal when the thread that forked ends, and Go is free to end threads; hence the one.
package proctest

import (
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

var forker = sync.OnceValue(func() chan func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread() // never unlocked
		for f := range work {
			f()
		}
	}()
	return work
})

// Start is c.Start for a process that gets SIGKILL when this program ends.
func Start(c *exec.Cmd) error {
	if c.SysProcAttr == nil {
		c.SysProcAttr = &syscall.SysProcAttr{}
	}
	c.SysProcAttr.Pdeathsig = syscall.SIGKILL
	done := make(chan error)
	forker() <- func() { done <- c.Start() }
	return <-done
}
