package action

// parseSample makes the oldest form of the action that can say it, as ovs-ofctl does.
func parseSample(l *list, a arg) error {
	s := Sample4{SamplingPort: portNone & 0xffff}
	if err := a.pairs(func(key, value arg) error { return key.named(sampleArgument(&s, key, value)) }); err != nil {
		return err
	}
	switch {
	case s.Probability == 0:
		return a.errorf("%q: expected probability=1 to 65535", a.s)
	case s.ObsDomain.Src != 0 || s.ObsPoint.Src != 0:
		return l.add(&s)
	case s.Direction != SampleDefault:
		return l.add(&Sample3{Probability: s.Probability, CollectorSetID: s.CollectorSetID, ObsDomainID: s.ObsDomain.Value,
			ObsPointID: s.ObsPoint.Value, SamplingPort: s.SamplingPort, Direction: s.Direction})
	case s.SamplingPort != portNone&0xffff:
		return l.add(&Sample2{Probability: s.Probability, CollectorSetID: s.CollectorSetID, ObsDomainID: s.ObsDomain.Value,
			ObsPointID: s.ObsPoint.Value, SamplingPort: s.SamplingPort})
	}
	return l.add(&Sample{Probability: s.Probability, CollectorSetID: s.CollectorSetID, ObsDomainID: s.ObsDomain.Value,
		ObsPointID: s.ObsPoint.Value})
}

func sampleArgument(s *Sample4, key, value arg) (err error) {
	switch key.s {
	case "probability":
		if s.Probability, err = value.u16(); err == nil && s.Probability == 0 {
			err = value.errorf("%q: expected 1 to 65535", value.s)
		}
	case "collector_set_id":
		s.CollectorSetID, err = value.u32()
	case "obs_domain_id":
		s.ObsDomain, err = value.sampleID()
	case "obs_point_id":
		s.ObsPoint, err = value.sampleID()
	case "sampling_port":
		var p uint32
		p, err = value.port()
		s.SamplingPort = uint16(p)
	case "ingress":
		s.Direction = SampleIngress
	case "egress":
		s.Direction = SampleEgress
	default:
		err = key.errorf("%q: expected probability, collector_set_id, obs_domain_id, obs_point_id, sampling_port, "+
			"ingress or egress", key.s)
	}
	return err
}

// sampleID reads a number, or a field with no more bits than that has.
func (a arg) sampleID() (id SampleID, err error) {
	if id.Value, err = a.u32(); err == nil {
		return id, nil
	}
	b, err := a.subfield()
	switch {
	case err != nil:
		return id, a.errorf("%q: expected a number of 32 bits, or a field with one", a.s)
	case b.n > sampleIDBits:
		return id, a.errorf("field %s of %d bits: expected no more than %d", b.info.Name, b.n, sampleIDBits)
	}
	if err := plain(a, b); err != nil {
		return id, err
	}
	return SampleID{Src: nxm(b.info), Value: uint32(b.span()) << 16}, nil
}
