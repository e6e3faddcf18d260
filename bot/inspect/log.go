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
	"slices"
	"sync"
	"time"
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
