//go:build linux || darwin || freebsd

package media

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// What root writes belongs to who has the folder, so that a bot that is not root
// goes on with it.
func TestFilesBelongToWhoHasTheFolder(t *testing.T) {
	top := t.TempDir()
	uid := os.Geteuid()
	if uid == 0 {
		uid = 54321
		if err := os.Lchown(top, uid, uid); err != nil {
			t.Fatal(err)
		}
	}
	dir := filepath.Join(top, "data", "media")
	s := OpenFolder(dir, time.Now)
	put(t, s, "ann", png)
	if err := s.Forget(t.Context(), "bob"); err != nil {
		t.Fatal(err)
	}
	if _, err := FolderSecret(dir); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(top, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && int(info.Sys().(*syscall.Stat_t).Uid) != uid {
			t.Errorf("%s is of user %d", path, info.Sys().(*syscall.Stat_t).Uid)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Somebody may look at the room of a folder that is not there yet.
func TestFreeIsThatOfTheDisk(t *testing.T) {
	dir := t.TempDir()
	there, known := Free(dir)
	missing, known2 := Free(filepath.Join(dir, "data", "media"))
	if !known || !known2 || there == 0 || missing == 0 {
		t.Errorf("%d (%v), %d (%v)", there, known, missing, known2)
	}
	if _, err := os.Stat(filepath.Join(dir, "data")); err == nil {
		t.Error("it was made")
	}
}
