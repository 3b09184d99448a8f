// Command sim lives through hours of a data centre in seconds, from a seed: see package dc.
//
//	go run ./integration/sim -seed 7 -hosts 50 -hours 1
//	go run ./integration/sim -seconds 600
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/vlcp-go/vlcp/integration/sim/dc"
)

func main() {
	var (
		seed     = flag.Uint64("seed", 0, "what happens; 0 picks one by the time of day")
		seeds    = flag.Int("seeds", 1, "runs, with this seed and the next ones")
		seconds  = flag.Float64("seconds", 0, "begin runs for so long, in place of -seeds")
		hosts    = flag.Int("hosts", 0, "hypervisors; 0 for another number in each run, 2 to 50")
		hours    = flag.Float64("hours", 1, "simulated hours of each run")
		workers  = flag.Int("workers", runtime.GOMAXPROCS(0), "runs at a time")
		verbose  = flag.Bool("v", false, "print everything that happens, of one run")
		agents   = flag.Bool("agents", false, "with -v, print what agents log, too")
		only     = flag.String("only", "", "steps to take, by number with commas between them; the others are left out")
		patience = flag.Duration("shrink", time.Minute, "look so long for the steps that a failure needs")
		trace    = flag.String("trace", "", "file for what happens in a run that fails; default sim-SEED.trace")
	)
	flag.Parse()
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano())
	}
	size := dc.Mixed
	if *hosts > 0 {
		size = func(uint64) int { return *hosts }
	}
	if *verbose || *only != "" {
		o := dc.Options{Seed: *seed, Hosts: size(*seed), Out: os.Stdout, Agents: *agents, Only: steps(*only)}
		exit(watch(o, time.Duration(*hours*float64(time.Hour))))
	}
	f := dc.Fleet{First: *seed, Seeds: *seeds, Hosts: size, Hours: *hours, Workers: *workers, Done: print}
	if *seconds > 0 {
		f.Seeds, f.For = 0, time.Duration(*seconds*float64(time.Second))
	}
	total := f.Run()
	fmt.Println(total)
	if total.Failed != nil {
		exit(explain(total.Failed, *trace, *patience))
	}
}

func exit(err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "FAILED: %v\n", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// watch is one run for somebody who looks.
func watch(o dc.Options, d time.Duration) error {
	w, err := dc.Live(o, d)
	if err == nil {
		fmt.Printf("trace %016x, %+v\n", w.Trace(), w.Stats())
	}
	return err
}

func print(r dc.Report) {
	if r.Err == nil {
		fmt.Printf("seed %d: %d hosts, %gh, trace %016x, %+v\n", r.Options.Seed, r.Options.Hosts, r.Hours, r.World.Trace(),
			r.World.Stats())
	}
}

// explain says what a failure needs, and writes it down.
func explain(r *dc.Report, file string, patience time.Duration) error {
	fmt.Fprintf(os.Stderr, "FAILED: %v\nlooking for what it needs, for %v at most\n", r.Err, patience)
	if file == "" {
		file = fmt.Sprintf("sim-%d.trace", r.Options.Seed)
	}
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	how := r.Explain(out, patience)
	if err := out.Close(); err != nil {
		return err
	}
	return fmt.Errorf("%s\nall that happens then is in %s", how, file)
}

// steps reads -only; nil for all.
func steps(list string) map[int]bool {
	if list == "" {
		return nil
	}
	out := map[int]bool{}
	for text := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(text)
		if err != nil {
			exit(fmt.Errorf("-only %s: %w", list, err))
		}
		out[n] = true
	}
	return out
}
