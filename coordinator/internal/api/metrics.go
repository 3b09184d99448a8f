package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/vlcp-go/vlcp/coordinator"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

// page is a page of metrics in the Prometheus text format.
type page struct{ strings.Builder }

func (p *page) metric(name, kind, help string) {
	fmt.Fprintf(p, "# HELP vlcp_%s %s\n# TYPE vlcp_%s %s\n", name, help, name, kind)
}

// value adds a sample; labels is {name="value",…} or "".
func (p *page) value(name, labels string, v float64) {
	fmt.Fprintf(p, "vlcp_%s%s %g\n", name, labels, v)
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// metrics are those of this process, and what the store says; without the store they say that it is away.
func (a *API) metrics(w http.ResponseWriter, r *http.Request) {
	p := &page{}
	p.metric("coordinator_info", "gauge", "Version of the program.")
	p.value("coordinator_info", fmt.Sprintf("{version=%q}", coordinator.Version), 1)
	p.metric("coordinator_requests_total", "counter", "HTTP requests.")
	p.value("coordinator_requests_total", "", float64(a.requests.Load()))
	p.metric("coordinator_requests_failed_total", "counter", "HTTP requests that ended in an error.")
	p.value("coordinator_requests_failed_total", "", float64(a.failures.Load()))
	p.metric("coordinator_requests_shed_total", "counter", "HTTP requests refused because too many were under way.")
	p.value("coordinator_requests_shed_total", "", float64(a.shed.Load()))
	err := a.storeMetrics(r.Context(), p)
	if err != nil {
		a.log.Warn("metrics without the store", "error", err)
	}
	p.metric("store_up", "gauge", "1 while the store answers.")
	p.value("store_up", "", truth(err == nil))
	p.metric("coordinator_store_read_seconds", "summary", "Time that reading the store for this page took.")
	p.value("coordinator_store_read_seconds_sum", "", time.Duration(a.readSeconds.Load()).Seconds())
	p.value("coordinator_store_read_seconds_count", "", float64(a.readsMeasured.Load()))
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write([]byte(p.String())) // the client is gone
}

// storeMetrics adds nothing unless all could be read.
func (a *API) storeMetrics(ctx context.Context, p *page) error {
	start := time.Now()
	defer func() {
		a.readSeconds.Add(int64(time.Since(start)))
		a.readsMeasured.Add(1)
	}()
	info, err := a.s.Info(ctx)
	if err != nil {
		return err
	}
	all, err := a.c.Export(ctx)
	if err != nil {
		return err
	}
	hosts, err := a.c.Hosts(ctx)
	if err != nil {
		return err
	}
	q := &page{}
	q.metric("store_revision", "counter", "Revision of the store.")
	q.value("store_revision", "", float64(info.Rev))
	q.metric("store_notifications", "gauge", "1 while the server notifies of changes.")
	q.value("store_notifications", "", truth(info.Notifications))
	q.metric("objects", "gauge", "Objects that are defined.")
	for _, o := range []struct {
		kind string
		n    int
	}{{"physnet", len(all.PhysNets)}, {"physport", len(all.PhysPorts)}, {"network", len(all.Networks)},
		{"subnet", len(all.Subnets)}, {"port", len(all.Ports)}} {
		q.value("objects", fmt.Sprintf("{kind=%q}", o.kind), float64(o.n))
	}
	q.hosts(hosts)
	p.WriteString(q.String())
	return nil
}

func (p *page) hosts(hosts []catalog.Host) {
	p.metric("host_live", "gauge", "1 while the host's agent reports.")
	for _, h := range hosts {
		p.value("host_live", fmt.Sprintf("{host=%q}", h.Name), truth(h.State == catalog.HostLive))
	}
	p.metric("host_ports", "gauge", "Ports that are on the host.")
	for _, h := range hosts {
		p.value("host_ports", fmt.Sprintf("{host=%q}", h.Name), float64(h.Ports))
	}
	p.metric("host_applied_revision", "gauge", "Revision of the store whose flows are in the host's switch.")
	for _, h := range hosts {
		p.value("host_applied_revision", fmt.Sprintf("{host=%q}", h.Name), float64(h.Applied))
	}
}
