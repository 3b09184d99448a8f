package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/vlcp-go/vlcp/agent/internal/config"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

const (
	clockMax   = 2 * time.Second        // of difference to the store's
	latencyMax = 100 * time.Millisecond // of one answer

	// probeHost is the heartbeat that is removed to see whether that is allowed; there is none of this name.
	probeHost = "vlcp-agent-doctor"
)

const storeWhy = "definitions come from it; without it what was defined goes on, and nothing new works"

// store checks Redis and returns the hosts that are known there.
func (r *Report) store(ctx context.Context, cfg config.Config, env Env) []model.Host {
	s, err := env.OpenStore(cfg.Redis)
	if err != nil {
		r.fail(Check{Name: "store", Found: err.Error(), Why: storeWhy, Fix: "correct redis.url"})
		return nil
	}
	defer s.Close() //nolint:errcheck // it was only looked at
	start := env.Now()
	info, err := bounded(ctx, s.Info)
	took := env.Now().Sub(start)
	switch {
	case errors.Is(err, store.ErrNotInitialised):
		r.fail(Check{Name: "store", Found: "reached, but nobody has made it ready", Why: storeWhy,
			Fix: "vlcp-coordinator init"})
		return nil
	case err != nil:
		r.fail(Check{Name: "store", Found: err.Error(), Why: storeWhy,
			Fix: "is the server running, does it listen on this address, do firewall, password and ACL let us in?"})
		return nil
	case took > latencyMax:
		r.warn(Check{Name: "store", Found: fmt.Sprintf("%s, answers after %s", info.Server, took.Round(time.Millisecond)),
			Why: "every change takes longer by that", Fix: "look at the network and the load of the server"})
	default:
		r.ok("store", fmt.Sprintf("%s, revision %d, answers in %s", info.Server, info.Rev, took.Round(time.Microsecond)))
	}
	r.notifications(info)
	r.clock(info, env.Now())
	return r.access(ctx, s)
}

func (r *Report) notifications(info store.Info) {
	if info.Notifications {
		r.ok("notifications", "on")
		return
	}
	r.warn(Check{Name: "notifications", Found: "off, and not allowed to be set", Why: "changes are seen up to 5 s late",
		Fix: "set notify-keyspace-events on the server, see vlcp-agent status; or let the user run CONFIG"})
}

func (r *Report) clock(info store.Info, now time.Time) {
	off := now.Sub(info.Time).Abs()
	if off > clockMax {
		r.warn(Check{Name: "clock", Found: fmt.Sprintf("%s away from the store's", off.Round(time.Millisecond)),
			Why: "logs of different hosts do not fit together, and TLS may fail", Fix: "run an NTP client on both"})
		return
	}
	r.ok("clock", "within "+clockMax.String()+" of the store's")
}

// access checks that the user may do what an agent does: read all, and write heartbeats.
func (r *Report) access(ctx context.Context, s store.Store) []model.Host {
	const why = "the agent reads definitions, and writes where ports are and that it lives"
	const fix = "the user of redis.url needs the commands and keys that the README of common/store/redisstore lists"
	docs, err := bounded(ctx, func(ctx context.Context) ([]store.Doc, error) { return s.Read(ctx, store.ScopeHosts) })
	if err == nil {
		_, err = bounded(ctx, func(ctx context.Context) (any, error) { return nil, s.RemoveBeat(ctx, probeHost) })
	}
	if err != nil {
		r.fail(Check{Name: "access", Found: err.Error(), Why: why, Fix: fix})
		return nil
	}
	r.ok("access", "reading and writing are allowed")
	var hosts []model.Host
	for _, d := range docs {
		var h model.Host
		if d.Key.Kind == string(model.KindHost) && json.Unmarshal(d.Value, &h) == nil {
			hosts = append(hosts, h)
		}
	}
	return hosts
}
