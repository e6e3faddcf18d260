package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/state/filestore"
)

// redisBackup says how a store in Redis is kept.
const redisBackup = "conversations are in Redis: run redis-cli BGSAVE and copy dump.rdb, or copy the folder of the append-only file, on each master. What waits in the copy to be sent is sent when it is put back, also if it has left since"

func (a *app) backup() *cobra.Command {
	var t target
	var force, noCheck bool
	cmd := &cobra.Command{
		Use:   "backup FILE | - [--bot DIR]",
		Short: "Copy the conversations, also while the bot runs",
		Long: "Backup writes a copy of the embedded store, all of one moment, while the bot goes on. The\n" +
			"file appears when it is whole and on the disk, and was read back as `parley restore`\n" +
			"would; - writes to the standard output, without that. Files that people sent are not in it:\n" +
			"copy the folder media beside the conversations after it, as it is, also while the bot runs.",
		Example: "  parley backup shop.backup --bot shop\n  parley backup - --bot shop | gzip > shop.backup.gz",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return &usageError{fmt.Errorf("name one file, or - for the standard output; see `%s --help`", cmd.CommandPath())}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if f, ok := a.out.(*os.File); ok && args[0] == "-" && term.IsTerminal(int(f.Fd())) {
				return &usageError{errors.New("a backup is nothing to read on a terminal: name a file, or lead the output elsewhere")}
			}
			if args[0] != "-" && !force {
				if _, err := os.Lstat(args[0]); !errors.Is(err, fs.ErrNotExist) {
					return &usageError{fmt.Errorf("%s is there already: name another file, or add --force to replace it", args[0])}
				}
			}
			kind := ""
			err := a.operate(cmd.Context(), t, func(op *bot.Operator) error {
				kind = op.Info().Kind
				if args[0] == "-" {
					return op.Backup(cmd.Context(), a.out)
				}
				return a.backupTo(cmd.Context(), op, args[0], force, noCheck)
			})
			if errors.Is(err, bot.ErrNotEmbedded) && strings.HasPrefix(kind, "redis") {
				return errors.New(redisBackup)
			}
			return err
		},
	}
	t.flags(cmd, a)
	cmd.Flags().BoolVar(&force, "force", false, "replace the file")
	cmd.Flags().BoolVar(&noCheck, "no-check", false, "do not read it back")
	return cmd
}

// backupTo makes the file: whole or not at all.
func (a *app) backupTo(ctx context.Context, op *bot.Operator, path string, force, noCheck bool) error {
	began := time.Now()
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*.tmp")
	if err != nil {
		if p, ok := errors.AsType[*fs.PathError](err); ok {
			err = p.Err // the name is not one that anybody gave
		}
		return fmt.Errorf("%s can't be written: %w", path, err)
	}
	defer func() { _ = os.Remove(temp.Name()) }() // it has its name by then, if all went well
	err = op.Backup(ctx, temp)
	if err == nil {
		err = temp.Sync()
	}
	size, err2 := temp.Seek(0, io.SeekEnd)
	if err := errors.Join(err, err2, temp.Close()); err != nil {
		return err
	}
	holds := ""
	if !noCheck {
		r, err := readBack(temp.Name())
		if err != nil {
			return err
		}
		holds = fmt.Sprintf(", %s, %s to be handled, %s to be sent", count(r.Conversations, "conversation"), count(r.Events, "message"), count(r.Held, "message"))
	}
	if err := place(temp.Name(), path, force); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.out, "Wrote %s: %s%s, in %s.\n", path, filestore.Size(size), holds, time.Since(began).Round(time.Millisecond))
	return err
}

// place gives a file its name, on the disk too.
func place(temp, path string, force bool) error {
	if !force {
		// A link, unlike a rename, replaces nothing that somebody made meanwhile.
		if err := os.Link(temp, path); errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%s is there already", path)
		} else if err == nil {
			return syncFolder(path)
		}
	}
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	return syncFolder(path)
}

// syncFolder keeps the name of a file through a power cut, where a system can.
func syncFolder(path string) error {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	_ = d.Sync() // not every system can
	return d.Close()
}

// readBack restores a backup beside it and drops that again.
func readBack(path string) (r filestore.Restored, err error) {
	dir, err := os.MkdirTemp(filepath.Dir(path), ".parley-check-")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	f, err := os.Open(path)
	if err != nil {
		return r, err
	}
	defer f.Close()
	if r, err = filestore.Restore(dir, f, filestore.RestoreOptions{}); err != nil {
		return r, fmt.Errorf("the backup can't be read back: %w", err)
	}
	return r, nil
}
