package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Files is the file system that a journal is in.
type Files interface {
	// ReadFile returns a whole file. The error wraps fs.ErrNotExist when there is none.
	ReadFile(name string) ([]byte, error)
	// WriteAt writes data at an offset of a file, and cuts off what is behind it. The system has it then: it is there also
	// when this program is killed. The error wraps fs.ErrNotExist when there is no file, or one that ends before.
	WriteAt(name string, offset int64, data []byte) error
	// Sync returns when what was written is on the disk, and that the file has this name: it is there also when the
	// machine loses its power.
	Sync(name string) error
	// Replace puts a file in place of what has the name, whole or not at all, and returns when it is on the disk.
	Replace(name string, data []byte) error
	// Rename gives a file another name, in place of what has it.
	Rename(from, to string) error
}

// Disk is the real file system. Files are readable by their owner only: definitions are the tenants' business.
type Disk struct{}

const (
	fileMode = 0o600
	dirMode  = 0o755
)

// ReadFile implements Files, and so do the others.
func (Disk) ReadFile(name string) ([]byte, error) { return os.ReadFile(name) }

// WriteAt writes into an existing file.
func (Disk) WriteAt(name string, offset int64, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(writeAt(f, offset, data), f.Close())
}

func writeAt(f *os.File, offset int64, data []byte) error {
	i, err := f.Stat()
	if err != nil {
		return err
	}
	if i.Size() < offset {
		return fmt.Errorf("%s is shorter than what was written: %w", f.Name(), fs.ErrNotExist)
	}
	if i.Size() > offset { // first, or who is killed in between would leave new and old in one
		if err := f.Truncate(offset); err != nil {
			return err
		}
	}
	_, err = f.WriteAt(data, offset)
	return err
}

// Sync syncs a file and its directory.
func (Disk) Sync(name string) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if err := closed(f, nil); err != nil {
		return err
	}
	return syncDir(filepath.Dir(name))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return closed(d, nil)
}

// Replace writes a temporary file beside the old one, syncs it, renames it, and syncs the directory.
func (Disk) Replace(name string, data []byte) error {
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return err
	}
	tmp := name + ".new"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fileMode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err := closed(f, err); err != nil {
		return errors.Join(err, os.Remove(tmp))
	}
	if err := os.Rename(tmp, name); err != nil {
		return err
	}
	return syncDir(dir)
}

// Rename renames.
func (Disk) Rename(from, to string) error { return os.Rename(from, to) }

// closed syncs and closes a file; the first error counts.
func closed(f *os.File, err error) error {
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}
