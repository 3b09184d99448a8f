package status

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
)

// ErrNoAgent is wrapped by errors about an agent that does not answer.
var ErrNoAgent = errors.New("no agent answers")

// Client asks an agent.
type Client struct {
	path string
	http http.Client
}

// NewClient returns a client of the agent whose socket is at path.
func NewClient(path string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}
	return &Client{path: path, http: http.Client{Transport: &http.Transport{DialContext: dial}}}
}

// Status asks for everything.
func (c *Client) Status(ctx context.Context) (*Status, error) {
	return get[*Status](ctx, c, "/v1/status")
}

// Flows asks for flows.
func (c *Client) Flows(ctx context.Context, f Filter) ([]Flow, error) {
	q := url.Values{"port": {f.Port}, "network": {f.Network}, "table": {f.Table}}
	return get[[]Flow](ctx, c, "/v1/flows?"+q.Encode())
}

// Definition asks for a port's definition.
func (c *Client) Definition(ctx context.Context, port string) (*Definition, error) {
	return get[*Definition](ctx, c, "/v1/ports/"+url.PathEscape(port))
}

// Debug asks what the agent's scheduler does.
func (c *Client) Debug(ctx context.Context) (*Debug, error) {
	return get[*Debug](ctx, c, "/v1/debug")
}

func get[T any](ctx context.Context, c *Client, path string) (T, error) {
	var v T
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://agent"+path, nil)
	if err != nil {
		return v, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		if errors.Is(err, os.ErrPermission) {
			return v, fmt.Errorf("socket %s: permission denied: run as root: %w", c.path, ErrNoAgent)
		}
		return v, fmt.Errorf("socket %s: %w: is vlcp-agent running? (%w)", c.path, ErrNoAgent, cause(err))
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	if resp.StatusCode == http.StatusOK {
		return v, json.NewDecoder(resp.Body).Decode(&v)
	}
	var f failure
	if err := json.NewDecoder(resp.Body).Decode(&f); err != nil || f.Error == "" {
		return v, fmt.Errorf("agent answered %s", resp.Status)
	}
	switch resp.StatusCode {
	case http.StatusNotFound:
		return v, &remoteError{f.Error, ErrNotFound}
	case http.StatusServiceUnavailable:
		return v, &remoteError{f.Error, ErrUnavailable}
	}
	return v, errors.New(f.Error)
}

// remoteError is the agent's error text, with the sentinel that it stands for.
type remoteError struct {
	text string
	is   error
}

func (e *remoteError) Error() string { return e.text }
func (e *remoteError) Unwrap() error { return e.is }

// cause is the innermost error: the others say only that there was a GET.
func cause(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}
