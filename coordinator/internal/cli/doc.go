// Package cli is the command line of the coordinator: it reads arguments, calls the catalog, and prints. It decides
// nothing, and is the only importer of the command line library.
//
//	arguments, environment ──▶ cobra ──▶ catalog.Changes ──▶ catalog ──▶ store
//	                                                           │
//	exit code, table, JSON or YAML ◀── print ◀── objects, errors ◀──┘
package cli
