package filestore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// makeDir creates the directory, and makes sure that a power cut does not undo
// that.
func makeDir(dir string) error {
	switch _, err := os.Stat(dir); {
	case err == nil:
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return syncDir(filepath.Dir(filepath.Clean(dir)))
}

func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // directories cannot be synced there
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// openFile opens the data file with its tables, and creates it if it is missing.
// A file that is cut short makes reads of its map fault: the process would end,
// so faults are turned into an error here.
func openFile(path string) (db *bbolt.DB, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			db, err = nil, damaged(fmt.Errorf("%v", p))
		}
	}()
	db, err = openCurrent(path)
	switch {
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		return nil, damaged(err)
	case err != nil:
		return nil, err
	}
	if err := errors.Join(checkLength(db), makeTables(db)); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// openCurrent opens and locks the file that has the name. A process that compacts
// or restores puts another file in its place just when it gives the lock free:
// who waited for it holds a file that is no more, and opens again.
func openCurrent(path string) (*bbolt.DB, error) {
	for {
		var file *os.File
		options := &bbolt.Options{
			// As good as none: bbolt waits for the lock in steps of 50 ms.
			Timeout:      time.Millisecond,
			FreelistType: bbolt.FreelistMapType,
			OpenFile: func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
				f, err = os.OpenFile(name, flag, mode)
				file = f
				return f, err
			},
		}
		if strconv.IntSize == 64 && runtime.GOOS != "windows" {
			// On Windows the file itself would get that size.
			options.InitialMmapSize = mapSize
		}
		db, err := bbolt.Open(path, 0o600, options)
		if err != nil {
			return nil, err
		}
		held, err1 := file.Stat()
		named, err2 := os.Stat(path)
		if err := errors.Join(err1, err2); err == nil && os.SameFile(held, named) {
			return db, nil
		} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, errors.Join(err, db.Close())
		}
		if err := db.Close(); err != nil {
			return nil, err
		}
	}
}

func damaged(cause error) error { return fmt.Errorf("%w: %w", ErrDamaged, cause) }

// checkLength compares the length of the file with what its newest root says.
func checkLength(db *bbolt.DB) error {
	info, err := os.Stat(db.Path())
	if err != nil {
		return err
	}
	return db.View(func(tx *bbolt.Tx) error {
		if tx.Size() > info.Size() {
			return damaged(fmt.Errorf("it has %d bytes and should have %d", info.Size(), tx.Size()))
		}
		return nil
	})
}

// failed wraps an error of opening or changing a whole store in dir.
func failed(what, dir string, err error) error {
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return fmt.Errorf("state: %s %s: %w by %s: stop it first, or use another directory", what, dir, ErrInUse, owner(dir))
	case errors.Is(err, ErrDamaged):
		return fmt.Errorf("state: %s %s: %w: move %s away to start empty, or put a backup in its place", what, dir, err, dataFile)
	}
	return fmt.Errorf("state: %s %s: %w", what, dir, err)
}

// owner says who has the directory, as far as it is known.
func owner(dir string) string {
	if b, err := os.ReadFile(filepath.Join(dir, pidFile)); err == nil && len(b) > 0 {
		return "process " + strings.TrimSpace(string(b))
	}
	return "another process"
}

// tempFiles are copies that are being made. Those of a process that died go when
// the store is opened.
const tempFiles = "parley-*.tmp"

func removeTemps(dir string) error {
	old, err := filepath.Glob(filepath.Join(escapeGlob(dir), tempFiles))
	for _, name := range old {
		err = errors.Join(err, os.Remove(name))
	}
	return err
}

// escapeGlob makes a pattern that matches the name alone.
func escapeGlob(name string) string {
	if runtime.GOOS == "windows" {
		return name // it has no escapes there, and few names need them
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(name)
}

// swap puts a whole file that is on the disk in the place of the data file, whose
// lock db holds, nil if there is none, and closes db.
func swap(dir, temp string, db *bbolt.DB) error {
	closed := error(nil)
	if db != nil && runtime.GOOS == "windows" {
		closed, db = db.Close(), nil // a file that is open cannot be replaced there
	}
	path := filepath.Join(dir, dataFile)
	if old, gone := os.Stat(path); gone == nil {
		closed = errors.Join(closed, giveTo(temp, old)) // who runs this may be root, the bot is not
	}
	err := errors.Join(closed, os.Rename(temp, path))
	if err == nil {
		err = syncDir(dir)
	}
	if db != nil {
		err = errors.Join(err, db.Close())
	}
	return err
}
