//go:build linux || darwin || freebsd

package filestore

import "syscall"

// diskSpace returns what is free for us on the disk of a folder, and its size.
func diskSpace(dir string) (free, total uint64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, 0, err
	}
	return uint64(s.Bavail) * uint64(s.Bsize), s.Blocks * uint64(s.Bsize), nil
}
