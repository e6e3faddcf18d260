package spec

import (
	"bytes"
	"strings"
	"testing"
)

func TestHiddenRunsAreNeverShown(t *testing.T) {
	src := "token: hunter2swordfish #4\n"
	r := NewReport()
	r.Hide("bot.yaml", 1, 8, 27, "hunter2swordfish #4")
	r.Error(Pos{File: r.File("bot.yaml"), Line: 1, Column: 8}, "E999", `Write "hunter2swordfish #4".`, "it is %q, or hunter2sword", "swordfish")
	Parse(r, "bot.yaml", []byte(src))
	var text, data, sarif bytes.Buffer
	if err := r.Text(&text, false); err != nil {
		t.Fatal(err)
	}
	if err := r.JSON(&data); err != nil {
		t.Fatal(err)
	}
	if err := r.SARIF(&sarif); err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{text.String(), data.String(), sarif.String(), r.Err().Error()} {
		for _, part := range []string{"hunter2", "swordfish", "#4"} {
			if strings.Contains(out, part) {
				t.Errorf("%q is in:\n%s", part, out)
			}
		}
	}
	if want := "    1 | token: •••••••••••••••••••\n"; !strings.Contains(text.String(), want) {
		t.Errorf("there is no %q in:\n%s", want, text.String())
	}
}

func TestHiddenRunsLeaveOtherLinesAlone(t *testing.T) {
	r := NewReport()
	r.Hide("bot.yaml", 1, 8, 12, "shop")
	r.Error(Pos{File: r.File("bot.yaml"), Line: 2, Column: 1}, "E999", "", `there is no "shop"`)
	if got := r.Diagnostics()[0].Message; got != `there is no "shop"` {
		t.Errorf("the message is %q", got)
	}
}
