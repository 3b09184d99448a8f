package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

// Results of a check.
const (
	checkOK   = "ok"
	checkWarn = "warning" // it works, not as well as it could
	checkFail = "failed"  // it does not work
)

const (
	clockMax   = 2 * time.Second        // of difference to the store's
	latencyMax = 100 * time.Millisecond // of one answer

	// probeHost is the heartbeat that is removed to see whether writing is allowed; there is none of this name.
	probeHost = "vlcp-coordinator-doctor"
)

// check is one thing that doctor looked at.
type check struct {
	Name   string `json:"name"`
	Result string `json:"result"`
	Found  string `json:"found"`         // what is
	Why    string `json:"why,omitempty"` // why it matters, unless all is well
	Fix    string `json:"fix,omitempty"` // what to do, unless all is well
}

var errUnwell = errors.New("something has to be repaired, see above")

func (a *app) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Check the store and the hosts",
		Long: `Checks that the store is reached, ready, notifies of changes, lets us write, and has the same time, and which
hosts report; and says of what is not well why it matters and what to do. It changes nothing. The exit code is 1 when a
check failed, 0 with warnings only. On a hypervisor there is vlcp-agent doctor.`,
		Example: "  vlcp-coordinator doctor\n  vlcp-coordinator doctor -o json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.checkFlags(a.timeout); err != nil {
				return err
			}
			a.running = true
			return a.withStore(cmd.Context(), a.timeout, func(ctx context.Context, s store.Store) error {
				return a.report(a.examine(ctx, s))
			})
		},
	}
}

func (a *app) report(checks []check) error {
	v := view{object: map[string]any{"checks": checks}}
	failed := false
	for _, c := range checks {
		v.lines = append(v.lines, fmt.Sprintf("%-7s  %s: %s", c.Result, c.Name, c.Found))
		if c.Result != checkOK {
			v.lines = append(v.lines, "         why: "+c.Why, "         fix: "+c.Fix)
		}
		failed = failed || c.Result == checkFail
	}
	if err := a.print(v); err != nil {
		return err
	}
	if failed {
		return errUnwell
	}
	return nil
}

// examine makes the checks, up to the first that makes the others pointless.
func (a *app) examine(ctx context.Context, s store.Store) (checks []check) {
	start := time.Now()
	info, err := s.Info(ctx)
	took := time.Since(start)
	const why = "definitions are in it, and agents follow it"
	switch {
	case errors.Is(err, store.ErrNotInitialised):
		return []check{{"store", checkFail, "reached, but nobody has made it ready", why, program + " init"}}
	case err != nil:
		return []check{{"store", checkFail, err.Error(), why, "is the server running, is its address right (--redis, " +
			redisEnv + ", the configuration), do firewall, password and ACL let us in?"}}
	case took > latencyMax:
		checks = append(checks, check{"store", checkWarn, fmt.Sprintf("%s, answers after %s", info.Server,
			took.Round(time.Millisecond)), "every change takes longer by that", "look at the network and the server's load"})
	default:
		checks = append(checks, check{Name: "store", Result: checkOK, Found: fmt.Sprintf("%s, revision %d, answers in %s",
			info.Server, info.Rev, took.Round(time.Microsecond))})
	}
	checks = append(checks, notifications(info), clock(info, time.Now()), access(ctx, s))
	return append(checks, a.hosts(ctx, s)...)
}

func notifications(info store.Info) check {
	if info.Notifications {
		return check{Name: "notifications", Result: checkOK, Found: "on"}
	}
	return check{"notifications", checkWarn, "off, and not allowed to be set", "agents see changes up to 5 s late",
		"set notify-keyspace-events on the server, or let the user run CONFIG: see the README of common/store/redisstore"}
}

func clock(info store.Info, now time.Time) check {
	off := now.Sub(info.Time).Abs()
	if off <= clockMax {
		return check{Name: "clock", Result: checkOK, Found: "within " + clockMax.String() + " of the store's"}
	}
	return check{"clock", checkWarn, off.Round(time.Millisecond).String() + " away from the store's",
		"logs do not fit together, and TLS may fail", "run an NTP client on both"}
}

func access(ctx context.Context, s store.Store) check {
	if err := s.RemoveBeat(ctx, probeHost); err != nil {
		return check{"access", checkFail, err.Error(), "nothing can be defined",
			"the user of the store needs the commands and keys that the README of common/store/redisstore lists"}
	}
	return check{Name: "access", Result: checkOK, Found: "reading and writing are allowed"}
}

func (a *app) hosts(ctx context.Context, s store.Store) (checks []check) {
	hosts, err := a.catalog(s).Hosts(ctx)
	if err != nil {
		return []check{{"hosts", checkFail, err.Error(), "nobody knows which hosts there are", "repair what is above first"}}
	}
	live := 0
	for _, h := range hosts {
		if h.State == catalog.HostLive {
			live++
			continue
		}
		checks = append(checks, check{Name: "host " + h.Name, Result: checkWarn,
			Found: fmt.Sprintf("silent for %s, with %d ports", h.Age, h.Ports), Why: "changes do not reach its switch",
			Fix: "on it: vlcp-agent doctor. If it is gone: " + program + " host delete " + h.ID})
	}
	return append(checks, check{Name: "hosts", Result: checkOK, Found: fmt.Sprintf("%d, of which %d report", len(hosts),
		live)})
}
