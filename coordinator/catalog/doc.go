// Package catalog decides: it turns wishes of operators into atomic commits, allocates numbers and addresses, and reads
// back what is defined and what state it is in. It knows nothing of command lines.
//
//	Changes (create, update, delete, apply)
//	   │                          ┌──────────────── conflict: read again, plan again ───────────────┐
//	   ▼                          ▼                                                                 │
//	 order ──▶ load (documents, names) ──▶ plan (defaults, checks) ──▶ allocate ──▶ emit ──▶ store.Commit
//	                                          │                      (vni, tag, ip, mac)            │
//	                                          ▼                                                     ▼
//	                           NotFound, Refused, model.Invalid                                  []Done
//
// A plan works on what was read, so the commit carries a check of the revision of every document that it relied upon,
// and claims in unique indexes of everything that must not be given out twice. What an object claims is a function of
// the object (layout.go); an update claims and releases the difference. Nothing here looks at a clock: ages are
// measured against the store's time.
package catalog
