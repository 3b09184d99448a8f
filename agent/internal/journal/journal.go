package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"
)

const (
	compactMin = 1 << 20   // bytes: below, a journal is not worth writing anew
	fileMax    = 512 << 20 // bytes
	asideName  = ".bad"
)

// Options of Open.
type Options struct {
	Files      Files
	Path       string
	Deployment string // of the store; a journal of another one is not used
	Program    string // version, noted in the file for people
}

// Journal is one file. Its methods wait for the disk; they may be called from any goroutine.
type Journal struct {
	o    Options
	mu   sync.Mutex
	size int64 // of what is in the file and counts; 0: none
	base int64 // size when it was written anew last
}

// Open names a journal. Nothing is touched before Load.
func Open(o Options) *Journal { return &Journal{o: o} }

// Path of the file.
func (j *Journal) Path() string { return j.o.Path }

// Size in bytes.
func (j *Journal) Size() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.size
}

// Load reads the file. Without one the state is empty. One that cannot be used is put aside: the error says why and
// where it is now, wraps ErrDamaged, ErrVersion or ErrForeign, and the state is empty.
func (j *Journal) Load() (State, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	b, err := j.o.Files.ReadFile(j.o.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return State{}, nil
	}
	if err != nil {
		return State{}, fmt.Errorf("read journal: %w", err)
	}
	st, size, err := Decode(b, j.o.Deployment)
	if err == nil {
		j.size, j.base = size, size
		return st, nil
	}
	aside := j.o.Path + asideName
	if e := j.o.Files.Rename(j.o.Path, aside); e != nil {
		return State{}, fmt.Errorf("journal %s is not used, since %w, and cannot be put aside: %w", j.o.Path, err, e)
	}
	return State{}, fmt.Errorf("journal is not used, since %w; it was put aside as %s", err, aside)
}

// Append writes a change behind what is there, and returns when it is on the disk. After an error nothing of it counts:
// it may be appended again, with what has happened since. If the error wraps ErrGone, what was in the file before is
// not there any more, and the next change has to be the whole view.
func (j *Journal) Append(c *Change) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	r := c.record()
	if j.size == 0 {
		return j.rewrite(r)
	}
	b, err := appendFrame(nil, r)
	if err != nil {
		return err
	}
	if after := j.size + int64(len(b)); after > max(compactMin, 2*j.base) {
		return j.compact(&r)
	}
	if err := j.o.Files.WriteAt(j.o.Path, j.size, b); err != nil {
		return j.failed("write journal", err) // the next one begins at the same place, over what there may be of this
	}
	j.size += int64(len(b))
	return nil
}

// compact writes the file anew with what it comes to.
func (j *Journal) compact(r *record) error {
	b, err := j.o.Files.ReadFile(j.o.Path)
	if err != nil {
		return j.failed("read journal", err)
	}
	st, _, err := Decode(b, j.o.Deployment)
	if err != nil {
		j.size = 0
		return fmt.Errorf("%w: %w", ErrGone, err)
	}
	st.take(r)
	return j.rewrite(st.record())
}

// failed says what did not work. A file that somebody removed is begun anew.
func (j *Journal) failed(what string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		j.size = 0
		return fmt.Errorf("%w: %w", ErrGone, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// rewrite puts a file with nothing but one record in place of what is there.
func (j *Journal) rewrite(r record) error {
	b, err := appendPrelude(nil, header{Deployment: j.o.Deployment, Program: j.o.Program})
	if err == nil {
		b, err = appendFrame(b, r)
	}
	if err != nil {
		return err
	}
	if len(b) > fileMax {
		return ErrFull
	}
	if err := j.o.Files.Replace(j.o.Path, b); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	j.size, j.base = int64(len(b)), int64(len(b))
	return nil
}
