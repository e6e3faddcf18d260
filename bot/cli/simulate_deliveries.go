package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/corpus"
)

// The words beside the names of samples.
const (
	everything = "all"
	odd        = "odd"
	handshake  = "handshake"
)

// A delivery is a webhook to post.
type delivery struct {
	Event  string
	Events []channels.Event
	Body   []byte
	// shake is true for the GET of a handshake, which has no body.
	shake bool
	// refused is the status by which the channel refuses the sample; 0 when it takes it.
	refused int
}

// groupOf are the samples that a word stands for.
func groupOf(c *corpus.Corpus, word string) []corpus.Sample {
	var group []corpus.Sample
	for _, s := range c.Samples() {
		ofKind := !s.Odd() && slices.Contains(kindsOf(s.Events), channels.Kind(word))
		if word == everything && !s.Odd() || word == odd && s.Odd() || ofKind {
			group = append(group, s)
		}
	}
	return group
}

// deliveries makes what is to be posted, in the order in which it is.
func (p *player) deliveries(s *simulation) ([]delivery, error) {
	var all []delivery
	var err error
	if len(s.status) > 0 {
		all, err = p.statuses(s)
	} else {
		all, err = p.named(s)
	}
	if err != nil {
		return nil, err
	}
	if s.batch > 1 {
		if all, err = p.batches(all, s.batch); err != nil {
			return nil, err
		}
	}
	if s.reorder {
		slices.Reverse(all)
	}
	return all, nil
}

// named makes the events that were named, each as often as wanted.
func (p *player) named(s *simulation) ([]delivery, error) {
	var drafts []*corpus.Draft
	var samples []corpus.Sample
	var all []delivery
	for _, word := range s.events {
		if word == handshake {
			if r, _ := p.Handshake(&url.URL{}, time.Now()); r == nil {
				return nil, &usageError{fmt.Errorf("%s checks addresses by no GET", p.kind)}
			}
			all = append(all, delivery{Event: handshake, shake: true})
			continue
		}
		group, err := p.samples(word)
		if err != nil {
			return nil, err
		}
		for _, sample := range group {
			d, err := p.draft(sample, s.want, len(group) > 1)
			if err != nil {
				return nil, err
			}
			drafts, samples = append(drafts, d), append(samples, sample)
		}
	}
	if len(drafts)*s.count > maxDeliveries {
		return nil, &usageError{fmt.Errorf("these are %d webhooks; %d are the most at once", len(drafts)*s.count, maxDeliveries)}
	}
	for range s.count {
		for i, d := range drafts {
			made, err := d.Payload(time.Now())
			if err != nil {
				return nil, err
			}
			all = append(all, delivery{Event: made.Name, Events: made.Events, Body: made.Body, refused: samples[i].Refused})
		}
	}
	return all, nil
}

// draft prepares a sample. Of a group, those that have no place for what is wanted are
// posted as they are.
func (p *player) draft(sample corpus.Sample, w corpus.Want, ofGroup bool) (*corpus.Draft, error) {
	for {
		d, err := p.Draft(sample, w)
		unset, ok := errors.AsType[*corpus.UnsetError](err)
		switch {
		case ok && ofGroup:
			w = w.Without(unset.What)
		case ok:
			return nil, &usageError{fmt.Errorf("--%s: %w", unset.What, unset)}
		default:
			return d, err
		}
	}
}

// samples finds what a word of the command line means.
func (p *player) samples(word string) ([]corpus.Sample, error) {
	if s, ok := p.Sample(word); ok {
		return []corpus.Sample{s}, nil
	}
	if group := groupOf(p.Corpus, word); len(group) > 0 || word == everything || word == odd {
		return group, nil
	}
	if strings.Contains(word, ":") {
		return nil, &usageError{fmt.Errorf("%s has no event %q; an address begins with http:// and is the last word", p.kind, word)}
	}
	if strings.ContainsAny(word, `/\`) || strings.HasSuffix(word, ".json") || strings.HasSuffix(word, ".form") {
		body, err := os.ReadFile(word)
		if err != nil {
			return nil, &usageError{err}
		}
		if strings.HasSuffix(word, ".form") {
			body = corpus.Form(body)
		}
		p.Add(word, body)
		s, _ := p.Sample(word)
		return []corpus.Sample{s}, nil
	}
	var near []string
	for _, s := range p.Samples() {
		if !s.Odd() && strings.Contains(s.Name, word) && len(near) < 5 {
			near = append(near, s.Name)
		}
	}
	hint := ";"
	if len(near) > 0 {
		hint = "; do you mean " + strings.Join(near, " or ") + "?"
	}
	return nil, &usageError{fmt.Errorf("%s has no event %q%s `parley simulate %s` lists them", p.kind, word, hint, p.name)}
}

// statuses makes the reports on one message, for each time that is wanted.
func (p *player) statuses(s *simulation) ([]delivery, error) {
	var all []delivery
	for range s.count {
		w := s.want
		for _, state := range s.status {
			sample, ok := p.Status(state)
			if !ok {
				return nil, &usageError{fmt.Errorf("%s reports no status %q: it has %s", p.kind, state, p.states())}
			}
			d, err := p.draft(sample, w, false)
			if err != nil {
				return nil, err
			}
			made, err := d.Payload(time.Now())
			if err != nil {
				return nil, err
			}
			w.Message = made.Events[0].Status.MessageID // the others are of the same
			if all = append(all, delivery{Event: made.Name, Events: made.Events, Body: made.Body}); len(all) > maxDeliveries {
				return nil, &usageError{fmt.Errorf("%d webhooks are the most at once", maxDeliveries)}
			}
		}
	}
	return all, nil
}

func (p *player) states() string {
	found := map[string]bool{}
	for _, state := range []string{"sent", "delivered", "read", "failed"} {
		if _, ok := p.Status(state); ok {
			found[state] = true
		}
	}
	if len(found) == 0 {
		return "none"
	}
	return strings.Join(slices.Sorted(maps.Keys(found)), ", ")
}

// batches puts so many events into one webhook, as far as the platform does.
func (p *player) batches(all []delivery, size int) ([]delivery, error) {
	if len(p.Simulation().Batch) == 0 {
		return nil, &usageError{fmt.Errorf("%s posts one event at a time: leave --batch out", p.kind)}
	}
	var out []delivery
	for len(all) > 0 {
		n := min(size, len(all))
		var bodies [][]byte
		for _, d := range all[:n] {
			if d.shake || d.refused != 0 || !json.Valid(d.Body) {
				n = max(len(bodies), 1)
				break
			}
			bodies = append(bodies, d.Body)
		}
		one := all[0]
		if len(bodies) > 1 {
			body, left := p.Join(bodies)
			n -= len(left)
			one.Body, one.Events = body, nil
			for _, d := range all[:n] {
				one.Events = append(one.Events, d.Events...)
			}
			if n > 1 {
				one.Event = fmt.Sprintf("%s and %d more", one.Event, n-1)
			}
		}
		out, all = append(out, one), all[n:]
	}
	return out, nil
}
