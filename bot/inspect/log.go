package inspect

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// What a log keeps at least of the newest, as long as it fits in its room, which is
// in bytes. It is cut to what it keeps when a quarter more is there.
const (
	keepRecords = 1000
	keepBytes   = 64 << 20
)

// lookAgain is how often a log looks for what other processes wrote.
const lookAgain = 250 * time.Millisecond

// A Log is a file of records, one JSON object a line, the newest last. Several
// processes may write to one file: each record is appended under a lock. A line
// that was cut off, by a crash or a full disk, is left out. A Log is safe for
// concurrent use; its records are never changed.
type Log struct {
	path string
	keep int
	room int64

	mu      sync.Mutex
	records []*Record
	head    []byte // how the file begins that was read: another one may take its place
	read    int64  // how far, in bytes
	changed chan struct{}
}

// OpenLog reads a log. The file need not exist; it is made, for its owner alone, by
// the first [Log.Add].
func OpenLog(path string) (*Log, error) {
	l := &Log{path: path, keep: keepRecords, room: keepBytes, changed: make(chan struct{})}
	return l, l.Refresh()
}

// Path is where the file is.
func (l *Log) Path() string { return l.path }

// Records returns those that were read, the oldest first.
func (l *Log) Records() []*Record {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.records[max(0, len(l.records)-l.keep):len(l.records):len(l.records)]
}

// Get returns the record with a number, or nil.
func (l *Log) Get(n int64) *Record {
	for _, r := range l.Records() {
		if r.N == n {
			return r
		}
	}
	return nil
}

// Refresh reads what other processes wrote.
func (l *Log) Refresh() error {
	f, err := os.Open(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.read > 0 {
			l.head, l.read, l.records = nil, 0, nil
			l.tell()
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the record of webhooks: %w", err)
	}
	defer f.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err = l.readFrom(f)
	return err
}

// Wait returns once the log has other records than those that were seen, or when
// ctx ends.
func (l *Log) Wait(ctx context.Context, seen []*Record) error {
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	for {
		l.mu.Lock()
		changed := l.changed
		l.mu.Unlock()
		if now := l.Records(); len(now) != len(seen) || len(now) > 0 && now[len(now)-1] != seen[len(seen)-1] {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		case <-tick.C:
			if err := l.Refresh(); err != nil {
				return err
			}
		}
	}
}

// After returns what a log has behind what was seen of it: all, when it began anew.
func After(now, seen []*Record) []*Record {
	if began(now, seen) {
		return now
	}
	at := len(now)
	for at > 0 && (len(seen) == 0 || now[at-1].N > seen[len(seen)-1].N) {
		at--
	}
	return now[at:]
}

// began reports whether a log began anew since it was seen: its file was deleted.
func began(now, seen []*Record) bool {
	return len(seen) > 0 && (len(now) == 0 || now[len(now)-1].N < seen[len(seen)-1].N)
}

// tell wakes those who wait.
func (l *Log) tell() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// A file is what readFrom needs of one, locked or not.
type file interface {
	io.ReadSeeker
	io.ReaderAt
}

// headSize is how much of a file tells it from others: the number and the time of
// its first record are in it.
const headSize = 128

// begins remembers how the file begins.
func (l *Log) begins(data []byte) {
	if l.read < headSize {
		l.head = append(l.head, data[:min(len(data), headSize-len(l.head))]...)
	}
}

// readFrom reads what is new in the file, and returns what follows its last whole
// line: one that was cut off, or is just being written.
func (l *Log) readFrom(f file) (rest []byte, err error) {
	// Inodes are used again, so that they don't tell one file from another.
	head := make([]byte, len(l.head))
	if _, err := f.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the record of webhooks: %w", err)
	}
	if !bytes.Equal(head, l.head) {
		l.head, l.read, l.records = nil, 0, nil
	}
	if _, err := f.Seek(l.read, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read the record of webhooks: %w", err)
	}
	before := l.read
	for lines := bufio.NewReaderSize(f, 64<<10); ; {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			rest = line
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read the record of webhooks: %w", err)
		}
		l.begins(line)
		l.read += int64(len(line))
		l.take(line)
	}
	if l.read != before {
		l.tell()
	}
	return rest, nil
}

// take adds a line that was read, if it is whole.
func (l *Log) take(line []byte) {
	r := new(Record)
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber() // what events carry keeps its digits
	if d.Decode(r) != nil || r.N <= 0 {
		return
	}
	l.records = append(l.records, r)
	if len(l.records) > 2*l.keep {
		l.records = slices.Clone(l.records[len(l.records)-l.keep:])
	}
}

// Add numbers a record and appends it. It is the log's from then on.
func (l *Log) Add(r *Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	f, err := l.lock()
	if err != nil {
		return fmt.Errorf("keep a webhook: %w", err)
	}
	defer f.Close()
	torn, err := l.readFrom(f)
	if err != nil {
		return err
	}
	r.N = 1
	if len(l.records) > 0 {
		r.N = l.records[len(l.records)-1].N + 1
	}
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("keep a webhook: %w", err)
	}
	line = append(line, '\n')
	if len(torn) > 0 {
		line = append([]byte{'\n'}, line...)
	}
	size := l.read + int64(len(torn)+len(line))
	if len(l.records) >= l.keep+l.keep/4 || size > l.room {
		return l.rotate(r)
	}
	if n, err := f.Write(line); err != nil {
		// What was written of it is a line that is cut off.
		return fmt.Errorf("keep a webhook: %d of %d bytes were written: %w", n, len(line), err)
	}
	l.begins(append(torn, line...))
	l.read = size
	l.records = append(l.records, r)
	l.tell()
	return nil
}

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
