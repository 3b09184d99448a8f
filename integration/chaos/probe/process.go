package probe

import (
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"strings"

	"github.com/vlcp-go/vlcp/common/proctest"
)

// Process is a program in a namespace, seen from outside. It is for one goroutine.
type Process struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *json.Decoder
	log proctest.Output
}

// Start starts command, which runs Main in a namespace.
func Start(c Config, command *exec.Cmd) (*Process, error) {
	p := &Process{cmd: command}
	var err error
	if p.in, err = command.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	command.Stderr = &p.log
	p.out = json.NewDecoder(out)
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("probe: %w", err)
	}
	return p, json.NewEncoder(p.in).Encode(c)
}

// Do gives a command and waits for the answer.
func (p *Process) Do(c Command) (a Answer, err error) {
	if err = json.NewEncoder(p.in).Encode(c); err == nil {
		err = p.out.Decode(&a)
	}
	if err != nil {
		return a, fmt.Errorf("probe %s: %w: %s", strings.Join(p.cmd.Args, " "), err, p.log.String())
	}
	return a, nil
}

// Stop ends it.
func (p *Process) Stop() {
	_ = p.in.Close() // which it ends with
	_ = p.cmd.Wait()
}
