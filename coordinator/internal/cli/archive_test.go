package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/store/redisstore"
	"github.com/vlcp-go/vlcp/common/store/redistest"
)

const at = "vlcp:{default}:"

// server is a shell with the server that it works on.
type server struct {
	*shell
	srv *redistest.Server
}

func newServer(t *testing.T) *server {
	t.Helper()
	srv := redistest.Start(t)
	return &server{&shell{t: t, url: srv.URL}, srv}
}

func (s *server) cli(args ...string) string {
	s.t.Helper()
	return s.srv.CLI(s.t, args...)
}

func (s *server) open() *redisstore.Store {
	s.t.Helper()
	st, err := redisstore.Open(redisstore.Options{URL: s.url})
	require.NoError(s.t, err)
	s.t.Cleanup(func() { require.NoError(s.t, st.Close()) })
	return st
}

// bind does what an agent does.
func (s *server) bind(port, network, host string) {
	s.t.Helper()
	_, err := s.open().Commit(s.t.Context(), store.Txn{
		Claims: []store.Claim{{Index: "bound:" + host, Key: port, Owner: network, Bit: store.NoBit}},
		Puts: []store.Doc{
			{Key: store.Key{Scope: "hosts", Kind: "host", ID: host}, Value: fmt.Appendf(nil, `{"id":%q,"name":%q}`, host, host)},
			{Key: store.Key{Scope: store.NetworkScope(network), Kind: "binding", ID: port},
				Value: fmt.Appendf(nil, `{"port":%q,"host":%q,"token":"t","at":"2026-01-01T00:00:00Z"}`, port, host)}}})
	require.NoError(s.t, err)
}

// damages are commands of redis-cli; a ~ is a space within a word.
var damages = []struct {
	command string
	code    string // of the flaw that it makes
	mended  bool
}{
	{"del " + at + "idx:port", "index_missing", true},
	{"hdel " + at + "idx:vni 10000", "index_missing", true},
	{"hset " + at + "idx:vni 10007 10007~network/nobody", "index_orphan", true},
	{"hset " + at + "idx:mac:blue 02:00:00:00:00:01 -~port/web2", "index_wrong", true},
	{"hset " + at + "idx:vni 10000 10001~network/blue", "index_wrong", true},
	{"hset " + at + "idx:vni 10000 nonsense", "entry_broken", true},
	{"del " + at + "at:port/web1", "bell_missing", true},
	{"set " + at + "at:port/web9 blue", "bell_orphan", true},
	{"del " + at + "pool:ip:blue-v4:0", "pool_differs", true},
	{"setbit " + at + "pool:vni:0 15000 1", "pool_differs", true},
	{"del " + at + "scopes", "scope_behind", true},
	{"hset " + at + "scopes net/blue 1", "scope_behind", true},
	{"hset " + at + "scopes net/blue 999", "revision_ahead", true},
	{"hset " + at + "meta rev 2", "revision_ahead", true},
	{"xadd " + at + "log:net/blue 900-0 prev 1 docs port/x", "log_differs", true},
	{"xadd " + at + "log:net/none 1-0 prev 1 docs port/x", "log_differs", true},
	{"expire " + at + "idx:port 1000", "key_expires", true},
	{"expire " + at + "meta 1000", "key_expires", true},
	{"set " + at + "stuff 1", "key_unknown", true},
	{"set " + at + "load:x:doc:net/blue 1", "key_left", true},
	{"set " + at + "doc:net/red 1", "key_type", true},
	{"hset " + at + "doc:net/blue port/web7 nonsense", "document_broken", true},
	{"hdel " + at + "doc:net/blue port/web1", "binding_orphan", true},
	{"hdel " + at + "doc:hosts host/hv1", "binding_orphan", true},
	{"hset " + at + "doc:net/blue port/web7 2\n[]", "document_unreadable", false},
	{"hset " + at + `doc:net/blue port/web7 2` + "\n" + `{"name":"web8","network":"blue"}`, "document_misplaced", false},
	{"hset " + at + `doc:net/blue port/web7 2` + "\n" + `{"name":"web7","network":"blue","subnet":"blue-v4",` +
		`"ip":"10.10.0.10","mac":"02:00:00:00:00:07"}`, "allocated_twice", false},
	{"hset " + at + `doc:net/blue port/web7 2` + "\n" + `{"name":"web7","network":"blue","subnet":"none"}`,
		"reference_missing", false},
	{"hset " + at + `doc:net/blue port/web7 2` + "\n" + `{"name":"web7","network":"blue","colour":"green"}`,
		"version_later", false},
	{"hset " + at + `doc:net/blue router/r 2` + "\n" + `{}`, "version_later", false},
	{"hset " + at + `doc:net/blue port/web7 2` + "\n" + `{"name":"web7","network":"blue","ip":"::1"}`,
		"document_invalid", false},
	{"hset " + at + `doc:net/red port/web1 2` + "\n" + `{"name":"web1","network":"red"}`, "defined_twice", false},
}

// TestDamage damages a server by hand, sees that each damage is found, and, where that is possible, mended.
func TestDamage(t *testing.T) {
	s := newServer(t)
	s.define()
	s.ok("port create web2 --network blue")
	s.bind("web1", "blue", "hv1")
	s.ok("backup", filepath.Join(t.TempDir(), "b"))
	require.Contains(t, s.ok("store check"), "nothing is wrong")
	good := s.srv.Save(t)
	for _, damage := range damages {
		t.Run(damage.code+" "+damage.command, func(t *testing.T) {
			s := &server{&shell{t: t, url: s.url}, s.srv}
			s.srv.Kill(t)
			s.srv.Load(t, good)
			s.srv.Launch(t)
			words := strings.Split(damage.command, " ")
			for i := range words {
				words[i] = strings.Replace(words[i], "~", " ", 1)
			}
			s.cli(words...)
			s.repaired(damage.code, damage.mended)
		})
	}
}

// blue is all documents of network blue.
func (s *server) blue() []string {
	s.t.Helper()
	lines := strings.Split(s.cli("hgetall", at+"doc:net/blue"), "\n")
	slices.Sort(lines)
	return lines
}

// repaired checks and repairs a damaged store.
func (s *server) repaired(code string, mended bool) {
	t := s.t
	t.Helper()
	before := s.blue()
	exit, out, _ := s.run("store check")
	require.Equal(t, exitRefused, exit)
	require.Contains(t, out, "("+code+")")
	s.run("store repair --dry-run")
	_, again, _ := s.run("store check")
	require.Equal(t, out, again, "a dry run changes nothing")
	if !mended {
		exit, out, errs := s.run("store repair --yes")
		_, still, _ := s.run("store check")
		require.Contains(t, still, "("+code+")", "%d %s %s", exit, out, errs)
		require.Equal(t, before, s.blue(), "what needs a decision stays")
		return
	}
	s.stdin = "no\n"
	exit, _, errs := s.run("store repair")
	require.Equal(t, exitRefused, exit)
	require.Contains(t, errs, "the answer was not yes")
	s.stdin = "yes\n"
	exit, out, errs = s.run("store repair")
	require.Equal(t, exitOK, exit, errs)
	require.Contains(t, out, ": mended")
	require.Contains(t, s.ok("store check"), "nothing is wrong", "%s%s", out, errs)
	s.ok("port create web3 --network blue")
	require.Contains(t, s.ok("store check"), "nothing is wrong")
}

func TestBackupFiles(t *testing.T) {
	s := newServer(t)
	s.define()
	s.bind("web1", "blue", "hv1")
	file := filepath.Join(t.TempDir(), "b")
	require.Contains(t, s.ok("backup", file), "documents of revision 5 written to")
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	lines := func(file string) []string {
		all := strings.Split(file, "\n")
		return all[1 : len(all)-2] // without the time
	}
	require.Equal(t, lines(string(data)), lines(s.ok("backup")))
	exported := s.ok("export")

	s.fails(exitRefused, "the store has definitions", "restore", file)
	require.Contains(t, s.ok("restore --replace --dry-run", file), "0 objects would change")
	require.NoError(t, os.WriteFile(file+"x", data[:len(data)-20], 0o600))
	s.fails(exitRefused, "bx:", "restore --replace", file+"x")
	s.fails(exitError, "no such file", "restore", file+"y")
	s.fails(exitError, "write backup", "backup", filepath.Join(file, "in-a-file"))

	s.cli("flushall")
	s.stdin = string(data)
	require.Contains(t, s.ok("restore -"), "port web1 created")
	require.Equal(t, exported, s.ok("export"))
	require.Contains(t, s.ok("store check"), "nothing is wrong")
	require.Empty(t, s.cli("keys", at+"load:*"))
	s.ok("port create web2 --network blue")
	exit, _, errs := s.run("restore - -o json")
	require.Equal(t, exitRefused, exit)
	require.Contains(t, errs, "port web2 deleted")
	s.ok("restore - --replace")
	require.Equal(t, exported, s.ok("export"))
}

// TestRestoreIsWholeOrNot has the server refuse at every step of a restore: what was there stays.
func TestRestoreIsWholeOrNot(t *testing.T) {
	s := newServer(t)
	s.define()
	s.stdin = s.ok("backup")
	s.ok("port create web2 --network blue")
	want := s.ok("export")
	for _, refused := range []string{"set", "rename", "unlink", "hset", "del", "persist", "hdel", "exists",
		"scan"} {
		s.cli("acl", "setuser", "lame", "on", "nopass", "allkeys", "allchannels", "+@all", "-"+refused)
		url := s.url
		s.url = strings.Replace(url, "unix://", "unix://lame:x@", 1)
		exit, out, errs := s.run("restore - --replace")
		require.NotEqual(t, exitOK, exit, "%s %s", refused, out)
		s.url = url
		require.Equal(t, want, s.ok("export"), "%s: %s", refused, errs)
		s.ok("store repair --yes") // of what could not be cleaned away
		s.ok("store check")
		s.ok("port update web2 --hostname x") // the store is not held
		s.ok("port update web2 --hostname", "")
	}
	s.ok("restore - --replace")
}

// TestHeldStore: while somebody restores, commits wait, and nobody else restores.
func TestHeldStore(t *testing.T) {
	s := newServer(t)
	s.define()
	s.stdin = s.ok("backup")
	s.cli("set", at+"stuff", "1")
	err := s.open().Hold(t.Context(), func(context.Context) error {
		s.fails(exitStore, "being restored or repaired", "port create web2 --network blue")
		s.fails(exitError, "another restore or repair is at work", "restore - --replace")
		s.fails(exitError, "another restore or repair is at work", "store repair --yes")
		return nil
	})
	require.NoError(t, err)
	s.ok("port create web2 --network blue")
}

func TestAccept(t *testing.T) {
	s := newServer(t)
	s.define()
	require.Contains(t, s.ok("store accept"), "nothing to accept")
	hold := model.Hold{Since: time.Unix(1e9, 0).UTC(), Why: "it has another epoch", Known: "OLD", Count: 3,
		Refused: []model.Refusal{{Object: "port/web8", Gone: true}, {Object: "port/web1"}}}
	for _, host := range []string{"hv1", "hv2"} {
		b, err := json.Marshal(model.Beat{Host: host, IntervalMS: 5000, Hold: &hold})
		require.NoError(t, err)
		require.NoError(t, s.open().Beat(t.Context(), host, b))
		hold.Refused, hold.Count = hold.Refused[:1], 1
	}
	shown := s.ok("store accept --dry-run")
	for _, line := range []string{"host hv2 (live) holds since 2001-09-09T01:46:40Z: it has another epoch",
		"port web8 goes: on hv1, hv2", "port web1 changes to what the store has: on hv1", "and 1 more"} {
		require.Contains(t, shown, line)
	}
	key := store.Key{Scope: store.ScopeStore, Kind: "acceptance", ID: "acceptance"}
	s.stdin = "\n"
	exit, _, _ := s.run("store accept")
	require.Equal(t, exitRefused, exit)
	docs, err := s.open().Get(t.Context(), key)
	require.NoError(t, err)
	require.Nil(t, docs[0])
	term := s.cli("hget", at+"meta", "term")
	s.stdin = "yes\n"
	_, out, errs := s.run("store accept")
	require.Contains(t, out, "2 hosts follow", errs)
	s.ok("store accept --yes --epoch E3")
	docs, err = s.open().Get(t.Context(), key)
	require.NoError(t, err)
	var acc model.Acceptance
	require.NoError(t, json.Unmarshal(docs[0].Value, &acc))
	require.Equal(t, []string{"OLD", "E3"}, acc.Epochs)
	require.NotEqual(t, term, s.cli("hget", at+"meta", "term"))
	require.Contains(t, s.ok("store check"), "nothing is wrong")
}
