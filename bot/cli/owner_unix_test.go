//go:build linux || darwin || freebsd

package cli

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestAFileKeepsItsOwner: root may add a channel to a bot that is not root, and that has
// to read its files afterwards. For others than root the owner is their own.
func TestAFileKeepsItsOwner(t *testing.T) {
	dir := t.TempDir()
	uid, gid := os.Getuid(), os.Getgid()
	old := filepath.Join(dir, "bot.yaml")
	if err := os.WriteFile(old, []byte("a"), 0o600); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		uid, gid = 4242, 4243
		for _, path := range []string{dir, old} {
			if err := os.Chown(path, uid, gid); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, r := range []rewrite{
		{path: old, old: []byte("a"), now: []byte("b")},
		{path: filepath.Join(dir, ".env"), now: []byte("TOKEN=x\n"), private: true},
	} {
		if err := r.write(); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(r.path)
		if err != nil {
			t.Fatal(err)
		}
		if s, ok := info.Sys().(*syscall.Stat_t); !ok || int(s.Uid) != uid || int(s.Gid) != gid || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has owner %d:%d and mode %v, want %d:%d", r.path, s.Uid, s.Gid, info.Mode(), uid, gid)
		}
	}
}
