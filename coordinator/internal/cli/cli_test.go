package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/store/redisstore"
	"github.com/vlcp-go/vlcp/common/store/redistest"
	"github.com/vlcp-go/vlcp/coordinator"
)

// shell runs the program against one store.
type shell struct {
	t     *testing.T
	url   string
	stdin string
}

func newShell(t *testing.T) *shell {
	t.Helper()
	return &shell{t: t, url: redistest.Start(t).URL}
}

// run returns exit code, standard output and standard error.
func (s *shell) run(line string, more ...string) (int, string, string) {
	s.t.Helper()
	var out, errs bytes.Buffer
	env := func(name string) string {
		if name == redisEnv {
			return s.url
		}
		return ""
	}
	code := Main(append(strings.Fields(line), more...), strings.NewReader(s.stdin), &out, &errs, env)
	return code, out.String(), errs.String()
}

// ok runs what must succeed.
func (s *shell) ok(line string, more ...string) string {
	s.t.Helper()
	code, out, errs := s.run(line, more...)
	require.Equal(s.t, exitOK, code, "%s: %s", line, errs)
	require.Empty(s.t, errs)
	return out
}

// fails runs what must not.
func (s *shell) fails(want int, text, line string, more ...string) {
	s.t.Helper()
	code, out, errs := s.run(line, more...)
	require.Equal(s.t, want, code, "%s: %s%s", line, out, errs)
	require.Contains(s.t, errs, text)
	require.True(s.t, strings.HasPrefix(errs, "vlcp-coordinator: "), errs)
}

func (s *shell) json(line string) any {
	s.t.Helper()
	var v any
	require.NoError(s.t, json.Unmarshal([]byte(s.ok(line+" -o json")), &v))
	return v
}

// define makes the usual objects.
func (s *shell) define() {
	s.t.Helper()
	s.ok("init")
	s.ok("physnet create tenants --type vxlan --vni 10000-20000")
	s.ok("network create blue --physnet tenants")
	s.ok("subnet create blue-v4 --network blue --cidr 10.10.0.0/24 --gateway 10.10.0.1 " +
		"--range 10.10.0.10-10.10.0.19 --range 10.10.0.30-10.10.0.39 --dns 10.10.0.2,10.10.0.3 --domain example.org " +
		"--lease 1h --route 192.0.2.0/24=10.10.0.7")
	s.ok("port create web1 --network blue --mac 02:00:00:00:00:01 --hostname www")
}

func TestFromNothingToAPort(t *testing.T) {
	s := newShell(t)
	s.fails(exitError, "run vlcp-coordinator init", "physnet list")
	require.Contains(t, s.ok("init"), "the store is ready (epoch ")
	require.Contains(t, s.ok("init"), "ready already")
	s.define()
	require.Equal(t, "NAME     TYPE   VNI          VLAN  MTU\n"+
		"tenants  vxlan  10000-20000  -     -\n", s.ok("physnet list"))
	require.Equal(t, "NAME  PHYSNET  VNI    VLAN  MTU   TAG  UNKNOWN-ARP  STRATEGY  LEARNING\n"+
		"blue  tenants  10000  -     1450  1    flooded      prepush   -\n", s.ok("network list"))
	require.Contains(t, s.ok("subnet list --network blue"), "10.10.0.10-10.10.0.19,10.10.0.30-10.10.0.39  10.10.0.254")
	require.Contains(t, s.ok("port list"),
		"web1  blue     blue-v4  10.10.0.10  02:00:00:00:00:01  down   -")
	require.Equal(t, map[string]any{"name": "web1", "network": "blue", "subnet": "blue-v4", "ip": "10.10.0.10",
		"mac": "02:00:00:00:00:01", "hostname": "www", "state": "down"}, s.json("port show web1"))
	require.Equal(t, `name: blue-v4
network: blue
cidr: 10.10.0.0/24
gateway: 10.10.0.1
range:
  - 10.10.0.10-10.10.0.19
  - 10.10.0.30-10.10.0.39
dns:
  - 10.10.0.2
  - 10.10.0.3
domain: example.org
lease: 1h
routes:
  - 192.0.2.0/24=10.10.0.7
dhcp_server: 10.10.0.254
`, s.ok("subnet show blue-v4"))
}

func TestUpdateAndDelete(t *testing.T) {
	s := newShell(t)
	s.define()
	s.ok("physnet update tenants --vni 10000-30000 --mtu 9000")
	s.ok("network update blue --vni 25000 --mtu 0")
	require.Equal(t, map[string]any{"name": "blue", "physnet": "tenants", "vni": 25000.0, "mtu": 8950.0, "tag": 1.0},
		s.json("network show blue"))
	s.ok("subnet update blue-v4 --dhcp=false --lease 2h", "--dns", "", "--range", "", "--gateway", "", "--route", "")
	require.Equal(t, map[string]any{"name": "blue-v4", "network": "blue", "cidr": "10.10.0.0/24", "domain": "example.org",
		"lease": "2h", "dhcp": false, "dhcp_server": "10.10.0.254"}, s.json("subnet show blue-v4"))
	require.Contains(t, s.ok("port update web1 --ip 10.10.0.77"), "10.10.0.77")
	s.ok("port create web2 --network blue")
	require.Equal(t, "port web1 deleted\nport web2 deleted\n", s.ok("port delete web1 web2"))
	require.Equal(t, []any{map[string]any{"action": "deleted", "kind": "subnet", "name": "blue-v4"}},
		s.json("subnet delete blue-v4"))
	s.ok("network delete blue")
	s.ok("physnet delete tenants")
	for _, noun := range []string{"physnet", "network", "subnet", "port", "host"} {
		require.Equal(t, []any{}, s.json(noun+" list"))
	}
}

func TestLearningNetwork(t *testing.T) {
	s := newShell(t)
	s.ok("init")
	s.ok("physnet create office --type vlan --vlan 100-199")
	s.ok("network create staff --physnet office --learning --learning-max 9 --learning-age 90s --unknown-unicast drop")
	want := map[string]any{"name": "staff", "physnet": "office", "vlan": 100.0, "mtu": 1500.0, "tag": 1.0,
		"learning": true, "learning_max": 9.0, "learning_age": "1m30s", "unknown_unicast": "drop"}
	require.Equal(t, want, s.json("network show staff"))
	s.ok("network update staff --learning=false")
	require.NotContains(t, s.ok("network show staff"), "learn", "with all that was said of it")
	require.NotContains(t, s.ok("network show staff"), "unknown")
}

func TestExitCodes(t *testing.T) {
	s := newShell(t)
	s.define()
	for _, c := range []struct {
		code       int
		text, line string
	}{
		{exitUsage, `unknown command "prot": did you mean port?`, "prot list"},
		{exitUsage, `unknown command "lst"`, "port lst"},
		{exitUsage, "unknown flag: --colour", "port list --colour"},
		{exitUsage, `required flag(s) "network" not set`, "port create a"},
		{exitUsage, "accepts 1 arg(s), received 0", "port show"},
		{exitUsage, "Run 'vlcp-coordinator port show --help' for usage", "port show"},
		{exitUsage, "requires at least 1 arg(s)", "port delete"},
		{exitUsage, "nothing to change: give at least one of --subnet, --vlan, --mac", "port update web1"},
		{exitUsage, `"xml": use table, json or yaml`, "port list -o xml"},
		{exitUsage, "leaves no time", "port list --store-timeout 0s"},
		{exitUsage, `"10.0.0" is not an address`, "port update web1 --ip 10.0.0"},
		{exitUsage, `"10.0.0.0" is not a prefix`, "subnet create s --network blue --cidr 10.0.0.0"},
		{exitUsage, `"no" is not true or false`, "subnet update blue-v4 --dhcp=no"},
		{exitUsage, `"zz" is not a MAC address`, "port update web1 --mac zz"},
		{exitUsage, `"70000" for "--vlan" flag: give a number from 0 to 65535`, "port update web1 --vlan 70000"},
		{exitUsage, `"-1" for "--learning-max" flag: give a number from 0 to 4294967295`,
			"network update blue --learning-max -1"},
		{exitUsage, `"big" for "--mtu" flag: give a whole number`, "network update blue --mtu big"},
		{exitUsage, `"maybe" for "--learning" flag: give true or false`, "network update blue --learning=maybe"},
		{exitUsage, `"5" is not a range of addresses`, "subnet update blue-v4 --range 5"},
		{exitUsage, "redis", "port list --redis http://x"},
		{exitNotFound, "port nix: not found", "port show nix"},
		{exitNotFound, "port nix: not found", "port delete web1 nix"},
		{exitNotFound, "there is no network red", "port create a --network red"},
		{exitNotFound, "network red: not found", "port list --network red"},
		{exitNotFound, "host h: not found", "host delete h"},
		{exitNotFound, "port nix: not found", "wait --port nix"},
		{exitRefused, "exists already", "port create web1 --network blue"},
		{exitRefused, "in use by port web1, subnet blue-v4", "network delete blue"},
		{exitRefused, "10.10.0.10 is already used by port web1", "port create a --network blue --ip 10.10.0.10"},
		{exitRefused, "02:00:00:00:00:01 is already used by port web1",
			"port create a --network blue --mac 02-00-00-00-00-01"},
		{exitRefused, "has host bits set", "subnet create s --network blue --cidr 10.0.0.5/24"},
		{exitRefused, "is given twice", "port delete web1 web1"},
		{exitError, "no such file", "apply -f /nowhere/x.yaml"},
		{exitTimeOut, "port web1 is not attached anywhere", "wait --port web1 --timeout 100ms"},
	} {
		s.fails(c.code, c.text, c.line)
	}
	require.Contains(t, s.ok("port list"), "web1", "nothing was done")
}

func TestStoreThatIsDown(t *testing.T) {
	r := redistest.Start(t)
	s := &shell{t: t, url: r.URL}
	s.define()
	r.Kill(t)
	start := time.Now()
	for _, line := range []string{"init", "port list", "port create a --network blue", "wait", "host list", "export"} {
		s.fails(exitStore, "store unavailable", line)
	}
	require.Less(t, time.Since(start), 20*time.Second)
	require.Equal(t, exitOK, func() int { c, _, _ := s.run("version"); return c }())
}

func TestUnknownOutcome(t *testing.T) {
	var errs bytes.Buffer
	a := &app{stderr: &errs, running: true}
	require.Equal(t, exitUnknown, a.fail(&cobra.Command{Use: "x"}, store.ErrUnknown))
	require.Contains(t, errs.String(), "repeating is safe")
}

func TestApplyAndExport(t *testing.T) {
	s := newShell(t)
	s.define()
	text := s.ok("export")
	require.Contains(t, text, "physnets:\n  - name: tenants\n    type: vxlan\n    vni: 10000-20000\n")
	file := filepath.Join(t.TempDir(), "all.yaml")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	require.Equal(t, "0 created, 0 updated, 4 unchanged\n", s.ok("apply -f "+file))

	s.stdin = "ports:\n- {name: web2, network: blue}\n- {name: web1, network: blue, hostname: other}\n"
	require.Equal(t, "port web2 created\nport web1 updated\n1 created, 1 updated, 0 unchanged "+
		"(dry run, nothing was done)\n", s.ok("apply -f - --dry-run"))
	require.Equal(t, text, s.ok("export"))
	require.Contains(t, s.ok("apply -f -"), "1 created, 1 updated, 0 unchanged\n")
	require.Contains(t, s.ok("port show web2"), "ip: 10.10.0.11")

	s.stdin = "ports:\n- name: web2\n  nettwork: blue\n"
	s.fails(exitRefused, `standard input:3: ports[0]: unknown key "nettwork"`, "apply -f -")
	s.stdin = s.ok("export -o json")
	require.Equal(t, "0 created, 0 updated, 5 unchanged\n", s.ok("apply -f -"), "JSON is read too")

	other := newShell(t)
	other.ok("init")
	other.stdin = s.ok("export")
	other.ok("apply -f -")
	require.Equal(t, other.stdin, other.ok("export"))
}

// agent does what a host's agent does.
func (s *shell) agent(do func(st store.Store)) {
	s.t.Helper()
	st, err := redisstore.Open(redisstore.Options{URL: s.url})
	require.NoError(s.t, err)
	defer func() { require.NoError(s.t, st.Close()) }()
	do(st)
}

func TestHostsAndWait(t *testing.T) {
	s := newShell(t)
	s.define()
	require.Contains(t, s.ok("wait"), "done after")
	s.agent(func(st store.Store) {
		_, err := st.Commit(t.Context(), store.Txn{
			Claims: []store.Claim{{Index: "bound:id1", Key: "web1", Owner: "blue", Bit: store.NoBit}},
			Puts: []store.Doc{{Key: store.Key{Scope: "net/blue", Kind: "binding", ID: "web1"},
				Value: []byte(`{"port":"web1","host":"id1","token":"t","at":"2026-01-01T00:00:00Z"}`)},
				{Key: store.Key{Scope: "hosts", Kind: "host", ID: "id1"},
					Value: []byte(`{"id":"id1","name":"node1","tunnel":"192.0.2.1","version":"1"}`)}}})
		require.NoError(t, err)
	})
	require.Contains(t, s.ok("port list"), "unknown  node1")
	beat := func(applied string) {
		s.agent(func(st store.Store) {
			require.NoError(t, st.Beat(t.Context(), "id1",
				[]byte(`{"host":"id1","applied":`+applied+`,"ports":1,"interval_ms":5000}`)))
		})
	}
	beat("1")
	s.fails(exitTimeOut, "host id1 has applied revision 1,", "wait --port web1 --timeout 200ms")
	beat("1000000")
	require.Contains(t, s.ok("wait --port web1"), "done after")
	require.Equal(t, true, s.json("wait").(map[string]any)["done"])
	require.Contains(t, s.ok("port list"), "up     node1")
	require.Contains(t, s.ok("host list"), "192.0.2.1  1      1000000  1")
	require.Contains(t, s.ok("host show node1"), "state: live")
	s.fails(exitRefused, "is live", "host delete node1")
	s.agent(func(st store.Store) { require.NoError(t, st.RemoveBeat(t.Context(), "id1")) })
	require.Equal(t, "host id1 deleted\n", s.ok("host delete node1"))
	require.Contains(t, s.ok("port delete web1"), "deleted")
	s.agent(func(st store.Store) {
		bound, err := st.List(t.Context(), "bound:id1")
		require.NoError(t, err)
		require.Empty(t, bound)
	})
}

func TestVersionAndHelp(t *testing.T) {
	s := &shell{t: t, url: "redis://user:secret@192.0.2.1:1"}
	require.Equal(t, "vlcp-coordinator "+coordinator.Version+"\n", s.ok("version"))
	require.Equal(t, s.ok("version"), s.ok("--version"))
	require.Equal(t, s.ok("version -o json"), s.ok("--version -o json"))
	require.Contains(t, s.ok("port"), "Available Commands")
	var walk func(c *cobra.Command)
	root := (&app{env: func(string) string { return "" }}).root()
	walk = func(c *cobra.Command) {
		require.NotEmpty(t, c.Example, c.CommandPath())
		require.NotEmpty(t, c.Short, c.CommandPath())
		help := s.ok(strings.TrimPrefix(c.CommandPath(), program), "--help")
		require.Contains(t, help, "Examples:")
		require.NotContains(t, help, "secret", "help does not show passwords of the environment")
		for line := range strings.Lines(help) {
			require.LessOrEqual(t, strings.Count(line, "(default"), 1, line)
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(root)
}

func TestCompletion(t *testing.T) {
	s := newShell(t)
	s.define()
	s.ok("port create web2 --network blue")
	offers := func(words ...string) []string {
		_, out, _ := s.run("__complete", words...)
		lines := strings.Split(strings.TrimSpace(out), "\n")
		return lines[:len(lines)-1]
	}
	require.Equal(t, []string{"web1", "web2"}, offers("port", "show", "w"))
	require.Equal(t, []string{"web2"}, offers("port", "delete", "web1", "w"))
	require.Empty(t, offers("port", "show", "web1", ""))
	require.Equal(t, []string{"blue"}, offers("port", "create", "x", "--network", ""))
	require.Equal(t, []string{"table", "json", "yaml"}, offers("port", "list", "-o", ""))
	require.Equal(t, []string{"flood", "drop"}, offers("network", "update", "blue", "--unknown-unicast", ""))
	require.Equal(t, []string{"vlan", "vxlan"}, slices.Sorted(slices.Values(
		offers("physnet", "create", "x", "--type", "v"))))
	require.Equal(t, []string{"ipv4", "ipv6"}, offers("physnet", "create", "x", "--underlay", ""))
	require.Contains(t, s.ok("completion bash"), "__start_vlcp-coordinator")
	s.url = "redis://127.0.0.1:1"
	require.Empty(t, offers("port", "show", ""))
}
