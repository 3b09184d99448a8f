// Command sim lives through hours of a data centre in seconds, from a seed: see package dc.
//
//	go run ./integration/sim -seed 7 -hosts 50 -hours 1
package main

import (
	"flag"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/vlcp-go/vlcp/integration/sim/dc"
)

func main() {
	seed := flag.Uint64("seed", 0, "what happens; 0 picks one by the time of day")
	seeds := flag.Int("seeds", 1, "runs, with this seed and the next ones")
	hosts := flag.Int("hosts", 5, "hypervisors")
	hours := flag.Float64("hours", 1, "simulated hours of each run")
	verbose := flag.Bool("v", false, "print everything that happens")
	agents := flag.Bool("agents", false, "print what agents log, too")
	flag.Parse()
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano())
	}
	for i := range uint64(*seeds) {
		o := dc.Options{Seed: *seed + i, Hosts: *hosts}
		if *verbose {
			o.Out = os.Stdout
		}
		if *agents {
			o.Agents = slog.New(slog.NewTextHandler(os.Stdout, nil))
		}
		if err := one(o, time.Duration(*hours*float64(time.Hour))); err != nil {
			fmt.Fprintf(os.Stderr, "FAILED: %v\nagain, with all that happens:\n"+
				"  go run ./integration/sim -seed %d -hosts %d -hours %g -v\n", err, o.Seed, *hosts, *hours)
			os.Exit(1)
		}
	}
}

func one(o dc.Options, d time.Duration) error {
	began := time.Now()
	w, err := dc.New(o)
	if err != nil {
		return err
	}
	defer w.Close()
	if err := w.Run(d); err != nil {
		return err
	}
	took := time.Since(began)
	fmt.Printf("seed %d: %d hosts, %v simulated in %.1fs (%.0f host-hours a minute), trace %016x, %+v\n", o.Seed,
		o.Hosts, d, took.Seconds(), d.Hours()*float64(o.Hosts)/took.Minutes(), w.Trace(), w.Stats())
	return nil
}
