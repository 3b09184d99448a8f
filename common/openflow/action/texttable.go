package action

import "github.com/vlcp-go/vlcp/common/openflow/oxm"

func (a *Resubmit) text(p *printer)        { p.resubmit(a.InPort, anyTable, false) }
func (a *ResubmitTable) text(p *printer)   { p.resubmit(a.InPort, a.Table, false) }
func (a *ResubmitTableCT) text(p *printer) { p.resubmit(a.InPort, a.Table, true) }

// anyTable is no table: that of the flow for a resubmit.
const anyTable = 0xff

func (p *printer) resubmit(inPort uint16, table uint8, ct bool) {
	if inPort != portInPort10 && table == anyTable {
		p.str("resubmit:")
		p.port10(inPort)
		return
	}
	p.str("resubmit(")
	if inPort != portInPort10 {
		p.port10(inPort)
	}
	p.str(",")
	if table != anyTable {
		p.dec(uint64(table))
	}
	if ct {
		p.str(",ct")
	}
	p.str(")")
}

func (a *Exit) text(p *printer) { p.str("exit") }

func (a *FinTimeout) text(p *printer) {
	p.str("fin_timeout(")
	p.unless(0, "idle_timeout=", uint64(a.IdleTimeout))
	p.unless(0, "hard_timeout=", uint64(a.HardTimeout))
	p.chomp()
	p.str(")")
}

func (a *Conjunction) text(p *printer) {
	p.num("conjunction(", uint64(a.ID))
	p.num(",", uint64(a.Clause)+1)
	p.num("/", uint64(a.NClauses))
	p.str(")")
}

func (a *Note) text(p *printer) {
	p.str("note:")
	p.dots(a.Note)
}

func (a *Learn) text(p *printer) {
	p.learn(a)
	p.specs(a.Specs)
}

// as is what a has in common with Learn.
func (n *Learn2) as() *Learn {
	return &Learn{IdleTimeout: n.IdleTimeout, HardTimeout: n.HardTimeout, Priority: n.Priority, Cookie: n.Cookie,
		Flags: n.Flags, Table: n.Table, FinIdleTimeout: n.FinIdleTimeout, FinHardTimeout: n.FinHardTimeout,
		Specs: n.Specs}
}

func (n *Learn2) text(p *printer) {
	p.learn(n.as())
	if n.Limit != 0 {
		p.num(",limit=", uint64(n.Limit))
	}
	if n.Flags&LearnWriteResult != 0 {
		p.str(",result_dst=")
		p.subfield(n.Result.Field, int(n.ResultOffset), 1)
	}
	p.specs(n.Specs)
}

func (p *printer) learn(a *Learn) {
	p.num("learn(table=", uint64(a.Table))
	for _, n := range []struct {
		name   string
		n, not uint16
	}{
		{",idle_timeout=", a.IdleTimeout, 0}, {",hard_timeout=", a.HardTimeout, 0},
		{",fin_idle_timeout=", a.FinIdleTimeout, 0}, {",fin_hard_timeout=", a.FinHardTimeout, 0},
		{",priority=", a.Priority, defaultPriority},
	} {
		if n.n != n.not {
			p.num(n.name, uint64(n.n))
		}
	}
	if a.Flags&LearnSendFlowRem != 0 {
		p.str(",send_flow_rem")
	}
	if a.Flags&LearnDeleteLearned != 0 {
		p.str(",delete_learned")
	}
	if a.Cookie != 0 {
		p.str(",cookie=")
		p.cHex(a.Cookie)
	}
}

func (p *printer) specs(l LearnSpecs) {
	for i := range l.List {
		p.str(",")
		l.List[i].text(p)
	}
	p.str(")")
}

func (s *LearnSpec) text(p *printer) {
	n := s.NBits()
	switch kind := s.Kind(); {
	case kind == LearnDstOutput && !s.HasValue():
		p.str("output:")
		p.subfield(s.Src.Field(), int(s.SrcOffset), n)
	case kind == LearnDstLoad:
		p.str("load:")
		if s.HasValue() {
			p.bytes(s.value())
		} else {
			p.subfield(s.Src.Field(), int(s.SrcOffset), n)
		}
		p.str("->")
		p.subfield(s.Dst.Field(), int(s.DstOffset), n)
	case kind == LearnDstMatch && s.HasValue():
		p.learnMatch(s)
	case kind == LearnDstMatch:
		p.subfield(s.Dst.Field(), int(s.DstOffset), n)
		if s.Src != s.Dst && s.Src.info() != s.Dst.info() || s.SrcOffset != s.DstOffset {
			p.str("=")
			p.subfield(s.Src.Field(), int(s.SrcOffset), n)
		}
	}
}

// value is the value of the spec in as few bytes as have room for its bits.
func (s *LearnSpec) value() []byte { return s.Value[len(s.Value)-(s.NBits()+7)/8:] }

// info is what is known of the field, nil for an unknown one.
func (h NXMHeader) info() *oxm.Info {
	i, _ := oxm.Known(h.Field())
	return i
}

// learnMatch writes a field that the learned flow matches by value: a whole field as matches do.
func (p *printer) learnMatch(s *LearnSpec) {
	i := s.Dst.info()
	if i == nil || s.DstOffset != 0 || s.NBits() != i.Bits {
		p.subfield(s.Dst.Field(), int(s.DstOffset), s.NBits())
		p.str("=")
		p.bytes(s.value())
		return
	}
	value := make([]byte, i.Field.Len())
	copy(value[max(0, len(value)-len(s.value())):], s.value())
	p.str(i.Name + "=")
	p.value(i, value, nil)
}
