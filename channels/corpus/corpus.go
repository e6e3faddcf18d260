// Package corpus has the payloads by which a platform is played: the samples of a
// channel's [channels.Simulation], as the channel itself decodes them, and new payloads
// made of them, each with ids and a time of its own. `parley simulate` posts them and
// package channeltest checks them.
package corpus

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// ErrNoWebhooks says that a channel has no webhooks with its settings, so that nothing
// can be posted to it.
var ErrNoWebhooks = errors.New("it has no webhooks")

// A Corpus is the samples of a channel. Request, Handshake, Retries and Simulation are
// safe for concurrent use; the rest is for one goroutine.
type Corpus struct {
	sim     *channels.Simulation
	channel channels.Channel
	config  *channels.Config
	own     map[string]string // what a sample has of its own settings, and what the channel has
	samples []Sample
	chance  *rand.Rand
	number  int // of the last payload; it begins anywhere
	offset  int // in seconds, of payloads that only the time tells apart
}

// A Sample is a payload, as the channel decodes it.
type Sample struct {
	Name string
	Body []byte
	// Events are what it brings; none for a handshake.
	Events []channels.Event
	// Answer is what the channel answers; nil for an empty 200.
	Answer *channels.Answer
	// Refused is the status by which the channel refuses it; 0 when it takes it.
	Refused int
}

// Odd reports whether the payload is a test of the channel's patience: it refuses it, or
// understands nothing of it, or the name is wrong_types or begins with odd_.
func (s *Sample) Odd() bool {
	unknown := func(e channels.Event) bool { return e.Kind == channels.KindUnknown }
	return s.Refused != 0 || s.Name == "wrong_types" || strings.HasPrefix(s.Name, "odd_") || len(s.Events) > 0 && !slices.ContainsFunc(s.Events, func(e channels.Event) bool { return !unknown(e) })
}

// Config returns the settings of a channel of a type that is in no bot.yaml: those that
// are given, then those of the samples, then the defaults.
func Config(f channels.Factory, name string, values map[string]string, lists map[string][]string) *channels.Config {
	c := &channels.Config{Name: name, Values: map[string]string{}, Lists: map[string][]string{}}
	for _, s := range f.Settings {
		if s.Default != "" {
			c.Values[s.Name] = s.Default
		}
	}
	maps.Copy(c.Values, values)
	maps.Copy(c.Lists, lists)
	if f.Simulation == nil {
		return c
	}
	if sim := f.Simulation(c); sim != nil {
		for k, v := range sim.Settings {
			if _, given := values[k]; !given {
				c.Values[k] = v
			}
		}
		for k, v := range sim.Lists {
			if _, given := lists[k]; !given {
				c.Lists[k] = v
			}
		}
	}
	return c
}

// Open reads the samples of a channel's type and decodes them with its settings. The
// chance makes ids; equal seeds make equal payloads. The error is [ErrNoWebhooks] when
// there is nothing to post to; any other is for people.
func Open(f channels.Factory, c *channels.Config, chance *rand.Rand) (*Corpus, error) {
	var sim *channels.Simulation
	if f.Simulation != nil {
		sim = f.Simulation(c)
	}
	if sim == nil {
		return nil, ErrNoWebhooks
	}
	quiet := *c
	quiet.HTTP, quiet.Log = channels.NewClient(), slog.New(slog.DiscardHandler)
	if _, err := f.New(&quiet); err != nil {
		return nil, err
	}
	// Whoever only looks needs no proof: some of them nobody here can make.
	if i := slices.IndexFunc(f.Settings, func(s channels.Setting) bool { return s.Name == "verify" }); i >= 0 && slices.Contains(f.Settings[i].Values, "off") {
		quiet.Values = maps.Clone(c.Values)
		quiet.Values["verify"] = "off"
	}
	ch, err := f.New(&quiet)
	if err != nil {
		return nil, err
	}
	co := &Corpus{sim: sim, channel: ch, config: &quiet, own: map[string]string{}, chance: chance, number: chance.IntN(1e6), offset: chance.IntN(600)}
	for _, s := range f.Settings {
		if was, is := sim.Settings[s.Name], c.Text(s.Name); s.Kind == channels.SettingText && was != "" && is != "" && was != is {
			co.own[was] = is
		}
	}
	if sim.Samples == nil {
		return co, nil
	}
	return co, fs.WalkDir(sim.Samples, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".json" && path.Ext(name) != ".form" {
			return err
		}
		body, err := fs.ReadFile(sim.Samples, name)
		if err != nil {
			return fmt.Errorf("read a sample: %w", err)
		}
		if path.Ext(name) == ".form" {
			body = Form(body)
		}
		co.Add(strings.TrimSuffix(path.Base(name), path.Ext(name)), body)
		return nil
	})
}

// Form is the payload of a file *.form, whose lines are the fields.
func Form(file []byte) []byte {
	return bytes.ReplaceAll(bytes.TrimSpace(file), []byte("\n"), []byte("&"))
}

// Add adds a payload, such as one of somebody's own.
func (c *Corpus) Add(name string, body []byte) {
	if len(c.own) > 0 {
		var edits []edit
		for _, s := range scan(body) {
			if to, ok := c.own[s.text]; ok {
				edits = append(edits, edit{s, to})
			}
		}
		if with, ok := write(body, edits); ok {
			body = with
		}
	}
	s := Sample{Name: name, Body: body}
	got, err := c.decode(body, channels.SampleTime())
	if refusal, ok := errors.AsType[*channels.RequestError](err); ok {
		s.Refused = refusal.Status
	}
	if got != nil {
		s.Events, s.Answer = got.Events, got.Answer
	}
	c.samples = append(c.samples, s)
}

// Simulation returns how the platform is played.
func (c *Corpus) Simulation() *channels.Simulation { return c.sim }

// Samples returns the samples in the order of their names, then what was added.
func (c *Corpus) Samples() []Sample { return c.samples }

// Sample returns the sample of a name.
func (c *Corpus) Sample(name string) (Sample, bool) {
	for _, s := range c.samples {
		if s.Name == name {
			return s, true
		}
	}
	return Sample{}, false
}

// Status returns the sample by which the platform reports that a message got into a
// state: sent, delivered, read or failed. Of several it is one that is named so, with
// the shortest name.
func (c *Corpus) Status(state string) (Sample, bool) {
	var best Sample
	better := func(s Sample) bool {
		named, bestNamed := strings.Contains(s.Name, state), strings.Contains(best.Name, state)
		return best.Name == "" || named && !bestNamed || named == bestNamed && len(s.Name) < len(best.Name)
	}
	for _, s := range c.samples {
		if !s.Odd() && len(s.Events) == 1 && s.Events[0].Kind == channels.KindStatus && s.Events[0].Status.State == state && s.Events[0].Status.MessageID != "" && better(s) {
			best = s
		}
	}
	return best, best.Name != ""
}

// Request makes the request by which the platform posts a payload to an address: a new
// one each time, signed for now. Attempt is 0 for the first, then 1 and so on.
func (c *Corpus) Request(body []byte, to *url.URL, now time.Time, attempt int) (*channels.Request, error) {
	r := c.unsigned(body, to, now)
	if attempt > 0 && c.sim.Again != nil {
		c.sim.Again(r, attempt)
	}
	if c.sim.Sign != nil {
		if err := c.sim.Sign(r); err != nil {
			return nil, fmt.Errorf("sign the webhook: %w", err)
		}
	}
	return r, nil
}

func (c *Corpus) unsigned(body []byte, to *url.URL, now time.Time) *channels.Request {
	at, kind := *to, "application/json"
	if isForm(body) {
		kind = "application/x-www-form-urlencoded"
	}
	return &channels.Request{
		Method: http.MethodPost, URL: &at, Header: http.Header{"Content-Type": {kind}}, Body: slices.Clone(body), Now: now,
	}
}

// Handshake makes the GET by which the platform checks an address, and returns what the
// answer must hold. It is nil when the platform does not.
func (c *Corpus) Handshake(to *url.URL, now time.Time) (r *channels.Request, holds string) {
	if c.sim.Handshake == nil {
		return nil, ""
	}
	r = c.unsigned(nil, to, now)
	r.Method = http.MethodGet
	r.Header.Del("Content-Type")
	return r, c.sim.Handshake(r)
}

// Retries says when the platform posts a payload again.
func (c *Corpus) Retries(body []byte) channels.Retries {
	if c.sim.Retries == nil {
		return channels.Retries{}
	}
	return c.sim.Retries(c.unsigned(body, &url.URL{}, time.Time{}))
}

// decode has the channel receive a payload, proven or not.
func (c *Corpus) decode(body []byte, now time.Time) (*channels.Received, error) {
	r := c.unsigned(body, &url.URL{Scheme: "https", Host: "bot.example", Path: "/webhooks/" + c.config.Name}, now)
	if c.sim.Sign != nil {
		_ = c.sim.Sign(r) // what it could not sign is of the right form all the same
	}
	got, err := c.channel.Receive(context.Background(), r)
	if err != nil {
		return nil, err
	}
	if got == nil {
		got = &channels.Received{}
	}
	return got, nil
}

// Join makes one payload of several, as far as the platform puts them into one: those
// that are left over are returned, in order. They are all when it never does.
func (c *Corpus) Join(bodies [][]byte) (one []byte, left [][]byte) {
	if len(bodies) == 0 {
		return nil, nil
	}
	one = bodies[0]
	for i, body := range bodies[1:] {
		both, ok := c.join(one, body)
		if !ok {
			return one, bodies[i+1:]
		}
		one = both
	}
	return one, nil
}

// join puts the lists of a payload behind those of another that is the same otherwise.
func (c *Corpus) join(a, b []byte) ([]byte, bool) {
	var x, y map[string]json.RawMessage
	if channels.Unmarshal(a, &x) != nil || channels.Unmarshal(b, &y) != nil {
		return nil, false
	}
	joined := false
	for _, key := range c.sim.Batch {
		var one, two []json.RawMessage
		if y[key] == nil || json.Unmarshal(y[key], &two) != nil || x[key] != nil && json.Unmarshal(x[key], &one) != nil {
			continue
		}
		list, err := json.Marshal(append(one, two...))
		if err != nil {
			return nil, false
		}
		x[key], joined = list, true
		delete(y, key)
	}
	for key, value := range y {
		if have, ok := x[key]; joined && (!ok || string(have) != string(value)) {
			return nil, false
		}
	}
	if !joined {
		return nil, false
	}
	both, err := json.Marshal(x)
	return both, err == nil
}
