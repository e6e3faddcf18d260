package flows

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels/builtin"
	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/spec"
)

// TestGoodBotsLoadWithoutAMistake: what people copy from has no mistake, and
// nothing in it is warned of.
func TestGoodBotsLoadWithoutAMistake(t *testing.T) {
	env := func(name string) (string, bool) {
		if name == "TELEGRAM_SECRET" {
			return "hook-secret", true
		}
		return "123456:abc", true
	}
	for _, c := range []struct {
		dir string
		env func(string) (string, bool)
	}{{"../examples/hello", nil}, {"../examples/support", nil}, {"testdata/bots/refund", env}} {
		b, report := Load(c.dir, LoadOptions{Factories: builtin.Factories(), Env: c.env, MissingEnv: MissingEnvError})
		if b == nil || report.Count(spec.SeverityHint) < len(report.Diagnostics()) {
			t.Errorf("%s:\n%s", c.dir, text(t, report))
		}
	}
}

// TestABotKnowsWhatItsFolderSays reads back what the runtime asks a bot for.
func TestABotKnowsWhatItsFolderSays(t *testing.T) {
	b, report := Load("../examples/support", LoadOptions{Factories: builtin.Factories()})
	if b == nil {
		t.Fatal(text(t, report))
	}
	if b.Name != "support" || b.Zone.String() != "Europe/Berlin" || b.State != "file:data" || len(b.IDs()) != 6 {
		t.Errorf("name %q, zone %s, state %q, flows %v", b.Name, b.Zone, b.State, b.IDs())
	}
	web, _ := b.Channel("web")
	telegram, _ := b.Channel("telegram")
	if web.Config["title"] != "Acme support" || web.Off != "" {
		t.Errorf("web is %v, off %q", web.Config, web.Off)
	}
	if telegram.Off != "TELEGRAM_TOKEN is not set" {
		t.Errorf("telegram is off because %q", telegram.Off)
	}
	if b.secrets["SHOP_TOKEN"] != "demo" || b.constants["refund_days"] != 14 {
		t.Errorf("secrets %v, constants %v", b.secrets, b.constants)
	}
}

// TestAMissingVariableIsAnErrorOnlyToServe.
func TestAMissingVariableIsAnErrorOnlyToServe(t *testing.T) {
	dir := writeBot(t, map[string]string{
		"bot.yaml":         "bot: a\nchannels:\n  tg: {type: telegram, token: \"${ env.NONE }\"}\n",
		"flows/hello.yaml": "flow: hello\nsteps:\n  - say: Hello\n",
	})
	for mode, want := range map[MissingEnv]string{MissingEnvError: "E220", MissingEnvWarning: "W220", MissingEnvIgnore: ""} {
		o := brokenOptions()
		o.MissingEnv = mode
		b, report := Load(dir, o)
		code := ""
		for _, d := range report.Diagnostics() {
			code += d.Code
		}
		if code != want || (b != nil) != (mode != MissingEnvError) {
			t.Errorf("mode %d: %q, loads %v", mode, code, b != nil)
		}
	}
}

// TestWhatIsWrittenInGoIsChecked: the bot does not load with a function or
// handler that can't be called.
func TestWhatIsWrittenInGoIsChecked(t *testing.T) {
	o := brokenOptions()
	o.Handlers = append(o.Handlers, HandlerInfo{Name: "stock"})
	o.Functions = []expression.Function{{Name: "upper", Result: expression.Of(expression.Text), Call: func([]any) (any, error) { return "", nil }}}
	b, report := Load("../examples/hello", o)
	if b != nil || strings.Count(text(t, report), "E229") != 2 {
		t.Errorf("loads %v:\n%s", b != nil, text(t, report))
	}
}

// TestReportsAreTheSameEveryTime: nothing of a report depends on the order of
// maps.
func TestReportsAreTheSameEveryTime(t *testing.T) {
	files, err := filepath.Glob("testdata/broken/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	folder := map[string]string{"bot.yaml": plainBot}
	for i, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(data), "-- flows/a.yaml --\n")
		body, _, _ := strings.Cut(rest, "-- ")
		if body != "" {
			folder[fmt.Sprintf("flows/%03d.yaml", i)] = body
		}
	}
	dir := writeBot(t, folder)
	_, first := Load(dir, brokenOptions())
	for range 3 {
		if _, again := Load(dir, brokenOptions()); text(t, again) != text(t, first) {
			t.Fatal("the second report differs from the first")
		}
	}
}

// TestTwoThousandFlowsLoadQuickly: flows that call each other, with questions,
// conditions and calls to an API.
func TestTwoThousandFlowsLoadQuickly(t *testing.T) {
	const flows = 2000
	folder := map[string]string{"bot.yaml": plainBot}
	for i := range flows {
		folder[fmt.Sprintf("flows/%d/f%d.yaml", i%50, i)] = generatedFlow(i, (i+1)%flows)
	}
	dir := writeBot(t, folder)
	began := time.Now()
	b, report := Load(dir, brokenOptions())
	if b == nil || len(report.Diagnostics()) > 0 {
		t.Fatal(text(t, report))
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("loading took %s", took)
	}
	if len(b.IDs()) != flows {
		t.Errorf("%d flows", len(b.IDs()))
	}
}

func generatedFlow(i, next int) string {
	return fmt.Sprintf(`flow: f%d
start: {words: [word%d, two words %d]}
params: {seats: int = 2}
returns: {name: text}
on_error: end
steps:
  - ask: name
    text: Hello ${ contact.first_name ?? "there" }, your name?
    check: len(value) > %d %% 5
  - http: GET https://api.example.com/${ name }
    returns: {status: text, lines: [{sku: text, price: number}]}
    save: order
  - if: order.status == "open" and seats > 1
    then:
      - say: That is ${ sum(order.lines, .price) }.
      - call: f%d
        with: {seats: "${ seats - 1 }"}
    else:
      - goto: name
        if: visits("name") < 3
  - say: Bye, ${ name | upper() }.
`, i, i, i, i, next)
}

// TestALongFlow: a flow may have MaxSteps steps and no more, and the checks of
// whole flows stay quick on it.
func TestALongFlow(t *testing.T) {
	long := func(steps int) string {
		var b strings.Builder
		b.WriteString("flow: long\nsteps:\n")
		for i := range steps {
			switch i % 4 {
			case 0:
				fmt.Fprintf(&b, "  - {ask: a%d, text: Next}\n", i)
			case 1:
				fmt.Fprintf(&b, "  - {goto: a%d, if: contact.opted_out}\n", i-1)
			default:
				fmt.Fprintf(&b, "  - {say: \"${ a%d }\"}\n", i-i%4)
			}
		}
		return b.String()
	}
	o := brokenOptions()
	began := time.Now()
	b, report := Load(writeBot(t, map[string]string{"bot.yaml": plainBot, "flows/a.yaml": long(MaxSteps)}), o)
	if b == nil || len(report.Diagnostics()) > 0 {
		t.Fatal(text(t, report))
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("loading took %s", took)
	}
	b, report = Load(writeBot(t, map[string]string{"bot.yaml": plainBot, "flows/a.yaml": long(MaxSteps + 1)}), o)
	if want := "flows/a.yaml:2:1  E244  the flow has 5001 steps; 5000 are allowed."; b != nil || !strings.Contains(text(t, report), want) {
		t.Errorf("loads %v:\n%s", b != nil, text(t, report))
	}
}

// TestALargeFileIsRefused.
func TestALargeFileIsRefused(t *testing.T) {
	large := "flow: large\nsteps:\n" + strings.Repeat("  - say: Hello\n", spec.MaxFile/15+1)
	b, report := Load(writeBot(t, map[string]string{"bot.yaml": plainBot, "flows/a.yaml": large}), brokenOptions())
	if b != nil || !strings.Contains(text(t, report), "flows/a.yaml  E109") {
		t.Errorf("loads %v:\n%s", b != nil, text(t, report))
	}
}

// TestHiddenFilesAreLeftAlone: editors and mounted volumes have files of their
// own.
func TestHiddenFilesAreLeftAlone(t *testing.T) {
	b, report := Load(writeBot(t, map[string]string{
		"bot.yaml": plainBot, "flows/a.yaml": "flow: a\nsteps:\n  - say: Hello\n",
		"flows/.a.yaml": "{", "flows/..data/a.yaml": "flow: a\n", "flows/README.md": "# Flows\n",
	}), brokenOptions())
	if b == nil || len(b.IDs()) != 1 {
		t.Error(text(t, report))
	}
}

// TestNothingLoadsWhenAnythingIsWrong: one mistake in one file refuses the whole
// bot, good flows included.
func TestNothingLoadsWhenAnythingIsWrong(t *testing.T) {
	folder := map[string]string{"bot.yaml": plainBot}
	for i := range 10 {
		folder[fmt.Sprintf("flows/f%d.yaml", i)] = generatedFlow(i, (i+1)%10)
	}
	if b, report := Load(writeBot(t, folder), brokenOptions()); b == nil {
		t.Fatal(text(t, report))
	}
	for _, mistake := range []string{"flow: x\nsteps:\n  - say: ${ nobody }\n", "flow: x\n", "\t", "flow: f3\nsteps:\n  - say: Hi\n"} {
		folder["flows/x.yaml"] = mistake
		if b, report := Load(writeBot(t, folder), brokenOptions()); b != nil || !report.Failed() || report.Err() == nil {
			t.Errorf("a bot loads beside:\n%s", mistake)
		}
	}
}

// TestATextOfManyPartsLoadsQuickly: what is found out of a text is found once,
// and not once for each of its parts.
func TestATextOfManyPartsLoadsQuickly(t *testing.T) {
	flow := "flow: long\nstart: {words: long}\nsteps:\n  - ask: name\n    text: Your name?\n  - say: \"" + strings.Repeat("Dear ${ name } ", 4000) + "\"\n"
	dir := writeBot(t, map[string]string{"bot.yaml": plainBot, "flows/long.yaml": flow})
	began := time.Now()
	if b, report := Load(dir, brokenOptions()); b == nil {
		t.Fatal(text(t, report))
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("loading took %s", took)
	}
}

// TestWhatTheEnvironmentLacksIsInDotEnv: the environment wins, an empty variable is
// one that is not set, and the version of the flows does not depend on secrets.
func TestWhatTheEnvironmentLacksIsInDotEnv(t *testing.T) {
	dir := writeBot(t, map[string]string{
		"bot.yaml":         "bot: a\nstate: ${ env.STORE }\nlanguage: ${ env.LANGUAGE_TAG }\npublic_url: ${ env.URL }\nchannels:\n  web: {type: webchat}\n",
		"flows/hello.yaml": "flow: hello\nsteps:\n  - say: Hello\n",
		".env":             "STORE='file:kept'\nLANGUAGE_TAG=de\nURL=https://file.example\n",
	})
	o := LoadOptions{Factories: builtin.Factories(), Env: func(name string) (string, bool) {
		v, ok := map[string]string{"LANGUAGE_TAG": "", "URL": "https://real.example"}[name]
		return v, ok
	}}
	b, report := Load(dir, o)
	if b == nil || b.State != "file:kept" || b.Language != "de" || b.PublicURL != "https://real.example" {
		t.Fatalf("%+v\n%s", b, text(t, report))
	}
	if p, report := LoadPlace(dir, o); p.State != "file:kept" {
		t.Errorf("the store is at %q\n%s", p.State, text(t, report))
	}
	o.Files = map[string][]byte{".env": []byte("STORE=file:other\nLANGUAGE_TAG=fr\n")}
	other, report := Load(dir, o)
	if other == nil || other.State != "file:other" || other.Version != b.Version || other.Environment == b.Environment || b.Environment == "" {
		t.Errorf("%+v\n%s", other, text(t, report))
	}
	o.Files[".env"] = []byte("STORE=file other\n")
	if p, report := LoadPlace(dir, o); !report.Failed() || !strings.Contains(text(t, report), ".env:1:12  E246") {
		t.Errorf("the store is at %q\n%s", p.State, text(t, report))
	}
}
