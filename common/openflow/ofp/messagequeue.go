package ofp

import (
	"cmp"
	"encoding/binary"
	"strconv"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/fieldtext"
	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/sorted"
)

func (t *text) queueConfigRequest(port uint32) error {
	at := spot{openflow.HeaderLen, "Port"}
	if err := at.checkPort(port); err != nil {
		return err
	}
	if port >= firstReserved && (port != of13.PortAny || t.v == 1) {
		return at.refuse("OFPQOFC_BAD_PORT", "%s: expected the number of a port", fieldtext.FormatPort(port))
	}
	t.s(" port=", fieldtext.FormatPort(port))
	return nil
}

// queue is a queue of either version.
type queue struct {
	port, id uint32
	min, max uint16 // rates in tenths of a percent
}

const (
	rateOff     = 0xffff
	rateMax     = 1000
	ratePropLen = 8 // after the head of the property
	percent     = 10
)

// Lengths of the head of a reply with queues, and of the counters of one in OpenFlow 1.3.
const (
	queueConfigLen = 16
	queueStatsLen  = 40
)

// queueConfig10 writes the queues of a port.
func (t *text) queueConfig10(m *of10.QueueConfigReply) error {
	const propertiesAt = 8
	var all []queue
	at := queueConfigLen
	for n := range m.Queues {
		q := queue{oxm.Port32(m.Port), m.Queues[n].ID, rateOff, rateOff}
		inner := propertiesAt
		for k, p := range m.Queues[n].Properties {
			if err := q.property(uint16(p.Type), p.Data); err != nil {
				return item(at, "Queues", n).refused(item(inner, "Properties", k).refused(err))
			}
			inner += int(p.Length)
		}
		all = append(all, q)
		at += int(m.Queues[n].Length)
	}
	t.queues(all)
	return nil
}

func (t *text) queueConfig13(m *of13.QueueConfigReply) error {
	if len(m.Queues) > 0 {
		if err := (spot{openflow.HeaderLen, "Port"}).checkPort(m.Port); err != nil {
			return err
		}
	}
	const propertiesAt = 16
	var all []queue
	at := queueConfigLen
	for n := range m.Queues {
		q := queue{m.Port, m.Queues[n].ID, rateOff, rateOff}
		inner := propertiesAt
		for k, p := range m.Queues[n].Properties {
			if err := q.property(uint16(p.Type), p.Data); err != nil {
				return item(at, "Queues", n).refused(item(inner, "Properties", k).refused(err))
			}
			inner += int(p.Length)
		}
		all = append(all, q)
		at += int(m.Queues[n].Length)
	}
	t.queues(all)
	return nil
}

// property takes a rate; other properties say nothing to us.
func (q *queue) property(typ uint16, data []byte) error {
	const queueAlign = 8
	if len(data)%queueAlign != 0 {
		return spot{2, "Length"}.refuse(badLen, "property %d: %d bytes: expected a multiple of %d", typ, len(data),
			queueAlign)
	}
	to := &q.min
	switch of13.QueuePropertyType(typ) {
	case of13.QueueMinRate:
	case of13.QueueMaxRate:
		to = &q.max
	default:
		return nil
	}
	if len(data) != ratePropLen {
		return spot{2, "Length"}.refuse(badLen, "property %d: %d bytes: expected %d", typ, len(data), ratePropLen)
	}
	*to = binary.BigEndian.Uint16(data)
	return nil
}

// queues writes queues by port and number.
func (t *text) queues(all []queue) {
	sorted.Stable(all, func(a, b queue) int {
		return cmp.Or(cmp.Compare(uint16(a.port), uint16(b.port)), cmp.Compare(a.id, b.id))
	})
	t.s(" ")
	port := uint32(0)
	for _, q := range all {
		if q.port != port {
			port = q.port
			t.s("port=", fieldtext.FormatPort(port), "\n")
		}
		t.f("queue %d:", q.id)
		t.rate(" min_rate:", q.min)
		t.rate(" max_rate:", q.max)
		t.s("\n")
	}
	t.chomp(' ')
}

func (t *text) rate(label string, v uint16) {
	switch {
	case v <= rateMax:
		t.f("%s%d.%d%%", label, v/percent, v%percent)
	case v < rateOff:
		t.s(label, "(disabled)")
	}
}

func queueName(q uint32) string {
	if q == of13.AllQueues {
		return "ALL"
	}
	return strconv.FormatUint(uint64(q), 10)
}

func (t *text) queueStatsRequest(at spot, port, queue uint32) error {
	if err := at.checkPort(port); err != nil {
		return err
	}
	t.s(" port=", fieldtext.FormatPort(port), " queue=", queueName(queue))
	return nil
}

// queueRequest10 writes a request whose port may be all, as OpenFlow 1.0 calls any.
func (t *text) queueRequest10(m *of10.QueueStatsRequest) error {
	port := m.Port
	if port == of10.PortAll {
		port = of10.PortNone
	}
	return t.queueStatsRequest(spot{stats10Len, "Port"}, oxm.Port32(port), m.Queue)
}

func (t *text) queueStats10(queues []of10.QueueStats) error {
	t.f(" %d queues\n", len(queues))
	for n := range queues {
		q := &queues[n]
		t.queueCounters(oxm.Port32(q.Port), q.Queue, q.TxBytes, q.TxPackets, q.TxErrors)
		t.s("?\n")
	}
	return nil
}

func (t *text) queueStats13(queues []of13.QueueStats) error {
	for n := range queues {
		if err := (spot{0, "Port"}).checkPort(queues[n].Port); err != nil {
			return item(stats13Len+n*queueStatsLen, "Queues", n).refused(err)
		}
	}
	t.f(" %d queues\n", len(queues))
	for n := range queues {
		q := &queues[n]
		t.queueCounters(q.Port, q.Queue, q.TxBytes, q.TxPackets, q.TxErrors)
		if q.DurationSec == unknown32 {
			t.s("?\n")
			continue
		}
		t.duration(q.DurationSec, q.DurationNsec)
		t.s("\n")
	}
	return nil
}

// queueCounters writes the counters of a queue up to its duration.
func (t *text) queueCounters(port, queue uint32, counters ...uint64) {
	t.s("  port ", fieldtext.FormatPort(port), " queue ", queueName(queue), ": ")
	for n, name := range [3]string{"bytes=", "pkts=", "errors="} {
		t.counter(name, counters[n], ", ")
	}
	t.s("duration=")
}
