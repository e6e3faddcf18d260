package flows

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
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
)

var update = flag.Bool("update", false, "rewrite the expected parts of test data")

// TestConversations plays every conversation in testdata/conversations. Each is
// a txtar file with a bot folder, calls to expect, and a chat. The lines of the
// chat that begin with "<" are what the bot says; -update rewrites them.
//
//	> text               the person writes
//	> tap: Label         the person taps a button of the last message that had it
//	> tap 2: Label       … of the second last, and so on
//	> image: URL         the person sends media: image, audio, video, file
//	> file: URL MIME
//	> location: 1.5 2.5
//	! NAME {json}        an event: a kind, or one of your own with its data; of the
//	                     platform, unless it has "posted": true
//	+15m                 time goes by; what is due happens
//	@ 2026-…             it is that time now
//	= new.txt            the flows change to those of the folder new/
//	? owner|open|waiting|ready|wake|contact.x|session.x   prints a part of the state
//	? vars               prints the variables of the run that is open, or else waits
//	? taken              prints who took the last event, and who was asked before
//	? steps              prints the steps that the last event ran, and what they did
//	? has TEXT           tells whether the state or the last trace holds a text
//	? explain            has traces explain everything from here
//	? turn               wakes the conversation now; nothing may come of it
func TestConversations(t *testing.T) {
	files, err := filepath.Glob("testdata/conversations/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no conversations", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == "chat" })
			want := string(archive.Files[i].Data)
			got := newPlayer(t, archive).play(want)
			if *update {
				archive.Files[i].Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("the bot said something else (-want +got):\n%s", diff)
			}
		})
	}
}

// A player plays a chat against the engine alone.
type player struct {
	t       *testing.T
	archive *txtar.Archive
	bot     *Bot
	state   []byte
	wake    time.Time
	now     time.Time
	sent    []channels.Reply
	last    Output
	calls   []string // left to expect: METHOD URL STATUS BODY
	seed    uint64
	explain bool
	out     strings.Builder
}

func newPlayer(t *testing.T, a *txtar.Archive) *player {
	p := &player{t: t, archive: a, now: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)}
	p.bot = p.load("")
	for _, f := range a.Files {
		if f.Name == "calls" {
			for line := range strings.Lines(string(f.Data)) {
				p.calls = append(p.calls, strings.TrimSpace(line))
			}
		}
	}
	return p
}

// load compiles the folder with a prefix out of the archive. A bot.yaml that is
// not there is a plain one.
func (p *player) load(prefix string) *Bot {
	p.t.Helper()
	files := map[string]string{"bot.yaml": "bot: test\nchannels:\n  web: {type: test}\n"}
	for _, f := range p.archive.Files {
		if name, ok := strings.CutPrefix(f.Name, prefix); ok && strings.HasSuffix(name, ".yaml") && !strings.Contains(name, "new/") {
			files[name] = string(f.Data)
		}
	}
	b, report := Load(writeBot(p.t, files), testOptions())
	if b == nil {
		var text strings.Builder
		_ = report.Text(&text, false)
		p.t.Fatalf("the bot does not load:\n%s", text.String())
	}
	return b
}

// writeBot writes a bot folder.
func writeBot(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "flows"), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// testOptions know a channel type "test" and the handlers of the tests.
func testOptions() LoadOptions {
	text := expression.Of(expression.Text)
	return LoadOptions{
		Factories: []channels.Factory{
			{Type: "test", Settings: []channels.Setting{{Name: "token", Kind: channels.SettingSecret, Doc: "A token.", Example: "x"}, {Name: "mode", Kind: channels.SettingEnum, Values: []string{"fast", "slow"}, Default: "fast", Doc: "A mode.", Example: "fast"}}},
			{Type: "other"},
		},
		Env: func(name string) (string, bool) { v, ok := map[string]string{"SET": "value"}[name]; return v, ok },
		Handlers: []HandlerInfo{
			{Name: "stock", Doc: "Looks up the stock.", With: expression.RecordOf(expression.Field{Name: "sku", Type: text}), Returns: expression.RecordOf(expression.Field{Name: "left", Type: expression.Of(expression.Int)}), Read: true},
			{Name: "notify", Doc: "Tells somebody.", With: expression.RecordOf(expression.Field{Name: "text", Type: text})},
		},
	}
}

func (p *player) play(chat string) string {
	for line := range strings.Lines(chat) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "<") {
			continue
		}
		fmt.Fprintln(&p.out, line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		p.line(line[:1], strings.TrimSpace(line[1:]))
	}
	return p.out.String()
}

func (p *player) line(mark, rest string) {
	switch mark {
	case ">":
		p.turn(p.message(rest))
	case "!":
		name, data, _ := strings.Cut(rest, " ")
		e := &channels.Event{Kind: channels.Kind(name)}
		if !slices.Contains(channels.Kinds(), e.Kind) {
			e.Kind, e.Name = channels.KindCustom, name
		}
		if data != "" {
			if err := json.Unmarshal([]byte(data), &e.Data); err != nil {
				p.t.Fatalf("data of %s: %v", name, err)
			}
			e.Text, _ = e.Data["text"].(string)
			if name, ok := e.Data["sender"].(string); ok {
				e.Sender.FirstName = name
			}
			e.Posted, _ = e.Data["posted"].(bool)
			e.Block, _ = e.Data["block"].(bool)
		}
		p.turn(e)
	case "+":
		d, err := expression.ParseDuration(rest)
		if err != nil {
			p.t.Fatal(err)
		}
		p.advance(p.now.Add(d))
	case "@":
		at, err := time.Parse(time.RFC3339, rest)
		if err != nil {
			p.t.Fatal(err)
		}
		p.advance(at)
	case "=":
		p.bot = p.load(rest)
	case "?":
		p.explain = p.explain || rest == "explain"
		p.print(rest)
	default:
		p.t.Fatalf("what is %q?", mark+rest)
	}
}

func (p *player) message(rest string) *channels.Event {
	e := &channels.Event{Kind: channels.KindMessage, Text: rest, Sender: channels.Sender{ID: "7", FirstName: "Ann"}}
	kind, value, ok := strings.Cut(rest, ": ")
	switch {
	case ok && strings.HasPrefix(kind, "tap"):
		e.Kind, e.Text = channels.KindChoice, ""
		e.Choice = p.button(strings.TrimPrefix(strings.TrimPrefix(kind, "tap"), " "), value)
	case ok && slices.Contains([]string{"image", "audio", "video", "file"}, kind):
		url, mime, _ := strings.Cut(value, " ")
		e.Text, e.Media = "", []channels.Media{{Kind: channels.MediaKind(kind), URL: url, MIME: mime}}
	case ok && kind == "location":
		e.Text, e.Location = "", &channels.Location{}
		if _, err := fmt.Sscan(value, &e.Location.Latitude, &e.Location.Longitude); err != nil {
			p.t.Fatal(err)
		}
	}
	return e
}

// button finds a button in the n-th last message that has one with the label.
func (p *player) button(n, label string) *channels.Choice {
	skip := 1
	if n != "" {
		if _, err := fmt.Sscan(n, &skip); err != nil {
			p.t.Fatal(err)
		}
	}
	for _, r := range slices.Backward(p.sent) {
		for _, o := range r.Options {
			if o.Label == label {
				if skip--; skip == 0 {
					return &channels.Choice{ID: o.ID, Title: o.Label}
				}
			}
		}
	}
	p.t.Fatalf("no button %q was shown", label)
	return nil
}

// advance moves the clock, and wakes the conversation when it asked for it.
func (p *player) advance(to time.Time) {
	for !p.wake.IsZero() && !p.wake.After(to) {
		p.now = p.wake
		before := p.wake
		p.turn(nil)
		if p.wake.Equal(before) {
			p.t.Fatalf("the conversation wants to wake at %s again and again", before)
		}
	}
	p.now = to
}

// turn runs a turn as the runtime does, calls included, and checks on the way
// that it is pure: each run of it must give the same.
func (p *player) turn(e *channels.Event) {
	p.seed++
	in := Input{State: p.state, Event: e, Channel: "web", Account: "a", Conversation: "c", Now: p.now, Seed: p.seed, Explain: p.explain}
	for {
		out, err := p.bot.Turn(in)
		again, err2 := p.bot.Turn(in)
		if err != nil || err2 != nil {
			p.t.Fatal(err, err2)
		}
		if diff := cmp.Diff(out, again); diff != "" {
			p.t.Fatalf("the same turn gave something else the second time:\n%s", diff)
		}
		p.fromJSON(in, out)
		if out.Request != nil {
			in.Results = append(in.Results, p.call(out.Request))
			continue
		}
		p.state, p.wake, p.last = out.State, out.Wake, out
		p.show(out)
		return
	}
}

// fromJSON checks that a conversation which a version before left as JSON goes on
// in the same way.
func (p *player) fromJSON(in Input, want Output) {
	var err error
	if in.State, err = StateJSON(in.State); err != nil {
		p.t.Fatal(err)
	}
	got, err := p.bot.Turn(in)
	if err != nil {
		p.t.Fatal(err)
	}
	// Where one goes back to is kept as it was; what it holds is the same.
	for _, out := range []*Output{&want, &got} {
		if out.State, err = StateJSON(out.State); err != nil {
			p.t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		p.t.Fatalf("from JSON the turn gave something else:\n%s", diff)
	}
}

// call answers a call from the list of those that are expected.
func (p *player) call(c *Call) CallResult {
	what := "DO"
	if c.HTTP != nil {
		what = strings.TrimSpace(c.HTTP.Method + " " + c.HTTP.URL + " " + string(c.HTTP.Body))
		for _, name := range slices.Sorted(maps.Keys(c.HTTP.Header)) {
			if strings.HasPrefix(name, "X-") {
				what += " " + name + "=" + c.HTTP.Header[name]
			}
		}
	} else {
		what += " " + c.Do.Handler + " " + string(c.Do.With)
	}
	if len(p.calls) == 0 || !strings.HasPrefix(p.calls[0], what+" -> ") {
		p.t.Fatalf("unexpected call:\n%s\nexpected: %v", what, p.calls)
	}
	answer := strings.TrimPrefix(p.calls[0], what+" -> ")
	p.calls = p.calls[1:]
	fmt.Fprintf(&p.out, "< (calls %s)\n", what)
	r := CallResult{Key: c.Key, Fingerprint: c.Fingerprint}
	status, body, _ := strings.Cut(answer, " ")
	if _, err := fmt.Sscan(status, &r.Status); err != nil {
		r.Error, r.ErrorText = status, body
		return r
	}
	if body != "" {
		r.Body = json.RawMessage(body)
	}
	return r
}

// show prints what the bot said.
func (p *player) show(out Output) {
	for _, r := range out.Replies {
		p.sent = append(p.sent, r)
		for i, line := range strings.Split(r.Text, "\n") {
			fmt.Fprintln(&p.out, strings.TrimRight([]string{"< ", "<   "}[min(i, 1)]+line, " "))
		}
		for i, o := range r.Options {
			fmt.Fprintln(&p.out, strings.TrimRight(fmt.Sprintf("<   [%d %s] %s", i+1, o.Label, o.Hint), " "))
		}
		for _, extra := range []any{r.Media, r.Location, r.Contact, r.Template} {
			if data, _ := json.Marshal(extra); string(data) != "null" {
				fmt.Fprintf(&p.out, "<   %s\n", data)
			}
		}
		for _, l := range r.Links {
			fmt.Fprintf(&p.out, "<   (%s %s)\n", l.Label, l.URL)
		}
	}
	if h := out.Handoff; h != nil {
		fmt.Fprintln(&p.out, strings.TrimSpace("< (hands over to "+h.Team+" "+h.Note+" "+strings.Join(h.Tags, " "))+")")
	}
	if out.Cancel {
		fmt.Fprintln(&p.out, "< (cancels what is queued)")
	}
	if out.Secret {
		fmt.Fprintln(&p.out, "< (secret)")
	}
	for _, tr := range out.Tracked {
		data, _ := json.Marshal(tr)
		fmt.Fprintf(&p.out, "< (tracks %s)\n", data)
	}
	for _, problem := range out.Trace.Problems {
		fmt.Fprintf(&p.out, "< (problem: %s)\n", problem)
	}
}

// print shows a part of the state.
func (p *player) print(what string) {
	c, err := decodeConversation(p.state)
	if err != nil {
		p.t.Fatal(err)
	}
	var v any
	scope, name, _ := strings.Cut(what, ".")
	switch scope {
	case "owner":
		v = c.Owner
	case "open":
		v = places(c.Open)
	case "waiting":
		v = places(c.Waiting)
	case "ready":
		v = places(c.Ready)
	case "contact":
		v = c.Contact[name]
	case "session":
		v = c.Session[name]
	case "state":
		v = string(p.state)
	case "wake":
		v = p.wake
	case "vars":
		if runs := append(c.Waiting, c.Open...); len(runs) > 0 {
			v = runs[len(runs)-1].top().Vars
		}
	case "taken":
		p.printOffers()
		v = p.last.Trace.Taken
	case "steps":
		p.printSteps()
		return
	case "turn":
		p.printWake()
		return
	case "explain":
		return
	default:
		if text, ok := strings.CutPrefix(what, "has "); ok {
			trace, _ := json.Marshal(p.last.Trace)
			v = strings.Contains(string(p.state), text) || strings.Contains(string(trace), text)
		}
	}
	data, _ := json.Marshal(v)
	fmt.Fprintf(&p.out, "< (%s)\n", data)
}

// printSteps shows what ran in the last turn.
func (p *player) printSteps() {
	for _, s := range p.last.Trace.Steps {
		fmt.Fprintf(&p.out, "< (%s: %s; %s)\n", s.Flow, s.Step, s.Note)
	}
}

// printOffers shows who was asked in the last turn.
func (p *player) printOffers() {
	for _, o := range p.last.Trace.Offers {
		fmt.Fprintf(&p.out, "< (%d %s %v: %s)\n", o.Stage, o.To, o.Taken, o.Why)
	}
}

// printWake wakes the conversation although nothing is due: the state and the
// wake time must stay as they are.
func (p *player) printWake() {
	out, err := p.bot.Turn(Input{State: p.state, Channel: "web", Account: "a", Conversation: "c", Now: p.now, Seed: 1})
	if err != nil {
		p.t.Fatal(err)
	}
	if string(out.State) != string(p.state) || !out.Wake.Equal(p.wake) || len(out.Replies) > 0 {
		p.t.Errorf("a wake time at which nothing is due changed the conversation:\n%s\n%s", p.state, out.State)
	}
}

func places(runs []*run) []string {
	list := []string{}
	for _, r := range runs {
		list = append(list, r.top().Flow+"/"+r.top().Step)
	}
	return list
}

// TestEveryVerbHasAConversation: the data file of a verb is named by its word.
func TestEveryVerbHasAConversation(t *testing.T) {
	for _, v := range verbs() {
		if _, err := os.Stat("testdata/conversations/" + v.name + ".txt"); err != nil {
			t.Errorf("the verb %s has no conversation: %v", v.name, err)
		}
	}
}
