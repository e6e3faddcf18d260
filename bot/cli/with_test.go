package cli_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/bot/cli"
	"github.com/parley-chat/parley/flows/expression"
)

// TestCommandsKnowWhatTheProgramBringsAlong: a program with handlers of its own
// has commands that know them.
func TestCommandsKnowWhatTheProgramBringsAlong(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"bot.yaml": "bot: shop\nchannels:\n  web: {type: webchat, title: \"${ env.TITLE }\"}\n",
		"flows/stock.yaml": `flow: stock
start: {fallback: true}
steps:
  - do: stock
    with: {sku: "${ event.text }"}
    save: found
  - say: ${ found.left } of ${ event.text } are left.
`,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	options := bot.Options{
		Dir: dir,
		Env: func(name string) (string, bool) { return "Shop", name == "TITLE" },
		Handlers: []bot.Handler{{
			Name:    "stock",
			With:    expression.RecordOf(expression.Field{Name: "sku", Type: expression.Of(expression.Text)}),
			Returns: expression.RecordOf(expression.Field{Name: "left", Type: expression.Of(expression.Int)}),
			Call: func(_ context.Context, c bot.HandlerCall) (any, error) {
				var with struct{ Sku string }
				err := c.Decode(&with)
				return map[string]int{"left": len(with.Sku)}, err
			},
		}},
	}
	run := func(in string, with []cli.Option, args ...string) (string, int) {
		var out bytes.Buffer
		code := cli.Run(t.Context(), args, strings.NewReader(in), &out, &out, with...)
		return out.String(), code
	}
	own := []cli.Option{cli.With(options)}
	if out, code := run("", nil, "check", dir); code != 1 || !strings.Contains(out, `"stock"`) {
		t.Errorf("without the handler check ends with %d:\n%s", code, out)
	}
	if out, code := run("", own, "check", dir); code != 0 || out != "No mistakes found.\n" {
		t.Errorf("check ends with %d:\n%s", code, out)
	}
	// The folder is that of the program, unless another one is named.
	if out, code := run("", own, "check"); code != 0 || out != "No mistakes found.\n" {
		t.Errorf("check of the program's folder ends with %d:\n%s", code, out)
	}
	if out, code := run("", own, "check", t.TempDir()); code != 1 {
		t.Errorf("check of an empty folder ends with %d:\n%s", code, out)
	}
	if out, code := run("A-17\n", own, "chat"); code != 0 || !strings.Contains(out, "bot: 4 of A-17 are left.") {
		t.Errorf("chat ends with %d:\n%s", code, out)
	}
	options.Listen, options.State = "127.0.0.1:0", "memory:"
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	serving := &until{text: "Parley is running", then: cancel}
	var errOut bytes.Buffer
	if code := cli.Run(ctx, []string{"serve"}, strings.NewReader(""), serving, &errOut, cli.With(options)); code != 0 || !strings.Contains(errOut.String(), "store=memory") {
		t.Errorf("serve ends with %d:\n%s%s", code, serving.String(), errOut.String())
	}
	if out, code := run("", own, "explain", dir, "A-17"); code != 0 || !strings.Contains(out, "taken by: flow stock") {
		t.Errorf("explain ends with %d:\n%s", code, out)
	}
}

// until is a buffer that does something once it has a text.
type until struct {
	bytes.Buffer
	text string
	then func()
}

func (u *until) Write(b []byte) (int, error) {
	n, err := u.Buffer.Write(b)
	if strings.Contains(u.String(), u.text) {
		u.then()
	}
	return n, err
}
