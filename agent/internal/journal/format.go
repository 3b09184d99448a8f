package journal

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/common/sorted"
	"github.com/vlcp-go/vlcp/common/store"
)

// Why a journal is not used, or not written.
var (
	ErrDamaged = errors.New("it is damaged")
	ErrVersion = errors.New("it is of another version of the agent")
	ErrForeign = errors.New("it is of another deployment")
	ErrFull    = errors.New("the view is larger than a journal may be")
	ErrGone    = errors.New("what was in the journal is gone")
)

const (
	magic   = "VLCPJNL"
	version = 1 // the byte behind the magic; another one means another format

	frameBytes  = 8         // of length and checksum, before a record
	recordMax   = 256 << 20 // bytes
	preludeSize = len(magic) + 1
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// header is the first record.
type header struct {
	Deployment string `json:"deployment"`
	Program    string `json:"program"` // the version that wrote it, for people
}

// record is a Change on the disk.
type record struct {
	Synced int64         `json:"synced,omitempty"` // bytes of the file that were when this was written; 0: nobody knows
	At     time.Time     `json:"at"`
	Epoch  string        `json:"epoch,omitempty"`
	RunID  string        `json:"run_id,omitempty"`
	Rev    int64         `json:"rev,omitempty"`
	Term   string        `json:"term,omitempty"`
	Acked  Acked         `json:"acked,omitempty"`
	Scopes []scopeRecord `json:"scopes,omitempty"`
}

type scopeRecord struct {
	Scope   store.Scope `json:"scope"`
	Rev     int64       `json:"rev,omitempty"`
	Full    bool        `json:"full,omitempty"`
	Gone    bool        `json:"gone,omitempty"`
	Docs    []docRecord `json:"docs,omitempty"`
	Deleted []docRecord `json:"deleted,omitempty"`
}

// docRecord is a document, or only its name.
type docRecord struct {
	Kind  string          `json:"kind"`
	ID    string          `json:"id"`
	Rev   int64           `json:"rev,omitempty"`
	Value json.RawMessage `json:"value,omitempty"`
}

func (c *Change) record() record {
	r := record{At: c.At, Epoch: c.Epoch, RunID: c.RunID, Rev: c.Rev, Term: c.Term, Acked: c.Acked}
	for _, name := range slices.Sorted(maps.Keys(c.scopes)) {
		s := c.scopes[name]
		sr := scopeRecord{Scope: name, Rev: s.rev, Full: s.full, Gone: s.gone}
		sr.Docs = docRecords(sortedDocs(s.docs))
		for _, k := range sorted.Collect(maps.Keys(s.deleted), store.Key.Compare) {
			sr.Deleted = append(sr.Deleted, docRecord{Kind: k.Kind, ID: k.ID})
		}
		r.Scopes = append(r.Scopes, sr)
	}
	return r
}

// record is the state as one record.
func (st *State) record() record {
	r := record{At: st.At, Epoch: st.Epoch, RunID: st.RunID, Rev: st.Rev, Term: st.Term, Acked: st.Acked}
	for _, ch := range st.Batch().Changes {
		r.Scopes = append(r.Scopes, scopeRecord{Scope: ch.Scope, Rev: ch.Rev, Full: true, Docs: docRecords(ch.Docs)})
	}
	return r
}

func docRecords(docs []store.Doc) []docRecord {
	var list []docRecord
	for _, d := range docs {
		list = append(list, docRecord{Kind: d.Key.Kind, ID: d.Key.ID, Rev: d.Rev, Value: d.Value})
	}
	return list
}

// documents are those that the record has.
func (r *scopeRecord) documents() []store.Doc {
	docs := make([]store.Doc, len(r.Docs))
	for i := range docs {
		d := &r.Docs[i]
		docs[i] = store.Doc{Key: d.key(r.Scope), Rev: d.Rev, Value: d.Value}
	}
	return docs
}

func (d *docRecord) key(s store.Scope) store.Key { return store.Key{Scope: s, Kind: d.Kind, ID: d.ID} }

// appendFrame appends v as one record: length, checksum, JSON.
func appendFrame(b []byte, v any) ([]byte, error) {
	payload, err := json.Marshal(v)
	if err != nil {
		return b, fmt.Errorf("encode journal: %w", err)
	}
	if len(payload) > recordMax {
		return b, ErrFull
	}
	b = binary.BigEndian.AppendUint32(b, uint32(len(payload)))
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(payload, castagnoli))
	return append(b, payload...), nil
}

// appendPrelude appends what every journal begins with.
func appendPrelude(b []byte, h header) ([]byte, error) {
	return appendFrame(append(append(b, magic...), version), h)
}

// frame is a record as it is in a file.
type frame struct {
	payload []byte
	whole   bool // its checksum is right
}

// nextFrame cuts the first record off. ok is false where there is none, or what does not say where it ends.
func nextFrame(b []byte) (f frame, rest []byte, ok bool) {
	if len(b) < frameBytes {
		return frame{}, nil, false
	}
	n, sum := int64(binary.BigEndian.Uint32(b)), binary.BigEndian.Uint32(b[4:])
	if n == 0 || n > int64(len(b)-frameBytes) {
		return frame{}, nil, false
	}
	payload := b[frameBytes : frameBytes+n]
	return frame{payload, crc32.Checksum(payload, castagnoli) == sum}, b[frameBytes+n:], true
}

// Decode reads a journal of a deployment. size is how many bytes of it count: what is behind was left by a crash, which
// may have left any part of what was not synced.
func Decode(b []byte, deployment string) (st State, size int64, err error) {
	st = State{Scopes: map[store.Scope]*Scope{}}
	if len(b) < preludeSize || string(b[:len(magic)]) != magic {
		return State{}, 0, fmt.Errorf("%w: it does not begin as a journal does", ErrDamaged)
	}
	if v := b[len(magic)]; v != version {
		return State{}, 0, fmt.Errorf("%w: format %d, and this one reads %d", ErrVersion, v, version)
	}
	rest := b[preludeSize:]
	for records := 0; ; records++ {
		size = int64(len(b) - len(rest))
		f, tail, ok := nextFrame(rest)
		if !ok || !f.whole {
			if err := broken(records, size, f, tail); err != nil {
				return State{}, 0, err
			}
			return st, size, nil
		}
		if err := st.read(f.payload, records == 0, deployment); err != nil {
			return State{}, 0, err
		}
		rest = tail
	}
}

// broken says why what is left of a journal behind some records is more than a crash leaves, nil if it is not. The
// first two records, of which one is the header, are synced before the file has its name.
func broken(records int, size int64, f frame, tail []byte) error {
	switch {
	case records == 0:
		return fmt.Errorf("%w: it has no header", ErrDamaged)
	case f.payload != nil && (records == 1 && len(tail) > 0 || syncedLater(tail) > size):
		return fmt.Errorf("%w: a record's checksum is wrong", ErrDamaged)
	}
	return nil
}

// syncedLater is how much of the file was synced by what the records of a part say.
func syncedLater(b []byte) (most int64) {
	for {
		f, rest, ok := nextFrame(b)
		if !ok {
			return most
		}
		if f.whole {
			if r, err := readRecord(f.payload); err == nil {
				most = max(most, r.Synced)
			}
		}
		b = rest
	}
}

// read takes one record in.
func (st *State) read(payload []byte, first bool, deployment string) error {
	if first {
		var h header
		if err := json.Unmarshal(payload, &h); err != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		if h.Deployment != deployment {
			return fmt.Errorf("%w: %q, and this agent's is %q", ErrForeign, h.Deployment, deployment)
		}
		return nil
	}
	r, err := readRecord(payload)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	st.take(&r)
	return nil
}
