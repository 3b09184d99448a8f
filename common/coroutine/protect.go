package coroutine

import "errors"

// Protect runs fn and returns what it panicked with as a *PanicError, or nil. It is for those who call functions of
// others as a step and not as a coroutine: what they do then is theirs, but it must not be nothing.
func Protect(fn func()) (err error) {
	defer func() {
		if v := recover(); v != nil {
			if v == any(errUnwind) {
				panic(v) // a coroutine that is being ended
			}
			err = newPanicError(v)
		}
	}()
	fn()
	return nil
}

// Report tells Options.OnPanic of a panic that Protect caught, as if nobody had: what it interrupted may be half done.
// The name is that of the part which fell over. An err that holds no *PanicError is nothing to tell of.
func (s *Scheduler) Report(name string, err error) {
	var p *PanicError
	if errors.As(err, &p) {
		s.panicked(name, p, false)
	}
}
