package innopaas_test

import (
	"log/slog"
	"maps"
	"strings"
	"testing"

	"github.com/parley-chat/parley/channels"
)

func TestNewRefusesSettingsThatCannotWork(t *testing.T) {
	for name, c := range map[string]struct {
		changes map[string]string
		hosts   []string
		setting string
	}{
		"a line in the token":        {changes: map[string]string{"token": "a\nb"}, setting: "token"},
		"a blank before the key":     {changes: map[string]string{"app_key": " a"}, setting: "app_key"},
		"a blank behind the token":   {changes: map[string]string{"webhook_token": "a "}, setting: "webhook_token"},
		"letters no header has":      {changes: map[string]string{"webhook_user": "Zoë"}, setting: "webhook_user"},
		"a query in the address":     {changes: map[string]string{"api_url": "https://api.example.test?x=1"}, setting: "api_url"},
		"no label of the list":       {changes: map[string]string{"list_button": ""}, setting: "list_button"},
		"a long label of the list":   {changes: map[string]string{"list_button": strings.Repeat("x", 21)}, setting: "list_button"},
		"a host without a scheme":    {hosts: []string{"media.example.test"}, setting: "media_hosts"},
		"a host with a path":         {hosts: []string{"https://media.example.test/x"}, setting: "media_hosts"},
		"a host with a user":         {hosts: []string{"https://me@media.example.test"}, setting: "media_hosts"},
		"a host of another protocol": {hosts: []string{"ftp://media.example.test"}, setting: "media_hosts"},
	} {
		s := with(map[string]string{"list_button": "Options", "api_url": "https://api.example.test"})
		maps.Copy(s.Settings, c.changes)
		_, err := s.Factory.New(&channels.Config{
			Name: "x", Values: s.Settings, Lists: map[string][]string{"media_hosts": c.hosts}, HTTP: channels.NewClient(), Log: slog.New(slog.DiscardHandler),
		})
		if err == nil || !strings.Contains(err.Error(), `"`+c.setting+`"`) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
