package builtin_test

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/builtin"
)

// TestFactoriesListsEveryChannel reads the folders next to this one: each that
// exports a Factory is a channel, and its name is its type.
func TestFactoriesListsEveryChannel(t *testing.T) {
	listed := map[string]bool{}
	for _, f := range builtin.Factories() {
		if listed[f.Type] {
			t.Errorf("%s is listed twice", f.Type)
		}
		listed[f.Type] = true
	}
	found := map[string]bool{}
	eachSource(t, func(name, source string) {
		if strings.Contains(source, "\nfunc Factory() channels.Factory {") {
			found[path.Dir(name)] = true
		}
	})
	for name := range found {
		if !listed[name] {
			t.Errorf("channel %s is not in the list", name)
		}
	}
	for name := range listed {
		if !found[name] {
			t.Errorf("%s has no folder of its name with a Factory", name)
		}
	}
}

// TestSecretsAreComparedInOnePlace says that nothing but channels.Equal compares
// secrets by itself.
func TestSecretsAreComparedInOnePlace(t *testing.T) {
	eachSource(t, func(name, source string) {
		if name == "http.go" || strings.HasSuffix(name, "_test.go") {
			return
		}
		for _, word := range []string{`"crypto/subtle"`, "hmac.Equal("} {
			if strings.Contains(source, word) {
				t.Errorf("%s compares by %s; use channels.Equal", name, word)
			}
		}
	})
}

// TestChannelsKeepNoGlobalState says that channels register nowhere.
func TestChannelsKeepNoGlobalState(t *testing.T) {
	eachSource(t, func(name, source string) {
		if strings.Contains(source, "\nfunc init()") {
			t.Errorf("%s has an init", name)
		}
	})
}

// eachSource visits every Go file of the channels.
func eachSource(t *testing.T, visit func(name, source string)) {
	t.Helper()
	root := os.DirFS("..")
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".go" {
			return err
		}
		b, err := fs.ReadFile(root, name)
		visit(name, string(b))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestSomebodySaysWhereWebhooksGo: what no channel of a type registers by itself is
// said to a person, with the address.
func TestSomebodySaysWhereWebhooksGo(t *testing.T) {
	without := []string{"chatapi", "greenapi", "telegram", "viber", "twilio", "discord", "line", "webchat", "terminal"} // they register, or have no webhook
	for _, f := range builtin.Factories() {
		text := ""
		if f.Setup != nil {
			text = f.Setup(&channels.Config{Values: map[string]string{}})
		}
		if says := strings.Contains(text, "{webhook}"); says == slices.Contains(without, f.Type) {
			t.Errorf("%s: %q", f.Type, text)
		}
	}
}
