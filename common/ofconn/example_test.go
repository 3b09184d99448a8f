package ofconn_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/netio"
	"github.com/vlcp-go/vlcp/common/ofconn"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/vswitch"
)

// A program connects to a switch, adds two flows behind one barrier, one of which the switch refuses, and reads what it
// has.
func Example() {
	dir, _ := os.MkdirTemp("", "ofconn")
	defer os.RemoveAll(dir)
	address := playSwitch(filepath.Join(dir, "br0.mgmt"))

	s := coroutine.New(coroutine.Options{})
	up := coroutine.NewQueue[*ofconn.Session](1)
	s.Go("openflow", func(co *coroutine.Co) error {
		return ofconn.Dial(co, netio.NewDialer(s), address, ofconn.Options{
			Versions: []openflow.Version{openflow.Version13},
			OnUp:     func(x *ofconn.Session) { up.TryPut(x) },
		})
	}, coroutine.Daemon())
	s.Go("program", func(co *coroutine.Co) error {
		x, err := up.Get(co)
		if err != nil {
			return err
		}
		fmt.Printf("switch %d speaks %s\n", x.Features.DatapathID, x.Version)
		flow := func(m oxm.Match) []byte {
			return of13.AppendFlow(nil, 0, &of13.FlowSend{Key: of13.FlowKey(0, 10, m)}) // no instructions: it drops
		}
		errs, err := x.Batch(co, [][]byte{
			flow(oxm.Match(nil).Uint(oxm.EthType, 0x0800).Uint(oxm.IPProto, 17)),
			flow(oxm.Match(nil).Uint(oxm.IPProto, 17)), // of what?
		})
		fmt.Println("refused:", errs[0] != nil, errs[1] != nil, err)
		replies, err := ofconn.Gather[*of13.FlowStatsReply](co, x, &of13.FlowStatsRequest{Table: of13.AllTables,
			OutPort: of13.PortAny, OutGroup: of13.AnyGroup})
		for _, r := range replies {
			fmt.Println("flows:", len(r.Flows))
		}
		return err
	})
	if err := s.Run(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// switch 7 speaks 1.3
	// refused: false true <nil>
	// flows: 1
}

// playSwitch listens at a socket for one controller and is a switch to it.
func playSwitch(path string) (address string) {
	l, err := net.Listen("unix", path)
	if err != nil {
		panic(err)
	}
	go func() {
		nc, err := l.Accept()
		if err != nil {
			return
		}
		sw := vswitch.New(vswitch.Options{DatapathID: 7, Now: time.Now, Emit: func(vswitch.Out) {}})
		control := sw.Connect(func(msg []byte) { _, _ = nc.Write(msg) })
		var in []byte
		for buf := make([]byte, 4096); ; {
			n, err := nc.Read(buf)
			if err != nil {
				return
			}
			in = append(in, buf[:n]...)
			for {
				n, err := openflow.Frame(in)
				if err != nil || n == 0 || n > len(in) {
					break
				}
				control.Handle(in[:n:n])
				in = in[n:]
			}
		}
	}()
	return "unix:" + path
}
