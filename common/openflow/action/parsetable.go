package action

import (
	"strings"

	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// parseResubmit reads PORT, or PORT,TABLE,ct of which the first two may be missing.
func parseResubmit(l *list, a arg) error {
	portArg, rest, _ := a.cut(",")
	tableArg, rest, _ := rest.cut(",")
	ctArg, _, _ := rest.cut(",")
	port, table := uint32(portInPort), uint8(TableAny)
	var err error
	if portArg.s != "" {
		if port, err = portArg.port(); err != nil {
			return err
		}
	}
	if tableArg.s != "" {
		if table, err = tableArg.table(); err != nil {
			return err
		}
	}
	switch {
	case ctArg.s != "" && ctArg.s != "ct":
		return ctArg.errorf("%q: expected ct", ctArg.s)
	case port == portInPort && table == TableAny:
		return a.errorf("%q: expected a port, or a table after a comma", a.s)
	case ctArg.s == "":
		return l.add(&ResubmitTable{InPort: uint16(port), Table: table})
	case l.packet != nil && !l.packet.flow.Meets(oxm.NeedCT):
		return ctArg.errorf("ct: %w: expected %s", ErrMatch, oxm.NeedCT)
	}
	return l.add(&ResubmitTableCT{InPort: uint16(port), Table: table})
}

func parseGoto(l *list, a arg) error {
	table, err := a.table()
	if err != nil {
		return err
	}
	if l.packet != nil && l.rules.Table != TableAny && table <= l.rules.Table {
		return a.errorf("table %d: expected one after %d", table, l.rules.Table)
	}
	if l.is10() {
		return l.add(&ResubmitTable{InPort: portInPort & 0xffff, Table: table})
	}
	return l.instruction(&GotoTable{Table: table})
}

// Meters from here on are not those of flows.
const meterMax = 0xffff0000

func parseMeter(l *list, a arg) error {
	id, err := a.u32()
	if err == nil && (id == 0 || id > meterMax) {
		err = a.errorf("%q: expected a number from 1 to %d", a.s, uint32(meterMax))
	}
	if err == nil {
		err = l.narrow(a, FormatOF13, ErrVersion)
	}
	if err != nil {
		return err
	}
	return l.instruction(&Meter{Meter: id})
}

func parseClearActions(l *list, _ arg) error {
	if l.is10() {
		return nil
	}
	return l.instruction(&ClearActions{})
}

func parseWriteActions(l *list, a arg) error {
	b, err := l.within("write_actions", a)
	if err != nil || len(b) == 0 || l.is10() {
		return err
	}
	return l.instruction(&WriteActions{Actions: b})
}

func parseWriteMetadata(l *list, a arg) error {
	value, maskArg, masked := a.cut("/")
	mask := ^uint64(0)
	v, err := value.wrapping(64)
	if err == nil && masked {
		mask, err = maskArg.wrapping(64)
	}
	if err == nil {
		err = l.narrow(a, FormatNXM|FormatOF13, ErrVersion)
	}
	switch {
	case err != nil:
		return err
	case l.is10():
		return l.add(&NXWriteMetadata{Metadata: v, Mask: mask})
	}
	return l.instruction(&WriteMetadata{Metadata: v, Mask: mask})
}

func parseFinTimeout(l *list, a arg) error {
	var f FinTimeout
	err := a.pairs(func(key, value arg) (err error) {
		switch key.s {
		case "idle_timeout":
			f.IdleTimeout, err = value.u16()
		case "hard_timeout":
			f.HardTimeout, err = value.u16()
		default:
			err = key.errorf("%q: expected idle_timeout or hard_timeout", key.s)
		}
		return key.named(err)
	})
	if err == nil {
		err = l.needs(a, func(p *packet) bool { return p.proto() == protoTCP }, "tcp")
	}
	if err != nil {
		return err
	}
	return l.add(&f)
}

// parseConjunction reads ID,CLAUSE/CLAUSES, of which the clauses count from 1.
func parseConjunction(l *list, a arg) error {
	idArg, rest, ok1 := a.cut(",")
	clauseArg, countArg, ok2 := rest.cut("/")
	if !ok1 || !ok2 {
		return a.errorf("%q: expected ID,CLAUSE/CLAUSES", a.s)
	}
	id, err := idArg.trim().u32()
	if err != nil {
		return err
	}
	clause, err := clauseArg.trim().decimal(8)
	if err != nil {
		return err
	}
	count, err := countArg.trim().decimal(8)
	switch {
	case err != nil:
		return err
	case count < 2 || count > 64:
		return countArg.errorf("%q: expected 2 to 64 clauses", countArg.s)
	case clause < 1 || clause > count:
		return clauseArg.errorf("%q: expected a clause from 1 to %d", clauseArg.s, count)
	}
	return l.add(&Conjunction{ID: id, Clause: uint8(clause - 1), NClauses: uint8(count)})
}

func parseNote(l *list, a arg) error {
	b, err := a.hex()
	if err != nil {
		return err
	}
	const room = 6 // what the shortest action has
	return l.add(&Note{Note: append(b, make([]byte, padding(len(b)-room))...)})
}

// trim cuts white space off both ends.
func (a arg) trim() arg {
	s := strings.TrimLeft(a.s, " \t")
	return arg{strings.TrimRight(s, " \t"), a.at + len(a.s) - len(s)}
}
