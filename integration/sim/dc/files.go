package dc

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// disk is what a host keeps. It outlives agents.
type disk map[string]*file

type file struct {
	data   []byte
	synced int // bytes that a loss of power does not take
}

// cut loses up to n bytes at the end of every file.
func (d disk) cut(n int) {
	for _, f := range d {
		f.data = f.data[:max(0, len(f.data)-n)]
		f.synced = min(f.synced, len(f.data))
	}
}

// page is what a disk takes at once, or not.
const page = 128 // bytes: small, as journals here are

// losePower loses some of what was written and not synced: the end of it, and pages before.
func (d disk) losePower(w *World) {
	for _, name := range slices.Sorted(maps.Keys(d)) {
		f := d[name]
		f.data = f.data[:f.synced+w.rand.IntN(len(f.data)-f.synced+1)]
		for at := f.synced; at < len(f.data); at += page {
			if w.chance(30) {
				clear(f.data[at:min(at+page, len(f.data))])
			}
		}
		f.synced = len(f.data)
	}
}

// files is the disk as one life of an agent has it: what it asked for and the system has not begun with when it is
// killed does not happen.
type files struct {
	h    *Host
	life int
}

func (f files) open(name string) (*file, error) {
	if f.h.agent == nil || f.life != f.h.lives {
		return nil, errCut
	}
	if got, ok := f.h.disk[name]; ok {
		return got, nil
	}
	return nil, fs.ErrNotExist
}

// ReadFile implements agent.Files, and so do the others.
func (f files) ReadFile(name string) ([]byte, error) {
	got, err := f.open(name)
	if err != nil {
		return nil, err
	}
	return bytes.Clone(got.data), nil
}

// WriteAt writes at the end of what is kept.
func (f files) WriteAt(name string, offset int64, data []byte) error {
	got, err := f.open(name)
	if err != nil {
		return err
	}
	if int(offset) > len(got.data) {
		return fs.ErrNotExist
	}
	got.data = append(got.data[:offset], data...)
	got.synced = min(got.synced, int(offset))
	return nil
}

var errDisk = errors.New("input/output error")

// Sync makes safe what was written.
func (f files) Sync(name string) error {
	got, err := f.open(name)
	if err == nil && f.h.badDisk {
		return errDisk // nothing is lost by that, but nobody can know
	}
	if err == nil {
		got.synced = len(got.data)
	}
	return err
}

// Replace puts a file in place of another.
func (f files) Replace(name string, data []byte) error {
	if _, err := f.open(name); errors.Is(err, errCut) {
		return err
	}
	f.h.disk[name] = &file{bytes.Clone(data), len(data)}
	return nil
}

// Rename gives a file another name.
func (f files) Rename(from, to string) error {
	got, err := f.open(from)
	if strings.HasSuffix(to, ".bad") {
		f.h.w.fail("the journal of %s is not used, though nothing of it was lost that was synced", f.h.name)
	}
	if err == nil {
		f.h.disk[to] = got
		delete(f.h.disk, from)
	}
	return err
}
