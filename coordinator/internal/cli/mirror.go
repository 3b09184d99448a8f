package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

func (a *app) mirrorCommand() *cobra.Command {
	header := []string{"NAME", "FROM", "TO", "DIRECTION", "VNI"}
	row := func(m *model.Mirror) []string {
		return []string{m.Name, m.From, m.Target(), m.Direction, number(m.VNI)}
	}
	n := &noun[model.Mirror, *model.Mirror]{
		kind: model.KindMirror, plural: "mirrors", filter: model.KindPort,
		example: example{create: "watch-web1 --from web1 --to probe\n" +
			"  vlcp-coordinator mirror create record-web1 --from web1 --remote 192.0.2.99 --direction out",
			update: "watch-web1 --direction in", list: "--port web1", name: "watch-web1"},
		name: func(m *model.Mirror, name string) { m.Name = name },
		list: func(ctx context.Context, c *catalog.Catalog, port string) (view, error) {
			list, err := c.Mirrors(ctx, port)
			return listOf(list, header, row), err
		},
		one: func(_ context.Context, _ *catalog.Catalog, m *model.Mirror) (view, error) {
			return view{object: m, header: header, rows: [][]string{row(m)}}, nil
		},
		flags: func(cmd *cobra.Command, f *fields[model.Mirror], create bool) {
			type mirror = model.Mirror
			fs, m := cmd.Flags(), &f.scratch
			fs.StringVar(&m.Direction, "direction", model.MirrorBoth, "what is copied: in (what is delivered to the guest), "+
				"out (what it sends) or both")
			f.add("direction", func(to, from *mirror) { to.Direction = from.Direction })
			complete(cmd, "direction", words(model.MirrorDirections...), a)
			if !create {
				return
			}
			fs.StringVar(&m.From, "from", "", "port whose frames are copied")
			f.add("from", func(to, from *mirror) { to.From = from.From })
			complete(cmd, "from", names(model.KindPort), a)
			fs.StringVar(&m.To, "to", "", "port that gets the copies")
			f.add("to", func(to, from *mirror) { to.To = from.To })
			complete(cmd, "to", names(model.KindPort), a)
			fs.Var(addrValue{&m.Remote}, "remote", "address of a machine that gets the copies in VXLAN, in place of a port")
			f.add("remote", func(to, from *mirror) { to.Remote = from.Remote })
			needs(cmd, "from")
		},
	}
	return n.command(a)
}
