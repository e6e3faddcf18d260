package filestore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime/debug"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/parley-chat/parley/state/internal/rules"
)

// ErrExists: Restore found a store in the directory and was not to replace it.
var ErrExists = errors.New("there is a store already")

// Backup writes a copy of the store to w, all of one moment, for Restore. The
// store goes on meanwhile. It makes the copy in the directory first, which needs
// room for it, so that a slow w holds nothing up.
func (s *Store) Backup(ctx context.Context, w io.Writer) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("state: back up %s: %w", s.dir, err)
		}
	}()
	temp, err := os.CreateTemp(s.dir, tempFiles)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, temp.Close(), os.Remove(temp.Name())) }()
	if err := s.copyTo(ctx, temp); err != nil {
		return err
	}
	if _, err := temp.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err = io.Copy(patient{ctx, w}, temp)
	return err
}

// copyTo writes the file as it is now. The transaction that it needs lasts as
// long as the copy: what is freed meanwhile is not used again.
func (s *Store) copyTo(ctx context.Context, w io.Writer) error {
	if err := s.loop.enter(); err != nil {
		return err
	}
	defer s.loop.running.Done()
	err := s.db.View(func(tx *bbolt.Tx) error {
		_, err := tx.WriteTo(patient{ctx, w})
		return err
	})
	if ctx.Err() != nil {
		return ctx.Err() // which bbolt does not wrap
	}
	return err
}

// patient is a writer that ends with its context.
type patient struct {
	ctx context.Context
	w   io.Writer
}

func (p patient) Write(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.w.Write(b)
}

// RestoreOptions of Restore. The zero value is the careful one.
type RestoreOptions struct {
	// Replace lets it put the backup in the place of a store, which is gone then.
	Replace bool
}

// Restored is what Restore put in place.
type Restored struct {
	// Conversations is how many there are, Events how many wait for their turn.
	Conversations, Events int
	// Held is how many messages waited to be sent and are dead letters now. Lost is
	// how many of the oldest dead letters had to go, since there are too many.
	Held, Lost int
}

// heldCause is the cause of what waited to be sent in a backup.
const heldCause = "held: this store was restored from a backup, it may have been sent"

// Restore makes a store in dir of what Backup wrote. It checks that it is whole
// before it puts it in place, at once or not at all. Nothing goes out twice by
// itself: what waited to be sent becomes dead letters, to be put back by people.
// What waited for its turn still does. It fails with ErrExists when dir has a
// store, unless that is to be replaced, with ErrInUse when a process has it open,
// and with ErrDamaged when what it reads is not a whole store.
func Restore(dir string, r io.Reader, o RestoreOptions) (Restored, error) {
	wrong := func(err error) (Restored, error) {
		return Restored{}, fmt.Errorf("state: restore %s: %w", dir, err)
	}
	if err := makeFor(dir); err != nil {
		return wrong(err)
	}
	old, err := takeOver(dir, o)
	if errors.Is(err, berrors.ErrTimeout) {
		return Restored{}, failed("restore", dir, err)
	}
	if err != nil {
		return wrong(err)
	}
	temp, restored, err := receive(dir, r)
	if err == nil {
		err = place(dir, temp, old, o)
	} else if old != nil {
		err = errors.Join(err, old.Close())
	}
	if temp != "" {
		err = errors.Join(err, removeIfThere(temp))
	}
	if err != nil {
		return wrong(err)
	}
	return restored, nil
}

// makeFor makes the directory of a restored store, which belongs to who has the one
// that it lies in.
func makeFor(dir string) error {
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		return makeDir(dir)
	}
	if err := makeDir(dir); err != nil {
		return err
	}
	above, err := os.Stat(filepath.Dir(filepath.Clean(dir)))
	if err != nil {
		return err
	}
	return giveTo(dir, above)
}

// takeOver locks the store in dir, if there is one and it is to be replaced. One
// that is damaged has no lock.
func takeOver(dir string, o RestoreOptions) (*bbolt.DB, error) {
	path := filepath.Join(dir, dataFile)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if !o.Replace {
		return nil, ErrExists
	}
	db, err := openFile(path)
	if errors.Is(err, ErrDamaged) {
		return nil, nil
	}
	return db, err
}

// place gives the restored file its name, and to who has the directory.
func place(dir, temp string, old *bbolt.DB, o RestoreOptions) error {
	if folder, err := os.Stat(dir); err == nil {
		if err := giveTo(temp, folder); err != nil {
			return errors.Join(err, closeIf(old))
		}
	}
	if o.Replace {
		return swap(dir, temp, old)
	}
	// A link, unlike a rename, does not replace what somebody made meanwhile.
	err := os.Link(temp, filepath.Join(dir, dataFile))
	switch {
	case errors.Is(err, os.ErrExist):
		return ErrExists
	case err != nil: // this file system has no links
		return swap(dir, temp, nil)
	}
	return syncDir(dir)
}

func closeIf(db *bbolt.DB) error {
	if db == nil {
		return nil
	}
	return db.Close()
}

// receive writes a backup to a file in dir, checks it and makes it fit for use.
// The name is of a file to remove.
func receive(dir string, r io.Reader) (name string, restored Restored, err error) {
	temp, err := os.CreateTemp(dir, tempFiles)
	if err != nil {
		return "", Restored{}, err
	}
	name = temp.Name()
	n, err := io.Copy(temp, r)
	if err == nil && n == 0 {
		err = damaged(errors.New("there is nothing in it"))
	}
	if err := errors.Join(err, temp.Close()); err != nil {
		return name, Restored{}, err
	}
	restored, err = prepare(name)
	return name, restored, err
}

// prepare checks a restored file and holds its rows.
func prepare(path string) (_ Restored, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = damaged(fmt.Errorf("%v", p))
		}
	}()
	db, err := openFile(path)
	if err != nil {
		return Restored{}, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	loop := startLoop(db)
	defer loop.stop()
	db.NoSync = true // until all is done
	// Nothing is too old here: the retention is that of who opens it.
	store := rules.New(loop, rules.Options{Retention: math.MaxInt64, HistoryTime: math.MaxInt64})
	ctx := context.Background()
	if err := errors.Join(store.FreeLeases(ctx), store.Reindex(ctx)); err != nil {
		return Restored{}, damaged(err)
	}
	if err := errors.Join(store.Audit(ctx), checkPages(db)); err != nil {
		return Restored{}, damaged(err)
	}
	held, err := store.Hold(ctx, heldCause)
	if err != nil {
		return Restored{}, err
	}
	return Restored{Conversations: held.Conversations, Events: held.Events, Held: held.Rows, Lost: held.Lost}, db.Sync()
}

// checkPages has bbolt check its file.
func checkPages(db *bbolt.DB) error {
	return db.View(func(tx *bbolt.Tx) error {
		var all error
		for err := range tx.Check() {
			all = errors.Join(all, err)
		}
		return all
	})
}
