package agent

import (
	"context"
	"errors"
	"time"

	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/common/coroutine"
)

// stuckAfter is how long the scheduler may take to say what it does. A step takes some milliseconds at most.
const stuckAfter = 2 * time.Second

// Debug implements status.Source. What the scheduler does not tell in time is looked at from outside.
func (a *Agent) Debug(ctx context.Context) (*status.Debug, error) {
	d := &status.Debug{Version: Version}
	brief, cancel := context.WithTimeout(ctx, stuckAfter)
	defer cancel()
	var err error
	d.Snapshot, err = onScheduler(brief, a, func() (coroutine.Snapshot, error) { return a.s.Snapshot(), nil })
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		r := a.s.Look()
		d.Stuck, err = &r, nil
	}
	return d, err
}
