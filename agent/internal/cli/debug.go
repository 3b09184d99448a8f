package cli

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/common/coroutine"
)

func (a *app) debugCommand() *cobra.Command {
	watch := false
	c := &cobra.Command{
		Use:   "debug",
		Short: "Show what the agent's scheduler does",
		Long: `Shows the coroutines of the agent with what each waits for and how long, how full queues are and how often
somebody met their bound, and which steps kept everything else waiting. It is for those who report or look for a fault.
When the scheduler does not answer within two seconds it is stuck in a step: then the coroutine, how long it runs and
its stack are shown in place of all that, and the exit code is 5.`,
		Example: "  vlcp-agent debug\n  vlcp-agent debug --watch\n  vlcp-agent debug -o json | jq '.slow[].name'",
		Args:    cobra.NoArgs,
		RunE: a.act(func(ctx context.Context, _ []string) error {
			if watch {
				return a.watch(ctx, func() error {
					_, err := a.showDebug(ctx)
					return err
				})
			}
			d, err := a.showDebug(ctx)
			if err == nil && d.Stuck != nil {
				return fmt.Errorf("the scheduler is stuck in %s: %w", d.Stuck.Name, status.ErrUnavailable)
			}
			return err
		}),
	}
	c.Flags().BoolVarP(&watch, "watch", "w", false, "show it again every second")
	return c
}

func (a *app) showDebug(ctx context.Context) (*status.Debug, error) {
	d, err := a.client().Debug(ctx)
	if err != nil {
		return nil, err
	}
	a.clear()
	return d, a.print(d, func(w io.Writer) {
		if d.Stuck != nil {
			a.printStuck(w, d.Stuck)
			return
		}
		a.printDebug(w, d)
	})
}

func (a *app) printStuck(w io.Writer, r *coroutine.Running) {
	switch r.Name {
	case "":
		fmt.Fprintln(w, a.paint(red, "the scheduler did not answer in time, and rests now: ask again"))
	default:
		fmt.Fprintf(w, "%s in %s, for %s at most\n", a.paint(red, "the scheduler is stuck"), a.paint(bold, r.Name),
			r.Turn.Round(time.Millisecond))
	}
	fmt.Fprintf(w, "inbox    %d of %d\n", r.Inbox.N, r.Inbox.Limit)
	if r.Stack != "" {
		fmt.Fprintf(w, "\n%s\n", r.Stack)
	}
}

func (a *app) printDebug(w io.Writer, d *status.Debug) {
	fmt.Fprintf(w, "version %s, %d steps, %d timers, %d slow steps\n\n", d.Version, d.Steps, d.Timers, d.SlowSteps)
	rows := make([][]string, len(d.Queues))
	for i, q := range d.Queues {
		rows[i] = []string{q.Name, strconv.Itoa(q.N), unless0(q.Limit), unless0(q.Most), a.paintFull(q.Full)}
	}
	table(w, "QUEUE NOW LIMIT MOST FULL", rows)
	rows = make([][]string, len(d.Tasks))
	for i, t := range d.Tasks {
		rows[i] = []string{strconv.FormatUint(t.ID, 10), unless0(int(t.Parent)), t.Name, t.WaitsFor,
			short(d.Now.Sub(t.Since)), taskState(t)}
	}
	fmt.Fprintln(w)
	table(w, "ID PARENT COROUTINE WAITS-FOR SINCE STATE", rows)
	if len(d.Slow) == 0 {
		return
	}
	rows = make([][]string, len(d.Slow))
	for i, s := range d.Slow {
		rows[i] = []string{s.Name, short(s.Took), short(d.Now.Sub(s.At)) + " ago"}
	}
	fmt.Fprintln(w)
	table(w, "SLOW-STEP TOOK WHEN", rows)
}

func (a *app) paintFull(n uint64) string {
	if n == 0 {
		return ""
	}
	return a.paint(amber, strconv.FormatUint(n, 10))
}

func taskState(t coroutine.TaskInfo) string {
	switch {
	case t.Cancelled:
		return "cancelled"
	case t.Daemon:
		return "daemon"
	}
	return ""
}

// unless0 is a number, or nothing for one that says nothing.
func unless0(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// short is a duration with the digits that matter to people.
func short(d time.Duration) string {
	switch {
	case d >= time.Minute:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Millisecond).String()
}
