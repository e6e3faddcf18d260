// Package filestore is a store in one directory for one process: the embedded
// default.
//
// It keeps its tables in a bbolt file. One goroutine commits: it gathers the
// calls that wait into one transaction and syncs it before any of them returns,
// and while it syncs, the next group gathers. What a call returned is on the
// disk.
//
// Only one process can have a directory open, so all leases are free when it
// opens. A disk that is full or broken gives an error to the caller whose write
// was lost; the store goes on when there is room again.
package filestore

import (
	"context"
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

	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/internal/rules"
)

// The files of a store in its directory.
const (
	dataFile = "parley.db"
	pidFile  = "parley.pid" // who has it open, for the message to a second one
)

// mapSize is the address space that is set aside for the data file. A file that
// outgrows its map waits for all open readers before it can be written again; in
// 16 GB it does not.
const mapSize = 16 << 30

// Errors of Open.
var (
	// ErrInUse: another process has the directory open.
	ErrInUse = errors.New("the store is in use")
	// ErrDamaged: the data file is not one, is cut short, or does not agree with
	// itself.
	ErrDamaged = errors.New("the data file is damaged")
)

// Options of a Store. The zero value is fit for use.
type Options struct {
	// Now is the clock of the store, safe for concurrent use; nil means time.Now.
	Now func() time.Time
}

// A Store is a state.Store in a directory. It is safe for concurrent use.
type Store struct {
	*rules.Store
	dir  string
	db   *bbolt.DB
	loop *loop
}

var _ state.Store = (*Store)(nil)

// Open opens the store in dir and creates what is missing. All leases of the
// process before are ended: a turn in its hands counts one death, an attempt in
// its hands is unknown. It fails at once with ErrInUse when another process has
// the directory, and with ErrDamaged when the file cannot be read.
func Open(dir string, o Options) (*Store, error) {
	if err := makeDir(dir); err != nil {
		return nil, fmt.Errorf("state: open %s: %w", dir, err)
	}
	db, err := openFile(filepath.Join(dir, dataFile))
	if errors.Is(err, berrors.ErrTimeout) {
		return nil, inUse(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("state: open %s: %w", dir, err)
	}
	loop := startLoop(db)
	s := &Store{Store: rules.New(loop, rules.Options{Now: o.Now}), dir: dir, db: db, loop: loop}
	if err := s.start(); err != nil {
		return nil, errors.Join(fmt.Errorf("state: open %s: %w", dir, err), s.Close())
	}
	return s, nil
}

// start does what must be done before the store is used.
func (s *Store) start() error {
	if err := os.WriteFile(filepath.Join(s.dir, pidFile), []byte(strconv.Itoa(os.Getpid())), 0o600); err != nil {
		return fmt.Errorf("write the process id: %w", err)
	}
	if err := syncDir(s.dir); err != nil {
		return err
	}
	return s.FreeLeases(context.Background())
}

// Close lets running calls end, closes the file and gives the directory free.
// Later calls return state.ErrClosed.
func (s *Store) Close() error {
	if !s.loop.stop() {
		return nil
	}
	gone := os.Remove(filepath.Join(s.dir, pidFile))
	if errors.Is(gone, fs.ErrNotExist) {
		gone = nil
	}
	if err := errors.Join(gone, s.db.Close()); err != nil {
		return fmt.Errorf("state: close %s: %w", s.dir, err)
	}
	return nil
}

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

// openFile opens the data file with its tables. A file that is cut short makes
// reads of its map fault: the process would end, so faults are turned into an
// error here.
func openFile(path string) (db *bbolt.DB, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			db, err = nil, damaged(fmt.Errorf("%v", p))
		}
	}()
	options := &bbolt.Options{
		// As good as none: bbolt waits for the lock in steps of 50 ms.
		Timeout:      time.Millisecond,
		FreelistType: bbolt.FreelistMapType,
	}
	if strconv.IntSize == 64 && runtime.GOOS != "windows" {
		// On Windows the file itself would get that size.
		options.InitialMmapSize = mapSize
	}
	db, err = bbolt.Open(path, 0o600, options)
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

func damaged(cause error) error {
	return fmt.Errorf("%w (%w): move %s away to start empty, or put a backup in its place", ErrDamaged, cause, dataFile)
}

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

// inUse says who has the directory, as far as it is known.
func inUse(dir string) error {
	who := "another process"
	if b, err := os.ReadFile(filepath.Join(dir, pidFile)); err == nil && len(b) > 0 {
		who = "process " + strings.TrimSpace(string(b))
	}
	return fmt.Errorf("state: open %s: %w by %s: stop it first, or use another directory", dir, ErrInUse, who)
}
