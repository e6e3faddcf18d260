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
//
// What was deleted, forgotten conversations too, is gone from the tables at once.
// Its bytes may stay in free pages of the file, and in copies of it, until they
// are written over: [Compact] writes a file without them.
package filestore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"go.etcd.io/bbolt"

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

// AsBefore, as a Retention or HistoryTime, is the one that the store had before.
const AsBefore = rules.AsBefore

// Options of a Store. The zero value is fit for use.
type Options struct {
	// Now is the clock of the store, safe for concurrent use; nil means time.Now.
	Now func() time.Time
	// Retention and HistoryTime replace those of package state, if over zero. AsBefore
	// are those that the store was opened with last, for who only mends something.
	Retention, HistoryTime time.Duration
	// Log is told what is lost to a cap, and of compactions; nil means nowhere.
	Log *slog.Logger
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
// the directory, and with ErrDamaged when the file cannot be read. A store of an
// earlier version is brought up to date; that version does not open it again. A
// file over 64 MB of which more than half is free is compacted.
func Open(dir string, o Options) (*Store, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if err := makeDir(dir); err != nil {
		return nil, failed("open", dir, err)
	}
	db, err := openCompact(dir, o.Log)
	if err != nil {
		return nil, failed("open", dir, err)
	}
	loop := startLoop(db)
	s := &Store{Store: rules.New(loop, rules.Options(o)), dir: dir, db: db, loop: loop}
	if err := s.start(); err != nil {
		return nil, errors.Join(failed("open", dir, err), s.Close())
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
	if err := removeTemps(s.dir); err != nil {
		return err
	}
	ctx := context.Background()
	if err := s.FreeLeases(ctx); err != nil {
		return err
	}
	return s.Reindex(ctx)
}

// Stats are the sizes of a store, in bytes where nothing else is said.
type Stats struct {
	File, Free           int64 // the data file, and what of it is free
	Letters, LetterBytes int64 // how many dead letters, and their size
}

// Stats returns the sizes of now.
func (s *Store) Stats(ctx context.Context) (Stats, error) {
	count, bytes, err := s.Letters(ctx)
	if err != nil {
		return Stats{}, err
	}
	size, free, err := space(s.db)
	if err != nil {
		return Stats{}, fmt.Errorf("state: look at %s: %w", s.dir, err)
	}
	return Stats{File: size, Free: free, Letters: int64(count), LetterBytes: bytes}, nil
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
