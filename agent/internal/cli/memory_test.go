package cli

import (
	"io/fs"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHeapLimit(t *testing.T) {
	const unit = "/sys/fs/cgroup/system.slice/vlcp-agent.service/"
	v2 := "0::/system.slice/vlcp-agent.service\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"no control groups": {nil, math.MaxInt64},
		"no limit":          {map[string]string{"/proc/self/cgroup": v2, unit + "memory.max": "max\n"}, math.MaxInt64},
		"a unit's":          {map[string]string{"/proc/self/cgroup": v2, unit + "memory.max": "1000000\n"}, 900000},
		"throttled earlier": {map[string]string{"/proc/self/cgroup": v2, unit + "memory.max": "1000000\n",
			unit + "memory.high": "500000\n"}, 450000},
		"its slice's": {map[string]string{"/proc/self/cgroup": v2, unit + "memory.max": "1000000\n",
			"/sys/fs/cgroup/system.slice/memory.max": "100000\n"}, 90000},
		"in a container": {map[string]string{"/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "200\n"}, 180},
		"version 1": {map[string]string{"/proc/self/cgroup": "5:memory:/a/b\n2:cpu:/c\n",
			"/sys/fs/cgroup/memory/a/memory.limit_in_bytes":   "100\n",
			"/sys/fs/cgroup/memory/a/b/memory.limit_in_bytes": "9223372036854771712\n"}, 90},
		"version 1, none": {map[string]string{"/proc/self/cgroup": "5:memory:/\n",
			"/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"}, math.MaxInt64},
		"nonsense": {map[string]string{"/proc/self/cgroup": "what\n0::\n", "/sys/fs/cgroup/memory.max": "-1\n"},
			math.MaxInt64},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, heapLimit(func(f string) ([]byte, error) {
				text, ok := c.files[f]
				if !ok {
					return nil, fs.ErrNotExist
				}
				return []byte(text), nil
			}))
		})
	}
}
