package catalog

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
)

const manyAddresses = base + `
- {name: many, network: blue, ip: 10.0.0.20, more_ips: [10.0.0.21, 10.0.0.22, "2001:db8::20"]}
- {name: vr1, network: blue, ip: 10.0.0.30, allowed_addresses: ["10.0.0.100", "2001:db8::100"]}
`

// portCase is what a port of blue is given, and why that is refused; "" when it is not.
type portCase struct{ port, fields, why string }

func (c portCase) check(t *testing.T, before string) {
	t.Helper()
	f := setup(t)
	f.must(before)
	_, err := f.apply("ports:\n- {name: " + c.port + ", network: blue, " + c.fields + "}")
	if c.why == "" {
		require.NoError(t, err, c.fields)
		return
	}
	require.ErrorContains(t, err, c.why, c.fields)
}

// Every address of a port is its own, of either family, however it is asked for.
func TestPortsOfManyAddresses(t *testing.T) {
	for _, c := range []portCase{
		{"x", `ip: 10.0.0.21`, "10.0.0.21 is already used by port many"},
		{"x", `more_ips: [10.0.0.20]`, "10.0.0.20 is already used by port many"},
		{"x", `more_ips: ["2001:db8::20"]`, "2001:db8::20 is already used by port many"},
		{"x", `more_ips: ["2001:db8:0::20"]`, "2001:db8::20 is already used by port many"},
		{"x", `more_ips: ["10.0.0.100"]`, "port x: more_ips: 10.0.0.100 is an allowed address of port vr1"},
		{"x", `more_ips: ["2001:db8::100"]`, "2001:db8::100 is an allowed address of port vr1"},
		{"x", `allowed_addresses: ["10.0.0.22"]`, "10.0.0.22 belongs to port many"},
		{"x", `allowed_addresses: ["2001:db8::20"]`, "2001:db8::20 belongs to port many"},
		{"x", `more_ips: [10.9.0.1]`, "more_ips: 10.9.0.1 is not in subnet"},
		{"x", `more_ips: [10.0.0.1]`, "more_ips: 10.0.0.1 is the gateway"},
		{"many", `ip: 10.0.0.21, more_ips: [10.0.0.20]`, ""},
		{"many", `ip: 10.0.0.20, allowed_addresses: ["2001:db8::20"]`, ""}, // its own no more
		{"x", `more_ips: [10.0.0.23]`, ""},
	} {
		c.check(t, manyAddresses)
	}
}

// What a port gives up is free again, and what it has is allocated to nobody.
func TestMoreAddressesAreGivenBack(t *testing.T) {
	f := setup(t)
	f.must(manyAddresses)
	f.must("ports:\n- {name: many, network: blue, more_ips: [10.0.0.22]}\n")
	f.must("ports:\n- {name: x, network: blue, ip: 10.0.0.21, more_ips: ['2001:db8::20']}\n")
	p, err := f.Port(t.Context(), "many")
	require.NoError(t, err)
	require.Equal(t, "10.0.0.20", p.IP.String())
	seen := map[string]bool{}
	for _, name := range []string{"a", "b", "c"} {
		require.NoError(t, f.create(&model.Port{Name: name, Network: "blue"}))
		p, err := f.Port(t.Context(), name)
		require.NoError(t, err)
		seen[p.IP.String()] = true
	}
	for _, taken := range []string{"10.0.0.20", "10.0.0.21", "10.0.0.22"} {
		require.False(t, seen[taken], taken)
	}
	report, err := f.Check(t.Context())
	require.NoError(t, err)
	require.Empty(t, report.Flaws)
}

func TestAdminDown(t *testing.T) {
	f := setup(t)
	f.must(base)
	f.must("ports:\n- {name: web1, network: blue, admin: down}\n")
	p, err := f.Port(t.Context(), "web1")
	require.NoError(t, err)
	require.Equal(t, PortOff, p.State)
	f.must("ports:\n- {name: web1, network: blue, admin: up}\n")
	p, err = f.Port(t.Context(), "web1")
	require.NoError(t, err)
	require.Equal(t, PortDown, p.State)
	require.Empty(t, p.Admin, "one way to say it")
}
