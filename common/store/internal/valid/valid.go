// Package valid refuses commits that no implementation of the store could keep, so that all of them refuse the same
// ones with the same words, before anything is sent.
package valid

import (
	"errors"
	"fmt"

	"github.com/vlcp-go/vlcp/common/store"
)

// Bounds of one commit.
const (
	MaxOpsPerTxn     = 200_000          // checks, releases, claims, deletes and puts together
	MaxValueBytes    = 1 << 20          // of one document
	MaxBit           = int64(1)<<32 - 1 // of a claim
	MaxNumbersPerSeq = 1 << 24          // reserved by one call of Sequence
)

// Txn returns an error when t can never be committed.
func Txn(t *store.Txn) error {
	ops := len(t.Checks) + len(t.Releases) + len(t.Claims) + len(t.Empty) + len(t.Deletes) + len(t.Puts)
	if ops > MaxOpsPerTxn {
		return fmt.Errorf("commit has %d operations, the bound is %d: split it", ops, MaxOpsPerTxn)
	}
	for _, c := range t.Checks {
		if err := Key(c.Key); err != nil {
			return fmt.Errorf("check: %w", err)
		}
		if c.Rev < store.Exists {
			return fmt.Errorf("check of %s %s: revision %d means nothing", c.Key.Kind, c.Key.ID, c.Rev)
		}
	}
	if err := claims(t); err != nil {
		return err
	}
	for _, k := range t.Deletes {
		if err := Key(k); err != nil {
			return fmt.Errorf("delete: %w", err)
		}
	}
	return puts(t.Puts)
}

func claims(t *store.Txn) error {
	for _, list := range [][]store.Claim{t.Releases, t.Claims} {
		for _, c := range list {
			switch {
			case c.Index == "" || c.Key == "":
				return errors.New("claim without index or key")
			case c.Bit < store.NoBit || c.Bit > MaxBit:
				return fmt.Errorf("claim of %s in %s: bit %d is out of range", c.Key, c.Index, c.Bit)
			}
		}
	}
	for _, c := range t.Claims {
		if c.Owner == "" {
			return fmt.Errorf("claim of %s in %s has no owner", c.Key, c.Index)
		}
	}
	for _, ix := range t.Empty {
		if ix == "" {
			return errors.New("empty index without a name")
		}
	}
	return nil
}

func puts(docs []store.Doc) error {
	for _, d := range docs {
		if err := Key(d.Key); err != nil {
			return fmt.Errorf("put: %w", err)
		}
		if len(d.Value) > MaxValueBytes {
			return fmt.Errorf("put %s %s: %d bytes, the bound is %d", d.Key.Kind, d.Key.ID, len(d.Value), MaxValueBytes)
		}
	}
	return nil
}

// Key returns an error when k names no document.
func Key(k store.Key) error {
	if k.Scope == "" || k.Kind == "" || k.ID == "" {
		return fmt.Errorf("document key %q %q %q: scope, kind and id are needed", k.Scope, k.Kind, k.ID)
	}
	return nil
}

// Sequence returns an error when a reservation of n numbers is not one.
func Sequence(name string, n int) error {
	if name == "" || n < 1 || n > MaxNumbersPerSeq {
		return fmt.Errorf("reserve %d numbers of sequence %q: want a name and 1 to %d", n, name, MaxNumbersPerSeq)
	}
	return nil
}
