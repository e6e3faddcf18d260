package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-chat/parley/channels/builtin"
)

// TestAFileIsOldOrNew: whoever reads it while it is written again and again sees one
// or the other, whole.
func TestAFileIsOldOrNew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bot.yaml")
	texts := []string{strings.Repeat("a: 1\n", 5000), strings.Repeat("b: 22\n", 7000)}
	if err := os.WriteFile(path, []byte(texts[0]), 0o640); err != nil {
		t.Fatal(err)
	}
	stop, done := make(chan struct{}), make(chan int)
	go func() {
		reads := 0
		defer func() { done <- reads }()
		for {
			select {
			case <-stop:
				return
			default:
			}
			data, err := os.ReadFile(path)
			if err != nil || string(data) != texts[0] && string(data) != texts[1] {
				t.Errorf("read %d bytes, %v", len(data), err)
				return
			}
			reads++
		}
	}()
	for i := range 50 {
		if err := (rewrite{path: path, old: []byte(texts[i%2]), now: []byte(texts[(i+1)%2])}).write(); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	if reads := <-done; reads == 0 {
		t.Error("nobody read it")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("its mode is now %v, %v", info.Mode(), err)
	}
}

// TestWhatACrashLeavesIsTaken: a file that a process was killed over is neither read
// nor in the way, and never open to others.
func TestWhatACrashLeavesIsTaken(t *testing.T) {
	dir := t.TempDir()
	left := filepath.Join(dir, ".env.tmp")
	if err := os.WriteFile(left, []byte("TOKEN=half"), 0o644); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, ".env")
	if err := os.WriteFile(path, []byte("A=1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	r := rewrite{path: path, old: []byte("A=1\n"), now: []byte("A=1\nTOKEN=whole\n"), private: true}
	if err := r.write(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	info, err2 := os.Stat(path)
	if err != nil || err2 != nil || string(data) != "A=1\nTOKEN=whole\n" || info.Mode().Perm() != 0o600 {
		t.Errorf("%q %v %v", data, info.Mode(), errors.Join(err, err2))
	}
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is still there", left)
	}
}

// TestAFileThatChangedMeanwhileIsLeftAlone, and a link leads to its file.
func TestAFileThatChangedMeanwhileIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "real.yaml"), filepath.Join(dir, "bot.yaml")
	if err := errors.Join(os.WriteFile(path, []byte("edited"), 0o644), os.Symlink("real.yaml", link)); err != nil {
		t.Fatal(err)
	}
	if err := (rewrite{path: link, old: []byte("as it was"), now: []byte("new")}).write(); err == nil || !strings.Contains(err.Error(), "changed meanwhile") {
		t.Errorf("got %v", err)
	}
	if err := (rewrite{path: link, old: []byte("edited"), now: []byte("new")}).write(); err != nil {
		t.Error(err)
	}
	data, err := os.ReadFile(path)
	if info, err2 := os.Lstat(link); err != nil || err2 != nil || string(data) != "new" || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("%q %v %v", data, err, err2)
	}
}

// TestGitLeavesSecretsAlone.
func TestGitLeavesSecretsAlone(t *testing.T) {
	for src, want := range map[string]string{
		"":                     "/.env\n/.env.tmp\n",
		"data/":                "data/\n/.env\n/.env.tmp\n",
		".env\n":               ".env\n/.env.tmp\n",
		"/.env\n.env.tmp\n":    "/.env\n.env.tmp\n",
		".env*\r\n":            ".env*\r\n",
		"data/\r\n# .env\r\n":  "data/\r\n# .env\r\n/.env\r\n/.env.tmp\r\n",
		".env.example\n.env\n": ".env.example\n.env\n/.env.tmp\n",
	} {
		if got := string(ignored([]byte(src))); got != want {
			t.Errorf("%q becomes %q, want %q", src, got, want)
		}
	}
}

// TestPlatformsAreNamedAsTheySpellThemselves.
func TestPlatformsAreNamedAsTheySpellThemselves(t *testing.T) {
	got := map[string]string{}
	for _, f := range builtin.Factories() {
		got[f.Type] = platformName(f)
	}
	for typ, want := range map[string]string{
		"telegram": "Telegram", "greenapi": "GREEN-API", "whatsapp": "WhatsApp", "chatapi": "Chat API", "mmp": "MMP", "innopaas": "InnoPaaS",
		"oneroute": "OneRoute", "line": "LINE", "slack": "Slack", "messenger": "Messenger", "discord": "Discord", "viber": "Viber", "webhook": "The platform",
	} {
		if got[typ] != want {
			t.Errorf("%s is %q, want %q", typ, got[typ], want)
		}
	}
}
