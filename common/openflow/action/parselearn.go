package action

import (
	"strings"

	"github.com/vlcp-go/vlcp/common/openflow/fieldtext"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

const defaultPriority = 0x8000

// learner is a learn that is being read.
type learner struct {
	*list
	n       Learn2
	learned *oxm.Flow // what the learned flow matches; nil if the match of the flow itself is not known
}

// parseLearn reads the arguments of learn: those of the flow in any order, and in their order what it matches and does.
func parseLearn(l *list, a arg) error {
	r := learner{list: l, n: Learn2{Table: 1, Priority: defaultPriority}}
	if l.packet != nil {
		r.learned = &oxm.Flow{}
	}
	if err := a.pairs(r.argument); err != nil {
		return err
	}
	n := &r.n
	if n.Limit != 0 || n.Flags&LearnWriteResult != 0 {
		return l.add(n)
	}
	return l.add(&Learn{IdleTimeout: n.IdleTimeout, HardTimeout: n.HardTimeout, Priority: n.Priority, Cookie: n.Cookie,
		Flags: n.Flags, Table: n.Table, FinIdleTimeout: n.FinIdleTimeout, FinHardTimeout: n.FinHardTimeout,
		Specs: n.Specs})
}

func (r *learner) argument(key, value arg) (err error) {
	n := &r.n
	switch key.s {
	case "table":
		if n.Table, err = value.table(); err == nil && n.Table == TableAny {
			err = value.errorf("table %d: expected 0 to %d", TableAny, TableAny-1)
		}
	case "priority":
		err = value.decimal16(&n.Priority)
	case "idle_timeout":
		err = value.decimal16(&n.IdleTimeout)
	case "hard_timeout":
		err = value.decimal16(&n.HardTimeout)
	case "fin_idle_timeout":
		err = value.decimal16(&n.FinIdleTimeout)
	case "fin_hard_timeout":
		err = value.decimal16(&n.FinHardTimeout)
	case "cookie":
		n.Cookie, err = value.wrapping(64)
	case "send_flow_rem":
		n.Flags |= LearnSendFlowRem
	case "delete_learned":
		n.Flags |= LearnDeleteLearned
	case "limit":
		var v uint64
		v, err = value.decimal(32)
		n.Limit = uint32(v)
	case "result_dst":
		err = learnResult(n, value)
	default:
		return r.spec(key, value)
	}
	return key.named(err)
}

func learnResult(n *Learn2, a arg) error {
	b, err := a.subfield()
	if err == nil {
		err = writable(a, b.info)
	}
	if err == nil && b.n != 1 {
		err = a.errorf("%q: expected one bit", a.s)
	}
	if err != nil {
		return err
	}
	n.Flags |= LearnWriteResult
	n.Result, n.ResultOffset = header(b.info), uint16(b.ofs)
	return nil
}

// spec reads what a learned flow matches (FIELD[BITS], FIELD[BITS]=FIELD[BITS], FIELD=VALUE) or does
// (load:VALUE->FIELD[BITS], load:FIELD[BITS]->FIELD[BITS], output:FIELD[BITS]).
func (r *learner) spec(key, value arg) error {
	var s LearnSpec
	var err error
	switch key.s {
	case "load":
		s, err = r.load(value)
	case "output":
		s, err = r.output(value)
	default:
		s, err = r.match(key, value)
	}
	r.n.Specs.List = append(r.n.Specs.List, s)
	return err
}

func (s *LearnSpec) source(b subfield) {
	s.Src, s.SrcOffset = nxm(b.info), uint16(b.ofs)
}

func (s *LearnSpec) target(kind uint16, b subfield) {
	s.Dst, s.DstOffset = nxm(b.info), uint16(b.ofs)
	s.Header |= kind | uint16(b.n)
}

// immediate puts a number into the spec, as many bytes of it as have the bits.
func (s *LearnSpec) immediate(n int, number []byte) {
	s.Header |= LearnSrcValue
	s.Value = make([]byte, 2*((n+15)/16))
	used := (n + 7) / 8
	copy(s.Value[len(s.Value)-used:], number[len(number)-used:])
}

// written checks bits that the learned flow writes.
func (r *learner) written(a arg, b subfield) error {
	if err := writable(a, b.info); err != nil {
		return err
	}
	return needsIn(r.learned, a, b.info)
}

// moved reads FIELD[BITS]->FIELD[BITS], of which the second is written by the learned flow.
func (r *learner) moved(a arg) (src, dst subfield, err error) {
	if src, dst, err = a.move(); err != nil {
		return src, dst, err
	}
	if err = r.source(a, src); err == nil {
		err = r.written(a, dst)
	}
	return src, dst, err
}

// learn adds a number to what the learned flow matches.
func (r *learner) learn(b subfield, number []byte) {
	if r.learned == nil || len(number) > 8 {
		return // no field needs one of more bytes
	}
	value, mask := r.learned.Uint(b.info)
	bits := ^uint64(0) >> (64 - b.n) << b.ofs
	value = value&^bits | fieldtext.Number(number)<<b.ofs&bits
	for t := range oxm.Match(nil).UintMasked(b.info.Field, value, mask|bits).All() {
		if mask|bits == ^uint64(0)>>(64-b.info.Bits) {
			t.Mask = nil
		}
		_ = r.learned.Set(t) // what the field cannot have, the switch refuses
	}
}

func (r *learner) output(a arg) (s LearnSpec, err error) {
	b, err := a.subfield()
	if err == nil {
		err = learnable(a, b)
	}
	if err == nil {
		err = r.source(a, b)
	}
	if err != nil {
		return s, named("output", err)
	}
	s.source(b)
	s.Header = LearnSrcField | LearnDstOutput | uint16(b.n)
	return s, nil
}

// learnable checks that a spec can name a field.
func learnable(a arg, b subfield) error {
	if nxField(b.info).Class() == oxm.ClassExperimenter {
		return a.errorf("field %s: expected one that has no experimenter's header", b.info.Name)
	}
	if b.n > int(LearnNBits) {
		return a.errorf("field %s: expected no more than %d bits", b.info.Name, LearnNBits)
	}
	return nil
}

func (r *learner) load(a arg) (s LearnSpec, err error) {
	value, key, ok := a.cut("->")
	if !ok || value.s == "" || key.s == "" {
		return s, a.errorf("load: %q: expected VALUE->FIELD[BITS] or FIELD[BITS]->FIELD[BITS]", a.s)
	}
	if value.s[0] < '0' || value.s[0] > '9' {
		src, dst, err := r.moved(a)
		if err == nil {
			err = learnable(a, src)
		}
		if err == nil {
			err = learnable(key, dst)
		}
		if err != nil {
			return s, named("load", err)
		}
		s.source(src)
		s.target(LearnDstLoad, dst)
		return s, nil
	}
	dst, err := key.subfield()
	if err == nil {
		err = learnable(key, dst)
	}
	if err == nil {
		err = r.written(key, dst)
	}
	number := make([]byte, oxm.TunMetadataLenMax)
	if err == nil {
		if e := fieldtext.ParseInt(value.s, number); e != nil {
			err = value.errorf("%w", e)
		}
	}
	if err == nil {
		err = value.fits(number, dst.n)
	}
	if err != nil {
		return s, named("load", err)
	}
	s.target(LearnDstLoad, dst)
	s.immediate(dst.n, number)
	return s, nil
}

func (r *learner) match(key, value arg) (s LearnSpec, err error) {
	dst, err := key.subfield()
	if err == nil {
		err = learnable(key, dst)
	}
	if err != nil {
		return s, err
	}
	if err := needsIn(r.learned, key, dst.info); err != nil {
		return s, err
	}
	s.target(LearnDstMatch, dst)
	if value.s == "" {
		s.source(dst)
		return s, r.source(key, dst)
	}
	src, err := value.subfield()
	if err != nil {
		return s, key.named(r.value(&s, dst, value))
	}
	if src.n != dst.n {
		return s, value.errorf("%s: %d bits and %d: expected as many", value.s, src.n, dst.n)
	}
	if err := learnable(value, src); err != nil {
		return s, err
	}
	s.source(src)
	return s, r.source(value, src)
}

// learnValue reads a value for a whole field in the form of the field, and one for some bits as a number.
func (r *learner) value(s *LearnSpec, dst subfield, a arg) error {
	if dst.n != dst.info.Bits {
		n, err := a.number(dst.info)
		if err == nil {
			err = a.fits(n, dst.n)
		}
		if err != nil {
			return err
		}
		s.immediate(dst.n, n)
		r.learn(dst, n)
		return nil
	}
	v, mask, err := fieldtext.ParseField(dst.info, a.s)
	switch {
	case err != nil && strings.Contains(a.s, "["):
		_, err = a.subfield() // it was to be a field
		return err
	case err != nil:
		return a.errorf("%w", err)
	case mask != nil:
		return a.errorf("%q: expected no mask", a.s)
	}
	s.immediate(dst.n, v)
	r.learn(dst, v)
	return nil
}
