package store

import (
	"cmp"
	"context"
	"strings"
	"time"
)

// Scope is a unit of interest with its own change log: "net/NAME", "physnets", "hosts".
type Scope string

// The fixed scopes. ScopeStore has what is said of the store itself (model.Acceptance).
const (
	ScopePhysNets Scope = "physnets"
	ScopeHosts    Scope = "hosts"
	ScopeStore    Scope = "store"
)

// NetworkScope is the scope of one logical network: the network, its subnets, ports and bindings.
func NetworkScope(network string) Scope { return Scope(networkScopes + network) }

const networkScopes = "net/"

// NetworkOf is the network that a scope is of, "" for one that is of none.
func NetworkOf(s Scope) string {
	network, _ := strings.CutPrefix(string(s), networkScopes)
	if NetworkScope(network) != s {
		return ""
	}
	return network
}

// Key names a document.
type Key struct {
	Scope Scope
	Kind  string
	ID    string
}

// Compare orders keys by scope, kind and ID. It is negative when k comes before o.
func (k Key) Compare(o Key) int {
	return cmp.Or(cmp.Compare(k.Scope, o.Scope), cmp.Compare(k.Kind, o.Kind), cmp.Compare(k.ID, o.ID))
}

// Doc is a stored document. Rev is the revision of the commit that wrote it last.
type Doc struct {
	Key   Key
	Rev   int64
	Value []byte // JSON
}

// Special revisions for Check.
const (
	Absent int64 = 0  // the document must not exist
	Exists int64 = -1 // the document must exist, at any revision
)

// Check is a precondition of a commit on one document.
type Check struct {
	Key Key
	Rev int64 // a revision, Absent or Exists
}

// Claim is an entry of a unique index: at most one owner per (Index, Key).
type Claim struct {
	Index string
	Key   string
	Owner string // what holds it, for error texts and look-ups, for example "port/web1"
	// Bit ≥ 0 also sets this bit in the index's pool, from which Free finds free numbers (0 ≤ Bit < 2^32);
	// NoBit for an index without numbers.
	Bit int64
	// Watched entries can be subscribed to one by one (Watcher.Follow); the flag must be the same for all entries
	// of an index.
	Watched bool
}

// NoBit is the Bit of a claim that has no number.
const NoBit int64 = -1

// Txn is one atomic commit: every precondition holds and everything is applied, or nothing is. Order inside the
// script: checks, releases, claims, empty, deletes, puts. Releases by somebody who is not the owner conflict.
type Txn struct {
	// ID makes a retry safe: a Txn whose ID was already applied returns the first result again (the store
	// remembers at least the last 1,000 ids). Empty means no such protection.
	ID       string
	Checks   []Check
	Releases []Claim // Owner "" releases whoever holds it; an entry that nobody holds is no conflict
	Claims   []Claim
	Empty    []string // indexes that must have no entries after releases and claims
	Deletes  []Key    // a missing document is no conflict unless a Check says so
	Puts     []Doc    // Doc.Rev is ignored
	// NewTerm makes the commit the first of a new term: what readers knew beyond the revision before it is given up.
	NewTerm bool
	// Author and Note are kept with the change.
	Author string
	Note   string
}

// Result of a commit.
type Result struct {
	Rev  int64
	Term string    // the term of Rev
	At   time.Time // the server's time
}

// Cursor says how far a reader has come: revision per followed scope, and the epoch it read them in. A scope at 0 is
// read whole. Rev and Term are the youngest commit that the reader knows of, by a poll or by its own commits; with Rev
// 0 the store is not asked whether it still has it.
//
// A term is a stretch of commits by one server in one role. A server that was started again, promoted, or got its data
// from elsewhere begins a new term with its next commit, so that revision 105 of one history is never taken for
// revision 105 of another.
type Cursor struct {
	Epoch  string
	Rev    int64
	Term   string
	Scopes map[Scope]int64
}

// ScopeChange is what happened in a scope after the cursor.
type ScopeChange struct {
	Scope Scope
	Rev   int64 // the scope's new position
	// Full means that Docs is the whole scope (first read, log trimmed, or the scope went backwards): what is not
	// in it is gone. Otherwise Docs and Deleted are the net changes since the cursor.
	Full    bool
	Docs    []Doc
	Deleted []Key
}

// Batch is one consistent read: every scope as of revision Rev.
type Batch struct {
	Epoch string // identity of the stored data, new at each Init and Load
	RunID string // identity of the server process
	Rev   int64  // global revision
	Term  string // of Rev
	// Lost: the epoch is the cursor's, and the cursor's last commit is not in the store: a server lost what it had
	// acknowledged, or an old state was brought back. Positions mean nothing then, and every scope of the cursor is in
	// Changes, whole.
	Lost bool
	// Base, where Lost or where the epoch is another one: what has a greater revision was certainly written after the
	// cursor's last commit; what has not may be older than what the reader knows. Otherwise 0.
	Base    int64
	Changes []ScopeChange
}

// Info describes the store.
type Info struct {
	Epoch  string
	RunID  string
	Rev    int64
	Schema int
	Server string    // name and version of the server
	Time   time.Time // the server's time
	// Notifications is false when the server does not publish what watchers need and may not be told to.
	Notifications bool
}

// Beat is a stored heartbeat. At is the server's time of the write.
type Beat struct {
	Host  string
	At    time.Time
	Value []byte
}

// Reader reads documents and indexes.
type Reader interface {
	// Get returns the documents that exist among keys, in the order of keys, nil where absent.
	Get(ctx context.Context, keys ...Key) ([]*Doc, error)
	// Read returns a whole scope, sorted by kind and id.
	Read(ctx context.Context, scope Scope) ([]Doc, error)
	// Lookup returns the owner of each key of an index, "" where unclaimed.
	Lookup(ctx context.Context, index string, keys ...string) ([]string, error)
	// List returns a whole index, key → owner. Not for watched indexes of large deployments' hot paths.
	List(ctx context.Context, index string) (map[string]string, error)
	// Free returns up to n unclaimed numbers of index in [lo, hi], lowest first.
	Free(ctx context.Context, index string, lo, hi int64, n int) ([]int64, error)
}

// Log is how agents follow.
type Log interface {
	// Poll returns what changed after the cursor in the scopes it names, as one consistent read.
	Poll(ctx context.Context, c Cursor) (Batch, error)
	// Watch opens a watcher. hint is called from a goroutine of the store, must not block, and may be called at any
	// time until Close returns.
	Watch(hint func(Hint)) (Watcher, error)
}

// Hint says that something may have changed.
type Hint struct {
	// Gap: the subscription was (re)established, anything may have been missed: Poll everything now.
	Gap bool
	// Err, with nothing else set: the subscription is down for this reason; a Gap follows when it is back.
	Err error
	// Scope that changed, or
	Scope Scope
	// Index and Key of a watched claim that was made or released.
	Index, Key string
}

// Watcher delivers hints for what it follows.
type Watcher interface {
	// Follow replaces the set of what is followed. Every newly followed item is acknowledged by a Gap hint after the
	// subscription is active. It does not block.
	Follow(scopes []Scope, entries []Entry)
	Close() error
}

// Entry is one entry of a watched index.
type Entry struct{ Index, Key string }

// Store is everything. Errors: *Conflict from Commit when a precondition failed (nothing was applied), ErrUnknown when
// the outcome of a commit is unknown, ErrNotInitialised before Init, ErrUnavailable when the server cannot be reached.
type Store interface {
	Reader
	Log
	Commit(ctx context.Context, t Txn) (Result, error)
	// Sequence reserves n consecutive numbers of a named counter, never given out before, and returns the first (from
	// 1). A server that goes on where another one stopped leaves out some: it may have lost the last ones.
	Sequence(ctx context.Context, name string, n int) (int64, error)
	// Beat writes a heartbeat, Beats reads all of them.
	Beat(ctx context.Context, host string, value []byte) error
	Beats(ctx context.Context) ([]Beat, error)
	// RemoveBeat forgets a host's heartbeat.
	RemoveBeat(ctx context.Context, host string) error
	Info(ctx context.Context) (Info, error)
	// Init makes an empty store ready (schema, epoch). It returns false when it already was.
	Init(ctx context.Context) (created bool, err error)
	Close() error
}
