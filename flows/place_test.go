package flows_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/parley-chat/parley/flows"
)

func TestPlaceIsReadWhateverElseIsWrong(t *testing.T) {
	env := func(name string) (string, bool) {
		return "redis://kept", name == "STORE"
	}
	for name, c := range map[string]struct {
		bot  string
		want flows.Place
		says string // of the report; "" when it is fine
	}{
		"other keys are wrong": {
			"bot: shop\nstate: file:kept\nchanels: {}\nlanguage: [1]\nchannels: {x: {type: nope, token: '${ env.NOT_SET }'}}\n",
			flows.Place{Bot: "shop", State: "file:kept"}, "",
		},
		"a key twice":       {"bot: shop\nlimits: {}\nlimits: {}\n", flows.Place{Bot: "shop", State: "file:data"}, ""},
		"from the variable": {"bot: shop\nstate: ${ env.STORE }\n", flows.Place{Bot: "shop", State: "redis://kept"}, ""},
		"not set":           {"bot: shop\nstate: ${ env.NOT_SET }\n", flows.Place{}, "NOT_SET is not set"},
		"no name":           {"state: file:kept\n", flows.Place{}, `"bot"`},
		"no address":        {"bot: shop\nstate: kept\n", flows.Place{}, "not the address of a store"},
		"no YAML":           {"bot: shop\nstate: {\n", flows.Place{}, "bot.yaml"},
		"no file":           {"", flows.Place{}, "no bot.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if c.bot != "" {
				if err := os.WriteFile(filepath.Join(dir, "bot.yaml"), []byte(c.bot), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			got, report := flows.LoadPlace(dir, flows.LoadOptions{Env: env})
			if c.says == "" && (report.Failed() || !reflect.DeepEqual(got, c.want)) {
				t.Fatalf("got %+v, want %+v: %v", got, c.want, report.Err())
			}
			if c.says == "" {
				return
			}
			var text strings.Builder
			if err := report.Text(&text, false); err != nil || !report.Failed() || !strings.Contains(text.String(), c.says) {
				t.Errorf("failed %v, does not say %q:\n%s", report.Failed(), c.says, text.String())
			}
		})
	}
}
