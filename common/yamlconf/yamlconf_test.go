package yamlconf

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
)

type file struct {
	Subnets []model.Subnet    `yaml:"subnets" json:"subnets,omitempty"`
	Ports   []model.Port      `yaml:"ports" json:"ports,omitempty"`
	Every   time.Duration     `yaml:"every" json:"-"`
	Labels  map[string]string `yaml:"labels" json:"labels,omitempty"`
	Count   int               `json:"count,omitempty"`
	On      *bool             `json:"on,omitempty"`
}

func TestDecodeSaysWhereAndWhat(t *testing.T) {
	for text, want := range map[string]string{
		"subnets:\n- name: s\n  colour: red\n":     `f.yaml:3: subnets[0]: unknown key "colour": the keys here are name, net`,
		"subnets:\n- name: s\n  gateway: 10.0.0\n": "f.yaml:3: subnets[0].gateway: ",
		"subnets:\n- lease: 5 hours\n":             `f.yaml:2: subnets[0].lease: "5 hours" is not a duration: write`,
		"count: many\n":                            `f.yaml:1: count: "many" is not a whole number that fits`,
		"every: soon\n":                            `f.yaml:1: every: "soon" is not a duration`,
		"on: perhaps\n":                            `f.yaml:1: on: "perhaps" is not true or false`,
		"subnets: 5\n":                             `f.yaml:1: subnets: is "5", want a list`,
		"subnets:\n- a\n":                          `f.yaml:2: subnets[0]: is "a", want keys and values`,
		"count: [1]\n":                             "f.yaml:1: count: is a list, want one value",
		"count: 1\ncount: 2\n":                     `f.yaml:2: key "count" is given twice, first on line 1`,
		"count: 1\n---\ncount: 2\n":                "f.yaml:3: a second document",
		"labels: {a: &x b, c: *x}\n":               "f.yaml:1: labels.c: aliases are not supported",
		"count: [1\n":                              "f.yaml: line",
		"- a\n":                                    "f.yaml:1: is a list, want keys and values",
	} {
		var f file
		require.ErrorContains(t, Decode("f.yaml", []byte(text), &f), want, text)
	}
}

func TestDecodeReportsSeveralMistakesAtOnce(t *testing.T) {
	var f file
	err := Decode("f.yaml", []byte("a: 1\nb: 2\n"), &f)
	require.ErrorContains(t, err, "f.yaml:1")
	require.ErrorContains(t, err, "f.yaml:2")
	err = Decode("f.yaml", []byte("subnets:\n"+strings.Repeat("- {x: 1}\n", 50)), &f)
	require.Len(t, strings.Split(err.Error(), "\n"), maxErrors)
}

func TestDecodeNeedsAPointer(t *testing.T) {
	require.ErrorContains(t, Decode("f", []byte("a: 1"), file{}), "must be a pointer")
}

func TestEmptyDocumentsChangeNothing(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "---\n", "count:\n"} {
		f := file{Count: 7}
		require.NoError(t, Decode("f", []byte(text), &f))
		require.Equal(t, 7, f.Count, text)
	}
}

func TestRoundTrip(t *testing.T) {
	no := false
	in := file{
		Subnets: []model.Subnet{{Name: "s", Network: "123", CIDR: netip.MustParsePrefix("10.0.0.0/24"),
			Range: []model.AddrRange{{From: netip.MustParseAddr("10.0.0.4"), To: netip.MustParseAddr("10.0.0.9")}},
			DNS:   []netip.Addr{netip.MustParseAddr("10.0.0.2")}, Lease: model.DefaultLease, DHCP: &no}},
		Ports:  []model.Port{{Name: "true", Network: "n", MAC: model.MAC{10, 1, 2, 3, 4, 5}}},
		Labels: map[string]string{"a": "two\nlines", "b": "<&>", "c": ""},
	}
	b, err := Encode(in)
	require.NoError(t, err)
	require.Equal(t, `subnets:
  - name: s
    network: "123"
    cidr: 10.0.0.0/24
    range:
      - 10.0.0.4-10.0.0.9
    dns:
      - 10.0.0.2
    lease: 24h
    dhcp: false
ports:
  - name: "true"
    network: n
    mac: 0a:01:02:03:04:05
labels:
  a: |-
    two
    lines
  b: <&>
  c: ""
`, string(b))
	var out file
	require.NoError(t, Decode("f", b, &out))
	require.Equal(t, in, out)
}

func TestEmptyListsAndBadValues(t *testing.T) {
	b, err := Encode([]string{})
	require.NoError(t, err)
	require.Equal(t, "[]\n", string(b))
	_, err = Encode(func() {})
	require.ErrorContains(t, err, "encode yaml")
}
