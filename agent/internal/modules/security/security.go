package security

import (
	"net/netip"
	"slices"

	"github.com/vlcp-go/vlcp/agent/internal/modules/dhcpflows"
	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/common/incremental"
	"github.com/vlcp-go/vlcp/common/model"
)

// Priorities of rows.
const (
	prioMAC    = 100 // a MAC by itself
	prioManage = 110 // addresses that are given out by us
	prioPrefix = 120
	prioSingle = 130
)

type emit = func(pipeline.Flow)

// Rules adds the module's rules to the view's graph.
func Rules(v *view.View, sink pipeline.Sink) {
	pipeline.AddRule(v.Places, "security-port", sink, func(ctx *incremental.Ctx, name string, p view.Place, e emit) {
		if p.OFPort == 0 || !p.Secured {
			return
		}
		if _, ok := v.Networks.Get(ctx, p.Network); ok {
			r := rows{emit: e, from: p.From(), owner: pipeline.Owner{Module: pipeline.ModuleSecurity, Name: "port/" + name}}
			r.all(ctx, v, p)
		}
	})
}

// rows makes the rows of a port.
type rows struct {
	emit  emit
	from  pipeline.Matcher
	owner pipeline.Owner
}

func (r *rows) row(prio uint16, m pipeline.Matcher, do pipeline.Actions) {
	r.emit(r.owner.Flow(pipeline.Own, prio, m, do, pipeline.End))
}

func (r *rows) all(ctx *incremental.Ctx, v *view.View, p view.Place) {
	macs := []model.MAC{p.MAC}
	free := !p.IP.IsValid() && len(p.More) == 0
	if !free {
		r.single(p.MAC, p.MAC.LinkLocal())
	}
	if p.IP.IsValid() {
		r.single(p.MAC, p.IP)
	}
	for _, a := range p.More {
		r.single(p.MAC, a)
	}
	for _, a := range p.Allowed {
		mac := a.MAC
		if mac.IsZero() {
			mac = p.MAC
		} else if mac != p.MAC && !slices.Contains(macs, mac) {
			macs = append(macs, mac)
		}
		if a.Single() {
			r.single(mac, a.Prefix.Addr())
		} else {
			r.prefix(mac, a.Prefix)
		}
	}
	_, served := dhcpflows.Served(ctx, v, p)
	for _, mac := range macs {
		r.mac(mac, free && mac == p.MAC, served)
	}
	if free {
		r.managed(ctx, v, p.Network)
	}
}

// mac is the row of a MAC by itself: what the address is good for is the asker's to say, unless it is free.
func (r *rows) mac(m model.MAC, free, served bool) {
	do := pipeline.Do().TakeReason()
	if free {
		do = pipeline.Do().Pass()
	}
	if served {
		do = do.LoadReg(pipeline.RegServed, 1)
	}
	r.row(prioMAC, r.from.AskedMAC(m), do)
}

func (r *rows) single(m model.MAC, a netip.Addr) {
	r.row(prioSingle, r.from.AskedMAC(m).Asked(netip.PrefixFrom(a, a.BitLen())),
		pipeline.Do().Pass())
}

func (r *rows) prefix(m model.MAC, p netip.Prefix) {
	r.row(prioPrefix, r.from.AskedMAC(m).Asked(p).
		Reg(pipeline.RegReason, uint32(pipeline.ReasonSource)), pipeline.Do().Pass())
}

// managed are the rows that keep a port without an address from those of the network's subnets.
func (r *rows) managed(ctx *incremental.Ctx, v *view.View, network string) {
	for _, name := range v.NetSubnets.Members(ctx, network) {
		if s, ok := v.Subnets.Get(ctx, name); ok && s.CIDR.IsValid() {
			r.row(prioManage, r.from.Asked(s.CIDR), pipeline.Do().TakeReason())
		}
	}
}
