package filestore

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"
)

func TestSecondOpenSaysWhoHasIt(t *testing.T) {
	dir := t.TempDir()
	first := open(t, dir, Options{})
	_, err := Open(dir, Options{})
	if !errors.Is(err, ErrInUse) {
		t.Fatalf("got %v, want %v", err, ErrInUse)
	}
	for _, part := range []string{dir, fmt.Sprint("process ", os.Getpid()), "stop it", "another directory"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, dir, Options{})
}

func TestCloseLeavesTheDataFileAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	if err := open(t, dir, Options{}).Close(); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 || files[0].Name() != dataFile {
		t.Fatalf("left in the directory: %v, %v", files, err)
	}
}

func TestDamagedFileIsAClearError(t *testing.T) {
	for name, damage := range map[string]func(t *testing.T, path string){
		"another kind of file": func(t *testing.T, path string) {
			write(t, path, bytes.Repeat([]byte("not a store\n"), 10_000))
		},
		"cut short": func(t *testing.T, path string) {
			if err := os.Truncate(path, 3*int64(os.Getpagesize())); err != nil {
				t.Fatal(err)
			}
		},
		"both roots overwritten": func(t *testing.T, path string) {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			clear(b[:2*os.Getpagesize()])
			write(t, path, b)
		},
		"of another program": func(t *testing.T, path string) {
			change(t, path, func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("about")) })
		},
		"of another version": func(t *testing.T, path string) {
			change(t, path, func(tx *bbolt.Tx) error {
				return tx.Bucket([]byte("about")).Put([]byte("format"), []byte("parley store 999"))
			})
		},
		"a table is missing": func(t *testing.T, path string) {
			change(t, path, func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("outbox")) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := open(t, dir, Options{}).Close(); err != nil {
				t.Fatal(err)
			}
			damage(t, filepath.Join(dir, dataFile))
			s, err := Open(dir, Options{})
			if err == nil {
				t.Fatal(errors.Join(errors.New("it was opened"), s.Close()))
			}
			if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "backup") || !strings.Contains(err.Error(), dir) {
				t.Fatalf("got %v, want an error that says what is damaged and what to do", err)
			}
		})
	}
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// change edits a data file behind the back of the store.
func change(t *testing.T, path string, do func(*bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(do), db.Close()); err != nil {
		t.Fatal(err)
	}
}
