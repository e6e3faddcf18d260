package filestore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/parley-chat/parley/state"
)

var _ state.Inspector = (*Store)(nil)

// When somebody should look after the disk: under either of these is free.
const (
	leastDisk        = 1 << 30 // bytes
	leastDiskPercent = 10
)

// Path is the file of a store in dir that has all that is kept.
func Path(dir string) string { return filepath.Join(dir, dataFile) }

// Exists reports whether there is a store in dir, whatever state it is in. An error
// says that nobody may look, or that dir is no folder.
func Exists(dir string) (bool, error) {
	switch _, err := os.Lstat(Path(dir)); {
	case err == nil:
		return true, nil
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	default:
		return false, err
	}
}

// Holder returns the id of the process that has the store in dir open; zero if that
// is not known. One that died may still be named.
func Holder(dir string) int {
	b, err := os.ReadFile(filepath.Join(dir, pidFile))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return 0
	}
	return pid
}

// Owner returns the name of the user who has the store in dir, or the folder that it
// would be in; its number if it has no name. Other reports whether that is somebody
// else than this process; false where users are not known.
func Owner(dir string) (name string, other bool) {
	for path := Path(dir); ; path = filepath.Dir(path) {
		info, err := os.Stat(path)
		if err != nil && path != filepath.Dir(path) {
			continue
		}
		if err != nil {
			return "", false
		}
		id, known := ownerOf(info)
		if !known {
			return "", false
		}
		name = strconv.Itoa(id)
		if u, err := user.LookupId(name); err == nil {
			name = u.Username
		}
		return name, id != os.Geteuid()
	}
}

// Try makes sure that a store can be made in dir, by a file that it writes there and
// takes away again, with the folders that were not there.
func Try(dir string) (err error) {
	var made []string
	for path := dir; ; path = filepath.Dir(path) {
		if _, err := os.Stat(path); err == nil || path == filepath.Dir(path) {
			break
		}
		made = append(made, path)
	}
	defer func() {
		for _, path := range made {
			if gone := os.Remove(path); gone != nil && !errors.Is(gone, fs.ErrNotExist) && err == nil {
				err = gone
			}
		}
	}()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(dir, tempFiles)
	if err != nil {
		if p, ok := errors.AsType[*fs.PathError](err); ok {
			return fmt.Errorf("%s: %w", dir, p.Err)
		}
		return err
	}
	_, err = file.WriteString("try")
	return errors.Join(err, file.Sync(), file.Close(), os.Remove(file.Name()))
}

// InUse reports whether a process has the store in dir open. It changes nothing.
func InUse(dir string) (held bool) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if recover() != nil {
			held = false // it is open here, and damaged
		}
	}()
	db, err := bbolt.Open(Path(dir), 0o600, &bbolt.Options{ReadOnly: true, Timeout: time.Millisecond})
	if err == nil {
		_ = db.Close() // nothing was written
	}
	return errors.Is(err, berrors.ErrTimeout)
}

// Inspect looks at the data file and at the disk below it: see [state.Inspector].
func (s *Store) Inspect(ctx context.Context) []state.Finding {
	all := []state.Finding{
		{Level: state.OK, What: "profile", Text: "strict: every write is on the disk before it is acknowledged; a crash loses nothing"},
		InspectDisk(s.dir),
	}
	stats, err := s.Stats(ctx)
	if err != nil {
		return append(all, state.Finding{Level: state.Fail, What: "data file", Text: err.Error(), Fix: "put a backup in its place: parley restore FILE --replace"})
	}
	return append(all, inspectFile(stats))
}

func inspectFile(stats Stats) state.Finding {
	f := state.Finding{Level: state.OK, What: "data file", Text: fmt.Sprintf("%s, %s of it free", Size(stats.File), Size(stats.Free))}
	if stats.File > compactAbove && stats.Free > stats.File/2 {
		f.Level, f.Fix = state.Warn, "restart the bot, which compacts it, or stop it and run: parley compact"
	}
	return f
}

// InspectDisk looks how much room there is for the store in dir.
func InspectDisk(dir string) state.Finding {
	f := state.Finding{Level: state.OK, What: "disk", Text: "not known how much is free"}
	free, total, err := diskSpace(dir)
	if err != nil || total == 0 {
		return f
	}
	return judgeDisk(f, free, total)
}

func judgeDisk(f state.Finding, free, total uint64) state.Finding {
	percent := int(float64(free) * 100 / float64(total))
	f.Text = fmt.Sprintf("%s free, %d %%", Size(int64(min(free, 1<<62))), percent)
	if free < leastDisk || percent < leastDiskPercent {
		f.Level, f.Fix = state.Warn, "make room: on a full disk webhooks are answered with 503"
	}
	return f
}

// Size writes a number of bytes for people, such as 1.5 MB.
func Size(bytes int64) string {
	const unit = 1000
	if bytes < unit {
		return fmt.Sprintf("%d B", bytes)
	}
	value, units := float64(bytes)/unit, "kMGTPE"
	for value >= unit && len(units) > 1 {
		value, units = value/unit, units[1:]
	}
	return fmt.Sprintf("%.1f %cB", value, units[0])
}
