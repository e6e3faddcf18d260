package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/state/filestore"
)

func (a *app) compact() *cobra.Command {
	var t target
	cmd := &cobra.Command{
		Use:   "compact [--bot DIR]",
		Short: "Give the free room in the data file back",
		Long: "Compact writes the file of the embedded store anew, without what was deleted. The bot has\n" +
			"to be stopped; it also does this by itself when it starts with a file over 64 MB of which\nmore than half is free.",
		Example: "  parley compact --bot shop",
		Args:    noArgs,
		RunE: func(_ *cobra.Command, _ []string) error {
			dir, err := a.embedded(t, "it keeps its memory by itself; BGREWRITEAOF makes the append-only file small")
			if err != nil {
				return err
			}
			there, err := filestore.Exists(dir)
			if err != nil {
				return bot.StoreError(dir, err)
			}
			if !there {
				return fmt.Errorf("%w in %s: the bot never ran", bot.ErrNoData, dir)
			}
			before, after, err := filestore.Compact(dir)
			if errors.Is(err, filestore.ErrInUse) {
				return errors.New("the bot runs: stop it first, or start it again, since it compacts by itself when that is worth it")
			}
			if err != nil {
				return bot.StoreError(dir, err)
			}
			_, err = fmt.Fprintf(a.out, "Compacted %s: %s before, %s now.\n", dir, filestore.Size(before), filestore.Size(after))
			return err
		},
	}
	t.flags(cmd, a)
	return cmd
}
