package ovsdb

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math"
)

// Kind is the type of an atom (RFC 7047 section 3.2).
type Kind string

// The kinds and the Go types of their atoms.
const (
	Integer Kind = "integer" // int64
	Real    Kind = "real"    // float64
	Boolean Kind = "boolean" // bool
	String  Kind = "string"  // string
	Uuid    Kind = "uuid"    // UUID
)

// Type is the type of a column. A column of one value (Max 1) holds an atom, or an empty Set when it has none; with
// more it holds a Set, also of one element; with a Value it holds a Map when both kinds are String, else Pairs.
type Type struct {
	Key      Kind
	Value    Kind   // of maps, else ""
	Min, Max int    // elements; no limit is math.MaxInt
	RefTable string // table that keys of kind uuid are of, "" for any

	name string // of the column, so that rows share it
}

// many reports whether changes of the column come as differences.
func (t *Type) many() bool { return t.Max > 1 }

// zero is the value of a column that an insert does not mention.
func (t *Type) zero() any {
	switch {
	case t.Value != "":
		return t.noPairs()
	case t.Min == 0 || t.many():
		return Set{}
	}
	switch t.Key {
	case Integer:
		return int64(0)
	case Real:
		return float64(0)
	case Boolean:
		return false
	case Uuid:
		return zeroUUID
	default:
		return ""
	}
}

func (t *Type) noPairs() any {
	if t.Key == String && t.Value == String {
		return Map{}
	}
	return Pairs{}
}

// Schema is the tables of a database.
type Schema struct {
	Name, Version string
	Tables        map[string]map[string]*Type // columns by table

	sum [sha256.Size]byte // of its text
}

// Column is the type of a column, nil when there is none. Every table has _uuid and _version.
func (s *Schema) Column(table, column string) *Type {
	cols := s.Tables[table]
	if t := cols[column]; t != nil {
		return t
	}
	if cols != nil && (column == "_uuid" || column == "_version") {
		return &Type{Key: Uuid, Min: 1, Max: 1, name: column}
	}
	return nil
}

// UnmarshalJSON reads a <database-schema> (RFC 7047 section 3.2), what we need of it.
func (s *Schema) UnmarshalJSON(b []byte) error {
	var raw struct {
		Name    string `json:"name"`
		Version string `json:"version"`
		Tables  map[string]struct {
			Columns map[string]struct {
				Type *Type `json:"type"`
			} `json:"columns"`
		} `json:"tables"`
	}
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	*s = Schema{Name: raw.Name, Version: raw.Version, Tables: map[string]map[string]*Type{}, sum: sha256.Sum256(b)}
	for table, t := range raw.Tables {
		s.Tables[table] = map[string]*Type{}
		for col, c := range t.Columns {
			if c.Type == nil {
				return fmt.Errorf("column %s of table %s has no type: %w", col, table, errValue)
			}
			c.Type.name = col
			s.Tables[table][col] = c.Type
		}
	}
	return nil
}

// baseType is a <base-type>: the name of a kind, or an object.
type baseType struct {
	Kind Kind   `json:"type"`
	Ref  string `json:"refTable"`
}

// UnmarshalJSON reads a <base-type>.
func (b *baseType) UnmarshalJSON(text []byte) error {
	type object baseType
	var err error
	if len(text) > 0 && text[0] == '"' {
		err = json.Unmarshal(text, &b.Kind)
	} else {
		err = json.Unmarshal(text, (*object)(b))
	}
	switch b.Kind {
	case Integer, Real, Boolean, String, Uuid:
		return err
	}
	return fmt.Errorf("%s is not a kind: %w", text, errValue)
}

// UnmarshalJSON reads a <type>: a <base-type>, or an object with the kinds of key and value and how many there are.
func (t *Type) UnmarshalJSON(text []byte) error {
	raw := struct {
		Key   baseType        `json:"key"`
		Value baseType        `json:"value"`
		Min   *int            `json:"min"`
		Max   json.RawMessage `json:"max"`
	}{}
	if len(text) > 0 && text[0] == '"' {
		if err := json.Unmarshal(text, &raw.Key); err != nil {
			return err
		}
	} else if err := json.Unmarshal(text, &raw); err != nil {
		return err
	}
	*t = Type{Key: raw.Key.Kind, Value: raw.Value.Kind, Min: 1, Max: 1, RefTable: raw.Key.Ref}
	if raw.Min != nil {
		t.Min = *raw.Min
	}
	switch max := string(raw.Max); max {
	case "":
	case `"unlimited"`:
		t.Max = math.MaxInt
	default:
		if err := json.Unmarshal(raw.Max, &t.Max); err != nil {
			return err
		}
	}
	if t.Key == "" || t.Min < 0 || t.Min > 1 || t.Max < 1 {
		return fmt.Errorf("type %s: %w", text, errValue)
	}
	return nil
}
