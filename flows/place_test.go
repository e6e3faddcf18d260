package flows_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

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

// What is wrong with media: keeps nobody from the conversations, and is told to who
// wants the media.
func TestPlaceOfMedia(t *testing.T) {
	for name, c := range map[string]struct {
		media string
		want  flows.Media
		says  string
	}{
		"none":   {"", flows.Media{}, ""},
		"folder": {"media: {max_size: 2 MB, types: [image/*], keep: 7d, link_time: 1h, secret: 0123456789abcdef}\n", flows.Media{MaxSize: 2 << 20, Types: []string{"image/*"}, Keep: 7 * 24 * time.Hour, LinkTime: time.Hour, Secret: "0123456789abcdef"}, ""},
		"bucket": {
			"media: {s3: {endpoint: 'https://s3.example.com/', bucket: b, access_key: '${ env.KEY }', secret_key: '${ env.KEY }', path_style: true}}\n",
			flows.Media{S3: &flows.Bucket{Endpoint: "https://s3.example.com/", Region: "us-east-1", Name: "b", AccessKey: "of env", SecretKey: "of env", PathStyle: new(true)}}, "",
		},
		"variable": {"media: {s3: {endpoint: 'https://s3.example.com', bucket: b, access_key: '${ env.NONE }', secret_key: s3cret}}\n", flows.Media{}, "NONE is not set"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "bot.yaml"), []byte("bot: shop\n"+c.media), 0o600); err != nil {
				t.Fatal(err)
			}
			got, report := flows.LoadPlace(dir, flows.LoadOptions{Env: func(name string) (string, bool) { return "of env", name == "KEY" }})
			if report.Failed() || got.Bot != "shop" || got.State != "file:data" {
				t.Fatalf("%+v, %v", got, report.Err())
			}
			switch {
			case c.says == "" && (got.MediaError != nil || !reflect.DeepEqual(got.Media, c.want)):
				t.Errorf("%+v, %v", got.Media, got.MediaError)
			case c.says != "" && (got.MediaError == nil || !strings.Contains(got.MediaError.Error(), c.says) || strings.Contains(got.MediaError.Error(), "s3cret")):
				t.Errorf("%v", got.MediaError)
			}
		})
	}
}
