package inspect

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func openTestLog(t *testing.T, path string) *Log {
	t.Helper()
	l, err := OpenLog(path)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func add(t *testing.T, l *Log, body string) *Record {
	t.Helper()
	r := &Record{Time: time.Unix(1772445600, 0).UTC(), Request: Request{Method: "POST", Target: "/webhooks/x", Body: Text(body)}}
	if err := l.Add(r); err != nil {
		t.Fatal(err)
	}
	return r
}

func bodies(l *Log) string {
	var all []string
	for _, r := range l.Records() {
		all = append(all, string(r.Request.Body))
	}
	return strings.Join(all, " ")
}

// TestTheLogOutlivesItsProcess, readable for its owner alone.
func TestTheLogOutlivesItsProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "inspect.jsonl")
	l := openTestLog(t, path)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is made before there is anything: %v", err)
	}
	add(t, l, "one")
	add(t, l, "two")
	if again := openTestLog(t, path); bodies(again) != "one two" || add(t, again, "three").N != 3 {
		t.Errorf("it has %q", bodies(again))
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if text, err := os.ReadFile(filepath.Join(filepath.Dir(path), ".gitignore")); err != nil || string(text) != "*\n" {
		t.Errorf("a new folder is in Git: %q, %v", text, err)
	}
	// One that was made by hand is closed.
	byHand := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(byHand, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	add(t, openTestLog(t, byHand), "one")
	if info, err := os.Stat(byHand); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// TestATornLineIsLeftOut, wherever it was cut off, and nothing else.
func TestATornLineIsLeftOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "inspect.jsonl")
	l := openTestLog(t, path)
	add(t, l, "one")
	one, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	add(t, l, "two")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := len(one) + 1; cut < len(whole); cut += 7 {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		l := openTestLog(t, path)
		if bodies(l) != "one" {
			t.Fatalf("cut at %d it has %q", cut, bodies(l))
		}
		if r := add(t, l, "three"); r.N != 2 {
			t.Fatalf("cut at %d the next one is number %d", cut, r.N)
		}
		add(t, l, "four")
		if again := openTestLog(t, path); bodies(again) != "one three four" {
			t.Fatalf("cut at %d it has %q then", cut, bodies(again))
		}
	}
	// Whatever else stands in it is left out as well.
	if err := os.WriteFile(path, append(bytes.Repeat([]byte("nonsense\n{}\n\n"), 3), one...), 0o600); err != nil {
		t.Fatal(err)
	}
	if l := openTestLog(t, path); bodies(l) != "one" {
		t.Errorf("it has %q", bodies(l))
	}
}

// TestTheLogIsBounded by number and by size, and numbers go on.
func TestTheLogIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "inspect.jsonl")
	l := openTestLog(t, path)
	l.keep, l.room = 8, 1<<20
	other := openTestLog(t, path) // of another process
	for n := range 50 {
		if r := add(t, l, "x"); r.N != int64(n+1) {
			t.Fatalf("number %d after %d", r.N, n)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if lines := bytes.Count(data, []byte("\n")); lines > 10 || n >= 8 && lines < 8 {
			t.Fatalf("after %d there are %d lines", n+1, lines)
		}
		if all := l.Records(); all[len(all)-1].N != int64(n+1) || len(all) != min(n+1, 8) {
			t.Fatalf("after %d it has %d records", n+1, len(all))
		}
	}
	if err := other.Refresh(); err != nil {
		t.Fatal(err)
	}
	if all := other.Records(); all[len(all)-1].N != 50 {
		t.Errorf("another process sees %d", all[len(all)-1].N)
	}
	if r := add(t, other, "y"); r.N != 51 {
		t.Errorf("another process adds %d", r.N)
	}
	l.room = 20_000
	for range 20 {
		add(t, l, strings.Repeat("z", 5000))
		if info, err := os.Stat(path); err != nil || info.Size() > l.room {
			t.Fatalf("it has %d bytes, %v", info.Size(), err)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if all := l.Records(); all[len(all)-1].N != 71 || len(all) < 2 {
		t.Errorf("%d are left, up to %d", len(all), all[len(all)-1].N)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".inspect-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestSeveralProcessesMayWrite: no number twice, no line lost.
func TestSeveralProcessesMayWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "inspect.jsonl")
	var all sync.WaitGroup
	for range 4 {
		l := openTestLog(t, path)
		l.keep = 50
		all.Go(func() {
			for range 40 {
				if err := l.Add(&Record{Request: Request{Target: "/"}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	last := int64(0)
	for _, r := range openTestLog(t, path).Records() {
		if last != 0 && r.N != last+1 {
			t.Errorf("%d comes after %d", r.N, last)
		}
		last = r.N
	}
	if last != 160 {
		t.Errorf("the last one is %d", last)
	}
}

// TestWaitSeesOtherProcesses, and a file that was deleted.
func TestWaitSeesOtherProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "inspect.jsonl")
	l, other := openTestLog(t, path), openTestLog(t, path)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	seen := l.Records()
	add(t, other, "one")
	if err := l.Wait(ctx, seen); err != nil || bodies(l) != "one" {
		t.Fatalf("%q, %v", bodies(l), err)
	}
	seen = l.Records()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := l.Wait(ctx, seen); err != nil || bodies(l) != "" || !began(l.Records(), seen) {
		t.Fatalf("%q, %v", bodies(l), err)
	}
	if r := add(t, l, "two"); r.N != 1 {
		t.Errorf("it begins with %d", r.N)
	}
}
