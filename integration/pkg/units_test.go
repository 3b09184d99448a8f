package pkg

import (
	"regexp"
	"strconv"

	"github.com/stretchr/testify/require"
)

var exposure = regexp.MustCompile(`exposure level for \S+: ([0-9.]+)`)

// units: nothing to say about them, and little that a broken program could do.
func (p *pair) units() {
	m := p.host1
	r := m.try("systemd-analyze verify --man=no /lib/systemd/system/vlcp-*")
	require.Equal(p.t, result{}, r)
	for unit, most := range map[string]float64{"vlcp-agent.service": 3.5, "vlcp-coordinator.service": 2.0} {
		out := m.run("systemd-analyze security --no-pager --offline=true /lib/systemd/system/" + unit)
		x := exposure.FindStringSubmatch(out)
		require.NotNil(p.t, x, out)
		level, err := strconv.ParseFloat(x[1], 64)
		require.NoError(p.t, err)
		p.t.Logf("%s: exposure %.1f", unit, level)
		require.LessOrEqual(p.t, level, most, out)
	}
	caps := m.run("grep -h Cap /proc/$(systemctl show -P MainPID vlcp-agent)/status")
	require.NotRegexp(p.t, `Cap\w+:\s+0*[1-9a-f]`, caps, "the agent has no capability")
}
