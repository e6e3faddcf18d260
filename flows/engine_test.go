package flows

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/parley-chat/parley/channels"
)

// testBot loads the bot of a txtar archive.
func testBot(t testing.TB, archive, prefix string) *Bot {
	t.Helper()
	files := map[string]string{"bot.yaml": "bot: test\nchannels:\n  web: {type: test}\n"}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		if name, ok := strings.CutPrefix(f.Name, prefix); ok && (prefix != "" || !strings.HasPrefix(name, "new/")) {
			files[name] = string(f.Data)
		}
	}
	b, report := Load(writeBot(t, files), testOptions())
	if b == nil {
		var text strings.Builder
		_ = report.Text(&text, false)
		t.Fatalf("the bot does not load:\n%s", text.String())
	}
	return b
}

// chat plays messages and returns the last output.
func chat(t testing.TB, b *Bot, state []byte, events ...*channels.Event) Output {
	t.Helper()
	var out Output
	for _, e := range events {
		var err error
		in := Input{State: state, Event: e, Channel: "web", Account: "a", Conversation: "c", Now: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)}
		if out, err = b.Turn(in); err != nil {
			t.Fatal(err)
		}
		state = out.State
	}
	return out
}

func written(s string) *channels.Event { return &channels.Event{Kind: channels.KindMessage, Text: s} }

func TestContactCardAnswersPhoneAndEmail(t *testing.T) {
	b := testBot(t, `
-- flows/a.yaml --
flow: a
start: {words: [go]}
steps:
  - ask: p
    type: phone
    text: Phone?
  - ask: e
    type: email
    text: Email?
  - say: ${ p } ${ e }
`, "")
	card := &channels.Event{Kind: channels.KindMessage, Contacts: []channels.Contact{{Name: "Ann", Phones: []string{"+49301234567"}, Emails: []string{"ann@example.com"}}}}
	if got := chat(t, b, nil, written("go"), card, card).Replies[0].Text; got != "+49301234567 ann@example.com" {
		t.Errorf("%q", got)
	}
}

func TestTextOfMessagesIsCutForFlows(t *testing.T) {
	b := testBot(t, "-- flows/a.yaml --\nflow: a\nstart: {fallback: true}\nsteps:\n  - say: ${ len(event.text) } ${ event.text }\n", "")
	out := chat(t, b, nil, written(strings.Repeat("ü", 5000)))
	if got := out.Replies[0].Text; !strings.HasPrefix(got, "4096 ü") || len(got) != 5+2*4096 {
		t.Errorf("%.20q, %d bytes", got, len(got))
	}
}

func TestHugeReplyIsCut(t *testing.T) {
	b := testBot(t, "-- flows/a.yaml --\nflow: a\nstart: {fallback: true}\nvars: {all: text = äxyz}\nsteps:\n  - id: more\n    set: {all: \"${ all }${ all }\"}\n  - goto: more\n    if: len(all) < 20000\n  - say: a${ all }\n", "")
	out := chat(t, b, nil, written("hm"))
	if len(out.Replies) != 1 || len(out.Replies[0].Text) > maxReply || !strings.HasSuffix(strings.TrimRight(out.Replies[0].Text, "xyz"), "ä") {
		t.Errorf("%d replies", len(out.Replies))
	}
}

func TestStateIsBounded(t *testing.T) {
	b := testBot(t, `
-- bot.yaml --
bot: test
channels: {web: {type: test}}
interrupts: [a]
limits: {variables: 200000}
-- flows/a.yaml --
flow: a
start: {words: [go]}
vars: {all: text = x}
steps:
  - id: more
    set: {all: "${ all }${ all }"}
  - goto: more
    if: len(all) < 60000
  - ask: what
    text: What?
  - wait: 1h
`, "")
	var state []byte
	for range 30 {
		out := chat(t, b, state, written("go"), written("yes"))
		if state = out.State; len(state) > maxState {
			t.Fatalf("%d bytes", len(state))
		}
	}
	c, err := decodeConversation(state)
	if err != nil || len(c.Waiting) == 0 {
		t.Errorf("%v, %d wait", err, len(c.Waiting))
	}
}

func TestOncePerForgetsTheOldest(t *testing.T) {
	b := testBot(t, "-- flows/a.yaml --\nflow: a\nstart: {words: [go]}\nsteps:\n  - say: Hi.\n", "")
	c := &conversation{Version: jsonVersion, Once: map[string]onceResult{}}
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for i := range 300 {
		c.Once[fmt.Sprintf("k%03d", i)] = onceResult{At: at.Add(time.Duration(i) * time.Second), Status: 200}
	}
	state, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	c, err = decodeConversation(chat(t, b, state, written("go")).State)
	if err != nil || len(c.Once) != maxOnce || !c.Once["k099"].At.IsZero() || c.Once["k100"].At.IsZero() {
		t.Errorf("%v, %d keys", err, len(c.Once))
	}
}

func TestStateOfNewerVersionIsRefused(t *testing.T) {
	b := testBot(t, "-- flows/a.yaml --\nflow: a\nstart: {words: [go]}\nsteps:\n  - say: Hi.\n", "")
	for _, state := range []string{`{"v": 2}`, `{"v": `} {
		if _, err := b.Turn(Input{State: []byte(state), Event: written("go")}); err == nil {
			t.Errorf("took %s", state)
		}
	}
}

func TestKeyOfACallNamesStepAndVisit(t *testing.T) {
	b := testBot(t, `
-- flows/a.yaml --
flow: a
start: {words: [go]}
steps:
  - id: call_it
    http: POST https://api.example.com/x
  - id: once
    http: POST https://api.example.com/y
    once_per: key
`, "")
	in := Input{Event: written("go"), Channel: "web", Account: "a", Conversation: "c", Seed: 7}
	turn := func(in Input) *Call {
		t.Helper()
		out, err := b.Turn(in)
		if err != nil || out.Request == nil {
			t.Fatal(err, out.Request)
		}
		return out.Request
	}
	first := turn(in)
	other := in
	other.Seed = 8
	if again := turn(other); again.IdempotencyKey == first.IdempotencyKey || again.Key != first.Key {
		t.Error("two turns share the key of a call that is made for each visit")
	}
	for _, in := range []*Input{&in, &other} {
		in.Results = []CallResult{{Key: first.Key, Fingerprint: first.Fingerprint, Status: 200}}
	}
	if turn(in).IdempotencyKey != turn(other).IdempotencyKey {
		t.Error("a call that is made once has two keys")
	}
	in.Results[0].Fingerprint = "of another request"
	if got := turn(in); got.Key != first.Key {
		t.Errorf("a result of another request was used: %s", got.Key)
	}
}

// TestEveryStageOfTheReferenceHasAName: the numbers of a trace are those of the
// list in the reference, and people read the name beside them.
func TestEveryStageOfTheReferenceHasAName(t *testing.T) {
	last := 0
	for _, m := range regexp.MustCompile(`(?m)^([0-9]+)\. `).FindAllStringSubmatch(page("offer"), -1) {
		if last++; m[1] != strconv.Itoa(last) || StageName(last) == "" {
			t.Errorf("stage %s of the reference is %q", m[1], StageName(last))
		}
	}
	if last < 9 || StageName(0)+StageName(last+1) != "" {
		t.Errorf("%d stages, but the next is %q", last, StageName(last+1))
	}
}

func TestPatternIndexMissesNoMatch(t *testing.T) {
	patterns := []string{
		`^/start( (?P<x>.+))?$`, `(?i)straße`, `(?i)ſun|kelvin`, `refund|return`, `(?:a|b)c+`, `x*y`, `[0-9]{3}`, `(ab){2,}`, `(ab)*c`,
		`^\s*help me\s*$`, `ünder`, `(?i)ÜNDER`, `a.c`, `verylongliteralindeed`, `(?:one|two|[0-9])`, `\bcode-1234\b`, `日本`,
	}
	texts := []string{
		"/start", "/start shop", "STRASSE straße STRAẞE", "Sun ſUN \u212aelvin KELVIN", "return it", "refunds", "bcc", "y", "123", "ababab", "c",
		" help me ", "Ünder", "under", "abc", "x verylongliteralindeed", "two", "7", "a code-1234!", "日本語", "\xff日本", "",
	}
	for _, p := range patterns {
		s := &start{match: regexp.MustCompile(p)}
		var index patternIndex
		index.add(s)
		for _, text := range texts {
			found := false
			index.find(text, func(*start) { found = true })
			if s.match.MatchString(text) && !found {
				t.Errorf("%q was not looked for in %q (literals %q)", p, text, literalsOf(p))
			}
		}
	}
	for pattern, want := range map[string][]string{
		`^/start( .+)?$`: {"/START"}, `(?i)refund|money back`: {"NEY BACK", "REFUND"}, `[0-9]+`: nil, `a?`: nil, `code-1234`: {"ODE-1234"},
	} {
		if got := literalsOf(pattern); !slices.Equal(got, want) {
			t.Errorf("literals of %s: %q, not %q", pattern, got, want)
		}
	}
}

// TestTurnsRunAtTheSameTime: a bot may take any number of turns at once, and each
// comes out as if it were alone.
func TestTurnsRunAtTheSameTime(t *testing.T) {
	bot, in := ordinaryTurn(t)
	want, err := bot.Turn(in)
	if err != nil {
		t.Fatal(err)
	}
	state := slices.Clone(in.State)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if got, err := bot.Turn(in); err != nil || !cmp.Equal(want, got) {
					t.Errorf("another outcome: %v\n%s", err, cmp.Diff(want, got))
					return
				}
			}
		})
	}
	wg.Wait()
	if !slices.Equal(in.State, state) {
		t.Error("a turn wrote into the state it was given")
	}
}
