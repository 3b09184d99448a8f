package action

import (
	"fmt"

	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// Bounds of the number of clauses of a conjunction.
const (
	clausesMin = 2
	clausesMax = 64
)

func (a *Conjunction) check(*checker) error {
	if a.NClauses < clausesMin || a.NClauses > clausesMax || a.Clause >= a.NClauses {
		return fmt.Errorf("clause %d of %d: %w", int(a.Clause)+1, a.NClauses, ErrConjunction)
	}
	return nil
}

func (a *Sample) check(*checker) error  { return probability(a.Probability) }
func (a *Sample2) check(*checker) error { return probability(a.Probability) }

func (s *Sample3) check(*checker) error {
	return first(s.Direction.check(), probability(s.Probability))
}

func (s *Sample4) check(*checker) error {
	return first(s.Direction.check(), probability(s.Probability), s.ObsDomain.check(), s.ObsPoint.check())
}

func (d SampleDirection) check() error {
	if d > SampleEgress {
		return fmt.Errorf("direction %d: %w", d, ErrArgument)
	}
	return nil
}

func (s SampleID) check() error {
	if s.Src == 0 {
		return nil
	}
	n := s.Bits().Len()
	err := source(s.Src.Field(), s.Bits().Offset(), n)
	if err == nil && n > sampleIDBits {
		err = fmt.Errorf("%d bits for an id: %w", n, ErrArgument)
	}
	return err
}

const sampleIDBits = 32

func probability(p uint16) error {
	if p == 0 {
		return fmt.Errorf("probability 0: %w", ErrArgument)
	}
	return nil
}

func (a *Learn) check(*checker) error {
	return first(a.checkHead(LearnSendFlowRem|LearnDeleteLearned), a.Specs.check(), zero(a.Extra))
}

// checkHead checks what Learn2 has too.
func (a *Learn) checkHead(flags LearnFlags) error {
	switch {
	case a.Table == anyTable:
		return fmt.Errorf("table %d: %w", a.Table, ErrArgument)
	case a.Flags&^flags != 0:
		return fmt.Errorf("flags %s: %w", a.Flags, ErrArgument)
	}
	return nil
}

func (n *Learn2) check(*checker) error {
	if err := n.as().checkHead(LearnSendFlowRem | LearnDeleteLearned | LearnWriteResult); err != nil {
		return err
	}
	if n.Flags&LearnWriteResult == 0 && n.ResultOffset != 0 {
		return fmt.Errorf("ResultOffset %d: %w", n.ResultOffset, ErrNotZero)
	}
	if n.Flags&LearnWriteResult != 0 {
		if err := exact(n.Result); err != nil {
			return err
		}
		if i, _ := oxm.Known(n.Result.Field); i.ReadOnly {
			return field(i.Name, ErrReadOnly)
		}
	}
	return first(n.Specs.check(), zero(n.Extra))
}

func (l *LearnSpecs) check() error {
	for n := range l.List {
		if err := l.List[n].check(); err != nil {
			return fmt.Errorf("spec %d: %w", n, err)
		}
	}
	return nil
}

func (s *LearnSpec) check() error {
	switch {
	case s.Kind() == LearnDstMask, s.Kind() == LearnDstOutput && s.HasValue():
		return fmt.Errorf("header %#x: %w", s.Header, ErrArgument)
	case !s.HasValue() && s.Src.info() == nil:
		return fmt.Errorf("%s: %w", s.Src.Field(), oxm.ErrField)
	case s.hasDst() && s.Dst.info() == nil:
		return fmt.Errorf("%s: %w", s.Dst.Field(), oxm.ErrField)
	}
	return nil
}
