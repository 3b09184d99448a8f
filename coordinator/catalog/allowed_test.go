package catalog

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
)

const withRouter = base + `
- {name: vr1, network: blue, ip: 10.0.0.10, allowed_addresses: ["10.0.0.100", "10.0.0.2,00:00:5e:00:01:01"]}
- {name: vr2, network: blue, ip: 10.0.0.11, allowed_addresses: ["10.0.0.100", "10.9.0.0/16", "fe80::/10"]}
- {name: fixed, network: blue, ip: 10.0.0.50, mac: "0a:00:00:00:00:50"}
`

func TestAllowedAddresses(t *testing.T) {
	for _, c := range []portCase{
		{"x", `allowed_addresses: ["10.0.0.50"]`, "10.0.0.50 belongs to port fixed"},
		{"x", `allowed_addresses: ["10.0.0.254"]`, "10.0.0.254 belongs to dhcp server"},
		{"x", `allowed_addresses: ["10.0.0.1"]`, ""},    // a guest that is the gateway
		{"x", `allowed_addresses: ["10.0.0.100"]`, ""},  // shared
		{"x", `allowed_addresses: ["10.0.0.0/24"]`, ""}, // it routes, and can claim none of them
		{"x", `allowed_addresses: ["192.0.2.1"]`, ""},
		{"x", `ip: 10.0.0.100`, "10.0.0.100 is an allowed address of port vr"},
		{"x", `mac: "00:00:5e:00:01:01"`, "00:00:5e:00:01:01 is an allowed address of port vr1"},
		{"fixed", `ip: 10.0.0.2`, "10.0.0.2 is an allowed address of port vr1"},
		{"vr1", `ip: 10.0.0.2`, ""}, // its own now, and allowed no more
		{"x", `allowed_addresses: ["10.0.0.77,0a:00:00:00:00:50"]`, "0a:00:00:00:00:50 belongs to port fixed"},
		{"x", `ip: 10.0.0.7, allowed_addresses: ["10.0.0.7"]`, "own address"},
		{"x", `allowed_addresses: ["10.0.0.5/24"]`, "host bits"},
		{"x", `allowed_addresses: ["224.0.0.1"]`, "not an address that packets come from"},
		{"x", `allowed_addresses: ["0.0.0.0"]`, "not an address that packets come from"},
		{"x", `allowed_addresses: ["10.0.0.7", "10.0.0.7"]`, "given twice"},
		{"x", `allowed_addresses: ["10.0.0.7,01:00:00:00:00:01"]`, "multicast"},
		{"x", `allowed_addresses: [` + strings.Repeat(`"10.9.0.0/16", `, 33) + `]`, "at most 32"},
	} {
		c.check(t, withRouter)
	}
}

// What is allowed is given to nobody, as long as somebody has it.
func TestAllowedAddressesAreNotAllocated(t *testing.T) {
	f := setup(t)
	f.must(strings.Replace(base, "gateway: 10.0.0.1", "range: [10.0.0.5-10.0.0.8]", 1)) // web1 has 10.0.0.5
	f.must("ports:\n- {name: a, network: blue, allowed_addresses: ['10.0.0.7']}\n")     // 6
	next := func(name string) string {
		require.NoError(t, f.create(&model.Port{Name: name, Network: "blue"}))
		p, err := f.Port(t.Context(), name)
		require.NoError(t, err)
		return p.IP.String()
	}
	require.Equal(t, "10.0.0.8", next("b"))
	f.sound()
	require.ErrorContains(t, f.create(&model.Port{Name: "c", Network: "blue"}), "no address is free")
	f.must("ports:\n- {name: a, network: blue}\n")
	require.Equal(t, "10.0.0.7", next("c"))
	var c Changes
	for _, p := range []string{"web1", "a", "b", "c"} {
		c.Delete(model.KindPort, p)
	}
	c.Delete(model.KindSubnet, "blue-v4")
	c.Delete(model.KindNetwork, "blue")
	_, err := f.Commit(t.Context(), &c)
	require.NoError(t, err)
	left, err := f.s.List(t.Context(), indexAllowed("blue"))
	require.NoError(t, err)
	require.Empty(t, left)
	f.sound()
}

// A port that gets an address, and one that is allowed it, at the same time: one of them is refused.
func TestAllowedAddressRace(t *testing.T) {
	for range 200 {
		f := setup(t)
		f.must(base)
		done := make(chan error)
		for _, p := range []string{"{name: a, network: blue, ip: 10.0.0.9}",
			"{name: b, network: blue, allowed_addresses: ['10.0.0.9']}"} {
			go func() {
				file, err := ParseFile("f", []byte("ports:\n- "+p))
				if err == nil {
					_, err = f.Commit(t.Context(), file.Changes())
				}
				done <- err
			}()
		}
		first, second := <-done, <-done
		require.NotEqual(t, first == nil, second == nil, "%v, %v", first, second)
	}
}
