package coroutine

import (
	"bytes"
	"errors"
	"io"
)

// ErrLine is what ReadLine returns for a line that is longer than its limit.
var ErrLine = errors.New("line too long")

// ByteStream is bytes from one coroutine to another, bounded: who writes into a full one waits. One coroutine at a time
// reads, and one writes.
type ByteStream struct {
	buf        []byte
	limit      int
	err        error // after the buffer is read; io.EOF is the orderly end
	some, room waitList
}

// NewByteStream returns a stream that holds at most limit bytes.
func NewByteStream(limit int) *ByteStream { return &ByteStream{limit: max(limit, 1)} }

// Write writes all of p, waiting for room as often as it takes. It returns how much was written.
func (b *ByteStream) Write(co *Co, p []byte) (n int, err error) {
	for n < len(p) {
		err := b.room.await(co, "room in a stream", -1, func() bool { return b.err != nil || len(b.buf) < b.limit })
		if err != nil {
			return n, err
		}
		if b.err != nil {
			return n, ErrClosed
		}
		k := min(b.limit-len(b.buf), len(p)-n)
		b.buf = append(b.buf, p[n:n+k]...)
		n += k
		b.some.wakeOne()
	}
	return n, co.Err()
}

// Close ends the stream: the reader gets what is there, then err, or io.EOF for nil. Only the first call counts.
func (b *ByteStream) Close(err error) {
	if b.err != nil {
		return
	}
	if b.err = err; err == nil {
		b.err = io.EOF
	}
	b.some.wakeAll()
	b.room.wakeAll()
}

// wait waits until ready holds or the stream has ended. It returns the reason of the end when ready does not hold.
func (b *ByteStream) wait(co *Co, ready func() bool) error {
	if err := b.some.await(co, "a stream", -1, func() bool { return ready() || b.err != nil }); err != nil {
		return err
	}
	if !ready() {
		return b.err
	}
	return nil
}

// take removes n bytes.
func (b *ByteStream) take(p []byte, n int) {
	copy(p, b.buf[:n])
	b.buf = append(b.buf[:0], b.buf[n:]...)
	b.room.wakeOne()
}

// Read reads what is there, at least one byte.
func (b *ByteStream) Read(co *Co, p []byte) (int, error) {
	if len(p) == 0 {
		return 0, co.Err()
	}
	if err := b.wait(co, func() bool { return len(b.buf) > 0 }); err != nil {
		return 0, err
	}
	n := min(len(p), len(b.buf))
	b.take(p, n)
	return n, nil
}

// ReadFull fills p, however much more than the stream's limit that is. A stream that ends before the first byte is
// io.EOF, or what it was closed with; one that ends later is io.ErrUnexpectedEOF in place of io.EOF.
func (b *ByteStream) ReadFull(co *Co, p []byte) error {
	for got := 0; got < len(p); {
		n, err := b.Read(co, p[got:])
		if errors.Is(err, io.EOF) && got > 0 {
			return io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		got += n
	}
	return co.Err()
}

// ReadLine reads a line without its end, "\n" or "\r\n". A last line without an end counts. One that does not fit into
// the stream is ErrLine, and stays in it.
func (b *ByteStream) ReadLine(co *Co) (string, error) {
	end := -1
	err := b.wait(co, func() bool {
		end = bytes.IndexByte(b.buf, '\n')
		return end >= 0 || len(b.buf) >= b.limit
	})
	switch {
	case errors.Is(err, io.EOF) && len(b.buf) > 0:
		line := string(b.buf)
		b.take(nil, len(b.buf))
		return line, nil
	case err != nil:
		return "", err
	case end < 0:
		return "", ErrLine
	}
	line := bytes.TrimSuffix(b.buf[:end], []byte{'\r'})
	s := string(line)
	b.take(nil, end+1)
	return s, nil
}

// CopyTo writes everything into to until the end, which it passes on.
func (b *ByteStream) CopyTo(co *Co, to *ByteStream) error {
	p := make([]byte, min(b.limit, 4096))
	for {
		n, err := b.Read(co, p)
		if err != nil {
			if co.Err() == nil {
				to.Close(err)
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if _, err := to.Write(co, p[:n]); err != nil {
			return err
		}
	}
}

// Len is how many bytes wait.
func (b *ByteStream) Len() int { return len(b.buf) }
