package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/store/redisstore"
	"github.com/vlcp-go/vlcp/common/telemetry"
	"github.com/vlcp-go/vlcp/coordinator"
	"github.com/vlcp-go/vlcp/coordinator/internal/api"
)

// Times of `serve`.
const (
	headerTimeout   = 5 * time.Second
	idleTimeout     = time.Minute
	shutdownTimeout = 5 * time.Second
)

func (a *app) serveCommand() *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Answer over HTTP what is defined, for programs that read",
		Long: `Answers over HTTP, read only: /healthz, /metrics (Prometheus), and as JSON /v1/physnets, /v1/physports,
/v1/networks, /v1/subnets, /v1/ports, /v1/hosts, each also with /NAME behind it. It uses the sockets that systemd
gives it (vlcp-coordinator.socket), else the one of --listen. There is no authentication: let only those reach it who
may read.
Nothing depends on it: agents and the other commands talk to the store themselves.`,
		Example: `  vlcp-coordinator serve --listen 127.0.0.1:9780
  systemctl enable --now vlcp-coordinator.socket
  curl --unix-socket /run/vlcp-coordinator.sock http://vlcp/v1/ports`,
		Args: cobra.NoArgs,
	}
	cmd.Flags().StringVar(&listen, "listen", "", "HOST:PORT or unix:PATH, if systemd gives no socket")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := a.checkFlags(a.timeout); err != nil {
			return err
		}
		ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGTERM)
		defer stop()
		return a.serve(ctx, listen)
	}
	return cmd
}

// serve answers until ctx is done.
func (a *app) serve(ctx context.Context, address string) error {
	listeners, err := sockets(address)
	if err != nil {
		return err
	}
	a.running = true
	cfg, err := a.load()
	if err != nil {
		return err
	}
	log, _, err := telemetry.New(telemetry.Config{Level: cfg.Log.Level, Format: cfg.Log.Format, Identifier: program,
		Output: a.stderr})
	if err != nil {
		return fmt.Errorf("log: %w", err)
	}
	s, err := redisstore.Open(redisstore.Options{URL: cfg.Redis.URL, Name: cfg.Redis.Name})
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // the process is ending
	srv := &http.Server{Handler: api.New(s, log).Handler(), ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout}
	ended := make(chan error, len(listeners))
	for _, l := range listeners {
		log.Info("serving", "address", l.Addr().String(), "version", coordinator.Version)
		go func() { ended <- srv.Serve(l) }()
	}
	_, _ = daemon.SdNotify(false, daemon.SdNotifyReady+"\nSTATUS="+storeState(ctx, s)) // without systemd nobody waits
	select {
	case err = <-ended:
	case <-ctx.Done():
	}
	_, _ = daemon.SdNotify(false, daemon.SdNotifyStopping) // as above
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	return errors.Join(err, srv.Shutdown(late))
}

// storeState says how the store was at the start; requests find out for themselves.
func storeState(ctx context.Context, s store.Store) string {
	ctx, cancel := context.WithTimeout(ctx, shutdownTimeout)
	defer cancel()
	if _, err := s.Info(ctx); err != nil {
		return "serving; when it started: " + err.Error()
	}
	return "serving"
}

// sockets are those of systemd, else one at address.
func sockets(address string) ([]net.Listener, error) {
	given, err := activation.Listeners()
	if err != nil {
		return nil, fmt.Errorf("sockets of systemd: %w", err)
	}
	if len(given) > 0 {
		return given, nil
	}
	if address == "" {
		return nil, usage("no socket: start vlcp-coordinator.socket, or give --listen")
	}
	network := "tcp"
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		network, address = "unix", path
	}
	l, err := net.Listen(network, address)
	if err != nil {
		return nil, usageError{err}
	}
	return []net.Listener{l}, nil
}
