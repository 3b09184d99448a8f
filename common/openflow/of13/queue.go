package of13

// QueueConfigRequest asks for the queues of a port (7.3.6).
//
//wire:when Version=openflow.Version13 Type=TypeQueueConfigReq
type QueueConfigRequest struct {
	Header `wire:"base"`
	Port   uint32
	_      [4]byte
}

// QueueConfigReply has them.
//
//wire:when Version=openflow.Version13 Type=TypeQueueConfigRepl
type QueueConfigReply struct {
	Header `wire:"base"`
	Port   uint32
	_      [4]byte
	Queues []Queue `wire:"rest"`
}

// Queue is one queue of a port (7.2.2).
type Queue struct {
	ID         uint32
	Port       uint32
	Length     uint16 `wire:"size"`
	_          [6]byte
	Properties []QueueProperty `wire:"rest"`
}

// QueueProperty is a property of a queue. Data is a rate in tenths of a percent and six bytes of padding, or what an
// experimenter puts there.
type QueueProperty struct {
	Type   QueuePropertyType
	Length uint16 `wire:"size"`
	_      [4]byte
	Data   []byte `wire:"rest"`
}

// QueuePropertyType is the type of a queue's property.
//
//wire:enum
type QueuePropertyType uint16

// The types.
const (
	QueueMinRate      QueuePropertyType = 1
	QueueMaxRate      QueuePropertyType = 2
	QueueExperimenter QueuePropertyType = 0xffff
)

// AllQueues is every queue, in a QueueStatsRequest.
const AllQueues uint32 = 0xffffffff

// QueueStatsRequest asks for the counters of queues (7.3.5.8).
//
//wire:when Version=openflow.Version13 Type=TypeMultipartReq Kind=MultipartQueue
type QueueStatsRequest struct {
	Multipart `wire:"base"`
	Port      uint32
	Queue     uint32
}

// QueueStatsReply has them.
//
//wire:when Version=openflow.Version13 Type=TypeMultipartReply Kind=MultipartQueue
type QueueStatsReply struct {
	Multipart `wire:"base"`
	Queues    []QueueStats `wire:"rest"`
}

// QueueStats are the counters of one queue.
type QueueStats struct {
	Port         uint32
	Queue        uint32
	TxBytes      uint64
	TxPackets    uint64
	TxErrors     uint64
	DurationSec  uint32
	DurationNsec uint32
}
