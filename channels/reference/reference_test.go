package reference_test

import (
	"bytes"
	"flag"
	"io/fs"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/builtin"
	"github.com/parley-chat/parley/channels/reference"
)

var update = flag.Bool("update", false, "write channels/REFERENCE.md")

// TestReferenceIsGenerated: REFERENCE.md says what the channels say; -update writes it.
func TestReferenceIsGenerated(t *testing.T) {
	const name = "../REFERENCE.md"
	var want bytes.Buffer
	if err := reference.Write(&want, builtin.Factories()); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(name, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(want.String(), "\n"), strings.Split(string(got), "\n")); diff != "" {
		t.Errorf("%s is out of date; run make reference (-want +got):\n%s", name, diff)
	}
}

// TestEveryLimitHasASource: a type of channel with a platform behind it says where its
// limits are written down, and names nothing that its own folder does not.
func TestEveryLimitHasASource(t *testing.T) {
	for _, f := range builtin.Factories() {
		if len(f.Sources) == 0 && f.Type != "webchat" && f.Type != "terminal" { // these are Parley's own
			t.Errorf("%s has no sources", f.Type)
		}
		folder := texts(t, "../"+f.Type) + texts(t, "../meta")
		for _, s := range f.Sources {
			u, err := url.Parse(s.URL)
			if s.Fact == "" || err != nil || s.URL != "" && (u.Scheme != "https" || u.Host == "") {
				t.Errorf("%s: %+v", f.Type, s)
			}
			// A page below one that is named there, such as …/overview, is written as …/overview.
			site, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
			if !strings.Contains(folder, path.Join(u.Host, site)) {
				t.Errorf("%s: nothing else in the folder names %s", f.Type, s.URL)
			}
		}
	}
}

// texts are the sources and the README of a folder, but for the list itself.
func texts(t *testing.T, folder string) string {
	t.Helper()
	var b strings.Builder
	root := os.DirFS(folder)
	names, err := fs.Glob(root, "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if ext := path.Ext(name); name == "sources.go" || ext != ".go" && ext != ".md" {
			continue
		}
		data, err := fs.ReadFile(root, name)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(data)
	}
	return b.String()
}

// TestVariantsAreWrittenWithSettings that exist, and no two show the same.
func TestVariantsAreWrittenWithSettings(t *testing.T) {
	for _, f := range builtin.Factories() {
		names := map[string]bool{}
		for _, v := range f.Variants {
			if v.Name == "" || names[v.Name] {
				t.Errorf("%s: two variants named %q, or none", f.Type, v.Name)
			}
			names[v.Name] = true
			for name, value := range v.Values {
				i := slices.IndexFunc(f.Settings, func(s channels.Setting) bool { return s.Name == name })
				if i < 0 || f.Settings[i].Kind == channels.SettingEnum && !slices.Contains(f.Settings[i].Values, value) {
					t.Errorf("%s %s: no setting %s: %s", f.Type, v.Name, name, value)
				}
			}
		}
	}
}

// TestAVariantThatIsNoChannelIsAnError.
func TestAVariantThatIsNoChannelIsAnError(t *testing.T) {
	f := builtin.Factories()[0]
	f.Variants = []channels.Variant{{Name: "broken", Values: map[string]string{"api_url": ""}}}
	if err := reference.Write(&bytes.Buffer{}, []channels.Factory{f}); err == nil || !strings.Contains(err.Error(), f.Type+" broken") {
		t.Error(err)
	}
}
