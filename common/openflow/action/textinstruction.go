package action

// typeOf is the type of an instruction, 0 for what is none.
func typeOf(a Action) InstructionType {
	switch i := a.(type) {
	case *GotoTable:
		return InstructionGotoTable
	case *WriteMetadata:
		return InstructionWriteMetadata
	case *WriteActions:
		return InstructionWriteActions
	case *ApplyActions:
		return InstructionApplyActions
	case *ClearActions:
		return InstructionClearActions
	case *Meter:
		return InstructionMeter
	case *UnknownInstruction:
		return i.Type
	}
	return 0
}

func (a *GotoTable) text(p *printer)       { p.num("goto_table:", uint64(a.Table)) }
func (a *WriteMetadata) text(p *printer)   { p.metadata(a.Metadata, a.Mask) }
func (a *NXWriteMetadata) text(p *printer) { p.metadata(a.Metadata, a.Mask) }

func (p *printer) metadata(v, mask uint64) {
	p.str("write_metadata:")
	p.cHex(v)
	if mask != 1<<64-1 {
		p.str("/")
		p.cHex(mask)
	}
}

func (a *WriteActions) text(p *printer) { p.nested("write_actions(", a.Actions) }
func (a *ApplyActions) text(p *printer) { p.actions(a.Actions) }
func (a *ClearActions) text(p *printer) { p.str("clear_actions") }
func (a *Meter) text(p *printer)        { p.num("meter:", uint64(a.Meter)) }

func (a *UnknownInstruction) text(p *printer) { p.hex("instruction_"+a.Type.String(), a.Data) }

// nested writes a list in parentheses.
func (p *printer) nested(name string, actions []byte) {
	p.str(name)
	p.actions(actions)
	p.str(")")
}
