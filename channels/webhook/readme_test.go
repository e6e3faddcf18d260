package webhook_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/webhook"
	"github.com/parley-chat/parley/flows"
)

// blocks are those of the README in a language.
func blocks(t *testing.T, language string) []string {
	t.Helper()
	var out []string
	for _, m := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(string(read(t, "README.md")), -1) {
		out = append(out, m[1])
	}
	return out
}

// loaded reads a block as the bot.yaml of a bot.
func loaded(t *testing.T, block string) channeltest.Spec {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "flows"), os.DirFS("../../examples/hello/flows")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "bot.yaml"), []byte("bot: sample\n"+block), 0o644); err != nil {
		t.Fatal(err)
	}
	bot, report := flows.Load(dir, flows.LoadOptions{
		Factories: []channels.Factory{webhook.Factory()},
		Env:       func(name string) (string, bool) { return "marked-" + strings.ToLower(name), true },
	})
	if bot == nil {
		t.Fatalf("%v", report.Diagnostics())
	}
	c := bot.Channels[0]
	return channeltest.Spec{Factory: c.Factory, Settings: c.Config, Lists: c.Lists}
}

// TestReadmeConnectsTheCRM does what the first section says, with its samples.
func TestReadmeConnectsTheCRM(t *testing.T) {
	samples := blocks(t, "json")
	s := loaded(t, blocks(t, "yaml")[0])
	came := func(body string) []channels.Event {
		r := post(body)
		r.Header.Set("X-CRM-Token", "marked-crm_webhook_secret")
		return events(t, s, r)
	}
	got := came(samples[0])
	if len(got) != 1 || got[0].Kind != channels.KindMessage || got[0].Conversation != "90210" || got[0].Text != "Where is my parcel?" ||
		got[0].DedupeID != "message:M-1" || got[0].Time.IsZero() || got[0].Data["customer"] != "C-17" {
		t.Errorf("%+v", got)
	}
	if d := cmp.Diff(channels.Sender{ID: "C-17", Name: "Dana", Phone: "+15550100017"}, got[0].Sender); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]channels.Media{{Kind: channels.Image, URL: "https://files.crm.example.test/1.jpg", MIME: "image/jpeg"}}, got[0].Media); d != "" {
		t.Error(d)
	}
	if got = came(strings.Replace(samples[0], `"agent": null`, `"agent": "grace"`, 1)); len(got) != 2 || got[0].Kind != channels.KindAssigned {
		t.Errorf("%+v", got)
	}
	if got = came(strings.Replace(samples[0], `"button": null`, `"button": {"id": "track", "label": "Track"}`, 1)); got[0].Choice == nil || got[0].Choice.ID != "track" {
		t.Errorf("%+v", got)
	}
	if got = came(samples[1]); len(got) != 1 || got[0].Kind != channels.KindClosed || got[0].Conversation != "90210" {
		t.Errorf("%+v", got)
	}
	if code := status(t, channel(t, s, ""), post(samples[0])); code != http.StatusUnauthorized {
		t.Errorf("without the secret: %d", code)
	}

	api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusCreated, samples[3]), "Authorization")
	receipt, err := channel(t, s, api.URL).Send(t.Context(), &channels.Message{
		Conversation: "90210", Text: "One moment, please.", Ref: "00112233445566778899aabbccddeeff",
	})
	if err != nil || receipt.MessageID != "M-2" {
		t.Fatalf("%+v, %v", receipt, err)
	}
	sent := api.Sent()[0]
	if sent.Method != http.MethodPost || sent.Path != "/tickets/90210/messages" || sent.Header["Authorization"] != "Bearer marked-crm_api_key" {
		t.Errorf("%+v", sent)
	}
	if d := cmp.Diff(tree(t, json.RawMessage(samples[2])), tree(t, sent.Body)); d != "" {
		t.Error(d)
	}
}

// TestReadmeSpeaksTheStandard: the samples of the preset are what comes and goes.
func TestReadmeSpeaksTheStandard(t *testing.T) {
	samples := blocks(t, "json")
	s := loaded(t, blocks(t, "yaml")[1])
	r := post(samples[4])
	sign(r, "marked-shop_webhook_secret")
	e := events(t, s, r)[0]
	if e.Kind != channels.KindMessage || e.DedupeID != "message:m-1" || len(e.Media) != 1 || e.Location == nil || len(e.Contacts) != 1 || e.Data["order"] != "A-17" {
		t.Errorf("%+v", e)
	}
	s.Settings["verify"] = "off"
	api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, `{"id":"out-7"}`))
	caps := s.Factory.Capabilities(&channels.Config{Values: s.Settings, Lists: s.Lists})
	m := channels.Render(caps, channels.Reply{Text: "What would you like?", Options: []channels.Option{
		{ID: "track", Label: "Track an order"}, {ID: "return", Label: "Return something"},
	}})[0]
	m.Conversation, m.Account, m.Ref = "p-17", "shop", "00112233445566778899aabbccddeeff"
	if _, err := channel(t, s, api.URL).Send(t.Context(), &m); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(tree(t, json.RawMessage(samples[5])), tree(t, api.Sent()[0].Body)); d != "" {
		t.Error(d)
	}
}

// TestReadmeBlocksLoad loads every bot.yaml of the README, as the bot does.
func TestReadmeBlocksLoad(t *testing.T) {
	all := blocks(t, "yaml")
	if len(all) < 4 {
		t.Fatalf("%d blocks", len(all))
	}
	for _, block := range all {
		s := loaded(t, block)
		if c := s.Factory.Capabilities(&channels.Config{Values: s.Settings, Lists: s.Lists}); strings.Contains(block, "send_buttons") && c.Buttons.Max != 3 {
			t.Errorf("%+v", c)
		}
	}
}

func TestReadmeNamesEverySettingAndPreset(t *testing.T) {
	text := string(read(t, "README.md"))
	for _, s := range webhook.Factory().Settings {
		if !strings.Contains(text, "`"+s.Name+"`") {
			t.Errorf("README.md does not name %s", s.Name)
		}
		for _, v := range s.Values {
			if s.Name == "preset" && v != "none" && !strings.Contains(text, "| `"+v+"` |") {
				t.Errorf("README.md does not list the preset %s", v)
			}
		}
	}
}

// TestExamplesOfSettingsAreRead: what the reference shows for each is right.
func TestExamplesOfSettingsAreRead(t *testing.T) {
	for _, setting := range webhook.Factory().Settings {
		if setting.Name == "type" || setting.Kind == channels.SettingSecret || setting.Name == "mode" || strings.HasPrefix(setting.Name, "verify") {
			continue
		}
		t.Run(setting.Name, func(t *testing.T) {
			lines := map[string]string{
				"verify": "off", "conversation": "chat", "text": "text", "api_url": "https://x.example.test", "api_key": "${ env.KEY }", "handshake": "c",
				"send": `'POST /s {"t": "{text}"}'`,
			}
			lines[setting.Name] = setting.Example
			block := "channels:\n  x:\n    type: webhook\n"
			for name, value := range lines {
				block += "    " + name + ": " + value + "\n"
			}
			loaded(t, block)
		})
	}
}
