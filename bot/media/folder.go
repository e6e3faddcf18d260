package media

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// A folder is a place on the disk. It is made when something is kept.
type folder struct {
	dir string
	// moving keeps a sweep off a file that is being put again.
	moving sync.RWMutex
}

// OpenFolder returns a store in a folder, which is made with the first file. Files
// and folders are for its own user alone.
func OpenFolder(dir string, now func() time.Time) *Store {
	return &Store{place: &folder{dir: dir}, now: now, room: func() error {
		if left, known := Free(dir); known && left < leastFree {
			return ErrNoRoom
		}
		return nil
	}}
}

// leastFree is what media leave on the disk, in bytes.
const leastFree = 256 << 20

// tempFolder holds files that have no name yet. It is a sibling of the others, so
// that a rename stays within one file system.
const tempFolder = "tmp"

// tempTime is how old a temporary file is that nobody writes any more.
const tempTime = time.Hour

func (d *folder) temp() (*os.File, error) {
	dir := filepath.Join(d.dir, tempFolder)
	if err := makeFolders(dir); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(dir, "new-") // 0600
	if err != nil {
		return nil, err
	}
	if err := adopt(f.Name()); err != nil {
		discard(f)
		return nil, err
	}
	return f, nil
}

// makeFolders makes a folder and those around it, for their user alone.
func makeFolders(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	if err := makeFolders(filepath.Dir(dir)); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil // somebody else made it
		}
		return err
	}
	return adopt(dir)
}

// Free returns how many bytes are free on the disk of a folder, which may not be
// there yet. It is not known on every system.
func Free(dir string) (bytes uint64, known bool) {
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(at); err == nil || at == filepath.Dir(at) {
			return free(at)
		}
	}
}

func (d *folder) put(_ context.Context, temp *os.File, name string) error {
	err := errors.Join(temp.Sync(), temp.Close())
	if err != nil {
		_ = os.Remove(temp.Name())
		return err
	}
	d.moving.RLock()
	defer d.moving.RUnlock()
	to := d.path(name)
	for try := 1; ; try++ {
		if err = d.makeFolder(filepath.Dir(to)); err == nil {
			err = os.Rename(temp.Name(), to)
		}
		if err == nil {
			return syncFolder(filepath.Dir(to))
		}
		// The sweep of another process may take an empty folder away.
		if try == 3 || !errors.Is(err, fs.ErrNotExist) {
			_ = os.Remove(temp.Name())
			return err
		}
	}
}

// makeFolder makes the folder of an owner, and keeps its name through a power cut.
func (d *folder) makeFolder(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := makeFolders(dir); err != nil {
		return err
	}
	return errors.Join(syncFolder(filepath.Dir(dir)), syncFolder(d.dir))
}

// syncFolder keeps the names in a folder through a power cut, where a system can.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = f.Sync() // not every system can
	return f.Close()
}

func (d *folder) open(_ context.Context, name string) (*Content, error) {
	f, err := os.Open(d.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &Content{ReadSeekCloser: f, Size: info.Size(), Time: info.ModTime()}, nil
}

func (d *folder) list(_ context.Context, folder string) ([]string, error) {
	entries, err := os.ReadDir(d.path(folder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = folder + "/" + e.Name()
	}
	return names, err
}

func (d *folder) remove(_ context.Context, names ...string) (err error) {
	for _, name := range names {
		if gone := os.Remove(d.path(name)); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return err
}

func (d *folder) sweep(ctx context.Context, before time.Time) (removed int, err error) {
	d.sweepFolder(filepath.Join(d.dir, tempFolder), time.Now().Add(-tempTime))
	firsts, err := os.ReadDir(d.dir)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return 0, nil // nothing was ever kept
		}
		return 0, err
	}
	for _, first := range firsts {
		if !first.IsDir() || len(first.Name()) != 2 {
			continue
		}
		dir := filepath.Join(d.dir, first.Name())
		owners, err := os.ReadDir(dir)
		if err != nil {
			return removed, err
		}
		for _, owner := range owners {
			if ctx.Err() != nil {
				return removed, ctx.Err()
			}
			removed += d.sweepFolder(filepath.Join(dir, owner.Name()), before)
			_ = os.Remove(filepath.Join(dir, owner.Name())) // if it is empty
		}
	}
	return removed, nil
}

// sweepFolder takes old files out of a folder. What it can't take away stays for
// the next time.
func (d *folder) sweepFolder(dir string, before time.Time) (removed int) {
	d.moving.Lock()
	defer d.moving.Unlock()
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && info.Mode().IsRegular() && info.ModTime().Before(before) && os.Remove(filepath.Join(dir, e.Name())) == nil {
			removed++
		}
	}
	return removed
}

func (d *folder) check(context.Context) error {
	f, err := d.temp()
	if err == nil {
		_, err = f.WriteString("check")
		discard(f)
	}
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		err = p.Err // the file is none that anybody named
	}
	if err != nil {
		return fmt.Errorf("the folder %s can't be written: %w", d.dir, err)
	}
	return nil
}

func (d *folder) path(name string) string { return filepath.Join(d.dir, filepath.FromSlash(name)) }
