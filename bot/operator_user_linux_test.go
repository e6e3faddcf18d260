package bot

import (
	"os"
	"runtime"
	"syscall"
	"testing"
)

// asAnother does something as a user who may not enter the folder: where the test may,
// with the folder given to a third one, in a thread of its own that ends with it.
func asAnother(t *testing.T, dir string, do func()) {
	t.Helper()
	const owner, us = 54321, 54322
	if os.Geteuid() != 0 {
		forbid(t, dir)
		do()
		return
	}
	if err := os.Chown(dir, owner, owner); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocks it: the thread goes, with who it is
		if err := syscall.Setfsuid(us); err != nil {
			t.Errorf("become another user: %v", err)
			return
		}
		do()
	}()
	<-done
}
