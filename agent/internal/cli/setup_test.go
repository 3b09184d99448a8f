package cli

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/config"
	"github.com/vlcp-go/vlcp/agent/internal/doctor"
	"github.com/vlcp-go/vlcp/common/ovstest"
	"github.com/vlcp-go/vlcp/common/store/redisstore"
	"github.com/vlcp-go/vlcp/common/store/redistest"
)

const password = "s3cr3t/with@odd+signs"

// site is a host with Open vSwitch and a store that wants a password.
type site struct {
	t      *testing.T
	url    string
	config string
	sw     *ovstest.Switch
}

func newSite(t *testing.T) *site {
	t.Helper()
	srv := redistest.Start(t)
	srv.CLI(t, "config", "set", "requirepass", password)
	host := strings.TrimPrefix(srv.URL, "redis://")
	host = strings.TrimPrefix(host, "unix://")
	scheme, _, _ := strings.Cut(srv.URL, "://")
	s := &site{t: t, url: scheme + "://:" + strings.ReplaceAll(password, "%", "%25") + "@" + host, sw: ovstest.Start(t),
		config: filepath.Join(t.TempDir(), "etc", "agent.yaml")}
	st, err := redisstore.Open(redisstore.Options{URL: s.url})
	require.NoError(t, err)
	_, err = st.Init(t.Context())
	require.NoError(t, err)
	require.NoError(t, st.Close())
	s.sw.Vsctl("set", "Open_vSwitch", ".", "external_ids:system-id=one", "ovs_version=3.1.0")
	require.NoError(t, os.MkdirAll(filepath.Dir(s.config), 0o755))
	require.NoError(t, os.WriteFile(s.config, []byte("# mine\novs:\n  db: "+s.sw.DB+"\n  datapath_type: dummy\n"), 0o600))
	return s
}

func (s *site) run(args ...string) (code int, out, errs string) {
	s.t.Helper()
	var o, e bytes.Buffer
	a := &app{stdin: strings.NewReader(""), stdout: &o, stderr: &e}
	code = a.main(append(args, "--config", s.config, "--socket", "/nonexistent/agent.sock"))
	return code, o.String(), e.String()
}

func TestSetupChecksAndWrites(t *testing.T) {
	s := newSite(t)
	code, _, errs := s.run("setup")
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs, "--tunnel-interface")

	code, out, errs := s.run("setup", "--redis", "redis://127.0.0.1:1/0", "--tunnel-interface", "lo")
	require.Equal(t, exitRefused, code, out)
	require.Contains(t, out, "failed   store")
	require.Contains(t, errs, "nothing was written")
	require.NoFileExists(t, s.config+config.BackupSuffix)

	code, out, errs = s.run("setup", "--redis", s.url, "--tunnel-interface", "lo")
	require.Equal(t, exitOK, code, "%s%s", out, errs)
	require.NotContains(t, out, password)
	require.Contains(t, out, "wrote "+s.config)
	c, err := config.Load(s.config)
	require.NoError(t, err)
	require.Equal(t, s.url, c.Redis.URL)
	require.Equal(t, "dummy", c.OVS.DatapathType, "what was set stays")
	text, err := os.ReadFile(s.config)
	require.NoError(t, err)
	require.Contains(t, string(text), "# mine")
	require.FileExists(t, s.config+config.BackupSuffix)

	code, _, errs = s.run("setup", "--tunnel-address", "127.0.0.1")
	require.Equal(t, exitOK, code, errs)
	c, err = config.Load(s.config)
	require.NoError(t, err)
	require.Empty(t, c.Tunnel.Interface, "one of the two")
	require.Equal(t, s.url, c.Redis.URL)
}

func TestDoctorSaysWhatIsWrongWhyAndWhatToDo(t *testing.T) {
	s := newSite(t)
	code, out, _ := s.run("doctor")
	require.Equal(t, exitError, code)
	require.Contains(t, out, "tunnel: set address or interface")
	_, _, errs := s.run("setup", "--redis", s.url, "--tunnel-interface", "lo")
	require.Empty(t, errs)

	s.sw.Bridge("br-int")
	s.sw.Vsctl("set-controller", "br-int", "tcp:192.0.2.1")
	code, out, _ = s.run("doctor", "-o", "json")
	require.Equal(t, exitError, code)
	var r doctor.Report
	require.NoError(t, json.Unmarshal([]byte(out), &r), out)
	got := map[string]string{}
	for _, c := range r.Checks {
		got[c.Name] = c.Result
		require.NotEmpty(t, c.Found, c.Name)
		if c.Result != doctor.OK {
			require.NotEmpty(t, c.Why, c.Name)
			require.NotEmpty(t, c.Fix, c.Name)
		}
	}
	require.Equal(t, map[string]string{"configuration": "ok", "Open vSwitch": "ok", "system id": "ok",
		"bridge br-int": got["bridge br-int"], "bridge br-int, controllers": "failed", "bridge br-int, OpenFlow": "ok",
		"datapath": "ok", "tunnel address": "ok", "MTU": "ok", "store": "ok", "notifications": "ok", "clock": "ok",
		"access": "ok", "agent": "warning"}, got)

	s.sw.Vsctl("del-controller", "br-int")
	code, out, _ = s.run("doctor")
	require.Equal(t, exitOK, code, out)
	s.sw.StopVswitchd()
	s.sw.StopDB()
	code, out, _ = s.run("doctor")
	require.Equal(t, exitError, code)
	require.Contains(t, out, "failed   Open vSwitch")
	require.Contains(t, out, "fix: systemctl start openvswitch-switch")
}

func TestASupportBundleHasNoSecrets(t *testing.T) {
	s := newSite(t)
	_, _, errs := s.run("setup", "--redis", s.url, "--tunnel-interface", "lo")
	require.Empty(t, errs)
	file := filepath.Join(t.TempDir(), "b.tar.gz")
	code, out, errs := s.run("support-bundle", "-f", file)
	require.Equal(t, exitOK, code, errs)
	require.Contains(t, out, "doctor.json")
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	require.NoError(t, err)
	found := map[string]string{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		data, err := io.ReadAll(r)
		require.NoError(t, err)
		require.NotContains(t, string(data), password, h.Name)
		require.NotContains(t, string(data), "s3cr3t", h.Name)
		found[h.Name] = string(data)
	}
	require.Contains(t, found["vlcp-agent/agent.yaml"], "***@")
	require.Contains(t, found["vlcp-agent/ovs-vsctl.txt"], "ovs_version")
	require.Contains(t, found["vlcp-agent/status.json"], "not collected")
	require.Contains(t, found["vlcp-agent/doctor.json"], `"result": "ok"`)
	code, _, errs = s.run("support-bundle", "-f", file)
	require.Equal(t, exitError, code, "what is there is not overwritten")
	require.Contains(t, errs, "exists")
}

// What is suggested for the tunnels is of either version of IP, but nothing that only this host or this link knows.
func TestReachable(t *testing.T) {
	var addrs []net.Addr
	for _, a := range []string{"192.0.2.1/24", "fe80::1/64", "2001:db8::1/64", "fd00::1/8", "169.254.0.1/16"} {
		p := netip.MustParsePrefix(a)
		addrs = append(addrs, &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())})
	}
	require.Equal(t, []string{"eth0 192.0.2.1", "eth0 2001:db8::1", "eth0 fd00::1"}, reachable("eth0", addrs))
}
