package status

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
)

// ErrNoAgent is wrapped by errors about an agent that does not answer.
var ErrNoAgent = errors.New("no agent answers")

// Client asks an agent.
type Client struct{ path string }

// NewClient returns a client of the agent whose socket is at path.
func NewClient(path string) *Client { return &Client{path: path} }

// Status asks for everything.
func (c *Client) Status(ctx context.Context) (*Status, error) {
	return ask[*Status](ctx, c, request{Ask: askStatus})
}

// Flows asks for flows.
func (c *Client) Flows(ctx context.Context, f Filter) ([]Flow, error) {
	return ask[[]Flow](ctx, c, request{Ask: askFlows, Filter: f})
}

// Definition asks for a port's definition.
func (c *Client) Definition(ctx context.Context, port string) (*Definition, error) {
	return ask[*Definition](ctx, c, request{Ask: askDefinition, Filter: Filter{Port: port}})
}

// Debug asks what the agent's scheduler does.
func (c *Client) Debug(ctx context.Context) (*Debug, error) {
	return ask[*Debug](ctx, c, request{Ask: askDebug})
}

func ask[T any](ctx context.Context, c *Client, r request) (v T, err error) {
	answer, err := c.ask(ctx, r)
	if err == nil {
		err = json.Unmarshal(answer, &v)
	}
	return v, err
}

func (c *Client) ask(ctx context.Context, r request) (json.RawMessage, error) {
	got, err := c.exchange(ctx, r)
	switch {
	case errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("socket %s: permission denied: run as root: %w", c.path, ErrNoAgent)
	case err != nil && ctx.Err() != nil:
		return nil, fmt.Errorf("socket %s: %w (%w)", c.path, ErrNoAgent, ctx.Err())
	case err != nil:
		return nil, fmt.Errorf("socket %s: %w: is vlcp-agent running? (%w)", c.path, ErrNoAgent, cause(err))
	case got.Error != "":
		return nil, &remoteError{got.Error, kinds[got.Kind]}
	}
	return got.Answer, nil
}

// answered is a reply before its answer is decoded.
type answered struct {
	reply
	Answer json.RawMessage `json:"answer"`
}

// exchange sends the request and reads the reply, on a connection of its own that ends with ctx.
func (c *Client) exchange(ctx context.Context, r request) (got answered, err error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", c.path)
	if err != nil {
		return got, err
	}
	defer conn.Close() //nolint:errcheck // all was read
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if err := json.NewEncoder(conn).Encode(r); err != nil {
		return got, err
	}
	return got, json.NewDecoder(conn).Decode(&got)
}

// cause is the system's word: what is around it says only which call it was.
func cause(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}
