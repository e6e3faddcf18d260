package bot_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows"
)

// TestATemplateStaysWhereNothingElseIsSaid: in the open window one with a text gives way to
// it, and one without is sent, in a simulation as in a bot that runs.
func TestATemplateStaysWhereNothingElseIsSaid(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"bot.yaml": "bot: shop\nchannels:\n  phone: {type: phone}\n",
		"flows/a.yaml": "flow: a\nstart: {fallback: true}\nsteps:\n" +
			"  - say: {text: Hello, template: {name: hello}}\n  - say: {template: {name: form}}\n" +
			"  - wait: 23h59m30s\n  - say: {text: Still there, template: {name: still}}\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b, report := flows.Load(dir, flows.LoadOptions{Factories: []channels.Factory{{
		Type: "phone", Summary: "A messenger with a window.", DedupeWindow: time.Hour,
		Capabilities: func(*channels.Config) channels.Capabilities {
			return channels.Capabilities{Template: true, Window: 24 * time.Hour}
		},
	}}})
	if b == nil {
		t.Fatal(report.Err())
	}
	s, err := bot.NewSimulation(b, "", bot.Options{Now: func() time.Time { return time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC) }})
	if err != nil {
		t.Fatal(err)
	}
	m, err := s.Take(t.Context(), channels.Event{Kind: channels.KindMessage, Text: "hi"})
	if err != nil {
		t.Fatal(err)
	}
	later, err := s.Advance(t.Context(), 24*time.Hour)
	if err != nil || len(later) != 1 {
		t.Fatalf("%+v, %v", later, err)
	}
	all := append(m.Messages, later[0].Messages...)
	if len(all) != 3 || all[0].Text != "Hello" || all[0].Template != nil || all[1].Template == nil || all[1].Template.Name != "form" ||
		all[2].Template == nil || all[2].Template.Name != "still" || all[2].Text != "" {
		t.Errorf("%+v", all)
	}
}
