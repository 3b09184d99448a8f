// Package yamlconf reads and writes the YAML files of the programs: definitions for the coordinator, configuration for
// the agent. It is the only importer of the YAML library.
//
//	file ──parse──▶ node tree ──Decode (strict, by struct tags)──▶ struct
//	struct ──encoding/json──▶ JSON ──parse──▶ node tree ──block style──▶ file
//
// Decode is our own walk over the parsed nodes, because every complaint must say the line and the key, and the
// library's decoder loses the line of what a text type refuses. Encode goes through JSON, because the library's
// omitempty does not know zero values such as that of netip.Addr.
package yamlconf
