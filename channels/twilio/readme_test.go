package twilio_test

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/twilio"
	"github.com/parley-chat/parley/flows"
)

// A template as the README has it made.
type template struct {
	Name      string            `json:"friendly_name"`
	Variables map[string]string `json:"variables"`
	Types     map[string]struct {
		Body    string
		Button  string
		Actions []struct{ Title, ID string }
		Items   []struct{ Item, ID string }
	} `json:"types"`
}

// TestTheSettingsOfTheReadmeLoad makes both channels of its bot.yaml.
func TestTheSettingsOfTheReadmeLoad(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "flows"), os.DirFS("../../examples/hello/flows")); err != nil {
		t.Fatal(err)
	}
	block := "bot: sample\n" + strings.ReplaceAll(block(t, "yaml"), "\n   ", "\n")
	if err := os.WriteFile(filepath.Join(dir, "bot.yaml"), []byte(block), 0o644); err != nil {
		t.Fatal(err)
	}
	bot, report := flows.Load(dir, flows.LoadOptions{
		Factories: []channels.Factory{twilio.Factory()},
		Env:       func(name string) (string, bool) { return "marked-" + name, true },
	})
	if bot == nil {
		t.Fatalf("%v", report.Diagnostics())
	}
	for i, window := range []bool{false, true} {
		c := bot.Channels[i]
		s := channeltest.Spec{Factory: c.Factory, Settings: c.Config, Lists: c.Lists}
		channel(t, s, "")
		if caps := c.Factory.Capabilities(&channels.Config{Values: c.Config, Lists: c.Lists}); (caps.Window > 0) != window {
			t.Errorf("%s: %+v", c.Name, caps)
		}
	}
}

// block is the first of the README in a language.
func block(t *testing.T, language string) string {
	t.Helper()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?s)```" + language + "\n *(.*?)```").FindStringSubmatch(string(readme))
	if m == nil {
		t.Fatalf("the README has no block of %s", language)
	}
	return m[1]
}

// made runs the script of the README with a curl that prints what it would post.
func made(t *testing.T) map[string]template {
	t.Helper()
	const curl = `curl() { for last; do :; done; printf '%s\n' "$last"; }` + "\n"
	out, err := exec.CommandContext(t.Context(), "sh", "-euc", "TWILIO_ACCOUNT_SID=x TWILIO_AUTH_TOKEN=x\n"+curl+block(t, "sh")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	templates := map[string]template{}
	for line := range strings.Lines(string(out)) {
		var made template
		if err := json.Unmarshal([]byte(line), &made); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		templates[made.Name] = made
	}
	return templates
}

// TestTheTemplatesOfTheReadmeTakeWhatIsSent fills the templates with the variables that
// Send gives: each label and each id is where it belongs.
func TestTheTemplatesOfTheReadmeTakeWhatIsSent(t *testing.T) {
	templates := made(t)
	if len(templates) != 3+10 {
		t.Fatalf("%d templates", len(templates))
	}
	s := spec()
	for n := byte(5); n <= 10; n++ {
		s.Lists["list_contents"] = append(s.Lists["list_contents"], content(10+n))
	}
	for name, made := range templates {
		kind, number, _ := strings.Cut(strings.TrimPrefix(name, "parley_"), "_")
		n, err := strconv.Atoi(number)
		if err != nil {
			t.Fatal(err)
		}
		m := &channels.Message{Account: s.Account, Conversation: s.Conversation, Text: "text", Form: channels.FormButtons}
		if kind == "list" {
			m.Form = channels.FormList
		}
		for i := range n {
			m.Options = append(m.Options, channels.Option{ID: "id" + strconv.Itoa(i), Label: "label" + strconv.Itoa(i)})
		}
		api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusCreated, sent))
		if _, err := channel(t, s, api.URL).Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		var values map[string]string
		if err := json.Unmarshal([]byte(sentForm(t, api.Sent()[0]).Get("ContentVariables")), &values); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(values) != len(made.Variables) {
			t.Errorf("%s: %d values for %d variables", name, len(values), len(made.Variables))
		}
		check(t, name, made, values, n)
	}
}

func check(t *testing.T, name string, made template, values map[string]string, n int) {
	t.Helper()
	filled := func(s string) string { return values[strings.Trim(s, "{}")] }
	buttons, list := made.Types["twilio/quick-reply"], made.Types["twilio/list-picker"]
	if filled(buttons.Body+list.Body) != "text" || len(buttons.Actions)+len(list.Items) != n {
		t.Errorf("%s: %+v", name, made)
	}
	if len(list.Items) > 0 && filled(list.Button) != "Options" {
		t.Errorf("%s: the button says %q", name, filled(list.Button))
	}
	for i, a := range buttons.Actions {
		if filled(a.Title) != "label"+strconv.Itoa(i) || filled(a.ID) != "id"+strconv.Itoa(i) {
			t.Errorf("%s: button %d is %q, %q", name, i, filled(a.Title), filled(a.ID))
		}
	}
	for i, r := range list.Items {
		if filled(r.Item) != "label"+strconv.Itoa(i) || filled(r.ID) != "id"+strconv.Itoa(i) {
			t.Errorf("%s: row %d is %q, %q", name, i, filled(r.Item), filled(r.ID))
		}
	}
}
