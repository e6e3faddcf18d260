package examples

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/state"
)

var update = flag.Bool("update", false, "rewrite the transcripts")

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
		p.on.note(p.chat, map[bool]string{false: p.name + " wants no messages", true: p.name + " wants messages"}[messages])
		p.post(d.wants(p, p.next, messages))
		if !messages {
			p.rests()
			p.isPaid("R-0003")
		}
	}
	if p.on.manners.unblocks {
		p.hearsAll([]string{"Hi " + p.name + ", this is Acme. What can I do for you?"})
		p.tells("cancel", "OK, cancelled.")
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
