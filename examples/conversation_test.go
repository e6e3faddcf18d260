package examples

import (
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/builtin"
	"github.com/parley-chat/parley/state"
)

var update = flag.Bool("update", false, "rewrite the transcripts")

const apiToken = "MARKED-api-token-of-the-bot"

// A stage is a platform that the whole conversation is played on.
type stage struct {
	dialect dialect
	manners manners
	channel string // in bot.yaml
	chat    string
	name    string // of the person
	env     map[string]string
}

// A team is how people get into conversations on a platform; the others have them
// in a console of the bot's own, by POST /events.
type team interface {
	// takes has one of them take a conversation, and reports whether that goes without
	// writing.
	takes(p *person) bool
	writes(p *person, text string)
	givesBack(p *person)
}

// A preferrer reports whether a person wants messages.
type preferrer interface {
	wants(p *person, number int, messages bool) any
}

// An opener is a platform that looks at the webhook's address before it uses it.
type opener interface {
	opens(r *road)
}

// TestWholeConversation plays one conversation on every platform: webhooks and their
// retries over HTTP, the send API with its limits and errors, statuses, people of the
// team. What the person saw is in testdata/conversation.
func TestWholeConversation(t *testing.T) {
	t.Parallel()
	var runs sync.WaitGroup // they wait most of the time, so all run at once
	for name, st := range stages() {
		runs.Go(func() { t.Run(name, func(t *testing.T) { st.play(t, name) }) })
	}
	runs.Wait()
}

func (st stage) play(t *testing.T, name string) {
	p := st.start(t)
	p.on.failing(p.on.manners.faults())
	p.shops()
	p.asksForPeople()
	p.optsOut()
	p.rests()
	p.checkHistory() // before it is a day old
	p.isToldLater()
	p.rests()
	if letters := p.s.letters(0); len(letters) > 0 {
		t.Errorf("there are dead letters: %v", letters)
	}
	p.on.checkTrouble()
	golden(t, name, p.on.phone(p.chat))
	p.on.checkStrict()
}

func stages() map[string]stage {
	const phone = "15550100017"
	green := map[string]string{"GREENAPI_TOKEN": greenToken, "GREENAPI_WEBHOOK_TOKEN": greenSecret}
	chat := map[string]string{"CHATAPI_TOKEN": chatToken, "CHATAPI_WEBHOOK_TOKEN": chatSecret}
	return map[string]stage{
		"telegram": {telegram{}, telegramManners(), telegramChannel, "810000001", "Ann",
			map[string]string{"TELEGRAM_TOKEN": telegramToken, "TELEGRAM_SECRET": telegramSecret}},
		"whatsapp": {whatsapp{}, whatsappManners(), whatsappChannel, phone, "Dana",
			map[string]string{"META_ACCESS_TOKEN": metaToken, "META_APP_SECRET": metaSecret, "META_VERIFY_TOKEN": metaVerify}},
		"mmp": {mmp{}, mmpManners(), mmpChannel, "e2a4c6f8-1b3d-4f5a-9c7e-2d4f6a8b0c1e", "Dana",
			map[string]string{"MMP_API_KEY": mmpKey, "MMP_WEBHOOK_TOKEN": mmpSecret}},
		"innopaas": {innopaas{}, innoManners(), innoChannel, "6281200000017", "Dana",
			map[string]string{"INNOPAAS_APP_KEY": innoKey, "INNOPAAS_TOKEN": innoToken, "INNOPAAS_WEBHOOK_TOKEN": innoSecret}},
		"oneroute": {&oneroute{}, oneManners(), onerouteChannel, "2347000000077", "Dana",
			map[string]string{"ONEROUTE_API_KEY": oneKey, "ONEROUTE_SECRET_KEY": oneSecret}},
		"chatapi":       {chatapi{}, chatManners(), chatapiChannel, phone + "@c.us", "Dana", chat},
		"chatapi_1msg":  {chatapi{oneMSG: true}, chatManners(), oneMSGChannel, phone + "@c.us", "Dana", chat},
		"greenapi":      {greenapi{}, greenManners(false), strings.Replace(greenChannel, "MODE", "push", 1), phone + "@c.us", "Dana", green},
		"greenapi_pull": {greenapi{}, greenManners(true), strings.Replace(greenChannel, "MODE", "pull", 1), phone + "@c.us", "Dana", green},
	}
}

// start runs the support example on the platform alone.
func (st stage) start(t *testing.T) *person {
	t.Helper()
	s := newServer(t, monday())
	on := s.plays(st.dialect)
	road := newRoad(t, on, st.manners)
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "flows"), os.DirFS("support/flows")); err != nil {
		t.Fatal(err)
	}
	src, err := os.ReadFile("support/bot.yaml")
	if err != nil {
		t.Fatal(err)
	}
	channel := regexp.MustCompile(`(?s)\nchannels:\n.*?\n\n`).ReplaceAllLiteralString(string(src), "\nchannels:"+st.channel+"\n")
	if err := os.WriteFile(filepath.Join(dir, "bot.yaml"), []byte(channel), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"API_URL": on.url, "API_TOKEN": apiToken, "PUBLIC_URL": road.url}
	for name, value := range st.env {
		env[name] = value
	}
	s.factories = hurried()
	s.run(dir, env)
	road.bot.Store(s.url)
	if o, ok := st.dialect.(opener); ok {
		o.opens(road)
	}
	s.waitFor("the platform knows the bot", road.known)
	return &person{t: t, s: s, on: on, chat: st.chat, name: st.name, next: 1000}
}

// checkTrouble wants that things did go wrong: three messages failed at first, and the
// platform had to offer something again.
func (p *platform) checkTrouble() {
	p.mu.Lock()
	failed := p.attempts - int(p.lastID-firstID)
	p.mu.Unlock()
	if failed != 3 {
		p.t.Errorf("%d messages failed at first, want 3", failed)
	}
	if n := p.road.again.Load(); n == 0 {
		p.t.Error("the platform had to offer nothing again")
	}
}

// hurried are the channels with the time between messages to one person a hundred
// times as short, as everything of a platform is here.
func hurried() []channels.Factory {
	all := builtin.Factories()
	for i, f := range all {
		all[i].Capabilities = func(c *channels.Config) channels.Capabilities {
			caps := f.Capabilities(c)
			caps.Pace.Recipient /= time.Second / second
			return caps
		}
	}
	return all
}

// faults are what the API does to some messages: the third is too much at first, the
// fifth finds it out of order, the seventh is cut off before it is read.
func (m manners) faults() func(http.ResponseWriter, sent, int) bool {
	taken := 0 // messages of one chat come one by one
	return func(w http.ResponseWriter, _ sent, attempt int) bool {
		if attempt > 1 {
			taken++
			return false
		}
		switch taken {
		case 3:
			m.limited(w)
		case 5:
			m.broken(w)
		case 7:
			hangUp(w)
		default:
			taken++
			return false
		}
		return true
	}
}

// rests waits until everything was delivered and the bot is at rest, and lets a
// minute go by.
func (p *person) rests() {
	p.t.Helper()
	p.s.waitFor("all webhooks are taken", p.on.road.empty)
	p.s.settle()
	p.s.clock.set(p.s.clock.now().Add(time.Minute))
}

// tells has the person write a text after a minute, and hear messages that begin with
// these lines.
func (p *person) tells(text string, lines ...string) {
	p.t.Helper()
	p.rests()
	p.says(text)
	p.hearsAll(lines)
}

// picks has the person choose an option of the message that was heard last: by a tap
// where it can be tapped, else by its number.
func (p *person) picks(label string, lines ...string) {
	p.t.Helper()
	p.rests()
	if len(p.last.buttons) > 0 {
		p.taps(label)
	} else {
		number := regexp.MustCompile(`(?m)^(\d+) ` + regexp.QuoteMeta(label)).FindStringSubmatch(p.last.text)
		if number == nil {
			p.t.Fatalf("there is no option %q in %q", label, p.last.text)
		}
		p.says(number[1])
	}
	p.hearsAll(lines)
}

func (p *person) hearsAll(lines []string) {
	p.t.Helper()
	for _, want := range lines {
		p.listens(want)
		if first, _, _ := strings.Cut(p.last.text, "\n"); first != want {
			p.t.Fatalf("the bot says %q, want %q", p.last.text, want)
		}
	}
}

// shops: the menu, an order that is there and one that is not, a question in the
// middle, a refund, an answer to a frequent question.
func (p *person) shops() {
	p.t.Helper()
	menu, more := "Hi "+p.name+", this is Acme. What can I do for you?", "Anything else?"
	p.tells("good evening", menu)
	p.tells("what?", "Please pick one of these, or answer with its number.")
	p.picks("Track an order", askOrder)
	p.tells("A-0000", "I can't find A-0000.", askOrder)
	p.tells("hours", openNow, askOrder)
	p.tells("no idea what you mean", "I cannot read that as an order number. An example is A-1234.")
	p.tells("a-1234", "A-1234 is shipped, expected Wednesday.", more)
	p.picks("Main menu", menu)
	p.picks("Ask for a refund", askReturn)
	p.tells("A-1111", "Which item comes back?")
	p.picks("Shelf", "What is wrong with it?")
	p.picks("Damaged", "I am sorry to hear that.", `Shall I ask for €89.50 back for "Shelf"?`)
	p.picks("Yes, please", "Done. Your reference is R-0001.", more)
	p.picks("Main menu", menu)
	p.picks("Questions and answers", "What would you like to know?")
	p.picks("Shipping", "An order takes two to four days. Shipping is free from €40.", more)
	p.picks("Main menu", menu)
	if n := p.s.shop.Refunds(); n != 1 {
		p.t.Errorf("the shop has %d refunds, want 1", n)
	}
}

// asksForPeople: the bot hands over and is silent, a person of the team answers and
// gives back; one cuts into a question.
func (p *person) asksForPeople() {
	p.t.Helper()
	desk, own := p.on.dialect.(team)
	if !own {
		desk = console{}
	}
	p.picks("Talk to a person", "A colleague will answer here.")
	p.rests()
	desk.takes(p)
	p.rests()
	p.saysAll(atOnce()...)
	p.rests()
	desk.writes(p, "This is Bo. What can I do for you?")
	p.tells("My lamp is broken.")
	p.rests()
	desk.writes(p, "A new one is on its way.")
	p.rests()
	desk.givesBack(p)
	p.tells("hours", openNow)

	p.tells("where is my order", askOrder)
	p.rests()
	if desk.takes(p) {
		p.tells("A-1111") // nobody says anything
		p.rests()
	}
	desk.writes(p, "Bo again, may I help?")
	p.tells("A-1234")
	p.rests()
	desk.givesBack(p)
	if p.on.manners.late {
		p.tells("A-1234", askOrder, "A-1234 is shipped, expected Wednesday.")
		return
	}
	p.hearsAll([]string{askOrder})
	p.tells("A-1234", "A-1234 is shipped, expected Wednesday.")
}

// saysAll has the person write several texts at once, in one webhook where the
// platform does that.
func (p *person) saysAll(texts ...string) {
	p.t.Helper()
	var all []any
	for _, text := range texts {
		all = append(all, p.write(text))
	}
	if b, ok := p.on.dialect.(batcher); ok {
		all = []any{b.batch(all)}
	}
	for _, webhook := range all {
		p.post(webhook)
	}
}

// optsOut: nothing comes unasked while the person wants none, by word, and by what
// the platform has for it.
func (p *person) optsOut() {
	p.t.Helper()
	p.tells("STOP", `You will get no more messages from us. Write "start" to undo this.`)
	p.rests()
	p.isPaid("R-0002")
	p.tells("start", "Welcome back. You will get our messages again.")
	d, ok := p.on.dialect.(preferrer)
	if !ok {
		return
	}
	for _, messages := range []bool{false, true} {
		p.rests()
		p.next++
		p.post(d.wants(p, p.next, messages))
		if !messages {
			p.rests()
			p.isPaid("R-0003")
		}
	}
	if p.on.manners.unblocks {
		p.tells("start", "Welcome back. You will get our messages again.")
	}
}

// isToldLater: a day later free text is not taken any more, and a template is.
func (p *person) isToldLater() {
	p.t.Helper()
	p.rests()
	p.s.clock.set(p.s.clock.now().Add(25 * time.Hour))
	p.isPaid("R-0004")
	p.listens("the refund was paid")
	if !strings.Contains(p.last.text, "R-0004") {
		p.t.Fatalf("the bot says %q", p.last.text)
	}
	p.tells("where is my order A-1111?", "A-1111 was delivered on 28 February 2026.")
}

// isPaid has the shop tell the bot that it paid a refund.
func (p *person) isPaid(reference string) {
	p.t.Helper()
	e := p.event(channels.KindCustom, "")
	p.s.tell(map[string]any{"kind": "custom", "name": "refund_paid", "channel": e.Channel, "account": e.Account,
		"conversation": e.Conversation, "data": map[string]any{"reference": reference}, "id": reference})
}

// A console is how people answer on platforms that have nothing for it.
type console struct{}

func (c console) takes(p *person) bool {
	p.t.Helper()
	c.tell(p, channels.KindTakeOver, "")
	return true
}

func (c console) writes(p *person, text string) {
	p.t.Helper()
	c.tell(p, channels.KindAgent, text)
	p.hearsAll([]string{text})
}

func (c console) givesBack(p *person) { c.tell(p, channels.KindGiveBack, "") }

func (console) tell(p *person, kind channels.Kind, text string) {
	p.t.Helper()
	e := p.event(kind, text)
	p.s.tell(map[string]any{"kind": string(kind), "channel": e.Channel, "account": e.Account, "conversation": e.Conversation, "text": text})
}

// tell posts an event to the bot, as programs do.
func (s *server) tell(event map[string]any) {
	s.t.Helper()
	header := http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + apiToken}}
	if status := s.post("/events", header, encode(s.t, event)); status != http.StatusAccepted {
		s.t.Errorf("POST /events was answered with %d", status)
	}
}

// checkHistory wants that all that went out was read, if the platform says so, and
// that what the person wrote came once, and in order if the platform keeps one.
func (p *person) checkHistory() {
	p.t.Helper()
	history, err := p.s.store.History(p.t.Context(), p.conv(), 0, 500)
	if err != nil {
		p.t.Fatal(err)
	}
	want := ""
	if len(p.on.manners.statuses) > 0 {
		want = "read"
	}
	var wrote []string
	for _, e := range history {
		var said struct{ Kind, Text string }
		if err := json.Unmarshal(e.Payload, &said); err != nil {
			p.t.Error(err)
		}
		switch {
		case e.Direction == state.In:
			wrote = append(wrote, said.Text)
		case want != "" && e.Status != want:
			p.t.Errorf("a message is %q, want %q: %s", e.Status, want, e.Payload)
		}
	}
	at := slices.Index(wrote, atOnce()[0])
	if at < 0 || at+3 > len(wrote) {
		p.t.Fatalf("the history has no %q: %q", atOnce()[0], wrote)
	}
	if p.on.manners.order != noOrder && !slices.Equal(wrote[at:at+3], atOnce()) {
		p.t.Errorf("the history has %q, want %q", wrote[at:at+3], atOnce())
	}
	for _, text := range append(atOnce(), "My lamp is broken.", "STOP") {
		if n := count(wrote, text); n != 1 {
			p.t.Errorf("the history has %q %d times: %q", text, n, wrote)
		}
	}
}

// atOnce are messages that a person writes at once.
func atOnce() []string { return []string{"Is this a person?", "help", "Anybody there?"} }

func count(all []string, text string) int {
	n := 0
	for _, s := range all {
		if s == text {
			n++
		}
	}
	return n
}

// golden compares what the person saw with what is in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "conversation", name+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what the person saw, which is:\n%s", path, got)
	}
}
