package dc

import (
	"bytes"
	"io/fs"
)

// files is a host's disk. It outlives agents.
type files map[string][]byte

// ReadFile implements agent.Files, and so do the others.
func (f files) ReadFile(name string) ([]byte, error) {
	b, ok := f[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return bytes.Clone(b), nil
}

// WriteAt writes at the end of what is kept.
func (f files) WriteAt(name string, offset int64, data []byte) error {
	b, ok := f[name]
	if !ok {
		return fs.ErrNotExist
	}
	f[name] = append(b[:offset], data...)
	return nil
}

// Replace puts a file in place of another.
func (f files) Replace(name string, data []byte) error {
	f[name] = bytes.Clone(data)
	return nil
}

// Rename gives a file another name.
func (f files) Rename(from, to string) error {
	f[to] = f[from]
	delete(f, from)
	return nil
}

// tear loses the end of every file, as a crash in the middle of a write does.
func (f files) tear(n int) {
	for name, b := range f {
		f[name] = b[:max(0, len(b)-n)]
	}
}
