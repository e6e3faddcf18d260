package envfile_test

import (
	"maps"
	"os/exec"
	"strings"
	"testing"

	"github.com/parley-chat/parley/flows/envfile"
	"github.com/parley-chat/parley/flows/spec"
)

// TestReadTakesWhatAShellTakes.
func TestReadTakesWhatAShellTakes(t *testing.T) {
	src := "# a comment\n\n  TOKEN=123:abc   # of the bot\nexport NAME='two words # and more'\n" +
		`QUOTED="a \"b\" \\ \$5 c"` + "\r\nEMPTY=\nHASH=a#b\nURL=https://x.example/?a=b\n"
	r := spec.NewReport()
	got := envfile.Read(r, []byte("\xEF\xBB\xBF"+src))
	want := map[string]string{
		"TOKEN": "123:abc", "NAME": "two words # and more", "QUOTED": `a "b" \ $5 c`, "EMPTY": "", "HASH": "a#b", "URL": "https://x.example/?a=b",
	}
	if len(r.Diagnostics()) > 0 || !maps.Equal(got, want) {
		t.Errorf("%q, %v", got, r.Diagnostics())
	}
}

// TestSetIsReadBackAndLeavesTheRest, by this package and by a shell.
func TestSetIsReadBackAndLeavesTheRest(t *testing.T) {
	for _, value := range []string{"123:abc", "two words", `it's`, `"`, `a\b$HOME'` + "`x`", "", "#1", "a=b", "ü 漢"} {
		for _, src := range []string{"", "# first\nA=1\nX=old   # note\nB='2'\n", "A=1", "A=1\r\nX=old\r\nB=2\r\n"} {
			out := envfile.Set([]byte(src), "X", value)
			r := spec.NewReport()
			got, before := envfile.Read(r, out), envfile.Read(spec.NewReport(), []byte(src))
			if before == nil {
				before = map[string]string{}
			}
			before["X"] = value
			if len(r.Diagnostics()) > 0 || !maps.Equal(got, before) {
				t.Errorf("%q set to %q in %q: %q, %v", "X", value, src, got, r.Diagnostics())
			}
			if strings.Contains(src, "\r") != strings.Contains(string(out), "\r") || strings.Count(string(out), "\r") > strings.Count(string(out), "\n") {
				t.Errorf("other line ends: %q", out)
			}
			if sh, err := exec.LookPath("sh"); err == nil && !strings.Contains(src, "\r") {
				said, err := exec.CommandContext(t.Context(), sh, "-c", string(out)+"printf %s \"$X\"").Output()
				if err != nil || string(said) != value {
					t.Errorf("a shell reads %q from %q: %v", said, out, err)
				}
			}
		}
	}
}

// FuzzRead: no file makes it panic, and what it reads can be written again.
func FuzzRead(f *testing.F) {
	f.Add([]byte("A=1\nB='x\nC=\"\\\"$x\"\n=\nexport\n"))
	f.Add([]byte("TOKEN=12345678901234567890 12345678901234567890"))
	f.Fuzz(func(t *testing.T, src []byte) {
		r := spec.NewReport()
		got := envfile.Read(r, src)
		if len(r.Diagnostics()) > 0 {
			return
		}
		for name, value := range got {
			if strings.ContainsAny(value, "\r\n") {
				t.Errorf("%s spans lines: %q", name, value)
			}
			again := envfile.Read(spec.NewReport(), envfile.Set(src, name, value))
			if !maps.Equal(again, got) {
				t.Errorf("setting %s to what it is changes %q into %q", name, got, again)
			}
		}
	})
}
