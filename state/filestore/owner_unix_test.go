//go:build linux || darwin || freebsd

package filestore

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestRestoreKeepsTheOwner: root puts a backup back, or compacts, and the bot, which
// is not root, can open it. Who is not root owns all of it.
func TestRestoreKeepsTheOwner(t *testing.T) {
	s, _ := lived(t, t.TempDir())
	copied := backup(t, s)
	bots := t.TempDir()
	id := os.Geteuid()
	if id == 0 {
		id = 54321
		if err := os.Chown(bots, id, id); err != nil {
			t.Fatal(err)
		}
	}
	owns := func(what, path string) {
		t.Helper()
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got, known := ownerOf(info); !known || got != id {
			t.Errorf("%s belongs to %d, want %d", what, got, id)
		}
	}
	dir := filepath.Join(bots, "data")
	for _, what := range []string{"a new store", "one that was replaced"} {
		if _, err := Restore(dir, bytes.NewReader(copied), RestoreOptions{Replace: true}); err != nil {
			t.Fatal(err)
		}
		owns("the folder of "+what, dir)
		owns(what, Path(dir))
	}
	if _, _, err := Compact(dir); err != nil {
		t.Fatal(err)
	}
	owns("one that was compacted", Path(dir))
	if _, other := Owner(dir); other != (id != os.Geteuid()) {
		t.Errorf("it belongs to another: %v", other)
	}
}
