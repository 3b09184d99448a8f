package store

import (
	"context"
	"time"
)

// Image is all documents and counters as of one revision: what a backup holds. Indexes are not in it, since they follow
// from the documents.
type Image struct {
	Epoch     string
	Rev       int64
	At        time.Time // the server's time
	Docs      []Doc     // sorted by scope, kind and id
	Sequences map[string]int64
}

// Survey is everything that is stored, for whoever checks it. It is not one moment: what is wrong in two surveys is
// wrong.
type Survey struct {
	Image
	Claims []Claim // sorted by index and key
	Scopes map[Scope]int64
	// Flaws are what is wrong below documents and claims: with keys, logs, pools.
	Flaws []Flaw
}

// Flaw is something in the store that is not as a commit would leave it.
type Flaw struct {
	Code   string // a word for programs, as key_unknown
	Object string // what it is about, as pool:vni:0
	Text   string
	// Scope whose readers must read it again once it is mended, "" when none need to.
	Scope Scope
	// Mended by Load, because Load writes it anew. What is not needs a decision.
	Mended bool
}

// Load is what replaces everything that is stored.
type Load struct {
	Image  *Image
	Claims []Claim // all of them
	// Keep goes on with the epoch and the history: for a repair. Readers of the scopes in Touched read them again,
	// the others notice nothing. Otherwise the store begins a new epoch, without a history.
	Keep    bool
	Touched []Scope
	// Progress is told of keys written, of how many.
	Progress func(done, total int)
}

// Archive is what backup, restore, check and repair need of a store.
type Archive interface {
	// Image reads all documents as of one moment.
	Image(ctx context.Context) (*Image, error)
	// Survey reads everything.
	Survey(ctx context.Context) (*Survey, error)
	// Hold keeps commits out (they fail with ErrUnavailable) while do runs, and not longer than a minute after whoever
	// called it has died. do may call Load; commits may go on before do returns then.
	Hold(ctx context.Context, do func(ctx context.Context) error) error
	// Load replaces everything but heartbeats, all or nothing, and returns the epoch. It works on an empty store too,
	// and needs Hold: when commits were not kept out all the time, it fails and changes nothing.
	Load(ctx context.Context, l Load) (epoch string, err error)
}
