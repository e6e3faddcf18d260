package corpus

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// A Draft makes payloads of a sample: what they say stays, and each has ids and a time
// of its own, so that it is a new message.
type Draft struct {
	c      *Corpus
	sample Sample
	body   []byte
	events []channels.Event
	base   time.Time // of the body, and so of all its other times
	fresh  []change
	// apart has each payload be a second older than the one before, where nothing but
	// the time tells them apart.
	apart bool
	made  int
	same  bool
}

// A change makes a scalar new: it is an id or, with a clock, a time.
type change struct {
	scalar
	at    time.Time
	clock clock
}

// A Payload is what is posted, and what the channel makes of it.
type Payload struct {
	Name   string
	Body   []byte
	Events []channels.Event
}

// Draft looks in a sample for what has to be new each time. It asks the channel: what
// changes the person, the conversation or the kind of an event when it changes is left
// alone. An error is an *UnsetError.
func (c *Corpus) Draft(s Sample, w Want) (*Draft, error) {
	d := &Draft{c: c, sample: s, body: s.Body, events: s.Events, base: channels.SampleTime()}
	if len(s.Events) == 0 {
		if w != (Want{}) {
			return nil, &UnsetError{Sample: s.Name, What: w.first()}
		}
		d.same = true
		return d, nil
	}
	var err error
	if d.body, d.events, err = c.say(s, w); err != nil {
		return nil, err
	}
	for _, e := range d.events {
		if !e.Time.IsZero() {
			d.base = e.Time
			break
		}
	}
	all := scan(d.body)
	for _, sc := range all {
		if d.fixed(sc, w) {
			continue
		}
		ch := change{scalar: sc}
		if ch.at, ch.clock = timeOf(sc.text, d.base); ch.clock == nil && !d.isID(sc.text) {
			continue
		}
		if d.harmless(ch) {
			d.fresh = append(d.fresh, ch)
		}
	}
	d.tellApart(all, w)
	return d, nil
}

// first names what is wanted.
func (w Want) first() string {
	for _, what := range []string{"from", "text", "choice", "message"} {
		if w.Without(what) != w {
			return what
		}
	}
	return ""
}

// Same reports whether all payloads of the draft are one message to the channel,
// because nothing in them tells them apart.
func (d *Draft) Same() bool { return d.same }

// Payload makes a payload of now. An error says that it is not what the sample is.
func (d *Draft) Payload(now time.Time) (Payload, error) {
	if len(d.events) == 0 || d.sample.Refused != 0 {
		return Payload{Name: d.sample.Name, Body: d.body}, nil
	}
	if d.made++; d.apart {
		now = now.Add(-time.Duration(d.c.offset+d.made) * time.Second)
	}
	body, ok := d.make(now, d.fresh)
	if !ok {
		return Payload{}, fmt.Errorf("make a new %s: an id is no number any more", d.sample.Name)
	}
	got, err := d.c.decode(body, now)
	if err != nil {
		return Payload{}, fmt.Errorf("make a new %s: %w", d.sample.Name, err)
	}
	if !sameKinds(d.events, got.Events) {
		return Payload{}, fmt.Errorf("make a new %s: it is another kind of event", d.sample.Name)
	}
	return Payload{Name: d.sample.Name, Body: body, Events: got.Events}, nil
}

// make writes the body with changes. The same id is the same everywhere in it.
func (d *Draft) make(now time.Time, changes []change) ([]byte, bool) {
	d.c.number++
	made := map[string]string{}
	var edits []edit
	for _, ch := range changes {
		to, ok := made[ch.text]
		switch {
		case ok:
		case ch.form == field:
			to = digits(shortest, d.c.chance)
		case ch.clock != nil:
			to = ch.clock(ch.at.Add(now.Sub(d.base)), d.c.number)
		default:
			to = d.newID(ch.text, now, made)
		}
		if ch.form != field {
			made[ch.text] = to
		}
		edits = append(edits, edit{ch.scalar, to})
	}
	return write(d.body, edits)
}

// newID makes an id, or a text with the id of a message in it.
func (d *Draft) newID(old string, now time.Time, made map[string]string) string {
	inner := old
	var keep []string
	for _, e := range d.events {
		if len(e.ID) >= 6 && old != e.ID && strings.Contains(old, e.ID) {
			inner = e.ID
		}
		for _, who := range []string{e.Sender.ID, e.Conversation} {
			keep = append(keep, local(who))
		}
	}
	to, ok := made[inner]
	if !ok {
		if d.c.sim.ID != nil {
			to = d.c.sim.ID(inner, now)
		}
		if to == "" {
			to = freshID(inner, keep, d.c.chance)
		}
		made[inner] = to
	}
	return strings.ReplaceAll(old, inner, to)
}

// fixed reports whether a value stays: whose it is, where it belongs, and what was
// wanted. A message that is reported on is new each time unless it was given.
func (d *Draft) fixed(s scalar, w Want) bool {
	if s.text == "" || w.Message != "" && s.text == w.Message {
		return true
	}
	for _, e := range d.events {
		if s.text == e.ID {
			return false // a number may be that of an account too
		}
		stays := append(strings.Split(e.Account, ":"), e.Account, e.Sender.ID, e.Sender.Phone, e.Sender.Username, e.Text)
		if e.Conversation != e.ID {
			stays = append(stays, e.Conversation)
		}
		if e.Choice != nil {
			stays = append(stays, e.Choice.ID)
		}
		if e.Status == nil && e.RefersTo != e.ID && !isPart(e.DedupeID, e.RefersTo) {
			stays = append(stays, e.RefersTo)
		}
		if slices.Contains(stays, s.text) || strings.TrimPrefix(e.Sender.Phone, "+") == s.text {
			return true
		}
	}
	return false
}

// isID reports whether a value is an id of an event, or a part of one.
func (d *Draft) isID(text string) bool {
	for _, e := range d.events {
		if text == e.ID || text == e.RefersTo {
			return true
		}
		if !strings.ContainsAny(text, "0123456789") {
			continue // a word of the platform
		}
		if isPart(e.DedupeID, text) || isPart(e.ID, text) ||
			len(e.ID) >= 6 && isPart(text, e.ID) {
			return true
		}
	}
	return false
}

// isPart reports whether a part stands in an id between what is no letter or digit.
func isPart(id, part string) bool {
	for from := 0; part != ""; {
		i := strings.Index(id[from:], part)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(part)
		if (start == 0 || !isWord(id[start-1])) && (end == len(id) || !isWord(id[end])) {
			return true
		}
		from = start + 1
	}
	return false
}

func isWord(c byte) bool { return isDigit(c) || isLetter(c) }

// harmless reports whether the events stay what they are when a value changes. A short
// value may be anything: it is an id only if it makes the id of an event another.
func (d *Draft) harmless(ch change) bool {
	got, ok := d.with([]change{ch}, d.base.Add(time.Minute))
	if !ok || !d.alike(got, ch.text) {
		return false
	}
	for i := range got {
		if got[i].ID != d.events[i].ID || got[i].DedupeID != d.events[i].DedupeID {
			return true
		}
	}
	return len(ch.text) >= 6
}

// with decodes the body with changes.
func (d *Draft) with(changes []change, now time.Time) ([]channels.Event, bool) {
	body, ok := d.make(now, changes)
	if !ok {
		return nil, false
	}
	got, err := d.c.decode(body, now)
	if err != nil || !sameKinds(d.events, got.Events) {
		return nil, false
	}
	return got.Events, true
}

// alike reports whether events are of the same people in the same conversations and
// say the same. A message that begins a conversation of its own may be in another.
func (d *Draft) alike(got []channels.Event, changed string) bool {
	for i := range got {
		a, b := &d.events[i], &got[i]
		moved := a.Conversation != b.Conversation && a.ID != changed
		if moved || a.Sender.ID != b.Sender.ID || a.Account != b.Account || a.Text != b.Text || chosen(a) != chosen(b) || a.Name != b.Name {
			return false
		}
	}
	return true
}
