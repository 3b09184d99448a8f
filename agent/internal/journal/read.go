package journal

import (
	"encoding/json"

	"github.com/vlcp-go/vlcp/agent/internal/plainjson"
	"github.com/vlcp-go/vlcp/common/store"
)

// readRecord reads what appendFrame wrote of a record. Values are parts of the payload.
func readRecord(payload []byte) (record, error) {
	r, ok := plainRecord(payload)
	if ok {
		return r, nil
	}
	r = record{}
	err := json.Unmarshal(payload, &r)
	return r, err
}

func plainRecord(payload []byte) (r record, ok bool) {
	s := plainjson.New(payload)
	s.Begin()
	if s.Field("synced") {
		r.Synced = s.Int()
	}
	if s.Field("at") && r.At.UnmarshalJSON(s.Raw()) != nil {
		s.Bad()
	}
	if s.Field("epoch") {
		r.Epoch = string(s.Text())
	}
	if s.Field("run_id") {
		r.RunID = string(s.Text())
	}
	if s.Field("rev") {
		r.Rev = s.Int()
	}
	if s.Field("term") {
		r.Term = string(s.Text())
	}
	if s.Field("acked") && json.Unmarshal(s.Raw(), &r.Acked) != nil {
		s.Bad()
	}
	if s.Field("scopes") {
		r.Scopes = []scopeRecord{}
		for s.BeginList(); s.Item(); {
			r.Scopes = append(r.Scopes, plainScope(&s))
		}
	}
	s.End()
	return r, s.Done()
}

func plainScope(s *plainjson.Scanner) (r scopeRecord) {
	s.Begin()
	if s.Field("scope") {
		r.Scope = store.Scope(s.Text())
	}
	if s.Field("rev") {
		r.Rev = s.Int()
	}
	if s.Field("full") {
		r.Full = s.Bool()
	}
	if s.Field("gone") {
		r.Gone = s.Bool()
	}
	if s.Field("docs") {
		r.Docs = plainDocs(s)
	}
	if s.Field("deleted") {
		r.Deleted = plainDocs(s)
	}
	s.End()
	return r
}

func plainDocs(s *plainjson.Scanner) []docRecord {
	docs, kind := []docRecord{}, ""
	for s.BeginList(); s.Item(); {
		var d docRecord
		s.Begin()
		if s.Field("kind") {
			if text := s.Text(); string(text) != kind { // they are sorted by kind
				kind = string(text)
			}
			d.Kind = kind
		}
		if s.Field("id") {
			d.ID = string(s.Text())
		}
		if s.Field("rev") {
			d.Rev = s.Int()
		}
		if s.Field("value") {
			d.Value = s.Raw()
		}
		s.End()
		docs = append(docs, d)
	}
	return docs
}
