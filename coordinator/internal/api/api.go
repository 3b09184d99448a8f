// Package api is the coordinator's HTTP side: what is defined, for programs that read, and how the store is, for
// those who watch. It changes nothing and keeps nothing: every answer is read from the store when it is asked for.
//
//	GET /healthz           200 while the store answers, else 503 and why
//	GET /metrics           Prometheus text
//	GET /v1/{kind}         lists: physnets, physports, networks, subnets, ports, mirrors, hosts
//	GET /v1/{kind}/{name}  one object
package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

// Bounds of one request and of all together.
const (
	requestTimeout = 10 * time.Second
	inFlightMax    = 16
)

// API answers requests.
type API struct {
	s   store.Store
	c   *catalog.Catalog
	log *slog.Logger

	busy                       chan struct{} // one entry for each request that is being answered
	requests, failures, shed   atomic.Int64
	readSeconds, readsMeasured atomic.Int64 // nanoseconds and number of reads of the store for /metrics
}

// New returns an API over an open store.
func New(s store.Store, log *slog.Logger) *API {
	return &API{s: s, c: catalog.New(s, catalog.Options{}), log: log, busy: make(chan struct{}, inFlightMax)}
}

// Handler routes requests.
func (a *API) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", a.health)
	mux.HandleFunc("GET /metrics", a.metrics)
	list := func(path string, read func(context.Context) (any, error)) {
		mux.HandleFunc("GET /v1/"+path, func(w http.ResponseWriter, r *http.Request) { a.answer(w, r, read) })
	}
	one := func(path string, read func(ctx context.Context, name string) (any, error)) {
		mux.HandleFunc("GET /v1/"+path+"/{name}", func(w http.ResponseWriter, r *http.Request) {
			a.answer(w, r, func(ctx context.Context) (any, error) { return read(ctx, r.PathValue("name")) })
		})
	}
	list("physnets", func(ctx context.Context) (any, error) { return whole(a.c.PhysNets(ctx)) })
	list("physports", func(ctx context.Context) (any, error) { return whole(a.c.PhysPorts(ctx, "")) })
	list("networks", func(ctx context.Context) (any, error) { return whole(a.c.Networks(ctx, "")) })
	list("subnets", func(ctx context.Context) (any, error) { return whole(a.c.Subnets(ctx, "")) })
	list("ports", func(ctx context.Context) (any, error) { return whole(a.c.Ports(ctx, "")) })
	list("mirrors", func(ctx context.Context) (any, error) { return whole(a.c.Mirrors(ctx, "")) })
	list("hosts", func(ctx context.Context) (any, error) { return whole(a.c.Hosts(ctx)) })
	for path, kind := range map[string]model.Kind{"physnets": model.KindPhysNet, "physports": model.KindPhysPort,
		"networks": model.KindNetwork, "subnets": model.KindSubnet, "mirrors": model.KindMirror} {
		one(path, func(ctx context.Context, name string) (any, error) { return a.c.Get(ctx, kind, name) })
	}
	one("ports", func(ctx context.Context, name string) (any, error) { return a.c.Port(ctx, name) })
	one("hosts", func(ctx context.Context, name string) (any, error) { return a.c.Host(ctx, name) })
	return a.bounded(mux)
}

// whole is a list that is [] and not null when it is empty.
func whole[T any](list []T, err error) (any, error) {
	if list == nil {
		list = []T{}
	}
	return list, err
}

// bounded answers so many requests at once; more are told to come again.
func (a *API) bounded(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.requests.Add(1)
		select {
		case a.busy <- struct{}{}:
		default:
			a.shed.Add(1)
			w.Header().Set("Retry-After", "1")
			fail(w, http.StatusServiceUnavailable, errors.New("too many requests at once: try again"))
			return
		}
		defer func() { <-a.busy }()
		ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
		defer cancel()
		h.ServeHTTP(w, r.WithContext(ctx))
	})
}

func (a *API) answer(w http.ResponseWriter, r *http.Request, read func(context.Context) (any, error)) {
	v, err := read(r.Context())
	if err == nil {
		write(w, http.StatusOK, v)
		return
	}
	a.failures.Add(1)
	code := http.StatusInternalServerError
	var missing *catalog.NotFound
	switch {
	case errors.As(err, &missing):
		code = http.StatusNotFound
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, store.ErrNotInitialised),
		errors.Is(err, context.DeadlineExceeded):
		code = http.StatusServiceUnavailable
	}
	if code != http.StatusNotFound {
		a.log.Warn("request failed", "path", r.URL.Path, "error", err)
	}
	fail(w, code, err)
}

// failure is the body of an error.
type failure struct {
	Error string `json:"error"`
}

func fail(w http.ResponseWriter, code int, err error) { write(w, code, failure{err.Error()}) }

func write(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // the client is gone
}

// health answers whether the store does.
func (a *API) health(w http.ResponseWriter, r *http.Request) {
	info, err := a.s.Info(r.Context())
	if err != nil {
		fail(w, http.StatusServiceUnavailable, err)
		return
	}
	write(w, http.StatusOK, map[string]any{"status": "ok", "server": info.Server, "revision": info.Rev,
		"notifications": info.Notifications})
}
