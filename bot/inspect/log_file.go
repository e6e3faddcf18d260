package inspect

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// lock opens the file and locks it against other processes.
func (l *Log) lock() (*lockedfile.File, error) {
	if err := makeFolder(filepath.Dir(l.path)); err != nil {
		return nil, err
	}
	for {
		f, err := lockedfile.OpenFile(l.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return nil, err
		}
		mine, err := f.Stat()
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		if mine.Mode().Perm()&0o077 != 0 { // it was made by hand
			if err := os.Chmod(l.path, 0o600); err != nil {
				return nil, errors.Join(err, f.Close())
			}
		}
		// Another process may have put a new file in its place meanwhile.
		if there, err := os.Stat(l.path); err == nil && os.SameFile(mine, there) {
			return f, nil
		}
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
}

// makeFolder makes a folder if it is not there, for its owner alone, and keeps what
// is in it out of Git.
func makeFolder(dir string) error {
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, ".gitignore"), []byte("*\n"), 0o600)
}

// rotate puts a file with the newest records in the place of the full one: a crash
// leaves either.
func (l *Log) rotate(newest *Record) error {
	all := append(slices.Clip(l.records), newest)
	lines := make([][]byte, 0, l.keep)
	left := l.room / 4 * 3
	for i := len(all) - 1; i >= 0 && len(lines) < l.keep; i-- {
		line, err := json.Marshal(all[i])
		if err != nil {
			return fmt.Errorf("make the record of webhooks smaller: %w", err)
		}
		if left -= int64(len(line) + 1); left < 0 && len(lines) > 0 {
			break
		}
		lines = append(lines, append(line, '\n'))
	}
	slices.Reverse(lines)
	size, err := replaceFile(l.path, lines)
	if err != nil {
		return fmt.Errorf("make the record of webhooks smaller: %w", err)
	}
	l.records = slices.Clone(all[len(all)-len(lines):])
	l.head, l.read = nil, 0
	l.begins(bytes.Join(lines[:1], nil))
	l.read = size
	l.tell()
	return nil
}

// replaceFile writes a new file, for its owner alone, and moves it to path.
func replaceFile(path string, lines [][]byte) (size int64, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".inspect-*")
	if err != nil {
		return 0, err
	}
	w := bufio.NewWriter(f)
	for _, line := range lines {
		size += int64(len(line))
		_, err = w.Write(line) // the writer keeps its first error
	}
	if err = errors.Join(err, w.Flush(), f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return 0, errors.Join(err, os.Remove(f.Name()))
	}
	return size, nil
}
