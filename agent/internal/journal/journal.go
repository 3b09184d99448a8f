package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"sync/atomic"
)

const (
	fileMax   = 512 << 20 // bytes
	asideName = ".bad"
)

// Options of Open.
type Options struct {
	Files      Files
	Path       string
	Deployment string // of the store; a journal of another one is not used
	Program    string // version, noted in the file for people
}

// Journal is one file. Its methods wait for the disk, all but Size and Path; they may be called from any goroutine.
type Journal struct {
	o      Options
	mu     sync.Mutex
	size   atomic.Int64 // of what is in the file and counts; 0: none
	base   int64        // size when it was written anew last
	synced int64        // so many bytes a loss of power leaves
	doubt  bool         // something could not be synced: the system tells that once, and may have lost it
	life   int          // counts files that were begun
	tail   *[]byte      // what was appended since a compaction began, nil while there is none
	closed bool

	syncing sync.Mutex // one at a time; before mu
}

var errClosed = errors.New("the journal is closed")

// Open names a journal. Nothing is touched before Load.
func Open(o Options) *Journal { return &Journal{o: o} }

// Path of the file.
func (j *Journal) Path() string { return j.o.Path }

// Size in bytes.
func (j *Journal) Size() int64 { return j.size.Load() }

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
		j.size.Store(size)
		j.base = size
		return st, nil
	}
	aside := j.o.Path + asideName
	if e := j.o.Files.Rename(j.o.Path, aside); e != nil {
		return State{}, fmt.Errorf("journal %s is not used, since %w, and cannot be put aside: %w", j.o.Path, err, e)
	}
	return State{}, fmt.Errorf("journal is not used, since %w; it was put aside as %s", err, aside)
}

// Append writes a change behind what is there. It is not lost when the program is killed; that it is not when the
// machine loses its power is what Sync is for. After an error nothing of it counts: it may be appended again, with
// what has happened since. If the error wraps ErrGone, what was in the file before is not there any more, and the next
// change has to be the whole view; ErrFull, that Sync may make room.
func (j *Journal) Append(c *Change) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return errClosed
	}
	return j.append(c)
}

// Close appends what is left, takes nothing after that, and syncs. One of changes may have been given to Append before,
// which has not returned: twice is no harm.
func (j *Journal) Close(changes ...*Change) error {
	return errors.Join(j.last(changes), j.Sync())
}

func (j *Journal) last(changes []*Change) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.closed = true
	for _, c := range changes {
		if c == nil || c.Empty() {
			continue
		}
		if err := j.append(c); err != nil {
			return err
		}
	}
	return nil
}

func (j *Journal) append(c *Change) error {
	r := c.record()
	size := j.size.Load()
	if size == 0 {
		if !c.Whole {
			return fmt.Errorf("%w: there is no file", ErrGone)
		}
		return j.begin(r)
	}
	if j.tail == nil { // else it is copied to where that means nothing
		r.Synced = j.synced
	}
	b, err := appendFrame(nil, r)
	if err != nil {
		return err
	}
	if size+int64(len(b)) > fileMax {
		return ErrFull
	}
	if err := j.o.Files.WriteAt(j.o.Path, size, b); err != nil {
		return j.failed("write journal", err) // the next one begins at the same place, over what there may be of this
	}
	j.size.Add(int64(len(b)))
	if j.tail != nil {
		*j.tail = append(*j.tail, b...)
	}
	return nil
}

// begin puts a file with nothing but one record in place of what is there.
func (j *Journal) begin(r record) error {
	b, err := j.encode(r)
	if err != nil {
		return err
	}
	if err := j.o.Files.Replace(j.o.Path, b); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	j.life++
	j.replaced(b, nil)
	return nil
}

// encode makes a file with nothing but one record.
func (j *Journal) encode(r record) ([]byte, error) {
	b, err := appendPrelude(nil, header{Deployment: j.o.Deployment, Program: j.o.Program})
	if err == nil {
		b, err = appendFrame(b, r)
	}
	if err == nil && len(b) > fileMax {
		err = ErrFull
	}
	return b, err
}

// replaced notes that the file is another one: what was synced, and what was not.
func (j *Journal) replaced(synced, tail []byte) {
	j.base, j.synced, j.doubt = int64(len(synced)), int64(len(synced)), false
	j.size.Store(j.base + int64(len(tail)))
}

// failed says what did not work. A file that somebody removed is begun anew.
func (j *Journal) failed(what string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		err = j.gone(err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// gone notes that there is no file any more.
func (j *Journal) gone(why error) error {
	j.size.Store(0)
	j.life++
	return fmt.Errorf("%w: %w", ErrGone, why)
}
