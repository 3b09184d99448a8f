package journal

import "errors"

const (
	compactMin = 1 << 20 // bytes: below, a journal is not worth writing anew
	besideName = ".next"
)

var errShort = errors.New("the file does not have all that was written")

// Sync returns when all that was appended is on the disk, and writes a file anew that has grown much larger than what
// it comes to. Changes can be appended meanwhile. Of an error that wraps ErrGone the same is true as for Append.
func (j *Journal) Sync() error {
	j.syncing.Lock()
	defer j.syncing.Unlock()
	err := j.compactIfDue()
	if errors.Is(err, ErrGone) {
		return err
	}
	return errors.Join(err, j.sync())
}

// sync does it for the file as it is.
func (j *Journal) sync() error {
	j.mu.Lock()
	size, life, doubt := j.size.Load(), j.life, j.doubt
	j.mu.Unlock()
	if size == 0 || doubt { // to sync again would say that all is well
		return nil
	}
	err := j.o.Files.Sync(j.o.Path) // without the lock: disks take their time
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case life != j.life: // it is another file, which was synced when it was begun
		return nil
	case err != nil:
		j.doubt = true
		return j.failed("sync journal", err)
	}
	j.synced = max(j.synced, size)
	return nil
}

// compactIfDue writes a file anew that has grown, or that may not have all that was written. Nothing waits for it: what
// is appended meanwhile is put behind the new file before that takes the place of the old one.
func (j *Journal) compactIfDue() error {
	j.mu.Lock()
	size, life := j.size.Load(), j.life
	due := size > 0 && (j.doubt || size > max(compactMin, min(2*j.base, fileMax/2)))
	if due {
		j.tail = new([]byte)
	}
	j.mu.Unlock()
	if !due {
		return nil
	}
	b, err := j.compacted(size)
	beside := j.o.Path + besideName
	if err == nil {
		err = j.o.Files.Replace(beside, b)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	tail := *j.tail
	j.tail = nil
	switch {
	case life != j.life:
		return nil
	case errors.Is(err, errShort):
		return j.gone(err)
	case err == nil && len(tail) > 0:
		err = j.o.Files.WriteAt(beside, int64(len(b)), tail)
	}
	if err == nil {
		err = j.o.Files.Rename(beside, j.o.Path)
	}
	if err != nil {
		return j.failed("write journal anew", err)
	}
	j.replaced(b, tail)
	return nil
}

// compacted is what the first bytes of the file come to, as a file.
func (j *Journal) compacted(size int64) ([]byte, error) {
	b, err := j.o.Files.ReadFile(j.o.Path)
	if err != nil {
		return nil, err
	}
	if int64(len(b)) < size {
		return nil, errShort
	}
	st, n, err := Decode(b[:size], j.o.Deployment)
	if err != nil {
		return nil, errors.Join(errShort, err)
	}
	if n != size {
		return nil, errShort
	}
	return j.encode(st.record())
}
