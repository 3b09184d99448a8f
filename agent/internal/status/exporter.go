package status

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"time"
)

const (
	exporterMax     = 16 // connections at once; others wait in the socket's queue
	exporterTimeout = 10 * time.Second
	headMaxBytes    = 16 << 10
)

// Exporter serves Metrics to Prometheus: GET /metrics, HTTP/1.1, one request a connection. That is all of HTTP that a
// scrape needs, see the package comment.
type Exporter struct {
	acceptor
	src Source
}

// Export serves at address, HOST:PORT.
func Export(address string, src Source, log *slog.Logger) (*Exporter, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("metrics.listen: %w", err)
	}
	e := &Exporter{src: src}
	e.start(l, exporterMax, log, e.answerOn)
	return e, nil
}

// Address is where it listens.
func (e *Exporter) Address() string { return e.l.Addr().String() }

func (e *Exporter) answerOn(c net.Conn) {
	ctx, cancel := context.WithTimeout(e.ctx, exporterTimeout)
	defer cancel()
	defer c.Close() //nolint:errcheck // what could not be sent, the client misses
	defer context.AfterFunc(ctx, func() { _ = c.Close() })()
	line, err := readHead(c)
	if err != nil {
		return // nobody speaks HTTP there
	}
	code, kind, body := e.answer(ctx, line)
	if strings.HasPrefix(line, "HEAD ") {
		_, _ = c.Write(head(code, kind, len(body)))
		return
	}
	_, _ = c.Write(append(head(code, kind, len(body)), body...))
}

// readHead reads a request without a body, and returns its first line (RFC 9112 section 2.1).
func readHead(c net.Conn) (string, error) {
	in := bufio.NewReader(io.LimitReader(c, headMaxBytes))
	first, err := in.ReadString('\n')
	for line := first; err == nil && strings.TrimRight(line, "\r\n") != ""; {
		line, err = in.ReadString('\n')
	}
	return strings.TrimRight(first, "\r\n"), err
}

const textPlain = "text/plain; charset=utf-8"

func (e *Exporter) answer(ctx context.Context, line string) (code, kind, body string) {
	f := strings.Fields(line)
	switch {
	case len(f) != 3 || !strings.HasPrefix(f[2], "HTTP/1."):
		return "400 Bad Request", textPlain, "not a request of HTTP/1.1\n"
	case f[0] != "GET" && f[0] != "HEAD":
		return "405 Method Not Allowed", textPlain, "only GET and HEAD\n"
	case f[1] != "/metrics":
		return "404 Not Found", textPlain, "there is only /metrics\n"
	}
	s, err := e.src.Status(ctx)
	if err != nil {
		return "503 Service Unavailable", textPlain, err.Error() + "\n"
	}
	return "200 OK", "text/plain; version=0.0.4; charset=utf-8", Metrics(s)
}

func head(code, kind string, length int) []byte {
	return fmt.Appendf(nil, "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n", code,
		kind, length)
}
