package nicira

import "github.com/vlcp-go/vlcp/common/openflow"

// IPFIXBridgeRequest asks for what the bridge exported by IPFIX (NXST_IPFIX_BRIDGE). NewIPFIXBridgeRequest makes one.
//
//wire:when Type=TypeStatsRequest|TypeMultipartRequest Kind=StatsVendor Vendor=vendor Subtype=StatsIPFIXBridge
type IPFIXBridgeRequest struct {
	Stats `wire:"base"`
}

// NewIPFIXBridgeRequest makes one for a version of OpenFlow.
func NewIPFIXBridgeRequest(v openflow.Version) *IPFIXBridgeRequest {
	r := &IPFIXBridgeRequest{Stats: Stats{Type: TypeStatsRequest}}
	r.SetVersion(v)
	return r
}

// IPFIXBridgeReply says what the bridge exported by IPFIX (NXST_IPFIX_BRIDGE).
//
//wire:when Type=TypeStatsReply|TypeMultipartReply Kind=StatsVendor Vendor=vendor Subtype=StatsIPFIXBridge
type IPFIXBridgeReply struct {
	Stats `wire:"base"`
	IPFIX IPFIXStats
}

// IPFIXFlowRequest asks for what flows exported by IPFIX (NXST_IPFIX_FLOW). NewIPFIXFlowRequest makes one.
//
//wire:when Type=TypeStatsRequest|TypeMultipartRequest Kind=StatsVendor Vendor=vendor Subtype=StatsIPFIXFlow
type IPFIXFlowRequest struct {
	Stats `wire:"base"`
}

// NewIPFIXFlowRequest makes one for a version of OpenFlow.
func NewIPFIXFlowRequest(v openflow.Version) *IPFIXFlowRequest {
	r := &IPFIXFlowRequest{Stats: Stats{Type: TypeStatsRequest}}
	r.SetVersion(v)
	return r
}

// IPFIXFlowReply says what flows exported by IPFIX (NXST_IPFIX_FLOW).
//
//wire:when Type=TypeStatsReply|TypeMultipartReply Kind=StatsVendor Vendor=vendor Subtype=StatsIPFIXFlow
type IPFIXFlowReply struct {
	Stats `wire:"base"`
	IPFIX []IPFIXStats `wire:"rest"`
}

// IPFIXStats are counters of an exporter; all ones is unknown.
type IPFIXStats struct {
	TotalFlows   uint64
	CurrentFlows uint64
	Packets      uint64
	IPv4Packets  uint64 `wire:"name=ipv4_packets"`
	IPv6Packets  uint64 `wire:"name=ipv6_packets"`
	ErrorPackets uint64
	IPv4Errors   uint64 `wire:"name=ipv4_errors"`
	IPv6Errors   uint64 `wire:"name=ipv6_errors"`
	TxPackets    uint64
	TxErrors     uint64
	CollectorSet uint32
	_            [4]byte
}
