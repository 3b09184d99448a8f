package cli

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// completionTimeout bounds how long a shell waits for names.
const completionTimeout = 2 * time.Second

// source gives the words that a completion offers.
type source func(ctx context.Context, a *app) ([]string, error)

// names offers the names of objects of a kind.
func names(kind model.Kind) source {
	return func(ctx context.Context, a *app) ([]string, error) {
		var out []string
		err := a.withStore(ctx, completionTimeout, func(ctx context.Context, s store.Store) error {
			var err error
			out, err = a.catalog(s).Names(ctx, kind)
			return err
		})
		return out, err
	}
}

// words offers the same always.
func words(list ...string) source {
	return func(context.Context, *app) ([]string, error) { return list, nil }
}

// complete offers words for the value of a flag. An error here is a mistake in this package.
func complete(cmd *cobra.Command, flag string, from source, a *app) {
	if err := cmd.RegisterFlagCompletionFunc(flag, a.completer(from, nil)); err != nil {
		panic(err)
	}
}

// completer offers the words that start as typed and are not on the line yet. Without the store it offers nothing: a
// completion must not spoil the line with errors.
func (a *app) completer(from source, most *int) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if most != nil && len(args) >= *most {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx := cmd.Context()
		if ctx == nil {
			ctx = context.Background()
		}
		words, err := from(ctx, a)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		given := map[string]bool{}
		if most == nil || *most > 1 {
			for _, x := range args {
				given[x] = true
			}
		}
		var out []string
		for _, x := range words {
			if strings.HasPrefix(x, typed) && !given[x] {
				out = append(out, x)
			}
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	}
}
