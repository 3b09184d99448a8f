package action

import (
	"strings"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/fieldtext"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// state is what the lists of one text share.
type state struct {
	rules  Rules
	want   Formats // kinds of flow-mod of the version
	usable Formats
	packet *packet // nil: the match is not known
	depth  int
}

// stage is the instruction that an action belongs to, in the order in which they are executed and have to be written.
type stage uint8

const (
	stageMeter stage = iota
	stageApply
	stageClear
	stageWrite
	stageMetadata
	stageGoto
)

var stageNames = [...]string{"meter", "actions", "clear_actions", "write_actions", "write_metadata", "goto_table"}

// list is a list of actions that is being read. Of OpenFlow 1.3 it becomes instructions, if it may have them.
type list struct {
	*state
	outer        string // the action in which the list is, "" for none
	instructions bool
	actions      []byte // of the stage apply, not yet in out
	out          []byte // instructions

	stage stage
	count int // of actions up to now, those included that have no bytes
	conj  arg // the first conjunction, if there is one
	other arg // the first action that may not go with it
	dst   *oxm.Info
}

// depthMax is how deep lists may be in one another, as in Open vSwitch.
const depthMax = 100

// verb reads one action.
type verb struct {
	stage stage
	parse func(l *list, a arg) error
}

func (l *list) parse(a arg) error {
	if l.depth++; l.depth > depthMax {
		return a.errorf("expected no more than %d actions within each other", depthMax)
	}
	defer func() { l.depth-- }()
	var drop arg
	err := a.pairs(func(key, value arg) error {
		if strings.EqualFold(key.s, "drop") {
			drop = key
			return nil
		}
		return l.one(key, value)
	})
	switch {
	case err != nil:
		return err
	case drop.s != "" && l.count > 0:
		return drop.errorf("drop: expected no other action beside it")
	case l.conj.s != "" && l.other.s != "":
		return l.other.errorf("%s: expected nothing but note beside conjunction", l.other.s)
	}
	return nil
}

// one reads an action.
func (l *list) one(key, value arg) error {
	name := strings.ToLower(key.s)
	v, ok := verbs[name]
	if !ok {
		p, err := fieldtext.ParsePort(key.s)
		if err != nil {
			return l.unknown(key)
		}
		v = verb{stageApply, func(l *list, _ arg) error { return l.output(arg{key.s, key.at}, p, 0) }}
	}
	if err := l.order(key, v.stage); err != nil {
		return err
	}
	l.dst = nil
	if value.s == "" {
		value.at = key.at // what is missing is missing there
	}
	if err := v.parse(l, value); err != nil {
		return named(key.s, located(key, err))
	}
	l.count++
	return l.nested(key, name)
}

func (l *list) unknown(key arg) error {
	if strings.EqualFold(key.s, "apply_actions") {
		return key.errorf("apply_actions: expected the actions without it")
	}
	return key.errorf("%q: expected the name of an action or of a port", key.s)
}

// order checks that an action does not come after one that is executed later.
func (l *list) order(key arg, s stage) error {
	switch {
	case s > stageApply && !l.instructions, s == stageMeter && !l.instructions:
		return key.errorf("%s: expected in the instructions of a flow only", key.s)
	case l.count > 0 && s == l.stage && s != stageApply:
		return key.errorf("%s: expected once", key.s)
	case l.count > 0 && s < l.stage:
		return key.errorf("%s: expected before %s", key.s, stageNames[l.stage])
	}
	l.stage = s
	return nil
}

// nested checks what may be in what, after an action was read.
func (l *list) nested(key arg, name string) error {
	switch name {
	case "conjunction":
		if l.conj.s == "" {
			l.conj = key
		}
	case "note":
	default:
		if l.other.s == "" {
			l.other = key
		}
	}
	ct := l.dst != nil && (l.dst.Field == oxm.CTMark || l.dst.Field == oxm.CTLabel)
	switch {
	case l.outer != "ct" && name == "nat":
		return key.errorf("nat: expected within ct(...)")
	case l.outer != "ct" && ct:
		return key.errorf("%s: field %s can be set within ct(commit,exec(...)) only", key.s, l.dst.Name)
	case l.outer == "ct" && !ct && name != "nat":
		return key.errorf("%s: expected an action that sets ct_mark or ct_label", key.s)
	}
	return nil
}

// add appends an action.
func (l *list) add(a Action) error {
	var err error
	l.actions, err = Append(l.actions, a)
	return err
}

// instruction appends an instruction after the actions up to now.
func (l *list) instruction(a Action) error {
	err := l.apply()
	if err == nil {
		l.out, err = Append(l.out, a)
	}
	return err
}

// apply makes an instruction of the actions up to now.
func (l *list) apply() error {
	if len(l.actions) == 0 {
		return nil
	}
	var err error
	l.out, err = Append(l.out, &ApplyActions{Actions: l.actions})
	l.actions = nil
	return err
}

// finish returns what was read.
func (l *list) finish() ([]byte, error) {
	if !l.instructions || l.is10() {
		return l.actions, nil
	}
	err := l.apply()
	return l.out, err
}

// within reads a list within an action.
func (l *list) within(outer string, a arg) ([]byte, error) {
	inner := list{state: l.state, outer: outer}
	if l.packet != nil {
		before := *l.packet
		defer func() { *l.packet = before }()
	}
	err := inner.parse(a)
	return inner.actions, err
}

// narrow says that only some kinds of flow-mod can have an action, and why.
func (s *state) narrow(a arg, to Formats, why error) error {
	s.usable &= to
	if s.usable&s.want == 0 {
		return a.errorf("%w", why)
	}
	return nil
}

func (s *state) is10() bool { return s.rules.Version == openflow.Version10 }
