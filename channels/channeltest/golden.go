package channeltest

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-chat/parley/channels/corpus"
)

// A file is one case of testdata.
type file struct {
	name, golden string
	body         []byte
}

// payloads reads testdata/inbound in order. The lines of a form are its fields.
func (s Spec) payloads(t testing.TB) []file {
	t.Helper()
	if !s.Inbound.Form {
		return files(t, "inbound", ".json")
	}
	forms := files(t, "inbound", ".form")
	for i, f := range forms {
		forms[i].body = corpus.Form(f.body)
	}
	return forms
}

// files reads testdata/<folder>/*<ending> in order.
func files(t testing.TB, folder, ending string) []file {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", folder, "*"+ending))
	if err != nil {
		t.Fatal(err)
	}
	var out []file
	for _, p := range paths {
		body, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		base := strings.TrimSuffix(p, ending)
		out = append(out, file{name: filepath.Base(base), golden: base + ".golden", body: body})
	}
	return out
}

// compare compares a value as JSON with a golden file, or writes it.
func (s Spec) compare(t *testing.T, f file, value any) {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(value); err != nil {
		t.Fatal(err)
	}
	got := s.redact(b.String())
	if s.Update {
		if err := os.WriteFile(f.golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(f.golden)
	if err != nil {
		t.Fatalf("%v; -update writes it", err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("differs from %s (-update rewrites it):\n%s", f.golden, d)
	}
}
