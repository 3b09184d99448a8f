package coroutine

// item is one runnable step: a function, a coroutine or a timer.
type item struct {
	fn     func()
	co     *Co
	timer  *Timer
	posted bool // it came through the inbox, where its room is given back when it has run
}

// ring is the run queue: first in, first out, grows by doubling and never allocates in the steady state.
type ring struct {
	buf  []item
	head int
	n    int
}

func (r *ring) len() int { return r.n }

func (r *ring) push(it item) {
	if r.n == len(r.buf) {
		r.grow()
	}
	r.buf[(r.head+r.n)&(len(r.buf)-1)] = it
	r.n++
}

func (r *ring) pop() item {
	it := r.buf[r.head]
	r.buf[r.head] = item{}
	r.head = (r.head + 1) & (len(r.buf) - 1)
	r.n--
	return it
}

func (r *ring) grow() {
	bigger := make([]item, max(64, 2*len(r.buf)))
	for i := range r.n {
		bigger[i] = r.buf[(r.head+i)&(len(r.buf)-1)]
	}
	r.buf, r.head = bigger, 0
}
