package cli

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/state/filestore"
)

func (a *app) restore() *cobra.Command {
	var t target
	var into string
	var replace bool
	cmd := &cobra.Command{
		Use:   "restore FILE [--bot DIR]",
		Short: "Put a backup in the place of the conversations",
		Long: "Restore makes the embedded store what a backup has, at once or not at all. Messages that\n" +
			"waited to be sent then become dead letters, since they may have been sent since: nothing\n" +
			"goes out twice by itself. Stop the bot first.",
		Example: "  parley restore shop.backup --bot shop\n  parley restore shop.backup --into /var/lib/shop --replace",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return &usageError{fmt.Errorf("name one backup; see `%s --help`", cmd.CommandPath())}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			dir := into
			if dir == "" {
				var err error
				if dir, err = a.embedded(t, "put the copy of dump.rdb or of the append-only file back while Redis and the bot are stopped. What waited in it to be sent goes out then, also if it has left since: only the embedded store holds it back"); err != nil {
					return err
				}
			}
			return a.restoreInto(t, dir, args[0], replace)
		},
	}
	t.flags(cmd, a)
	cmd.Flags().StringVar(&into, "into", "", "the folder of the store, instead of that of the bot")
	cmd.Flags().BoolVar(&replace, "replace", false, "move a store that is there aside")
	return cmd
}

// embedded is the folder of the embedded store; of Redis it says what to do.
func (a *app) embedded(t target, redis string) (string, error) {
	p, err := bot.PlaceOf(a.optionsOf(t))
	switch {
	case err != nil:
		return "", err
	case p.Kind == "memory":
		return "", bot.ErrInMemory
	case p.Dir == "":
		return "", fmt.Errorf("conversations are in Redis: %s", redis)
	}
	return p.Dir, nil
}

func (a *app) restoreInto(t target, dir, path string, replace bool) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	there, err := filestore.Exists(dir)
	switch {
	case err != nil:
		return bot.StoreError(dir, err)
	case there && filestore.InUse(dir):
		return stopFirst(dir)
	case there && !replace:
		return fmt.Errorf("%s has conversations already: add --replace to move them aside, or restore --into another folder", dir)
	}
	aside := ""
	if there {
		// A second name for the file: it outlives its first, and if nothing comes of
		// the restore, or a bot runs, it did no harm.
		data := filestore.Path(dir)
		aside = fmt.Sprintf("%s.replaced-%s", data, time.Now().UTC().Format("20060102T150405.000"))
		if err := os.Link(data, aside); err != nil {
			return fmt.Errorf("this disk can't keep the store that is there: move %s away by hand: %w", data, err)
		}
	}
	r, err := filestore.Restore(dir, f, filestore.RestoreOptions{Replace: replace})
	if err != nil {
		if aside != "" {
			err = errors.Join(err, os.Remove(aside))
		}
		return restoreError(dir, path, err)
	}
	fmt.Fprintf(a.out, "Restored %s: %s, %s to be handled.\n", dir, count(r.Conversations, "conversation"), count(r.Events, "message"))
	if aside != "" {
		fmt.Fprintf(a.out, "The store that was there is %s now.\n", aside)
	}
	if r.Held > 0 {
		fmt.Fprintf(a.out, "%s waited to be sent and may have been sent since: held back as dead letters.\n"+
			"Start the bot, look at them, and send those that should leave:\n  %s\n  %s\n",
			count(r.Held, "message"), t.command("dead list --cause backup"), t.command("dead retry --all --cause backup"))
	}
	if r.Lost > 0 {
		fmt.Fprintf(a.out, "%s had to go to make room for them.\n", count(r.Lost, "older dead letter"))
	}
	return nil
}

// stopFirst says that a bot has the store open.
func stopFirst(dir string) error {
	who := "a bot runs"
	if pid := filestore.Holder(dir); pid != 0 {
		who = fmt.Sprintf("a bot (process %d) runs", pid)
	}
	return fmt.Errorf("%s on %s: stop it first", who, dir)
}

// restoreError says what to do about what a restore met.
func restoreError(dir, path string, err error) error {
	switch {
	case errors.Is(err, filestore.ErrInUse): // since just now
		return stopFirst(dir)
	case errors.Is(err, filestore.ErrExists):
		return fmt.Errorf("%s has got conversations just now: nothing was changed", dir)
	case errors.Is(err, filestore.ErrDamaged):
		return fmt.Errorf("the backup %s is damaged, or is none: nothing was changed; take another one", path)
	}
	return bot.StoreError(dir, err)
}
