package redisstore

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/vlcp-go/vlcp/common/store"
)

// nameFormat keeps the deployment's name free of what means something in a key: braces, colons, glob characters.
var nameFormat = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$`)

const defaultName = "default"

func prefix(name string) string { return "vlcp:{" + name + "}:" }

// Names of documents are escaped so that any kind and id can be told apart again and fit on a line of the log.
var (
	escapeKind = strings.NewReplacer("%", "%25", "/", "%2F", "\n", "%0A")
	escapeID   = strings.NewReplacer("%", "%25", "\n", "%0A")
	unescape   = strings.NewReplacer("%25", "%", "%2F", "/", "%0A", "\n")
	escapeAt   = strings.NewReplacer("%", "%25", "/", "%2F")
)

func field(k store.Key) string { return escapeKind.Replace(k.Kind) + "/" + escapeID.Replace(k.ID) }

// home is the hash that a document is in, without the prefix, as home in prelude.lua.
func home(k store.Key) string {
	if k.Kind == "binding" {
		return "bnd:" + string(k.Scope)
	}
	return "doc:" + string(k.Scope)
}

func keyOf(s store.Scope, field string) store.Key {
	kind, id, _ := strings.Cut(field, "/")
	return store.Key{Scope: s, Kind: unescape.Replace(kind), ID: unescape.Replace(id)}
}

// bell is the key that keyspace events of a watched index entry come from, without the prefix.
func bell(e store.Entry) string { return "at:" + escapeAt.Replace(e.Index) + "/" + e.Key }

// docOf takes "REV\nJSON" apart.
func docOf(k store.Key, value string) (store.Doc, error) {
	head, body, ok := bytes.Cut([]byte(value), []byte("\n"))
	rev, err := strconv.ParseInt(string(head), 10, 64)
	if !ok || err != nil {
		return store.Doc{}, fmt.Errorf("document %s %s in %s is not ours: no revision", k.Kind, k.ID, k.Scope)
	}
	return store.Doc{Key: k, Rev: rev, Value: body}, nil
}

// ownerOf takes "TOKEN OWNER" apart.
func ownerOf(entry string) string {
	_, owner, _ := strings.Cut(entry, " ")
	return owner
}

func token(c store.Claim) string {
	t := "-"
	if c.Bit != store.NoBit {
		t = strconv.FormatInt(c.Bit, 10)
	}
	if c.Watched {
		t += "w"
	}
	return t
}
