package channeltest

import (
	"bytes"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/corpus"
)

// testSimulation says that the platform can be played: what is made of the payloads in
// testdata is signed, new each time, and comes in as what the sample is.
func (s Spec) testSimulation(t *testing.T) {
	c := s.config(t, "", nil)
	if s.Inbound == nil {
		if s.Factory.Simulation != nil && s.Factory.Simulation(c) != nil {
			t.Error("a channel without webhooks has a simulation")
		}
		return
	}
	if s.Factory.Simulation == nil || s.Factory.Simulation(c) == nil {
		t.Fatal("a channel with webhooks has no simulation")
	}
	for k, v := range s.Signing {
		c.Values[k] = v
	}
	co := s.corpus(t, c)
	ch := New(t, s, "")
	t.Run("described", func(t *testing.T) { s.testPlayed(t, co) })
	for _, sample := range co.Samples() {
		t.Run(sample.Name, func(t *testing.T) { s.testSample(t, ch, co, sample) })
	}
	t.Run("batch", func(t *testing.T) { s.testBatch(t, ch, co) })
	t.Run("handshake", func(t *testing.T) { s.testHandshake(t, ch, co) })
}

// corpus opens the payloads in testdata, with those of the factory compared.
func (s Spec) corpus(t *testing.T, c *channels.Config) *corpus.Corpus {
	t.Helper()
	f := s.Factory
	f.Simulation = func(c *channels.Config) *channels.Simulation {
		sim := s.Factory.Simulation(c)
		sim.Samples = os.DirFS("testdata/inbound")
		return sim
	}
	co, err := corpus.Open(f, c, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	if s.Factory.Simulation(c).Samples == nil {
		return co // payloads are people's own
	}
	embedded, err := corpus.Open(s.Factory, c, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(co.Samples(), embedded.Samples()); d != "" {
		t.Errorf("the samples of the simulation are not those in testdata:\n%s", d)
	}
	return co
}

// testPlayed says that the settings of the samples make a channel, that something can
// be posted, and that the platform gives up some day.
func (s Spec) testPlayed(t *testing.T, co *corpus.Corpus) {
	sim := co.Simulation()
	if sim.Timeout <= 0 || sim.Retries == nil {
		t.Error("a simulation has a timeout, and says when the platform posts again")
	}
	own := corpus.Config(s.Factory, Name, nil, nil)
	if _, err := corpus.Open(s.Factory, own, rand.New(rand.NewPCG(1, 2))); err != nil {
		t.Errorf("the settings of the samples make no channel: %v", err)
	}
	for _, sample := range co.Samples() {
		r, since := co.Retries(sample.Body), time.Duration(0)
		for attempt := 1; ; attempt++ {
			wait, again := r.Next(attempt, since, nil)
			if !again {
				break
			}
			if since += wait; attempt > 100_000 {
				t.Fatal("the platform never gives up")
			}
		}
	}
}

// testSample makes two payloads of a sample.
func (s Spec) testSample(t *testing.T, ch channels.Channel, co *corpus.Corpus, sample corpus.Sample) {
	d, err := co.Draft(sample, corpus.Want{})
	if err != nil {
		t.Fatal(err)
	}
	now := Now().Add(30 * 24 * time.Hour)
	seen := map[string]bool{}
	var ofNow []bool
	for _, e := range sample.Events {
		seen[e.DedupeID] = true
		ofNow = append(ofNow, !e.Time.IsZero() && e.Time.Sub(channels.SampleTime()).Abs() < 60*24*time.Hour)
	}
	for range 2 {
		p, err := d.Payload(now)
		if err != nil {
			t.Fatal(err)
		}
		got := s.posted(t, ch, co, p.Body, now, sample.Refused)
		if sample.Refused != 0 {
			continue
		}
		if a, b := kinds(sample.Events), kinds(got.Events); !slices.Equal(a, b) {
			t.Errorf("it was %v and becomes %v:\n%s", a, b, p.Body)
		}
		for i, e := range got.Events {
			if e.Kind == channels.KindUnknown || sample.Odd() {
				continue // what nobody understands need not be new
			}
			if seen[e.DedupeID] {
				t.Errorf("%s is not new: %s\n%s", e.Kind, e.DedupeID, p.Body)
			}
			if ofNow[i] && (e.Time.After(now.Add(time.Minute)) || e.Time.Before(now.Add(-time.Hour))) {
				t.Errorf("%s is of %v, not of now, %v", e.Kind, e.Time, now)
			}
		}
		for _, e := range got.Events {
			seen[e.DedupeID] = true
		}
	}
	if !sample.Odd() && len(sample.Events) > 0 && d.Same() {
		t.Error("all payloads are one message; the simulation has to make their ids")
	}
}

// posted has the channel take a payload as the platform posts it: for the first time
// and, where it marks that, again.
func (s Spec) posted(t *testing.T, ch channels.Channel, co *corpus.Corpus, body []byte, now time.Time, refused int) *channels.Received {
	t.Helper()
	var first *channels.Received
	for attempt := range 2 {
		r, err := co.Request(body, &url.URL{Scheme: "https", Host: "bot.example.test", Path: "/webhooks/" + Name}, now, attempt)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ch.Receive(t.Context(), r)
		if problem := check(got, err); problem != "" {
			t.Error(problem)
		}
		if status(err) != refused {
			t.Fatalf("answered with %v, want a refusal with %d:\n%s", err, refused, body)
		}
		switch {
		case err != nil:
		case first == nil:
			first = got
		case !slices.Equal(ids(first.Events), ids(got.Events)):
			t.Errorf("posted again it is another event: %v, %v", ids(first.Events), ids(got.Events))
		}
	}
	return first
}

func kinds(events []channels.Event) []channels.Kind {
	var out []channels.Kind
	for _, e := range events {
		out = append(out, e.Kind)
	}
	return out
}

func ids(events []channels.Event) []string {
	var out []string
	for _, e := range events {
		out = append(out, e.DedupeID)
	}
	return out
}

// testBatch says that three payloads in one bring the events of all.
func (s Spec) testBatch(t *testing.T, ch channels.Channel, co *corpus.Corpus) {
	joined := 0
	for _, sample := range co.Samples() {
		if sample.Odd() || len(sample.Events) == 0 {
			continue
		}
		d, err := co.Draft(sample, corpus.Want{})
		if err != nil {
			t.Fatal(err)
		}
		var bodies [][]byte
		for range 3 {
			p, err := d.Payload(Now())
			if err != nil {
				t.Fatal(err)
			}
			bodies = append(bodies, p.Body)
		}
		one, left := co.Join(bodies)
		if len(left) == 2 && bytes.Equal(one, bodies[0]) {
			continue // never in one
		}
		if len(left) > 0 {
			t.Errorf("%s: %d of 3 are left over", sample.Name, len(left))
		}
		got := s.posted(t, ch, co, one, Now(), 0)
		distinct := map[string]bool{}
		for _, e := range got.Events {
			if e.Kind != channels.KindUnknown {
				distinct[e.DedupeID] = true
			}
		}
		if want := 3 * understood(sample.Events); len(distinct) != want || len(got.Events) != 3*len(sample.Events) {
			t.Errorf("%s: three in one bring %d events, want %d:\n%s", sample.Name, len(distinct), want, one)
		}
		joined++
	}
	if has := len(co.Simulation().Batch) > 0; has != (joined > 0) {
		t.Errorf("the platform posts several in one: %v, and %d samples can be joined", has, joined)
	}
}

// understood counts events, the same only once.
func understood(events []channels.Event) int {
	distinct := map[string]bool{}
	for _, e := range events {
		if e.Kind != channels.KindUnknown {
			distinct[e.DedupeID] = true
		}
	}
	return len(distinct)
}

// testHandshake says that a channel answers the handshake of its simulation.
func (s Spec) testHandshake(t *testing.T, ch channels.Channel, co *corpus.Corpus) {
	r, holds := co.Handshake(&url.URL{Scheme: "https", Host: "bot.example.test", Path: "/webhooks/" + Name}, Now())
	if r == nil {
		return // with these settings the platform does not check the address
	}
	shaker, ok := ch.(channels.Handshaker)
	if !ok {
		t.Fatal("the platform checks the address, and the channel has no handshake")
	}
	a, err := shaker.Handshake(t.Context(), r)
	if err != nil || a.Status != http.StatusOK || r.Method != http.MethodGet || holds == "" || !bytes.Contains(a.Body, []byte(holds)) {
		t.Errorf("the handshake is answered with %+v, %v; want %q", a, err, holds)
	}
}
