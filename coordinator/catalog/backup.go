package catalog

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/common/store"
)

// A backup is a text file, one JSON object on each line: a head, the documents by scope, kind and name, the counters,
// and a foot with the SHA-256 of all bytes before it. So it can be read, searched and compared with the usual tools,
// and a damaged or cut one is told from a whole one.
const (
	backupFormat  = "vlcp-backup"
	backupVersion = 1
	backupLineMax = 4 << 20 // bytes; documents are bounded by the store
)

type backupHead struct {
	Format    string    `json:"format"`
	Version   int       `json:"version"`
	Program   string    `json:"program,omitempty"`
	Epoch     string    `json:"epoch"`
	Rev       int64     `json:"rev"`
	At        time.Time `json:"at"`
	Documents int       `json:"documents"`
	Counters  int       `json:"counters"`
}

type backupDoc struct {
	Scope string          `json:"scope"`
	Kind  string          `json:"kind"`
	ID    string          `json:"id"`
	Rev   int64           `json:"rev"`
	Value json.RawMessage `json:"value,omitempty"`
	Raw   []byte          `json:"raw,omitempty"` // in place of a value that is not JSON
}

type backupCounter struct {
	Counter string `json:"counter"`
	Last    int64  `json:"last"`
}

type backupFoot struct {
	SHA256 string `json:"sha256"`
}

// Backup reads everything as of one moment.
func (c *Catalog) Backup(ctx context.Context) (*store.Image, error) {
	ar, err := c.archive()
	if err != nil {
		return nil, err
	}
	return ar.Image(ctx)
}

// WriteBackup writes an image as a backup. program is the name and version of who writes it.
func WriteBackup(w io.Writer, im *store.Image, program string) error {
	sum := sha256.New()
	out := bufio.NewWriter(io.MultiWriter(w, sum))
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	var errs []error
	put := func(v any) { errs = append(errs, e.Encode(v)) }
	put(backupHead{backupFormat, backupVersion, program, im.Epoch, im.Rev, im.At.UTC(), len(im.Docs), len(im.Sequences)})
	for _, d := range im.Docs {
		b := backupDoc{Scope: string(d.Key.Scope), Kind: d.Key.Kind, ID: d.Key.ID, Rev: d.Rev}
		if json.Valid(d.Value) {
			b.Value = d.Value
		} else {
			b.Raw = d.Value
		}
		put(b)
	}
	for _, name := range slices.Sorted(maps.Keys(im.Sequences)) {
		put(backupCounter{name, im.Sequences[name]})
	}
	errs = append(errs, out.Flush())
	foot, err := json.Marshal(backupFoot{hex.EncodeToString(sum.Sum(nil))})
	_, err2 := w.Write(append(foot, '\n'))
	if err := errors.Join(append(errs, err, err2)...); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	return nil
}

// ReadBackup reads a backup. name is for error texts, which say the line. Nothing of a file that is damaged in any way
// is returned: the error is a *BadFile.
func ReadBackup(name string, r io.Reader) (*store.Image, error) {
	p := &backupParser{im: &store.Image{Sequences: map[string]int64{}}, keys: map[store.Key]bool{}}
	in := bufio.NewScanner(r)
	in.Buffer(nil, backupLineMax)
	sum := sha256.New()
	for in.Scan() {
		line := in.Bytes()
		p.line++
		if p.ended {
			return nil, badBackup(name, p.line, errors.New("something follows the checksum"))
		}
		if err := p.take(line, sum.Sum(nil)); err != nil {
			return nil, badBackup(name, p.line, err)
		}
		sum.Write(line)
		sum.Write([]byte{'\n'})
	}
	if err := in.Err(); err != nil {
		return nil, badBackup(name, p.line+1, err)
	}
	if !p.ended {
		return nil, badBackup(name, p.line+1, errors.New("the checksum is missing: the file was cut off"))
	}
	return p.im, nil
}

func badBackup(name string, line int, err error) error {
	return &BadFile{fmt.Errorf("%s:%d: %w", name, line, err)}
}

type backupParser struct {
	im    *store.Image
	head  backupHead
	keys  map[store.Key]bool
	line  int
	ended bool
}

// take takes one line in. sum is the checksum of the lines before.
func (p *backupParser) take(line, sum []byte) error {
	switch {
	case p.line == 1:
		return p.takeHead(line)
	case len(p.im.Docs) < p.head.Documents:
		return p.takeDoc(line)
	case len(p.im.Sequences) < p.head.Counters:
		var c backupCounter
		if err := strictly(line, &c); err != nil {
			return err
		}
		if _, twice := p.im.Sequences[c.Counter]; twice || c.Counter == "" {
			return fmt.Errorf("counter %q is there twice, or has no name", c.Counter)
		}
		p.im.Sequences[c.Counter] = c.Last
		return nil
	}
	var f backupFoot
	if err := strictly(line, &f); err != nil {
		return err
	}
	if want, err := hex.DecodeString(f.SHA256); err != nil || !bytes.Equal(want, sum) {
		return errors.New("the checksum is that of another file: this one was changed or damaged")
	}
	p.ended = true
	return nil
}

func (p *backupParser) takeHead(line []byte) error {
	if err := json.Unmarshal(line, &p.head); err != nil || p.head.Format != backupFormat {
		return errors.New("this is not a backup: it does not begin with {\"format\":\"" + backupFormat + "\"")
	}
	if p.head.Version != backupVersion {
		return fmt.Errorf("version %d of the format, this program reads %d: use the program that wrote it, %s",
			p.head.Version, backupVersion, cmp.Or(p.head.Program, "which does not say its name"))
	}
	p.im.Epoch, p.im.Rev, p.im.At = p.head.Epoch, p.head.Rev, p.head.At
	return nil
}

func (p *backupParser) takeDoc(line []byte) error {
	var b backupDoc
	if err := strictly(line, &b); err != nil {
		return err
	}
	d := store.Doc{Key: store.Key{Scope: store.Scope(b.Scope), Kind: b.Kind, ID: b.ID}, Rev: b.Rev, Value: b.Value}
	if b.Raw != nil {
		d.Value = b.Raw
	}
	switch {
	case b.Scope == "" || b.Kind == "" || b.ID == "":
		return errors.New("a document needs scope, kind and id")
	case p.keys[d.Key]:
		return fmt.Errorf("%s is there twice", place(d.Key))
	case b.Rev < 1 || b.Rev > p.head.Rev:
		return fmt.Errorf("%s has revision %d, the backup is of %d", place(d.Key), b.Rev, p.head.Rev)
	}
	p.keys[d.Key] = true
	p.im.Docs = append(p.im.Docs, d)
	return nil
}
