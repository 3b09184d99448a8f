// Package agentsocket asks running agents from outside, as `vlcp-agent status` does: agent/internal/status says how.
package agentsocket

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"time"
)

// Status decodes the status of the agent whose socket is at path into v. It waits for timeout at most.
func Status(path string, timeout time.Duration, v any) error {
	c, err := net.DialTimeout("unix", path, timeout)
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // it was read
	if err := errors.Join(c.SetDeadline(time.Now().Add(timeout)), json.NewEncoder(c).Encode(map[string]string{
		"ask": "status"})); err != nil {
		return err
	}
	var reply struct {
		Answer json.RawMessage
		Error  string
	}
	if err := json.NewDecoder(c).Decode(&reply); err != nil {
		return err
	}
	if reply.Error != "" {
		return fmt.Errorf("agent %s: %s", path, reply.Error)
	}
	return json.Unmarshal(reply.Answer, v)
}
