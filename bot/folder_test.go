package bot

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows/spec"
)

// folder writes a bot folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A bot folder as an author writes it, loaded, run on the embedded store, edited
// with and without a mistake.
func TestBotFolderRuns(t *testing.T) {
	p := newPlatform()
	files := map[string]string{
		"bot.yaml":         "bot: shop\nstate: file:data\nchannels:\n  fake: {type: fake}\n",
		"flows/hello.yaml": "flow: hello\nstart:\n  words: [hello]\nsteps:\n  - say: Welcome.\n",
	}
	dir := folder(t, files)
	var report syncBuffer
	b, err := New(t.Context(), Options{
		Dir: dir, Factories: []channels.Factory{factoryOf(p)}, Log: slog.New(slog.DiscardHandler), Reports: &report,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer stopTestBot(t, b)
	expect := func(id, want string) {
		t.Helper()
		mustPost(t, b, said("ann", id, "hello"))
		if m := p.take(t, 1); m[0].Text != want {
			t.Errorf("said %q, want %q", m[0].Text, want)
		}
	}
	edit := func(text string) error {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "flows", "hello.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := b.Reload(t.Context())
		return err
	}
	expect("1", "Welcome.")
	if err := edit(strings.Replace(files["flows/hello.yaml"], "say: Welcome.", "sya: Hi.", 1)); err == nil {
		t.Error("a broken flow was loaded")
	}
	if !strings.Contains(report.String(), "flows/hello.yaml:5") {
		t.Errorf("the report does not name the line:\n%s", report.String())
	}
	expect("2", "Welcome.")
	if err := edit(strings.Replace(files["flows/hello.yaml"], "Welcome.", "Hi again.", 1)); err != nil {
		t.Error(err)
	}
	expect("3", "Hi again.")
}

func TestBrokenBotFolderIsNotStarted(t *testing.T) {
	_, err := New(t.Context(), Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if e, ok := errors.AsType[*spec.Error](err); !ok || !e.Report.Failed() {
		t.Errorf("error %v, want the report", err)
	}
}
