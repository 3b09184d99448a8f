package agent

import (
	"context"
	"log/slog"
	"net/netip"

	"github.com/vlcp-go/vlcp/agent/internal/config"
	"github.com/vlcp-go/vlcp/agent/internal/journal"
	"github.com/vlcp-go/vlcp/agent/internal/ovsctl"
	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/netio"
	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/store/redisstore"
)

// What other packages need to name of the configuration and of the world.
type (
	Config      = config.Config
	RedisConfig = config.Redis
	BridgeSetup = ovsctl.Setup
	Files       = journal.Files
	Status      = status.Status
)

// DefaultConfig is the configuration of an empty file.
func DefaultConfig() Config { return config.Default() }

// Env is the world an agent lives in. The zero value is the real one.
type Env struct {
	// Clock and Seed of the scheduler; nil and 0 mean real time and a random seed.
	Clock coroutine.Clock
	Seed  uint64
	// Offloader runs blocking calls; nil means on goroutines.
	Offloader coroutine.Offloader
	// Dialer makes the connections to OVSDB and to the switch; nil means sockets.
	Dialer func(*coroutine.Scheduler) netio.Dialer
	// OpenStore opens the store; nil means Redis at the configured address.
	OpenStore func(ctx context.Context, cfg config.Redis) (store.Store, error)
	// Switch creates the bridge and the tunnel port where absent; nil means ovs-vsctl.
	Switch SwitchSetup
	// Link finds the interface that has an address, at most every few seconds; nil means that of the system.
	Link func(addr netip.Addr) (Link, error)
	// Files is where the journal is; nil means the disk.
	Files  Files
	Logger *slog.Logger
	// Supervisor, if not nil, is told once a second and when the agent gets ready how it is doing. It is called on the
	// scheduler and must not block.
	Supervisor func(Progress)
	// Hostname is the name of last resort for this host; nil means os.Hostname.
	Hostname func() (string, error)
}

// SwitchSetup makes the bridge ready.
type SwitchSetup interface {
	Ensure(ctx context.Context, s ovsctl.Setup) error
}

func openRedis(_ context.Context, cfg config.Redis) (store.Store, error) {
	return redisstore.Open(redisstore.Options{URL: cfg.URL, Name: cfg.Name})
}
