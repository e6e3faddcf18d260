package flows

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/builtin"
)

// TestWhatAChannelRefusesIsReportedWhereItIs: settings that fit their table and
// yet make no channel are mistakes of bot.yaml, to check as well as to serve.
func TestWhatAChannelRefusesIsReportedWhereItIs(t *testing.T) {
	env := func(name string) (string, bool) { return "hook secret", name == "SPACED" }
	for _, c := range []struct{ settings, want string }{
		{`token: "1:a", secret: hook`, ""},
		{`token: "1:a", verify: "off"`, ""},
		{`token: nonsense, secret: hook`, "3:31  E222"},
		{`token: "1:a", secret: "${ env.SPACED }"`, "3:46  E222"},
		{`token: "1:a"`, "3:3  E222"},
		{`token: "1:a", secret: "${ env.NONE }"`, "3:47  W220"},
		{`token: "1:a", optional: true, secret: "${ env.NONE }"`, ""},
		{`token: *shared, secret: hook`, "3:31  E106"},
		{`token: nonsense, verify: neither`, "3:49  E222"},
	} {
		dir := writeBot(t, map[string]string{
			"bot.yaml":         "bot: a\nchannels:\n  tg: {type: telegram, " + c.settings + "}\n",
			"flows/hello.yaml": "flow: hello\nsteps:\n  - say: Hello\n",
		})
		_, report := Load(dir, LoadOptions{Factories: builtin.Factories(), Env: env, MissingEnv: MissingEnvWarning})
		var got []string
		for _, d := range report.Diagnostics() {
			got = append(got, fmt.Sprintf("%d:%d  %s", d.Line, d.Column, d.Code))
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s: %q, not %q:\n%s", c.settings, got, c.want, text(t, report))
		}
		if strings.Contains(text(t, report), "nonsense") || strings.Contains(text(t, report), "hook secret") {
			t.Errorf("the report shows a secret:\n%s", text(t, report))
		}
	}
}

// TestAnErrorOfAChannelStandsAtItsSetting, however the channel names it.
func TestAnErrorOfAChannelStandsAtItsSetting(t *testing.T) {
	for says, at := range map[string]string{
		`setting "token" is short`: "bot.yaml:4:12", "token: needs 32 characters": "bot.yaml:4:12", "token is no number": "bot.yaml:4:12",
		"tokens are short": "bot.yaml:3:3", "mode: none": "bot.yaml:3:3",
	} {
		o := brokenOptions()
		o.Factories[1].New = func(*channels.Config) (channels.Channel, error) { return nil, errors.New(says) }
		dir := writeBot(t, map[string]string{
			"bot.yaml":         "bot: a\nchannels:\n  tg: {type: telegram,\n    token: \"${ env.TOKEN }\"}\n",
			"flows/hello.yaml": "flow: hello\nsteps:\n  - say: Hello\n",
		})
		_, report := Load(dir, o)
		if want := at + "  E222  the channel tg can't be made: " + says; !strings.Contains(text(t, report), want) {
			t.Errorf("%s: not at %s:\n%s", says, at, text(t, report))
		}
	}
}

// TestAChannelIsMadeOfWhatTheBotHas: its name, defaults and lists, and a log.
func TestAChannelIsMadeOfWhatTheBotHas(t *testing.T) {
	o := brokenOptions()
	var made *channels.Config
	o.Factories[1].New = func(c *channels.Config) (channels.Channel, error) {
		made = c
		return nil, errors.New("no room")
	}
	dir := writeBot(t, map[string]string{
		"bot.yaml":         "bot: a\nchannels:\n  tg: {type: telegram, token: \"${ env.TOKEN }\", admins: [ann]}\n",
		"flows/hello.yaml": "flow: hello\nsteps:\n  - say: Hello\n",
	})
	b, report := Load(dir, o)
	if want := "bot.yaml:3:3  E222  the channel tg can't be made: no room\n"; b != nil || !strings.Contains(text(t, report), want) {
		t.Errorf("loads %v:\n%s", b != nil, text(t, report))
	}
	if made == nil || made.Name != "tg" || made.Text("token") != "12:ab" || made.Text("mode") != "webhook" || len(made.Lists["admins"]) != 1 || made.Log == nil {
		t.Errorf("made of %+v", made)
	}
}
