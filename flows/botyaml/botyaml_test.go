package botyaml_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/parley-chat/parley/flows/botyaml"
)

var update = flag.Bool("update", false, "rewrite what is expected")

func telegram(name string) botyaml.Channel {
	return botyaml.Channel{Name: name, Type: "telegram", Settings: []botyaml.Setting{
		{Name: "token", Value: "${ env.TELEGRAM_TOKEN }"}, {Name: "secret", Value: "${ env.TELEGRAM_SECRET }"}, {Name: "keyboard", Value: "reply"},
	}}
}

// TestAChannelIsAddedWhereAPersonWouldPutIt: each file in testdata has a bot.yaml and
// what becomes of it; -update rewrites the latter.
func TestAChannelIsAddedWhereAPersonWouldPutIt(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d cases, %v", len(files), err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		src := string(archive.Files[0].Data)
		out, err := botyaml.AddChannel([]byte(src), telegram("tg"))
		got := string(out)
		if err != nil {
			got = err.Error() + "\n"
		}
		if *update {
			archive.Files = []txtar.File{archive.Files[0], {Name: "then", Data: []byte(got)}}
			if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if diff := cmp.Diff(string(archive.Files[1].Data), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
		// The same with the line ends of Windows, a byte order mark, and no last line end.
		windows := "\uFEFF" + strings.TrimSuffix(strings.ReplaceAll(src, "\n", "\r\n"), "\r\n")
		other, otherErr := botyaml.AddChannel([]byte(windows), telegram("tg"))
		if (err == nil) != (otherErr == nil) {
			t.Errorf("%s with other line ends: %v, not %v", file, otherErr, err)
			continue
		}
		if err == nil && strings.TrimSuffix(strings.ReplaceAll(strings.TrimPrefix(string(other), "\uFEFF"), "\r\n", "\n"), "\n") != strings.TrimSuffix(got, "\n") {
			t.Errorf("%s with other line ends:\n%q", file, other)
		}
		if err == nil && (!strings.HasPrefix(string(other), "\uFEFF") || strings.Count(string(other), "\n") != strings.Count(string(other), "\r\n")) {
			t.Errorf("%s: mixed line ends:\n%q", file, other)
		}
	}
}

// TestANameThatIsTakenIsRefused.
func TestANameThatIsTakenIsRefused(t *testing.T) {
	_, err := botyaml.AddChannel([]byte("bot: a\nchannels:\n  web: {type: webchat}\n"), telegram("web"))
	if !errors.Is(err, botyaml.ErrTaken) {
		t.Errorf("got %v", err)
	}
}

// TestValuesAreReadBackAsTheyWere, in a block and within { }.
func TestValuesAreReadBackAsTheyWere(t *testing.T) {
	for _, v := range []string{
		"word", "two words", "0123", "9900000017", "yes", "null", "~", "on", "true", "it's", `say "hi"`, `a\b`, "a: b", "a #b", "#a", "- a", "{a}", "[a]",
		"${ env.A }", "${ env.A ?? \"x\" }", "https://x.example:8443/a?b=c&d={e}", "http://127.0.0.1:8080", "ü 漢", "line\nbreak\ttab", "a,b", "@x", "!x", "&x", "*x", "%x", "x:", ":x", " x ", "",
	} {
		c := botyaml.Channel{Name: "tg", Type: "telegram", Settings: []botyaml.Setting{{Name: "a", Value: v}, {Name: "b", List: []string{v, "second"}}}}
		for _, src := range []string{"bot: a\n", "bot: a\nchannels:\n  web: {type: webchat}\n", "bot: a\nchannels: {web: {type: webchat}}\n"} {
			out, err := botyaml.AddChannel([]byte(src), c)
			if err != nil {
				t.Errorf("%q in %q: %v", v, src, err)
			} else if got := botyaml.Get(out, "channels", "tg", "a"); got != v {
				t.Errorf("%q is read back as %q:\n%s", v, got, out)
			}
		}
	}
}

// TestAKeyIsSetInItsPlace.
func TestAKeyIsSetInItsPlace(t *testing.T) {
	for src, want := range map[string]string{
		"# c\nbot: a   # name\nchannels: {}\n":              "# c\nbot: a   # name\npublic_url: https://x.example\nchannels: {}\n",
		"bot: a\npublic_url: \"\"  # where\nchannels: {}\n": "bot: a\npublic_url: https://x.example  # where\nchannels: {}\n",
		"bot: a\r\npublic_url: 'http://old'\r\n":            "bot: a\r\npublic_url: https://x.example\r\n",
		"{bot: a, channels: {}}\n":                          "{bot: a, channels: {}, public_url: https://x.example}\n",
		"channels:\n  web: {type: webchat}\nbot: a":         "channels:\n  web: {type: webchat}\nbot: a\npublic_url: https://x.example\n",
	} {
		out, err := botyaml.SetKey([]byte(src), "public_url", "https://x.example")
		if err != nil || string(out) != want {
			t.Errorf("%q becomes %q, want %q (%v)", src, out, want, err)
		}
	}
	for _, src := range []string{"bot: [", "channels: {}\n", "bot: a\npublic_url: [x]\n", ""} {
		if out, err := botyaml.SetKey([]byte(src), "public_url", "https://x.example"); !errors.Is(err, botyaml.ErrByHand) {
			t.Errorf("%q becomes %q, %v", src, out, err)
		}
	}
}

// FuzzAddChannel: whatever the file, it is refused or says what it said and the
// channel, which AddChannel checks itself; here that nothing panics and that what
// comes out takes no second channel of the name.
func FuzzAddChannel(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(archive.Files[0].Data)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		out, err := botyaml.AddChannel(src, telegram("tg"))
		if err != nil {
			return
		}
		if _, err := botyaml.AddChannel(out, telegram("tg")); !errors.Is(err, botyaml.ErrTaken) {
			t.Errorf("%q becomes %q: %v", src, out, err)
		}
		if _, err := botyaml.SetKey(out, "public_url", "https://x.example"); err != nil && !errors.Is(err, botyaml.ErrByHand) {
			t.Error(err)
		}
	})
}
