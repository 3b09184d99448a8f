package catalog

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
)

// kindOf says which typed error err is.
func kindOf(err error) string {
	var n *NotFound
	var r *Refused
	var i *model.Invalid
	var b *BadFile
	switch {
	case err == nil:
		return ""
	case errors.As(err, &n):
		return "not found"
	case errors.As(err, &r):
		return "refused"
	case errors.As(err, &i):
		return "invalid"
	case errors.As(err, &b):
		return "bad file"
	default:
		return "other"
	}
}

// badWishes must be refused, with the kind of error and a part of its text.
var badWishes = []struct{ file, kind, want string }{
	{"ports: [{name: a, network: blue, ip: 10.0.0.2}]", "refused",
		"port a: ip: 10.0.0.2 is already used by port web1: choose another, or leave it out"},
	{"ports: [{name: a, network: blue, ip: 10.0.0.9}, {name: b, network: blue, ip: 10.0.0.9}]", "refused",
		"port b: ip: 10.0.0.9 is already used by port a"},
	{"ports: [{name: a, network: blue, mac: '02:00:00:00:00:01'}, {name: b, network: blue, mac: '02:00:00:00:00:01'}]",
		"refused", "port b: mac: 02:00:00:00:00:01 is already used by port a"},
	{"ports: [{name: a, network: blue, mac: '03:00:00:00:00:01'}]", "invalid",
		"port a: mac: 03:00:00:00:00:01 is a multi"},
	{"ports: [{name: a, network: blue, ip: 10.1.0.2}]", "invalid", "port a: ip: 10.1.0.2 is not in subnet blue-v4"},
	{"ports: [{name: a, network: blue, ip: 10.0.0.1}]", "invalid", "10.0.0.1 is the gateway of subnet blue-v4"},
	{"ports: [{name: a, network: blue, ip: 10.0.0.254}]", "invalid", "10.0.0.254 is the DHCP server"},
	{"ports: [{name: a, network: blue, ip: 10.0.0.255}]", "invalid", "network or broadcast address"},
	{"ports: [{name: a, network: blue, ip: 'fe80::1'}]", "invalid", "is not IPv4"},
	{"ports: [{name: a, network: nowhere}]", "not found", "port a: network: there is no network nowhere: create it"},
	{"ports: [{name: a, network: blue, subnet: nowhere}]", "not found", "port a: subnet: there is no subnet nowhere"},
	{"ports: [{name: a, network: blue, subnet: red-v4}]", "invalid", "red-v4 is in network red, not in blue"},
	{"ports: [{name: a, network: red}]", "invalid", "network red has several (red-2, red-v4): choose one with --subnet"},
	{"ports: [{name: a, network: bare, ip: 10.0.0.2}]", "invalid", "10.0.0.2 cannot be given, network bare has no subnet"},
	{"ports: [{name: a}]", "invalid", "port a: network: is missing"},
	{"ports: [{network: blue}]", "invalid", "name: is missing"},
	{"ports: [{name: 'a b', network: blue}]", "invalid", `"a b" has characters that are not allowed`},
	{"ports: [{name: a, network: blue}, {name: a, network: blue}]", "invalid", "port a: name: is given twice"},
	{"ports: [{name: " + strings.Repeat("x", 64) + ", network: blue}]", "invalid", "64 characters, at most 63"},
	{"ports: [{name: web1, network: red}]", "refused", "network: cannot be changed from blue to red"},
	{"ports: [{name: a, network: small}, {name: b, network: small}]", "refused",
		"port b: ip: no address is free in subnet small-v4 (10.9.0.0/30)"},
	{"subnets: [{name: s, network: bare, cidr: 10.0.0.5/24}]", "invalid", "has host bits set, write 10.0.0.0/24"},
	{"subnets: [{name: s, network: blue, cidr: 10.0.0.128/25}]", "refused",
		"subnet s: cidr: 10.0.0.128/25 overlaps 10.0.0.0/24 of subnet blue-v4"},
	{"subnets: [{name: s, network: bare, cidr: 10.0.0.0/24}, {name: u, network: bare, cidr: 10.0.0.0/16}]", "refused",
		"subnet u: cidr: 10.0.0.0/16 overlaps 10.0.0.0/24 of subnet s"},
	{"subnets: [{name: s, network: nowhere, cidr: 10.0.0.0/24}]", "not found", "there is no network nowhere"},
	{"subnets: [{name: blue-v4, network: blue, cidr: 10.0.0.0/23}]", "refused",
		"cidr: cannot be changed from 10.0.0.0/24"},
	{"subnets: [{name: blue-v4, network: red, cidr: 10.0.0.0/24}]", "refused", "network: cannot be changed"},
	{"subnets: [{name: blue-v4, network: blue, cidr: 10.0.0.0/24, gateway: 10.0.0.2}]", "refused",
		"subnet blue-v4: gateway: 10.0.0.2 is already used by port web1"},
	{"subnets: [{name: blue-v4, network: blue, cidr: 10.0.0.0/24, dhcp_server: 10.0.0.2}]", "refused",
		"subnet blue-v4: dhcp_server: 10.0.0.2 is already used by port web1"},
	{"networks: [{name: n, physnet: nowhere}]", "not found", "network n: physnet: there is no physnet nowhere"},
	{"networks: [{name: n, physnet: tenants, vni: 99}]", "invalid", "99 is not in the range 100-103 of physnet tenants"},
	{"networks: [{name: n, physnet: tenants, vni: 100}]", "refused",
		"network n: vni: 100 is already used by network blue"},
	{"networks: [{name: n, physnet: tenants}]", "refused",
		"range 100-103 of physnet tenants is exhausted: extend it with"},
	{"networks: [{name: n, physnet: tenants, mtu: 1451}]", "invalid", "mtu: 1451 is over 1450"},
	{"networks: [{name: n, physnet: other, tag: 1}]", "refused", "network n: tag: 1 is already used by network blue"},
	{"networks: [{name: blue, physnet: tenants, tag: 9}]", "refused", "tag: cannot be changed from 1 to 9"},
	{"networks: [{name: n, physnet: other, tag: 4294967295}]", "invalid", "tag: 4294967295 is not between 1 and"},
	{"networks: [{name: blue, physnet: other}]", "refused", "physnet: cannot be changed from tenants to other"},
	{"physnets: [{name: p, type: gre, vni: 1-2}]", "invalid", `"gre" is not a type`},
	{"physnets: [{name: p, type: vxlan}]", "invalid", "vni: is missing: give a range, as in 10000-20000"},
	{"physnets: [{name: low, type: vxlan, vni: 1-2, mtu: 600}]\nnetworks: [{name: n, physnet: low}]", "invalid",
		"mtu: 550"},
	{"physnets: [{name: tenants, type: vxlan, vni: 101-103}]", "refused",
		"range 101-103 leaves out 100, which network blue"},
	{"physnets: [{name: tenants, type: vxlan, vni: 100-103, mtu: 1400}]", "refused", "network bare has MTU 1450"},
}

func TestBadWishesAreRefusedWhole(t *testing.T) {
	for _, c := range badWishes {
		f := setup(t)
		f.must(base + `- {name: other1, network: blue}
`)
		f.must(`
physnets: [{name: other, type: vxlan, vni: 1-5}]
networks: [{name: bare, physnet: tenants}, {name: red, physnet: tenants}, {name: small, physnet: tenants}]
subnets:
- {name: red-v4, network: red, cidr: 10.0.0.0/24}
- {name: red-2, network: red, cidr: 10.0.1.0/24}
- {name: small-v4, network: small, cidr: 10.9.0.0/30, gateway: 10.9.0.1}`)
		before := f.rev()
		fine := "physnets: [{name: fine, type: vxlan, vni: 7-9}]\n"
		if strings.HasPrefix(c.file, "physnets: [") {
			fine = ""
		}
		_, err := f.apply(fine + c.file)
		require.ErrorContains(t, err, c.want, c.file)
		require.Equal(t, c.kind, kindOf(err), c.file)
		require.Equal(t, before, f.rev(), "nothing is half done: %s", c.file)

		file, err := ParseFile("f", []byte(fine+c.file))
		require.NoError(t, err)
		_, err = f.DryRun(t.Context(), file.Changes())
		require.ErrorContains(t, err, c.want, "a dry run refuses the same: %s", c.file)
	}
}

func TestSeveralMistakesAreReportedTogether(t *testing.T) {
	f := setup(t)
	f.must(base)
	_, err := f.apply("ports: [{name: a, network: x}, {name: b, network: y}]")
	require.ErrorContains(t, err, "there is no network x")
	require.ErrorContains(t, err, "there is no network y")
}

func TestFilesThatCannotBeRead(t *testing.T) {
	for text, want := range map[string]string{
		"ports:\n- name: a\n  nettwork: blue\n": `f.yaml:3: ports[0]: unknown key "nettwork"`,
		"port: []\n":                            `f.yaml:1: unknown key "port": the keys here are physnets, physports, netw`,
		"ports:\n- {name: a, mac: zz}\n":        `f.yaml:2: ports[0].mac: "zz" is not a MAC address`,
	} {
		_, err := ParseFile("f.yaml", []byte(text))
		require.ErrorContains(t, err, want)
		require.Equal(t, "bad file", kindOf(err))
	}
}

func TestMissingAndExistingObjects(t *testing.T) {
	f := setup(t)
	f.must(base)
	for _, kind := range []model.Kind{model.KindPhysNet, model.KindNetwork, model.KindSubnet, model.KindPort} {
		require.EqualError(t, f.delete(kind, "nix"), string(kind)+" nix: not found: list shows what there is")
		require.Equal(t, "not found", kindOf(f.delete(kind, "not a name/")))
		require.Equal(t, "not found", kindOf(update(f, kind, "nix", func(Object) {})))
		_, err := f.Get(t.Context(), kind, "nix")
		require.Equal(t, "not found", kindOf(err))
	}
	for _, o := range []Object{
		&model.PhysNet{Name: "tenants", Type: "vxlan", VNI: model.Range{Lo: 1, Hi: 2}},
		&model.Network{Name: "blue", PhysNet: "tenants"},
		&model.Subnet{Name: "blue-v4", Network: "blue", CIDR: cidr("10.5.0.0/24")},
		&model.Port{Name: "web1", Network: "blue"},
	} {
		err := f.create(o)
		require.Equal(t, "refused", kindOf(err))
		require.ErrorContains(t, err, "exists already")
	}
	require.ErrorContains(t, f.create(hostObject{}), "is no definition")
}

// hostObject is no definition, although it can be validated.
type hostObject struct{ model.Host }

func (hostObject) Validate() error { return nil }
