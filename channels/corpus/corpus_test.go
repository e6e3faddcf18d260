package corpus_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/builtin"
	"github.com/parley-chat/parley/channels/corpus"
)

func open(t *testing.T, f channels.Factory, values map[string]string) *corpus.Corpus {
	t.Helper()
	co, err := corpus.Open(f, corpus.Config(f, "main", values, nil), rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	return co
}

// each opens the corpus of every type that has one.
func each(t *testing.T, do func(t *testing.T, co *corpus.Corpus)) {
	t.Helper()
	for _, f := range builtin.Factories() {
		if f.Simulation != nil {
			t.Run(f.Type, func(t *testing.T) { do(t, open(t, f, nil)) })
		}
	}
}

// TestAPayloadSaysWhatIsWanted: on every platform there is a message whose text and
// person can be set, and of those that have a text or a tap most can.
func TestAPayloadSaysWhatIsWanted(t *testing.T) {
	const text = `<Hello> & "good" day ñ 👋`
	each(t, func(t *testing.T, co *corpus.Corpus) {
		texts, taps, people := tally{}, tally{}, tally{}
		for _, s := range co.Samples() {
			if s.Odd() || len(s.Events) != 1 || s.Events[0].Kind != channels.KindMessage && s.Events[0].Kind != channels.KindChoice {
				continue
			}
			e := s.Events[0]
			if e.Kind == channels.KindMessage && e.Text != "" {
				texts.try(t, co, s, corpus.Want{Text: text}, func(e channels.Event) string { return e.Text })
			}
			if e.Choice != nil && e.Choice.ID != "" {
				taps.try(t, co, s, corpus.Want{Choice: "opt7"}, func(e channels.Event) string { return e.Choice.ID })
			}
			if e.Sender.ID == "" {
				continue // nobody is named
			}
			who := e.Sender.ID
			if at := strings.IndexByte(who, '@'); at > 0 {
				who = who[:at]
			}
			people.try(t, co, s, corpus.Want{From: other(who)}, func(e channels.Event) string {
				id, _, _ := strings.Cut(e.Sender.ID, "@")
				return id
			})
		}
		t.Logf("texts %v, taps %v, people %v", texts, taps, people)
		for what, n := range map[string]tally{"text": texts, "person": people} {
			if n.set < max(1, min(n.all*6/10, 8)) {
				t.Errorf("the %s of %d of %d messages can be set: %v", what, n.set, n.all, n.not)
			}
		}
		if taps.set*10 < taps.all*5 {
			t.Errorf("the option of %d of %d taps can be set: %v", taps.set, taps.all, taps.not)
		}
	})
}

// other is another person's id of the same form.
func other(id string) string {
	b := []byte(id)
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] >= '0' && b[i] <= '8' {
			b[i]++
			return string(b)
		}
	}
	return "x" + id[1:]
}

// A tally counts what could be set.
type tally struct {
	all, set int
	not      []string
}

func (n *tally) try(t *testing.T, co *corpus.Corpus, s corpus.Sample, w corpus.Want, get func(channels.Event) string) {
	t.Helper()
	n.all++
	d, err := co.Draft(s, w)
	if _, unset := errors.AsType[*corpus.UnsetError](err); unset {
		n.not = append(n.not, s.Name)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	p, err := d.Payload(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if want, got := w.Text+w.Choice+w.From, get(p.Events[0]); got != want {
		t.Errorf("%s: %q, want %q\n%s", s.Name, got, want, p.Body)
	}
	n.set++
}

// TestNoTwoOfManyAreTheSame makes 2,000 payloads of a text on each platform.
func TestNoTwoOfManyAreTheSame(t *testing.T) {
	each(t, func(t *testing.T, co *corpus.Corpus) {
		for _, s := range co.Samples() {
			if s.Odd() || len(s.Events) != 1 || s.Events[0].Kind != channels.KindMessage {
				continue
			}
			d, err := co.Draft(s, corpus.Want{})
			if err != nil {
				t.Fatal(err)
			}
			seen := map[string]bool{}
			now := time.Now()
			for range 2_000 {
				p, err := d.Payload(now)
				if err != nil {
					t.Fatal(err)
				}
				e := p.Events[0]
				if seen[e.DedupeID] {
					t.Fatalf("%s: %s is there twice", s.Name, e.DedupeID)
				}
				seen[e.DedupeID] = true
				if e.Conversation != s.Events[0].Conversation && e.ID == "" {
					t.Fatalf("%s: the conversation is %s, and was %s", s.Name, e.Conversation, s.Events[0].Conversation)
				}
			}
			return // one of each platform is enough
		}
	})
}

// TestASampleIsOfTheChannelsOwnAccount: what the sample has of its settings is that of
// the channel.
func TestASampleIsOfTheChannelsOwnAccount(t *testing.T) {
	for _, f := range builtin.Factories() {
		own := map[string]map[string]string{
			"greenapi": {"instance": "1234567"}, "messenger": {"page_id": "1234567"}, "chatapi": {"instance": "1234567"},
			"instagram": {"account_id": "1234567"}, "whatsapp": {"phone_number_id": "1234567"},
		}[f.Type]
		if own == nil {
			continue
		}
		s, ok := open(t, f, own).Sample("text")
		if !ok || s.Odd() || s.Events[0].Account != "1234567" {
			t.Errorf("%s: %+v", f.Type, s)
		}
	}
}

// TestPayloadsOfOnesOwn: a file of somebody else's is signed and made new too.
func TestPayloadsOfOnesOwn(t *testing.T) {
	f := builtin.Factories()[0]
	for _, other := range builtin.Factories() {
		if other.Type == "webhook" {
			f = other
		}
	}
	co := open(t, f, map[string]string{"preset": "none", "verify": "hmac", "signature_header": "X-Sign", "webhook_secret": "s3cret",
		"id": "mid", "conversation": "who", "text": "words", "kind": "'message'",
		"send": `POST /messages {"to": "{conversation}", "words": "{text}"}`})
	if len(co.Samples()) != 0 {
		t.Error("a mapping of somebody's own has samples")
	}
	co.Add("mine", []byte(`{"mid": "a-17", "who": "ann", "words": "hi"}`))
	s, ok := co.Sample("mine")
	if !ok || s.Odd() || s.Events[0].Text != "hi" {
		t.Fatalf("%+v", s)
	}
	d, err := co.Draft(s, corpus.Want{Text: "bye"})
	if err != nil {
		t.Fatal(err)
	}
	a, errA := d.Payload(time.Now())
	b, errB := d.Payload(time.Now())
	if errA != nil || errB != nil || a.Events[0].Text != "bye" || a.Events[0].ID == b.Events[0].ID || a.Events[0].ID == "a-17" {
		t.Errorf("%s, %v\n%s, %v", a.Body, errA, b.Body, errB)
	}
}

// TestNoWebhooks: there is nothing to post to in mode pull.
func TestNoWebhooks(t *testing.T) {
	for _, f := range builtin.Factories() {
		switch f.Type {
		case "greenapi", "webhook":
			c := corpus.Config(f, "main", nil, nil)
			c.Values["mode"] = "pull"
			if _, err := corpus.Open(f, c, rand.New(rand.NewPCG(1, 2))); !errors.Is(err, corpus.ErrNoWebhooks) {
				t.Errorf("%s: %v", f.Type, err)
			}
		case "webchat", "terminal":
			if _, err := corpus.Open(f, corpus.Config(f, "main", nil, nil), rand.New(rand.NewPCG(1, 2))); !errors.Is(err, corpus.ErrNoWebhooks) {
				t.Errorf("%s: %v", f.Type, err)
			}
		}
	}
}

// TestAFormIsMadeNewToo: a payload need not be JSON.
func TestAFormIsMadeNewToo(t *testing.T) {
	f := formFactory(fstest.MapFS{"text.form": {Data: []byte("Sid=SM0123456789abcdef&WaId=15550100017&From=whatsapp%3A%2B15550100017&Body=Where+is+it%3F&At=1772445600")}})
	co := open(t, f, nil)
	s, _ := co.Sample("text")
	d, err := co.Draft(s, corpus.Want{Text: "a&b=c", From: "+4915112345678"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := d.Payload(time.Unix(1800000000, 0))
	if err != nil || p.Events[0].Text != "a&b=c" || p.Events[0].ID == s.Events[0].ID || !strings.HasSuffix(string(p.Body), "&At=1800000000") ||
		p.Events[0].Sender.ID != "whatsapp:+4915112345678" || !strings.Contains(string(p.Body), "&WaId=4915112345678&") {
		t.Errorf("%s, %v", p.Body, err)
	}
}
