//go:build linux || darwin || freebsd

package filestore

import (
	"io/fs"
	"os"
	"syscall"
)

// diskSpace returns what is free for us on the disk of a folder, and its size.
func diskSpace(dir string) (free, total uint64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, 0, err
	}
	return uint64(s.Bavail) * uint64(s.Bsize), s.Blocks * uint64(s.Bsize), nil
}

// ownerOf returns the number of the user who has a file.
func ownerOf(info fs.FileInfo) (id int, known bool) {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(s.Uid), true
}

// giveTo gives a file to who has another one: root may copy what a bot, which is not
// root, has to open. Others can't give anything away.
func giveTo(file string, like fs.FileInfo) error {
	s, ok := like.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() != 0 {
		return nil
	}
	return os.Lchown(file, int(s.Uid), int(s.Gid))
}
