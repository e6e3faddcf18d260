package filestore

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/parley-chat/parley/state"
)

func TestInspectTellsOfTheFileAndTheDisk(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	found := map[string]state.Finding{}
	for _, f := range s.Inspect(t.Context()) {
		found[f.What] = f
	}
	for _, what := range []string{"profile", "disk", "data file"} {
		if f, ok := found[what]; !ok || f.Text == "" || f.Level == state.Fail {
			t.Errorf("%s: %+v", what, f)
		}
	}
	there, err := Exists(s.dir)
	empty, err2 := Exists(t.TempDir())
	if !there || empty || errors.Join(err, err2) != nil {
		t.Errorf("where there is a store: %v %v, %v %v", there, err, empty, err2)
	}
	if there, err := Exists(Path(s.dir)); there || err == nil {
		t.Errorf("a file is taken for a folder: %v %v", there, err)
	}
	if Holder(s.dir) != os.Getpid() || Holder(t.TempDir()) != 0 {
		t.Errorf("it is held by %d", Holder(s.dir))
	}
}

func TestDiskAndFileAreJudged(t *testing.T) {
	const gb = 1_000_000_000
	for name, c := range map[string]struct {
		got  state.Finding
		want state.Level
		text string
	}{
		"room":               {judgeDisk(state.Finding{Level: state.OK}, 50*gb, 100*gb), state.OK, "50.0 GB free, 50 %"},
		"little of a large":  {judgeDisk(state.Finding{Level: state.OK}, 50*gb, 1000*gb), state.Warn, "50.0 GB free, 5 %"},
		"little":             {judgeDisk(state.Finding{Level: state.OK}, gb/2, gb), state.Warn, "500.0 MB free, 50 %"},
		"free pages":         {inspectFile(Stats{File: 100 << 20, Free: 60 << 20}), state.Warn, "104.9 MB, 62.9 MB of it free"},
		"few free pages":     {inspectFile(Stats{File: 100 << 20, Free: 40 << 20}), state.OK, "104.9 MB, 41.9 MB of it free"},
		"a small file, free": {inspectFile(Stats{File: 64 << 10, Free: 60 << 10}), state.OK, "65.5 kB, 61.4 kB of it free"},
	} {
		if c.got.Level != c.want || c.got.Text != c.text || (c.got.Fix == "") != (c.want == state.OK) {
			t.Errorf("%s: %+v, want %s %q", name, c.got, c.want, c.text)
		}
	}
}

// TestInUseTellsWhoHasTheStore: also of a file that is none, and changes nothing.
func TestInUseTellsWhoHasTheStore(t *testing.T) {
	dir := t.TempDir()
	if InUse(dir) {
		t.Error("nobody can have a store that is not there")
	}
	s := open(t, dir, Options{})
	if !InUse(dir) {
		t.Error("it is open")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if InUse(dir) {
		t.Error("it was closed")
	}
	for _, damaged := range []string{"nothing", string(make([]byte, 5000))} {
		other := t.TempDir()
		write(t, Path(other), []byte(damaged))
		if InUse(other) {
			t.Errorf("a file of %d bytes is in use", len(damaged))
		}
	}
}

// TestTryLeavesNothing, whether a store can be made or not.
func TestTryLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	for _, there := range []string{dir, filepath.Join(dir, "a", "b")} {
		if err := Try(there); err != nil {
			t.Errorf("%s: %v", there, err)
		}
	}
	write(t, filepath.Join(dir, "file"), nil)
	if err := Try(filepath.Join(dir, "file", "x")); err == nil {
		t.Error("a store can't be made in a file")
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("left: %v %v", left, err)
	}
}
