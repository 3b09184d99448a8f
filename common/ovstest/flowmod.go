package ovstest

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// SentFlow is what ovs-ofctl makes of a flow in text.
type SentFlow struct {
	Line    string
	Message []byte // the flow-mod
	Refused string // what ovs-ofctl says instead
	Never   bool   // it is refused in every version
}

// SentFlows are the flow-mods that ovs-ofctl add-flow sends for each line to a switch of the OpenFlow version (1 or 4),
// which is played here. A line may begin with add, modify, modify_strict, delete or delete_strict. Lines are sent
// together: in OpenFlow 1.0 one that needs the flow-mod of Nicira makes all of them such. Those that doubtful says will
// be refused, which may be nil, are sent by themselves, as finding them among the others takes many processes;
// as many at once as there are processors.
func SentFlows(t testing.TB, version byte, lines []string, doubtful func(line string) bool) []SentFlow {
	t.Helper()
	dir, err := os.MkdirTemp("", "flowmod") // t.TempDir can be too long for the path of a socket
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	out := make([]SentFlow, len(lines))
	var together []*SentFlow
	alone := make(chan *SentFlow, len(lines))
	for n, line := range lines {
		out[n].Line = line
		if doubtful != nil && doubtful(line) {
			alone <- &out[n]
		} else {
			together = append(together, &out[n])
		}
	}
	close(alone)
	var all sync.WaitGroup
	for n := range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			o := ofctl{t: t, version: version, socket: filepath.Join(dir, strconv.Itoa(n))}
			if n == 0 {
				o.send(together)
			}
			for f := range alone {
				o.send([]*SentFlow{f})
			}
		})
	}
	all.Wait()
	return out
}

type ofctl struct {
	t       testing.TB
	version byte
	socket  string
}

var badLine = regexp.MustCompile(`(?s)^ovs-ofctl: [^:]*:(\d+): (.*)\n$`)

// send sends flows; what is refused is taken out until nothing is.
func (o ofctl) send(flows []*SentFlow) {
	for len(flows) > 0 {
		sent, said := o.run(flows)
		if said == "" {
			require.Len(o.t, sent, len(flows))
			for n := range flows {
				flows[n].Message = sent[n]
			}
			return
		}
		m := badLine.FindStringSubmatch(said)
		switch {
		case m != nil:
			n, err := strconv.Atoi(m[1])
			require.NoError(o.t, err)
			flows[n-1].Refused, flows[n-1].Never = m[2], true
			flows = append(flows[:n-1:n-1], flows[n:]...)
		case len(flows) == 1: // no flow-mod can have it
			flows[0].Refused = strings.TrimSpace(said)
			return
		default: // one of them cannot be said in the version
			o.send(flows[:len(flows)/2])
			flows = flows[len(flows)/2:]
		}
	}
}

func (o ofctl) run(flows []*SentFlow) (sent [][]byte, said string) {
	l, err := net.Listen("unix", o.socket)
	require.NoError(o.t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		sent = playSwitch(l, o.version)
	}()
	var in strings.Builder
	for _, f := range flows {
		in.WriteString(f.Line + "\n")
	}
	versions := map[byte]string{1: "OpenFlow10", 4: "OpenFlow13"}
	cmd := exec.Command("ovs-ofctl", "-vANY:OFF", "-O", versions[o.version], "--no-names", "add-flow", "unix:"+o.socket,
		"-")
	cmd.Stdin = strings.NewReader(in.String())
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	err = cmd.Run()
	require.NoError(o.t, l.Close())
	<-done
	if err != nil {
		require.NotEmpty(o.t, stderr.String(), "%v", err)
		return nil, stderr.String()
	}
	return sent, ""
}

// playSwitch answers one connection and keeps the flow-mods that come.
func playSwitch(l net.Listener, version byte) (sent [][]byte) {
	const hello, echoRequest, echoReply, vendor, flow = 0, 2, 3, 4, 14
	const nxFlowMod = 13
	barrier := map[byte]byte{1: 18, 4: 20}[version]
	c, err := l.Accept()
	if err != nil {
		return nil
	}
	defer func() { _ = c.Close() }()
	_, _ = c.Write([]byte{version, hello, 0, 8, 0, 0, 0, 1})
	for {
		m := make([]byte, 8)
		if _, err := io.ReadFull(c, m); err != nil {
			return sent
		}
		m = append(m, make([]byte, binary.BigEndian.Uint16(m[2:])-8)...)
		if _, err := io.ReadFull(c, m[8:]); err != nil {
			return sent
		}
		switch {
		case m[1] == flow, m[1] == vendor && binary.BigEndian.Uint32(m[12:]) == nxFlowMod:
			sent = append(sent, m)
		case m[1] == echoRequest:
			_, _ = c.Write(append([]byte{version, echoReply}, m[2:]...))
		case m[1] == barrier:
			_, _ = c.Write(append([]byte{version, barrier + 1}, m[2:]...))
		}
	}
}
