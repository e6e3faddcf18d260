package filestore

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"

	"go.etcd.io/bbolt"
)

// A file over compactAbove of which more than half is free is compacted when it
// is opened.
const compactAbove = 64 << 20

// compactPiece is how much one transaction of a compaction writes: it lies in
// memory.
const compactPiece = 16 << 20

// Compact writes the data file of a store that is not open anew, without the
// space that is free, and returns its size before and after. What was deleted is
// gone from the disk then, as far as the file system lets go of it. It needs room
// for a second file; when it fails, the store is as it was.
func Compact(dir string) (before, after int64, err error) {
	path := filepath.Join(dir, dataFile)
	if before, err = fileSize(path); err != nil {
		return 0, 0, failed("compact", dir, err)
	}
	db, err := openFile(path)
	if err != nil {
		return before, before, failed("compact", dir, err)
	}
	if err := compact(dir, db); err != nil {
		return before, before, failed("compact", dir, err)
	}
	if after, err = fileSize(path); err != nil {
		return before, 0, failed("compact", dir, err)
	}
	return before, after, nil
}

// compact replaces the data file and closes db in any case.
func compact(dir string, db *bbolt.DB) error {
	temp, err := copyCompact(dir, db)
	if err != nil {
		return errors.Join(err, db.Close())
	}
	if err := swap(dir, temp, db); err != nil {
		return errors.Join(err, removeIfThere(temp))
	}
	return nil
}

// openCompact is openFile, with a compaction before if it is worth it. One that
// fails is told of, and the store opens as it is.
func openCompact(dir string, log *slog.Logger) (*bbolt.DB, error) {
	path := filepath.Join(dir, dataFile)
	db, err := openFile(path)
	if err != nil {
		return nil, err
	}
	size, free, err := space(db)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if size <= compactAbove || free <= size/2 {
		return db, nil
	}
	if err := compact(dir, db); err != nil {
		log.Warn("the data file was not compacted", "error", err, "bytes", size, "free_bytes", free)
	} else if after, err := fileSize(path); err == nil {
		log.Info("the data file was compacted", "bytes_before", size, "bytes", after)
	}
	return openFile(path)
}

// copyCompact writes what is in db to a new file in dir and syncs it.
func copyCompact(dir string, db *bbolt.DB) (path string, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	temp, err := os.CreateTemp(dir, tempFiles)
	if err != nil {
		return "", err
	}
	path = temp.Name()
	defer func() {
		if p := recover(); p != nil {
			err = damaged(fmt.Errorf("%v", p))
		}
		if err != nil {
			err = errors.Join(err, removeIfThere(path))
		}
	}()
	if err := temp.Close(); err != nil {
		return "", err
	}
	to, err := bbolt.Open(path, 0o600, &bbolt.Options{NoSync: true, NoGrowSync: true, FreelistType: bbolt.FreelistMapType})
	if err != nil {
		return "", err
	}
	err = bbolt.Compact(to, db, compactPiece)
	if err == nil {
		err = to.Sync()
	}
	return path, errors.Join(err, to.Close())
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func fileSize(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// space returns the size of the data file and how much of it is free.
func space(db *bbolt.DB) (size, free int64, err error) {
	if size, err = fileSize(db.Path()); err != nil {
		return 0, 0, err
	}
	err = db.View(func(tx *bbolt.Tx) error {
		stats := db.Stats()
		free = int64(stats.FreePageN+stats.PendingPageN) * int64(db.Info().PageSize)
		free += max(size-tx.Size(), 0)
		return nil
	})
	return size, free, err
}
