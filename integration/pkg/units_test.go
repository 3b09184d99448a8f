package pkg

import (
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// exposureMax is of units, as systemd-analyze rates them from 0 to 10.
var exposureMax = map[string]float64{"vlcp-agent.service": 3.5, "vlcp-coordinator.service": 2.0}

var exposure = regexp.MustCompile(`exposure level for \S+: ([0-9.]+)`)

// units: nothing to say about them, and little that a broken program could do.
func (p *pair) units() {
	m := p.host1
	r := m.try("systemd-analyze verify --man=no /lib/systemd/system/vlcp-*")
	require.Equal(p.t, result{}, r)
	for unit := range exposureMax {
		requireExposure(p.t, unit, m.run("systemd-analyze security --no-pager --offline=true /lib/systemd/system/"+unit))
	}
	caps := m.run("grep -h Cap /proc/$(systemctl show -P MainPID vlcp-agent)/status")
	require.NotRegexp(p.t, `Cap\w+:\s+0*[1-9a-f]`, caps, "the agent has no capability")
}

func requireExposure(t *testing.T, unit, rating string) {
	t.Helper()
	x := exposure.FindStringSubmatch(rating)
	require.NotNil(t, x, rating)
	level, err := strconv.ParseFloat(x[1], 64)
	require.NoError(t, err)
	t.Logf("%s: exposure %.1f", unit, level)
	require.LessOrEqual(t, level, exposureMax[unit], rating)
}
