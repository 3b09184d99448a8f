package status

import "github.com/vlcp-go/vlcp/common/coroutine"

// Debug is what the agent's scheduler does.
type Debug struct {
	Version string `json:"version"`
	// Stuck is what keeps the scheduler from answering; then the rest is not known. nil: it answered.
	Stuck *coroutine.Running `json:"stuck,omitempty"`
	coroutine.Snapshot
}
