package channeltest

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/parley-chat/parley/channels"
)

// testSettings says that a factory describes itself well enough for errors,
// schema and reference, and that a channel never starts open by accident.
func (s Spec) testSettings(t *testing.T) {
	t.Run("described", s.testDescribed)
	if s.Inbound != nil {
		t.Run("closed by default", s.testClosed)
	}
}

func (s Spec) testDescribed(t *testing.T) {
	f := s.Factory
	if f.Type == "" || f.Summary == "" || f.New == nil || f.Capabilities == nil {
		t.Error("a factory has a type, a summary, capabilities and New")
	}
	if s.Inbound != nil && f.DedupeWindow <= 0 {
		t.Error("a channel with webhooks has a dedupe window")
	}
	name := regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	seen := map[string]bool{}
	for _, set := range f.Settings {
		if !name.MatchString(set.Name) || seen[set.Name] {
			t.Errorf("setting %q is not one name in snake case", set.Name)
		}
		seen[set.Name] = true
		if set.Doc == "" || set.Example == "" {
			t.Errorf("setting %q has no doc or no example", set.Name)
		}
		if set.Required && set.Default != "" {
			t.Errorf("setting %q is required and has a default", set.Name)
		}
		if enum := set.Kind == channels.SettingEnum; enum != (len(set.Values) > 0) {
			t.Errorf("setting %q: an enum, and only an enum, has values", set.Name)
		} else if enum && set.Default != "" && !slices.Contains(set.Values, set.Default) {
			t.Errorf("setting %q: the default is none of its values", set.Name)
		}
	}
	s.testSetup(t, seen)
	if s.API != nil && !seen["api_url"] {
		t.Error("a channel with an API has the setting api_url")
	}
	for k := range s.Settings {
		if !seen[k] {
			t.Errorf("the spec sets %q, which is no setting", k)
		}
	}
}

// testSetup says that what is left to a person names only what there is.
func (s Spec) testSetup(t *testing.T, settings map[string]bool) {
	text := ""
	if s.Factory.Setup != nil {
		text = s.Factory.Setup(s.config(t, "", nil))
	}
	for _, m := range regexp.MustCompile(`\{([^}]*)\}`).FindAllStringSubmatch(text, -1) {
		if m[1] != "webhook" && !settings[m[1]] {
			t.Errorf("Setup has {%s}, which is no setting", m[1])
		}
	}
}

// testClosed says that a channel without its secret does not start, unless
// verify: off is written out.
func (s Spec) testClosed(t *testing.T) {
	_, err := s.Factory.New(s.config(t, "", map[string]string{s.Inbound.Setting: ""}))
	if err == nil {
		t.Fatal("starts without the secret of its webhooks")
	}
	if !strings.Contains(err.Error(), s.Inbound.Setting) {
		t.Errorf("the error does not name the setting: %v", err)
	}
	s.noSecrets(t, "the error", err.Error())
	c, err := s.Factory.New(s.config(t, "", map[string]string{s.Inbound.Setting: "", "verify": "off"}))
	if err != nil {
		t.Fatalf("has no setting verify, or does not start with verify: off and no secret: %v", err)
	}
	r := s.request(s.payloads(t)[0].body)
	if _, err := c.Receive(t.Context(), r); err != nil {
		t.Errorf("verify: off refuses an unsigned webhook: %v", err)
	}
}
