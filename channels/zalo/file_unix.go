//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package zalo

import (
	"errors"
	"os"
	"syscall"
)

// hasFileLocks tells whether tryLock works on this system.
const hasFileLocks = true

// tryLock takes a lock that ends with the file, and reports false when another has it.
func tryLock(file *os.File) (bool, error) {
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EWOULDBLOCK):
			return false, nil
		default:
			return err == nil, err
		}
	}
}

// sameOwner gives a file to the owner of another: a command that root runs must not take the
// tokens away from the bot. Only root can, and only root need.
func sameOwner(of, to string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(of)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return os.Chown(to, int(s.Uid), int(s.Gid))
	}
	return nil
}
