package cli

import (
	"context"
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

// noun is a kind of object with its commands: create, update, list, show, delete.
type noun[T any, P interface {
	*T
	catalog.Object
}] struct {
	kind    model.Kind
	plural  string
	example example
	// flags declares the flags of create and update.
	flags func(cmd *cobra.Command, f *fields[T], create bool)
	// filter is the kind that a list can be restricted to, if any.
	filter model.Kind
	// list returns the view of a list.
	list func(ctx context.Context, c *catalog.Catalog, filter string) (view, error)
	// one returns the view of one object, as it was created, changed or asked for.
	one func(ctx context.Context, c *catalog.Catalog, o P) (view, error)
	// name sets the name of a new object.
	name func(o P, name string)
}

// example has the arguments of the examples.
type example struct{ create, update, list, name string }

func (a *app) nounCommand(kind model.Kind, plural string) *cobra.Command {
	return &cobra.Command{
		Use:     string(kind),
		Short:   "Manage " + plural,
		Example: fmt.Sprintf("  %s %s list\n  %s %s --help", program, kind, program, kind),
		Args:    cobra.ArbitraryArgs,
		RunE:    a.group,
	}
}

func (n *noun[T, P]) command(a *app) *cobra.Command {
	top := a.nounCommand(n.kind, n.plural)
	top.AddCommand(n.createCommand(a), n.updateCommand(a), n.listCommand(a), n.showCommand(a), n.deleteCommand(a))
	return top
}

func (n *noun[T, P]) line(verb, rest string) string {
	return fmt.Sprintf("  %s %s %s %s", program, n.kind, verb, rest)
}

func (n *noun[T, P]) createCommand(a *app) *cobra.Command {
	f := new(fields[T])
	cmd := &cobra.Command{
		Use:     "create NAME",
		Short:   fmt.Sprintf("Create a %s", n.kind),
		Example: n.line("create", n.example.create),
		Args:    cobra.ExactArgs(1),
	}
	n.flags(cmd, f, true)
	cmd.RunE = a.run(func(ctx context.Context, c *catalog.Catalog, args []string) error {
		o := P(new(T))
		n.name(o, args[0])
		f.given(cmd.Flags(), (*T)(o))
		var ch catalog.Changes
		ch.Create(o)
		return n.commit(ctx, a, c, &ch)
	})
	return cmd
}

func (n *noun[T, P]) updateCommand(a *app) *cobra.Command {
	f := new(fields[T])
	one := 1
	cmd := &cobra.Command{
		Use:               "update NAME",
		Short:             fmt.Sprintf("Change a %s", n.kind),
		Long:              fmt.Sprintf("Changes what is given of a %s, and leaves the rest.", n.kind),
		Example:           n.line("update", n.example.update),
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completer(names(n.kind), &one),
	}
	n.flags(cmd, f, false)
	cmd.RunE = a.run(func(ctx context.Context, c *catalog.Catalog, args []string) error {
		if f.given(cmd.Flags(), new(T)) == 0 {
			return usage("nothing to change: give at least one of %s", f.names())
		}
		var ch catalog.Changes
		ch.Update(n.kind, args[0], func(o catalog.Object) error {
			f.given(cmd.Flags(), (*T)(o.(P)))
			return nil
		})
		return n.commit(ctx, a, c, &ch)
	})
	return cmd
}

// commit makes a change of one object and prints it.
func (n *noun[T, P]) commit(ctx context.Context, a *app, c *catalog.Catalog, ch *catalog.Changes) error {
	done, err := c.Commit(ctx, ch)
	if err != nil {
		return err
	}
	v, err := n.one(ctx, c, done[0].Object.(P))
	if err != nil {
		return fmt.Errorf("%s %s was %s, but its state cannot be read: %w", n.kind, done[0].Name, done[0].Action, err)
	}
	return a.print(v)
}

func (n *noun[T, P]) listCommand(a *app) *cobra.Command {
	var filter string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List " + n.plural,
		Example: n.line("list", n.example.list),
		Args:    cobra.NoArgs,
	}
	if n.filter != "" {
		cmd.Flags().StringVar(&filter, string(n.filter), "", fmt.Sprintf("only those of this %s", n.filter))
		complete(cmd, string(n.filter), names(n.filter), a)
	}
	cmd.RunE = a.run(func(ctx context.Context, c *catalog.Catalog, _ []string) error {
		v, err := n.list(ctx, c, filter)
		if err != nil {
			return err
		}
		return a.print(v)
	})
	return cmd
}

func (n *noun[T, P]) showCommand(a *app) *cobra.Command {
	one := 1
	return &cobra.Command{
		Use:               "show NAME",
		Short:             fmt.Sprintf("Show a %s", n.kind),
		Example:           n.line("show", n.example.name) + "\n" + n.line("show", n.example.name+" -o json"),
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completer(names(n.kind), &one),
		RunE: a.run(func(ctx context.Context, c *catalog.Catalog, args []string) error {
			o, err := c.Get(ctx, n.kind, args[0])
			if err != nil {
				return err
			}
			v, err := n.one(ctx, c, o.(P))
			if err != nil {
				return err
			}
			return a.printWhole(v)
		}),
	}
}

// printWhole prints an object with all its fields: for people that is its YAML.
func (a *app) printWhole(v view) error {
	if a.output == outTable {
		a.output = outYAML
	}
	return a.print(v)
}

func (n *noun[T, P]) deleteCommand(a *app) *cobra.Command {
	many := math.MaxInt
	return &cobra.Command{
		Use:               "delete NAME...",
		Short:             "Delete " + n.plural,
		Long:              fmt.Sprintf("Deletes %s: all that are named, or none if one of them cannot be deleted.", n.plural),
		Example:           n.line("delete", n.example.name),
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: a.completer(names(n.kind), &many),
		RunE: a.run(func(ctx context.Context, c *catalog.Catalog, args []string) error {
			var ch catalog.Changes
			for _, name := range args {
				ch.Delete(n.kind, name)
			}
			done, err := c.Commit(ctx, &ch)
			if err != nil {
				return err
			}
			return a.print(outcome(done))
		}),
	}
}

// result is what became of an object, for programs.
type result struct {
	Action catalog.Action `json:"action"`
	Kind   model.Kind     `json:"kind"`
	Name   string         `json:"name"`
}

// outcome is the view of what became of several objects.
func outcome(done []catalog.Done) view {
	out := make([]result, len(done))
	v := view{object: out}
	for i, d := range done {
		out[i] = result{d.Action, d.Kind, d.Name}
		if d.Action != catalog.Unchanged {
			v.lines = append(v.lines, fmt.Sprintf("%s %s %s", d.Kind, d.Name, d.Action))
		}
	}
	return v
}

// listOf is the view of a list.
func listOf[T any](list []T, header []string, row func(*T) []string) view {
	v := view{object: list, header: header}
	if list == nil {
		v.object = []T{}
	}
	for i := range list {
		v.rows = append(v.rows, row(&list[i]))
	}
	return v
}
