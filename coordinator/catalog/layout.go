package catalog

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strconv"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// The layout of the store: which documents there are, and what each object claims in the unique indexes. Agents rely
// on the scopes, the document keys and the index "port".

// Object is a definition: *model.PhysNet, *model.PhysPort, *model.Network, *model.Subnet, *model.Port or *model.Mirror.
type Object interface{ Validate() error }

// ref names an object.
type ref struct {
	kind model.Kind
	name string
}

func (r ref) String() string { return string(r.kind) + "/" + r.name }

// words is the form for error texts.
func (r ref) words() string { return string(r.kind) + " " + r.name }

// Fields, as files and error texts spell them.
const (
	fieldName       = "name"
	fieldPhysNet    = "physnet"
	fieldNetwork    = "network"
	fieldSubnet     = "subnet"
	fieldVNI        = "vni"
	fieldVLAN       = "vlan"
	fieldType       = "type"
	fieldMTU        = "mtu"
	fieldLearning   = "learning"
	fieldTag        = "tag"
	fieldCIDR       = "cidr"
	fieldGateway    = "gateway"
	fieldDHCPServer = "dhcp_server"
	fieldIP         = "ip"
	fieldMAC        = "mac"
	fieldMoreIPs    = "more_ips"
	fieldAllowed    = "allowed_addresses"
	fieldProxy      = "proxy_addresses"
	fieldSuppress   = "suppress_arp"
	fieldHost       = "host"
	fieldFrom       = "from"
	fieldTo         = "to"
	fieldRemote     = "remote"
)

// Indexes.
const (
	// indexVNI is one for the whole deployment, though ranges belong to physical networks and may overlap: a host has one
	// tunnel port, so the VNI alone says whose a frame is.
	indexVNI = "vni"

	indexTag = "tag"
	tagMin   = 1
	tagMax   = 1<<31 - 1

	ownerGateway    = "gateway"
	ownerDHCPServer = "dhcp server"
)

func indexVLAN(physnet string) string    { return "vlan:" + physnet }
func indexIP(subnet string) string       { return "ip:" + subnet }
func indexIPv6(network string) string    { return "ip6:" + network }
func indexMAC(network string) string     { return "mac:" + network }
func indexAllowed(network string) string { return "allowed:" + network }
func indexBound(host string) string      { return "bound:" + host }
func indexSubnets(network string) string { return "subnets:" + network }
func indexIn(r ref) string               { return "in:" + r.String() }

// guardScope holds a document per physical network that every change of its networks writes. A change of the range or
// MTU of the physical network checks its revision, so that no network can slip in between looking and committing;
// networks do not get into each other's way, and agents do not follow it.
const guardScope store.Scope = "coordinator"

func guardKey(physnet string) store.Key {
	return store.Key{Scope: guardScope, Kind: string(kindGuard), ID: physnet}
}

// uplinksKey is the document that changes of uplinks, and of what is on them, write.
var uplinksKey = store.Key{Scope: guardScope, Kind: string(kindUplinks), ID: "uplinks"}

const (
	kindAddresses model.Kind = "addresses"
	kindUplinks   model.Kind = "uplinks"
)

// addressesKey is the document that changes of the allowed addresses in a network write.
func addressesKey(network string) store.Key {
	return store.Key{Scope: guardScope, Kind: string(kindAddresses), ID: network}
}

func bindingKey(network, port string) store.Key {
	return store.Key{Scope: store.NetworkScope(network), Kind: string(model.KindBinding), ID: port}
}

func hostKey(id string) store.Key {
	return store.Key{Scope: store.ScopeHosts, Kind: string(model.KindHost), ID: id}
}

// keyOf is where the document of an object is. network matters for subnets, ports and mirrors.
func keyOf(r ref, network string) store.Key {
	k := store.Key{Kind: string(r.kind), ID: r.name}
	switch r.kind {
	case model.KindPhysNet, model.KindPhysPort:
		k.Scope = store.ScopePhysNets
	case model.KindNetwork:
		k.Scope = store.NetworkScope(r.name)
	default:
		k.Scope = store.NetworkScope(network)
	}
	return k
}

func refOf(o Object) (ref, error) {
	switch o := o.(type) {
	case *model.PhysNet:
		return ref{model.KindPhysNet, o.Name}, nil
	case *model.PhysPort:
		return ref{model.KindPhysPort, o.Name}, nil
	case *model.Network:
		return ref{model.KindNetwork, o.Name}, nil
	case *model.Subnet:
		return ref{model.KindSubnet, o.Name}, nil
	case *model.Port:
		return ref{model.KindPort, o.Name}, nil
	case *model.Mirror:
		return ref{model.KindMirror, o.Name}, nil
	default:
		return ref{}, fmt.Errorf("%T is no definition", o)
	}
}

// networkOf is the network that a subnet, a port or a mirror is in.
func networkOf(o Object) string {
	switch o := o.(type) {
	case *model.Subnet:
		return o.Network
	case *model.Port:
		return o.Network
	case *model.Mirror:
		return o.Network
	}
	return ""
}

func blank(kind model.Kind) Object {
	switch kind {
	case model.KindPhysNet:
		return new(model.PhysNet)
	case model.KindPhysPort:
		return new(model.PhysPort)
	case model.KindNetwork:
		return new(model.Network)
	case model.KindSubnet:
		return new(model.Subnet)
	case model.KindMirror:
		return new(model.Mirror)
	default:
		return new(model.Port)
	}
}

func encode(r ref, o Object) ([]byte, error) {
	b, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", r.words(), err)
	}
	return b, nil
}

func decode(kind model.Kind, d *store.Doc) (Object, error) {
	o := blank(kind)
	if err := json.Unmarshal(d.Value, o); err != nil {
		return nil, fmt.Errorf("%s %s in the store cannot be read: %w", kind, d.Key.ID, err)
	}
	return o, nil
}

// claim is a store.Claim with the field that it stands for.
type claim struct {
	store.Claim
	field string
}

func named(index, key, owner string) claim {
	return claim{store.Claim{Index: index, Key: key, Owner: owner, Bit: store.NoBit}, fieldName}
}

func numbered(index string, n int64, r ref, field string) claim {
	return claim{store.Claim{Index: index, Key: strconv.FormatInt(n, 10), Owner: r.String(), Bit: n}, field}
}

// claimsOf lists what o holds in the indexes. in is the subnet of a port that has one.
func claimsOf(o Object, in *model.Subnet) []claim {
	switch o := o.(type) {
	case *model.PhysNet:
		r := ref{model.KindPhysNet, o.Name}
		return []claim{named(string(r.kind), r.name, r.String())}
	case *model.PhysPort:
		r := ref{model.KindPhysPort, o.Name}
		return []claim{named(string(r.kind), r.name, r.String()),
			named(indexIn(ref{model.KindPhysNet, o.PhysNet}), r.String(), r.String())}
	case *model.Network:
		return networkClaims(o)
	case *model.Subnet:
		return subnetClaims(o)
	case *model.Port:
		return portClaims(o, in)
	case *model.Mirror:
		return mirrorClaims(o)
	}
	return nil
}

func networkClaims(n *model.Network) []claim {
	r := ref{model.KindNetwork, n.Name}
	out := []claim{named(string(r.kind), r.name, r.String()),
		named(indexIn(ref{model.KindPhysNet, n.PhysNet}), n.Name, r.String())}
	if n.VNI != 0 {
		out = append(out, numbered(indexVNI, int64(n.VNI), r, fieldVNI))
	}
	if n.VLAN != 0 {
		out = append(out, numbered(indexVLAN(n.PhysNet), int64(n.VLAN), r, fieldVLAN))
	}
	if n.Tag != 0 {
		out = append(out, numbered(indexTag, int64(n.Tag), r, fieldTag))
	}
	return out
}

func subnetClaims(s *model.Subnet) []claim {
	r := ref{model.KindSubnet, s.Name}
	out := []claim{named(string(r.kind), r.name, s.Network), named(indexSubnets(s.Network), s.Name, r.String()),
		named(indexIn(ref{model.KindNetwork, s.Network}), r.String(), r.String())}
	if s.Gateway.IsValid() {
		out = append(out, address(s, s.Gateway, ownerGateway, fieldGateway))
	}
	if s.DHCPServer.IsValid() && s.CIDR.Contains(s.DHCPServer) {
		out = append(out, address(s, s.DHCPServer, ownerDHCPServer, fieldDHCPServer))
	}
	for _, a := range s.ProxyAddresses {
		if c := named(indexIPv6(s.Network), a.IP.String(), r.String()); a.IP.Is6() {
			c.field = fieldProxy
			out = append(out, c)
		} else if a.IP != s.Gateway {
			out = append(out, address(s, a.IP, r.String(), fieldProxy))
		}
	}
	return out
}

func portClaims(p *model.Port, in *model.Subnet) []claim {
	r := ref{model.KindPort, p.Name}
	name := named(string(r.kind), r.name, p.Network)
	name.Watched = true
	out := []claim{name, named(indexIn(ref{model.KindNetwork, p.Network}), r.String(), r.String())}
	if p.Parent != "" {
		out = append(out, parentClaims(p)...)
	}
	if !p.MAC.IsZero() {
		c := named(indexMAC(p.Network), p.MAC.String(), r.String())
		c.field = fieldMAC
		out = append(out, c)
	}
	if in != nil {
		out = append(out, named(indexIn(ref{model.KindSubnet, in.Name}), p.Name, r.String()))
	}
	if in != nil && p.IP.IsValid() {
		out = append(out, address(in, p.IP, r.String(), fieldIP))
	}
	for _, a := range p.MoreIPs {
		if c := named(indexIPv6(p.Network), a.String(), r.String()); a.Is6() {
			c.field = fieldMoreIPs
			out = append(out, c)
		} else if in != nil {
			out = append(out, address(in, a, r.String(), fieldMoreIPs))
		}
	}
	for _, what := range singles(p) {
		out = append(out, named(indexAllowed(p.Network), what+" "+p.Name, r.String()))
	}
	return out
}

func address(s *model.Subnet, a netip.Addr, owner, field string) claim {
	return claim{store.Claim{Index: indexIP(s.Name), Key: a.String(), Owner: owner, Bit: s.Offset(a)}, field}
}
