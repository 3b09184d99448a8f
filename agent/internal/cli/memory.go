package cli

import (
	"context"
	"math"
	"os"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/vlcp-go/vlcp/agent"
)

const (
	// gcPercent is how much garbage there may be beside what lives. An agent has a hypervisor's memory for its guests,
	// and nothing to do most of the time.
	gcPercent = 50
	startMax  = time.Minute

	limitShare    = 0.9 // of what the control group may have: the rest is not the heap's
	limitInterval = 30 * time.Second
	cgroupRoot    = "/sys/fs/cgroup"
)

// tuneStart gives back what reading everything took, when the agent is ready. (Collecting less until then makes the
// peak half as large again, and saves no time that can be measured.)
func tuneStart(ctx context.Context, ag *agent.Agent) {
	if os.Getenv("GOGC") != "" {
		return
	}
	debug.SetGCPercent(gcPercent)
	select {
	case <-ag.Ready():
	case <-time.After(startMax):
	case <-ctx.Done():
	}
	debug.FreeOSMemory()
}

// followMemory has the collector work harder before the control group's limit is met, whatever that is at the moment.
func followMemory(end <-chan struct{}) {
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	last := int64(math.MaxInt64)
	for {
		if limit := heapLimit(os.ReadFile); limit != last {
			last = limit
			debug.SetMemoryLimit(limit)
		}
		select {
		case <-end:
			return
		case <-time.After(limitInterval):
		}
	}
}

// heapLimit is the share of the lowest limit of our control group and those around it that the heap may have,
// math.MaxInt64 when there is none.
func heapLimit(readFile func(string) ([]byte, error)) int64 {
	limit := int64(math.MaxInt64)
	b, err := readFile("/proc/self/cgroup")
	if err != nil {
		return limit
	}
	for line := range strings.Lines(string(b)) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(f) != 3 {
			continue
		}
		switch {
		case f[0] == "0" && f[1] == "": // version 2
			limit = min(limit, lowest(readFile, cgroupRoot, f[2], "memory.max", "memory.high"))
		case f[1] == "memory":
			limit = min(limit, lowest(readFile, cgroupRoot+"/memory", f[2], "memory.limit_in_bytes"))
		}
	}
	if limit > math.MaxInt64/2 { // version 1 writes "none" as a number of that size
		return math.MaxInt64
	}
	return int64(limitShare * float64(limit))
}

// lowest is the lowest number in the files of these names of a group and all around it.
func lowest(readFile func(string) ([]byte, error), root, group string, names ...string) int64 {
	limit := int64(math.MaxInt64)
	for dir := path.Clean("/" + group); ; dir = path.Dir(dir) {
		for _, name := range names {
			b, err := readFile(path.Join(root, dir, name))
			if err != nil {
				continue
			}
			if n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64); err == nil && n > 0 {
				limit = min(limit, n)
			}
		}
		if dir == "/" {
			return limit
		}
	}
}
