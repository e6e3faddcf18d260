//go:build linux || darwin || freebsd

package media

import (
	"os"
	"path/filepath"
	"syscall"
)

// adopt gives what was made to who has the folder around it: root may forget a
// conversation of a bot that is not root, and that has to read what was written.
func adopt(path string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return err
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	return os.Lchown(path, int(s.Uid), int(s.Gid))
}

// free returns what is free for us on the disk of a folder.
func free(dir string) (bytes uint64, known bool) {
	var s syscall.Statfs_t
	if syscall.Statfs(dir, &s) != nil {
		return 0, false
	}
	return uint64(s.Bavail) * uint64(s.Bsize), true
}
