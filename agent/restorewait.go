package agent

import (
	"fmt"
	"time"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/ovsdb"
)

const (
	restoreWaitKey   = "flow-restore-wait"
	restoreWaitMax   = time.Minute // then it is taken away whether or not flows are there
	restoreWaitRetry = time.Second
)

// restoreWait looks after other_config:flow-restore-wait. Whoever starts ovs-vswitchd may set it before: the switch
// then goes on with what its datapath knows and takes no packet of a new kind until the flag is gone. Nobody else takes
// it away when our flows are there, and a switch that nobody tells waits for ever.
type restoreWait struct {
	a     *Agent
	wake  *coroutine.Signal
	set   bool
	since time.Time // it was seen
}

func newRestoreWait(a *Agent) *restoreWait { return &restoreWait{a: a, wake: coroutine.NewSignal(a.s)} }

// row takes what the database says.
func (r *restoreWait) row(row ovsdb.Row) {
	set := row.Map("other_config")[restoreWaitKey] == "true"
	if set && !r.set {
		r.since = r.a.s.Now()
		r.a.log.Info("Open vSwitch waits for its flows", "flag", restoreWaitKey)
	}
	r.set = set
	r.wake.Notify()
}

// due reports whether the flag is to be taken away.
func (r *restoreWait) due() bool {
	return r.set && r.a.ports.connected && (r.a.engine.settled || r.a.s.Now().Sub(r.since) >= restoreWaitMax)
}

func (r *restoreWait) run(co *coroutine.Co) error {
	for {
		if err := r.wake.WaitTimeout(co, restoreWaitMax); err != nil && co.Err() != nil {
			return co.Err()
		}
		for r.due() {
			if err := r.clear(co); err == nil {
				break
			} else if co.Err() != nil {
				return co.Err()
			}
			if err := co.Sleep(restoreWaitRetry); err != nil {
				return err
			}
		}
	}
}

func (r *restoreWait) clear(co *coroutine.Co) error {
	_, err := r.a.ports.db.Transact(co, ovsdb.Mutate(tableSwitch, nil,
		ovsdb.Mutation{"other_config", "delete", ovsdb.Set{restoreWaitKey}}))
	if err != nil {
		r.a.log.Warn("Open vSwitch still waits for its flows", "flag", restoreWaitKey, "error", err)
		return err
	}
	r.set = false
	if !r.a.engine.settled {
		r.a.log.Error("Open vSwitch goes on without its flows, they were not there in time", "flag", restoreWaitKey,
			"waited", restoreWaitMax)
		return nil
	}
	r.a.log.Info("Open vSwitch has its flows and goes on", "flag", restoreWaitKey)
	return nil
}

// problem says that the switch waits, "" when it does not.
func (r *restoreWait) problem() string {
	if !r.set {
		return ""
	}
	return fmt.Sprintf("Open vSwitch takes no new connections before its flows are complete (other_config:%s); at the "+
		"latest %s after %s it goes on without", restoreWaitKey, restoreWaitMax, r.since.UTC().Format(time.RFC3339))
}
