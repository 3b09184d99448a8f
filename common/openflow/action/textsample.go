package action

import "github.com/vlcp-go/vlcp/common/openflow/oxm"

func (a *Sample) text(p *printer) {
	p.sample(a.Probability, a.CollectorSetID, SampleID{Value: a.ObsDomainID}, SampleID{Value: a.ObsPointID})
	p.str(")")
}

func (a *Sample2) text(p *printer) {
	p.sample(a.Probability, a.CollectorSetID, SampleID{Value: a.ObsDomainID}, SampleID{Value: a.ObsPointID})
	p.samplingPort(a.SamplingPort, SampleDefault)
}

func (s *Sample3) text(p *printer) {
	p.sample(s.Probability, s.CollectorSetID, SampleID{Value: s.ObsDomainID}, SampleID{Value: s.ObsPointID})
	p.samplingPort(s.SamplingPort, s.Direction)
}

func (s *Sample4) text(p *printer) {
	p.sample(s.Probability, s.CollectorSetID, s.ObsDomain, s.ObsPoint)
	p.samplingPort(s.SamplingPort, s.Direction)
}

func (p *printer) sample(probability uint16, set uint32, domain, point SampleID) {
	p.num("sample(probability=", uint64(probability))
	p.num(",collector_set_id=", uint64(set))
	p.str(",obs_domain_id=")
	p.sampleID(domain)
	p.str(",obs_point_id=")
	p.sampleID(point)
}

func (p *printer) sampleID(s SampleID) {
	if s.Src != 0 {
		p.bits(s.Src, s.Bits())
		return
	}
	p.num("", uint64(s.Value))
}

func (p *printer) samplingPort(port uint16, d SampleDirection) {
	if port != portNone10 {
		p.str(",sampling_port=")
		p.port(oxm.Port32(port))
	}
	switch d {
	case SampleIngress:
		p.str(",ingress")
	case SampleEgress:
		p.str(",egress")
	}
	p.str(")")
}
