package ofp

import (
	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

func (t *text) tableMod(m *of13.TableMod) {
	if m.Table == of13.AllTables {
		t.s(" table_id: ALL_TABLES")
		return
	}
	t.u(" table_id=", uint64(m.Table))
}

// fields10 are the fields for which a table of OpenFlow 1.0 says that they may be wildcarded.
var fields10 = []struct {
	wild  of10.Wildcards
	field oxm.Field
}{
	{of10.WildInPort, oxm.NXInPort}, {of10.WildVLAN, oxm.VLANVID}, {of10.WildDLSrc, oxm.EthSrc},
	{of10.WildDLDst, oxm.EthDst}, {of10.WildDLType, oxm.EthType}, {of10.WildNwProto, oxm.IPProto},
	{of10.WildTpSrc, oxm.TCPSrc}, {of10.WildTpDst, oxm.TCPDst}, {0x3f << 8, oxm.IPv4Src}, {0x3f << 14, oxm.IPv4Dst},
	{of10.WildVLANPCP, oxm.VLANPCP}, {of10.WildNwTOS, oxm.NXIPTOS},
}

func (t *text) tableStats10(tables []of10.TableStats) error {
	l := tableList{t: t}
	for n := range tables {
		m := &tables[n]
		f := &features{table: m.Table, name: text16(m.Name[:len(m.Name)-1]), maxEntries: m.MaxEntries}
		for _, w := range fields10 {
			if m.Wildcards&w.wild != 0 {
				f.match.add(w.field)
			}
		}
		f.wildcard = f.match
		l.add(f, &tableCounters{m.Active, m.Lookups, m.Matched})
	}
	l.finish()
	return nil
}

func (t *text) tableStats13(tables []of13.TableStats) {
	l := tableList{t: t}
	for n := range tables {
		m := &tables[n]
		l.add(&features{table: m.Table}, &tableCounters{m.Active, m.Lookups, m.Matched})
	}
	l.finish()
}

func (t *text) tableFeatures(tables []of13.TableFeatures) error {
	l := tableList{t: t}
	at := stats13Len
	for n := range tables {
		f, err := featuresOf(&tables[n])
		if err != nil {
			l.finish()
			return item(at, "Tables", n).refused(err)
		}
		l.add(f, nil)
		at += int(tables[n].Length)
	}
	l.finish()
	return nil
}

// tableCounters are the counters of a table.
type tableCounters struct {
	active           uint32
	lookups, matched uint64
}

// tableList writes tables one after the other; what is as before is not written again.
type tableList struct {
	t           *text
	before      *features
	counters    *tableCounters
	ditto       bool
	first, last uint8 // tables that are like the one before
}

func (l *tableList) add(f *features, c *tableCounters) {
	sameCounters := c == nil || l.counters != nil && *c == *l.counters
	sameFeatures := l.before != nil && f.equal(l.before)
	before := l.before
	l.before, l.counters = f, c
	if sameCounters && sameFeatures && f.name == "" {
		if !l.ditto {
			l.ditto, l.first = true, f.table
		}
		l.last = f.table
		return
	}
	l.finish()
	l.t.f("\n  table %d", f.table)
	if f.name != "" {
		l.t.f(" (\"%s\")", f.name)
	}
	l.t.s(":")
	if sameCounters && sameFeatures {
		l.t.s(" ditto")
		return
	}
	l.t.s("\n")
	if c != nil {
		l.t.f("    active=%d, lookup=%d, matched=%d\n", c.active, c.lookups, c.matched)
	}
	if sameFeatures {
		if !f.empty() {
			l.t.s("    (same features)\n")
		}
		return
	}
	l.t.tableDetails(f, before)
}

// finish writes which tables were like the one before them.
func (l *tableList) finish() {
	if !l.ditto {
		return
	}
	l.ditto = false
	l.t.s("\n")
	if l.first == l.last {
		l.t.f("  table %d: ditto\n", l.first)
		return
	}
	l.t.f("  tables %d...%d: ditto\n", l.first, l.last)
}
