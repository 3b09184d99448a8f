package agent

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/agent/internal/ovsctl"
	"github.com/vlcp-go/vlcp/agent/internal/vport"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/netio"
	"github.com/vlcp-go/vlcp/common/ovsdb"
)

const (
	tableSwitch    = "Open_vSwitch"
	tableBridge    = "Bridge"
	tablePort      = "Port"
	tableInterface = "Interface"

	setupTimeout = 15 * time.Second
	stampRetry   = time.Second
)

// ports is the adapter to OVSDB: rows in, through the tracker, to the view; bridge set-up and claims out.
type ports struct {
	a       *Agent
	dialer  netio.Dialer
	db      *ovsdb.Client
	tracker *vport.Tracker

	synced     bool // the whole of OVSDB was read at least once
	connected  bool
	why        string // there is no connection
	bridge     bool   // our bridge exists
	tunnel     tunnelRow
	others     map[string]string // tunnel ports by name: their types
	extra      []ovsctl.Tunnel   // that networks here need besides
	setupError string

	setupWake *coroutine.Signal
	stampWake *coroutine.Signal
	stamps    map[string]string // interface row → claim on its way there
}

func newPorts(a *Agent, dialer netio.Dialer) *ports {
	p := &ports{a: a, dialer: dialer, tracker: vport.New(a.cfg.OVS.Bridge), setupWake: coroutine.NewSignal(a.s),
		stampWake: coroutine.NewSignal(a.s), stamps: map[string]string{}, others: map[string]string{},
		why: "not connected yet"}
	p.db = ovsdb.New(a.s, dialer, ovsdb.Options{
		Address: a.cfg.OVS.DB,
		Tables: map[string]ovsdb.Table{
			tableSwitch:    {Columns: []string{"external_ids", "other_config"}},
			tableBridge:    {Columns: []string{"name", "ports"}},
			tablePort:      {Columns: []string{"interfaces"}},
			tableInterface: {Columns: []string{"name", "external_ids", "ofport", "error", "type", "options", "mtu"}},
		},
		OnUpdate: p.update, OnBatch: p.batch, OnSynced: p.onSynced, OnDown: p.onDown, Logger: a.log,
	})
	return p
}

// start starts the coroutines.
func (p *ports) start() {
	p.a.part("ovsdb", p.db.Run)
	p.a.part("setup", p.setup)
	p.a.part("stamps", p.writeStamps)
}

func (p *ports) update(table string, id ovsdb.UUID, before, after ovsdb.Row) {
	uuid := string(id)
	switch table {
	case tableSwitch:
		p.identity(after)
		p.a.restoreWait.row(after)
	case tableBridge:
		if after == nil {
			p.bridge = p.bridge && before.String("name") != p.a.cfg.OVS.Bridge
			p.tracker.DeleteBridge(uuid)
			return
		}
		p.bridge = p.bridge || after.String("name") == p.a.cfg.OVS.Bridge
		p.tracker.SetBridge(uuid, after.String("name"), texts(after.UUIDs("ports")))
	case tablePort:
		p.tracker.SetPort(uuid, texts(after.UUIDs("interfaces")))
	case tableInterface:
		p.tunnelChanged(uuid, after)
		if after == nil {
			p.tracker.DeleteInterface(uuid)
			return
		}
		ids := after.Map("external_ids")
		claim, ours := p.stamps[uuid]
		if !ours {
			claim = ids[vport.ClaimKey]
		}
		ofport, _ := after.Int("ofport")
		mtu, _ := after.Int("mtu")
		p.tracker.SetInterface(uuid, vport.Interface{Name: after.String("name"), IfaceID: ids["iface-id"],
			Claim: claim, Attach: ids[vport.AttachKey], Error: after.String("error"), OFPort: ofport, MTU: int(mtu)})
	}
}

// texts are ids as the tracker has them.
func texts(ids []ovsdb.UUID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return out
}

// identity takes who we are from the switch's row. Without a system-id the host's name has to do.
func (p *ports) identity(row ovsdb.Row) {
	a := p.a
	ids := row.Map("external_ids")
	name := a.cfg.Host
	if name == "" {
		name = ids["hostname"]
	}
	if name == "" {
		name, _ = a.env.Hostname() // an empty name shows in status
	}
	id := ids["system-id"]
	if id == "" {
		id = name
	}
	if a.hostName != name && a.hostName != "" {
		a.log.Info("host renamed", "from", a.hostName, "to", name)
	}
	a.hostID, a.hostName = id, name
	a.beater.wake.Notify()
}

// batch brings what one transaction of OVSDB changed to the view.
func (p *ports) batch() {
	var names []string
	p.tracker.Flush(func(id string, l *vport.Local) {
		p.a.view.SetLocal(id, l)
		names = append(names, id)
	})
	if len(names) > 0 {
		p.a.follower.localsChanged(names)
	}
	p.a.tellSelf()
	wrong := p.tunnelWrong()
	if wrong != "" {
		p.a.log.Warn("tunnel port corrected", "port", p.a.cfg.Tunnel.Port, "wrong", wrong)
	}
	if p.connected && (!p.bridge || wrong != "" || p.tunnelPort() == 0 && !p.tunnelMistyped() || p.lacks()) {
		p.setupWake.Notify()
	}
}

func (p *ports) onSynced() {
	if !p.synced {
		p.a.log.Info("Open vSwitch read", "host", p.a.hostName, "id", p.a.hostID, "ports", p.a.view.LocalCount())
		p.a.follower.reconsider() // a hold by the journal began without knowing what is here
	}
	p.synced, p.connected, p.why = true, true, ""
	p.setupWake.Notify()
	p.a.follower.wake.Notify()
	if p.a.follower.tried {
		p.a.follower.goOn()
	}
	p.a.binder.wake.Notify()
	p.a.engine.wake.Notify()
	p.a.beater.wake.Notify()
}

func (p *ports) onDown(err error) {
	if p.connected || p.why == "not connected yet" {
		p.a.log.Warn("Open vSwitch database unreachable, flows stay as they are", "error", err)
	}
	p.connected, p.why = false, err.Error()
}

// setup makes sure, whenever there is a doubt, that the bridge and its tunnel port exist.
func (p *ports) setup(co *coroutine.Co) error {
	for {
		if err := p.setupWake.Wait(co); err != nil {
			return err
		}
		retry := retryMin
		for p.connected {
			err := p.ensure(co)
			if co.Err() != nil {
				return co.Err()
			}
			if err == nil {
				p.setupError = ""
				break
			}
			p.setupError = err.Error()
			p.a.log.Warn("bridge not set up, trying again", "error", err)
			if err := co.Sleep(retry); err != nil {
				return err
			}
			retry = min(2*retry, retryMax)
		}
	}
}

func (p *ports) ensure(co *coroutine.Co) error {
	cfg := p.a.cfg
	setup := ovsctl.Setup{DB: cfg.OVS.DB, Bridge: cfg.OVS.Bridge, DatapathType: cfg.OVS.DatapathType,
		TunnelPort: cfg.Tunnel.Port, DstPort: cfg.Tunnel.DstPort, More: p.extra}
	if p.tunnelMistyped() {
		setup.TunnelPort = ""
	}
	_, err := coroutine.Call(co, func(ctx context.Context) (struct{}, error) {
		ctx, cancel := context.WithTimeout(ctx, setupTimeout)
		defer cancel()
		return struct{}{}, p.a.env.Switch.Ensure(ctx, setup)
	})
	return err
}

// stamp notes on an interface what became of its attach. It counts from now on, whatever rows say that were on their
// way: without its claim an interface would look like a new attach.
func (p *ports) stamp(uuid, claim string) {
	p.stamps[uuid] = claim
	p.tracker.SetClaim(uuid, claim)
	p.stampWake.Notify()
}

// writeStamps writes the claims that have collected, in one transaction.
func (p *ports) writeStamps(co *coroutine.Co) error {
	for {
		if err := p.stampWake.Wait(co); err != nil {
			return err
		}
		for len(p.stamps) > 0 {
			if err := p.writeSome(co); err != nil {
				if co.Err() != nil {
					return co.Err()
				}
				p.a.log.Warn("claims not written to Open vSwitch, trying again", "error", err)
				if err := co.Sleep(stampRetry); err != nil {
					return err
				}
			}
		}
	}
}

// writeSome writes what has collected when the journal has the bindings that it is of: an agent that began with another
// binding than its interface has the claim of would take it that another host has the port.
func (p *ports) writeSome(co *coroutine.Co) error {
	claims := maps.Clone(p.stamps)
	if err := p.a.keeper.ahead(co, p.a.keeper.noted); err != nil {
		return err
	}
	var ops []ovsdb.Op
	for _, uuid := range slices.Sorted(maps.Keys(claims)) {
		if p.db.Row(tableInterface, ovsdb.UUID(uuid)) == nil {
			delete(p.stamps, uuid) // it is gone, and its claim with it
			continue
		}
		ops = append(ops, ovsdb.SetKey(tableInterface, ovsdb.UUID(uuid), "external_ids", vport.ClaimKey, claims[uuid]))
	}
	if len(ops) == 0 {
		return nil
	}
	if _, err := p.db.Transact(co, ops...); err != nil {
		return err
	}
	for uuid, claim := range claims {
		if p.stamps[uuid] == claim {
			delete(p.stamps, uuid)
		}
	}
	return nil
}
