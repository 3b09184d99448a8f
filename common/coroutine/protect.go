package coroutine

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
