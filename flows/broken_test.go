package flows

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/spec"
)

// TestEveryMistakeIsReportedWhereItIs loads the bot folders in testdata/broken.
// Each is a txtar file that says in its first lines what is wrong, has the files
// of a bot, and the whole report that a person would read; -update rewrites it. A
// bot.yaml that is not there is a plain one, unless the first lines say "no
// bot.yaml". Files named warn_… load, with warnings.
func TestEveryMistakeIsReportedWhereItIs(t *testing.T) {
	files, err := filepath.Glob("testdata/broken/*.txt")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d cases, %v; there must be 50 or more", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			folder := map[string]string{"bot.yaml": plainBot}
			if strings.Contains(string(archive.Comment), "no bot.yaml") {
				delete(folder, "bot.yaml")
			}
			want, others := "", archive.Files[:0:0]
			for _, f := range archive.Files {
				if f.Name == "report" {
					want = string(f.Data)
					continue
				}
				folder[f.Name] = string(f.Data)
				others = append(others, f)
			}
			dir, o := writeBot(t, folder), brokenOptions()
			if strings.Contains(string(archive.Comment), "missing is a warning") {
				o.MissingEnv = MissingEnvWarning
			}
			bot, report := Load(dir, o)
			if loads := strings.HasPrefix(name, "warn_"); loads != (bot != nil) {
				t.Errorf("loads is %v", bot != nil)
			}
			got := strings.NewReplacer(dir, "FOLDER", verbList(), "VERBS").Replace(text(t, report))
			if *update {
				archive.Files = append(others, txtar.File{Name: "report", Data: []byte(got)})
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("another report (-want +got):\n%s", diff)
			}
		})
	}
}

// verbList is how a report lists the verbs. The cases have VERBS in its place, so
// that a new verb changes none of them.
func verbList() string {
	var names []string
	for _, v := range verbs() {
		names = append(names, v.name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

const plainBot = "bot: shop\nchannels:\n  web: {type: webchat}\n"

// text writes a report as people read it.
func text(t testing.TB, r *spec.Report) string {
	t.Helper()
	var b strings.Builder
	if err := r.Text(&b, false); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// brokenOptions know types of channels that have settings of every form, and
// the handlers stock, which answers, and notify, which does not.
func brokenOptions() LoadOptions {
	text := expression.Of(expression.Text)
	return LoadOptions{
		Factories: []channels.Factory{
			{Type: "webchat", Summary: "A chat on a page.", Settings: []channels.Setting{
				{Name: "title", Kind: channels.SettingText, Doc: "Its title.", Example: "Acme"},
			}, Capabilities: func(*channels.Config) channels.Capabilities {
				can := channels.Capabilities{
					Media:    []channels.MediaKind{channels.Image, channels.Audio, channels.Video, channels.File},
					Location: true, Contact: true, Links: true,
				}
				can.Caption.Max, can.Buttons.Max, can.List.Max, can.List.Hint.Max = 4096, 8, 50, 160
				return can
			}},
			{Type: "telegram", Summary: "A Telegram bot.", Settings: []channels.Setting{
				{Name: "token", Kind: channels.SettingSecret, Required: true, Doc: "Its token.", Example: "${ env.TELEGRAM_TOKEN }"},
				{Name: "secret", Kind: channels.SettingSecret, Doc: "A secret.", Example: "${ env.TELEGRAM_SECRET }"},
				{Name: "api_url", Kind: channels.SettingURL, Default: "https://api.example.com", Doc: "Its API.", Example: "https://api.example.com"},
				{Name: "workers", Kind: channels.SettingInt, Default: "1", Doc: "How many.", Example: "4"},
				{Name: "quiet", Kind: channels.SettingBool, Default: "false", Doc: "No sound.", Example: "true"},
				{Name: "mode", Kind: channels.SettingEnum, Values: []string{"polling", "webhook"}, Default: "webhook", Doc: "A mode.", Example: "polling"},
				{Name: "admins", Kind: channels.SettingList, Doc: "People.", Example: "[ann, dana]"},
			}, Capabilities: func(*channels.Config) channels.Capabilities {
				c := channels.Capabilities{Text: channels.TextLimit{Max: 200, Unit: channels.UTF16}}
				c.Buttons.Max, c.Buttons.Label = 8, channels.TextLimit{Max: 20, Unit: channels.Runes}
				c.List.Max, c.List.Label = 10, channels.TextLimit{Max: 24, Unit: channels.Runes}
				return c
			}, DedupeWindow: time.Hour},
			{Type: "sms", Summary: "Plain text.", Capabilities: func(*channels.Config) channels.Capabilities { return channels.Capabilities{} }},
			{Type: "phone", Summary: "A messenger with a window.", Settings: []channels.Setting{
				{Name: "plain", Kind: channels.SettingBool, Default: "false", Doc: "Whether there are no templates.", Example: "true"},
			}, Capabilities: func(c *channels.Config) channels.Capabilities {
				text := func(n int) channels.TextLimit { return channels.TextLimit{Max: n, Unit: channels.UTF16} }
				can := channels.Capabilities{
					Text: text(200), WithOptions: text(60), Caption: text(40), Media: []channels.MediaKind{channels.Image, channels.Audio},
					Captions: []channels.MediaKind{channels.Image}, Location: true, Window: 24 * time.Hour, Template: !c.Bool("plain"),
				}
				can.Buttons.Max, can.Buttons.Label = 2, text(20)
				can.List.Max, can.List.Label, can.List.Hint = 3, text(24), text(30)
				return can
			}, DedupeWindow: time.Hour},
		},
		Env: func(name string) (string, bool) { return map[string]string{"TOKEN": "12:ab"}[name], name == "TOKEN" },
		Handlers: []HandlerInfo{
			{Name: "stock", With: expression.RecordOf(expression.Field{Name: "sku", Type: text}), Returns: expression.RecordOf(expression.Field{Name: "left", Type: expression.Of(expression.Int)}), Read: true},
			{Name: "notify", With: expression.RecordOf(expression.Field{Name: "text", Type: text})},
		},
	}
}
