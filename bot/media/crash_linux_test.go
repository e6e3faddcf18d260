package media

import (
	"crypto/rand"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// killer is a body at whose end the process dies: all bytes are in the temporary
// file, and nothing has its name.
type killer struct{}

func (killer) Read([]byte) (int, error) {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {} // until the signal is there
}

const killDir = "PARLEY_TEST_MEDIA_KILL"

// A process that dies between the file and its name leaves no content, and what it
// leaves is swept.
func TestKillBeforeTheNameLeavesNothing(t *testing.T) {
	if dir := os.Getenv(killDir); dir != "" {
		_, err := OpenFolder(dir, time.Now).Put(t.Context(), "ann", "", io.MultiReader(strings.NewReader(png+"half"), killer{}), limits())
		t.Fatalf("still here: %v", err)
	}
	dir := t.TempDir()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKillBeforeTheNameLeavesNothing$")
	child.Env = append(os.Environ(), killDir+"="+dir)
	out, err := child.CombinedOutput()
	if e, ok := errors.AsType[*exec.ExitError](err); !ok || e.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the child was not killed: %v\n%s", err, out)
	}
	files := filesIn(t, dir)
	if len(files) != 1 || !strings.Contains(files[0], "/"+tempFolder+"/") {
		t.Fatalf("left: %v", files)
	}
	s := OpenFolder(dir, time.Now)
	if _, err := s.Sweep(t.Context(), time.Now().Add(-24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := filesIn(t, dir); len(got) != 1 {
		t.Error("a sweep took a file that may be written yet")
	}
	old := time.Now().Add(-tempTime - time.Minute)
	if err := os.Chtimes(files[0], old, old); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sweep(t.Context(), time.Now().Add(-24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := filesIn(t, dir); len(got) != 0 {
		t.Errorf("left after the sweep: %v", got)
	}
	put(t, s, "ann", png+"half")
}

// fullPlace has no room: what is written to its files fails as on a full disk. They
// are links to the device, as a temporary file is taken away by its name.
type fullPlace struct {
	*folder
	dir string
}

func (f fullPlace) temp() (*os.File, error) {
	name := filepath.Join(f.dir, "new-"+rand.Text())
	if err := os.Symlink("/dev/full", name); err != nil {
		return nil, err
	}
	return os.OpenFile(name, os.O_WRONLY, 0)
}

func TestFullDiskIsAnErrorAndNothingIsKept(t *testing.T) {
	dir := t.TempDir()
	s := OpenFolder(dir, time.Now)
	kept := put(t, s, "ann", png)
	links := t.TempDir()
	full := &Store{place: fullPlace{s.place.(*folder), links}, now: time.Now}
	if _, err := full.Put(t.Context(), "ann", "", strings.NewReader(png+"more"), limits()); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%v", err)
	}
	if err := full.Note(t.Context(), "ann", "src", kept); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%v", err)
	}
	if files := append(filesIn(t, dir), filesIn(t, links)...); len(files) != 1 {
		t.Errorf("files %v", files)
	}
}
