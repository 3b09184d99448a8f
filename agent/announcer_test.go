package agent

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

// record adds an uplink that writes down what it sends, and waits until the agent has heard of it by the database and
// by the switch: a link that is news has guests announced anew.
func (h *host) record(ifname string) {
	h.t.Helper()
	h.sw.Vsctl("add-port", testBridge, ifname, "--", "set", "interface", ifname, "type=dummy",
		"options:tx_pcap="+filepath.Join(h.sw.Dir, ifname+".pcap"))
	await(h.t, "the agent knows "+ifname, func() bool {
		known, err := onScheduler(h.t.Context(), h.a, func() (bool, error) {
			number := h.a.ports.tracker.OFPort(ifname)
			return number != 0 && h.a.announcer.up[number] && len(h.a.announcer.new) == 0, nil
		})
		require.NoError(h.t, err)
		return known
	})
}

// sent are the frames that an uplink has sent, by their sources: how many, and the type of the last.
func (h *host) sent(ifname string) (count map[string]int, kind map[string]string) {
	h.t.Helper()
	file, _ := os.ReadFile(filepath.Join(h.sw.Dir, ifname+".pcap"))
	count, kind = map[string]int{}, map[string]string{}
	for at := 24; len(file) >= at+16; {
		n := int(binary.NativeEndian.Uint32(file[at+8:]))
		if len(file) < at+16+n {
			break
		}
		f := file[at+16 : at+16+n]
		count[hex.EncodeToString(f[6:12])]++
		kind[hex.EncodeToString(f[6:12])] = hex.EncodeToString(f[12:14])
		at += 16 + n
	}
	return count, kind
}

// TestAnnouncements: physical switches hear of every guest when it comes, five times, and of all when their uplink is
// another, or was away; and of nobody when the agent starts.
func TestAnnouncements(t *testing.T) {
	w := newWorld(t, 1)
	h := w.hosts[0]
	w.create(&model.PhysNet{Name: "plain", Type: model.TypeFlat}, &model.PhysPort{Name: "up0", PhysNet: "plain"},
		&model.Network{Name: "lan", PhysNet: "plain"})
	guests := 3*announceBatch + 1
	for i := range guests {
		w.create(&model.Port{Name: fmt.Sprint("n", i), Network: "lan", MAC: model.MAC{0x0a, 5: byte(i)}})
	}
	w.startAll()
	h.record("up0")
	for i := range guests {
		h.attach(fmt.Sprint("tap", i), fmt.Sprint("n", i))
	}
	heard := func(ifname string, each int) {
		t.Helper()
		await(t, fmt.Sprintf("%s heard each guest %d times", ifname, each), func() bool {
			count, kind := h.sent(ifname)
			for mac, n := range count {
				require.LessOrEqual(t, n, each, mac)
				require.Equal(t, "8035", kind[mac], "RARP: they have no addresses")
				if n < each {
					return false
				}
			}
			return len(count) == guests
		})
	}
	heard("up0", announceNum)
	require.EqualValues(t, announceNum*guests, h.status().Announcements.Sent)

	h.restart()
	w.settle()
	require.Nil(t, h.status().Announcements, "nothing has moved")

	h.record("up1") // a spare
	w.create(&model.PhysPort{Name: "spare", PhysNet: "plain", Interface: "up1", Host: "host1"})
	heard("up1", announceNum)

	number := h.a.ports.tracker.OFPort("up1")
	link := func(states ...of13.PortState) {
		_, err := onScheduler(t.Context(), h.a, func() (int, error) {
			for _, s := range states {
				h.a.announcer.link(&of13.PortStatus{Reason: of13.PortModify, Port: of13.Port{Number: number, State: s}})
			}
			return 0, nil
		})
		require.NoError(t, err)
	}
	link(slices.Repeat([]of13.PortState{of13.PortLinkDown, of13.PortLive}, 20)...) // it flaps
	heard("up1", 2*announceNum)
	heard("up0", announceNum)
	link(of13.PortLive) // no news
	await(t, "all were told", func() bool { return h.status().Announcements.Due == 0 })
	require.EqualValues(t, 2*announceNum*guests, h.status().Announcements.Sent)
}
