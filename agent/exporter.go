package agent

import (
	"time"

	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/common/coroutine"
)

// exporterRetry is how long an address of metrics that cannot be had is left alone.
const exporterRetry = 2 * time.Second

// exporter serves metrics over HTTP, when the configuration says so. Nothing depends on it: while the address is
// somebody else's, or not there yet, the agent works, says so in its status and tries again.
type exporter struct {
	a   *Agent
	srv *status.Exporter
	why string // it does not serve
}

func (e *exporter) run(co *coroutine.Co) error {
	for e.srv == nil {
		srv, err := status.Export(e.a.cfg.Metrics.Listen, e.a, e.a.log)
		if err == nil {
			e.srv, e.why = srv, ""
			break
		}
		if e.why != err.Error() {
			e.a.log.Warn("metrics are not served, trying again", "error", err)
		}
		e.why = err.Error()
		if err := co.Sleep(exporterRetry); err != nil {
			return err
		}
	}
	return coroutine.NewSignal(e.a.s).Wait(co) // until the agent ends
}

func (e *exporter) close() {
	if e.srv != nil {
		_ = e.srv.Close() // the process is ending
	}
}
