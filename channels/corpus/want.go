package corpus

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// A Want is what a payload should say; what is empty stays as in the sample.
type Want struct {
	// From is who writes: the platform's id of a person. What the platform puts around
	// it, such as @c.us or whatsapp:, may be left out.
	From string
	// Text is what was written, Choice the id of the option that was tapped.
	Text, Choice string
	// Message is the platform's id of the message that is answered, reacted to or
	// reported on.
	Message string
}

// An UnsetError says that a sample has no place for what it should say.
type UnsetError struct {
	Sample string
	// What is from, text, choice or message.
	What string
}

// Error names the sample and what can't be set.
func (e *UnsetError) Error() string {
	return fmt.Sprintf("%s has no %s that could be set", e.Sample, e.What)
}

// Without returns the want without what an UnsetError names.
func (w Want) Without(what string) Want {
	switch what {
	case "from":
		w.From = ""
	case "text":
		w.Text = ""
	case "choice":
		w.Choice = ""
	case "message":
		w.Message = ""
	}
	return w
}

// say has a payload say what is wanted, and returns the events that it brings.
func (c *Corpus) say(s Sample, w Want) ([]byte, []channels.Event, error) {
	body, events := s.Body, s.Events
	for _, set := range []struct {
		what, value string
		get         func(e *channels.Event) string
	}{
		{"from", w.From, nil},
		{"text", w.Text, func(e *channels.Event) string { return e.Text }},
		{"choice", w.Choice, chosen},
		{"message", w.Message, func(e *channels.Event) string { return e.RefersTo }},
	} {
		if set.value == "" {
			continue
		}
		var ok bool
		if len(events) > 0 && set.get == nil {
			body, events, ok = c.person(body, events, set.value)
		} else if len(events) > 0 {
			body, events, ok = c.set(body, events, set.get, set.value)
		}
		if !ok {
			return nil, nil, &UnsetError{Sample: s.Name, What: set.what}
		}
	}
	return body, events, nil
}

func chosen(e *channels.Event) string {
	if e.Choice == nil {
		return ""
	}
	return e.Choice.ID
}

// set looks for the value of which the channel makes what is wanted: one that is it
// now, or has it in it, or else any. The channel itself says when it is found.
func (c *Corpus) set(body []byte, events []channels.Event, get func(*channels.Event) string, value string) ([]byte, []channels.Event, bool) {
	now := get(&events[0])
	if now == value {
		return body, events, true
	}
	if now == "" {
		return nil, nil, false
	}
	all := scan(body)
	for _, try := range c.tries(all, now, value) {
		with, got, ok := c.replace(body, all, try.was, try.to)
		if ok && sameKinds(events, got) && get(&got[0]) == value {
			return with, got, true
		}
	}
	return nil, nil, false
}

// A try is a value that may have to become another.
type try struct{ was, to string }

// tries are those values, the likely ones first.
func (c *Corpus) tries(all []scalar, now, value string) []try {
	writings := []string{value}
	if c.sim.Text != nil && c.sim.Text(value) != value {
		writings = append(writings, c.sim.Text(value))
	}
	var first, within, other []try
	seen := map[string]bool{}
	for _, s := range all {
		if seen[s.text] {
			continue
		}
		seen[s.text] = true
		for _, writing := range writings {
			switch whole := (try{s.text, writing}); {
			case s.text == now:
				first = append(first, whole)
			case len(now) > 2 && strings.Contains(s.text, now):
				within = append(within, try{s.text, strings.ReplaceAll(s.text, now, writing)})
				other = append(other, whole)
			case now != "" && escaped(s.text, now, writing) != s.text:
				within = append(within, try{s.text, escaped(s.text, now, writing)})
				other = append(other, whole)
			default:
				other = append(other, whole)
			}
		}
	}
	return slices.Concat(first, within, other)
}

// escaped puts another value in the place of one that stands between slashes, escaped.
func escaped(text, was, value string) string {
	parts := strings.Split(text, "/")
	for i, part := range parts {
		if plain, err := url.QueryUnescape(part); err == nil && plain == was && len(parts) > 1 {
			parts[i] = url.QueryEscape(value)
		}
	}
	return strings.Join(parts, "/")
}

// replace puts a value in the place of another, wherever that is.
func (c *Corpus) replace(body []byte, all []scalar, was, value string) ([]byte, []channels.Event, bool) {
	var edits []edit
	for _, s := range all {
		if s.text == was {
			edits = append(edits, edit{s, value})
		}
	}
	with, ok := write(body, edits)
	if !ok {
		return nil, nil, false
	}
	got, err := c.decode(with, channels.SampleTime())
	if err != nil {
		return nil, nil, false
	}
	return with, got.Events, true
}

func sameKinds(a, b []channels.Event) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Kind != b[i].Kind || state(&a[i]) != state(&b[i]) {
			return false
		}
	}
	return true
}

func state(e *channels.Event) string {
	if e.Status == nil {
		return ""
	}
	return e.Status.State
}

// person puts somebody else in the place of who writes, wherever the payload names
// them: as a number with or without a plus, with and without what stands before a colon
// or behind an @, and within the ids of messages.
func (c *Corpus) person(body []byte, events []channels.Event, from string) ([]byte, []channels.Event, bool) {
	who := func(e *channels.Event) string {
		if e.Sender.ID != "" {
			return e.Sender.ID
		}
		return e.Conversation
	}
	was := who(&events[0])
	if was == "" {
		return nil, nil, false
	}
	if _, behind, ok := strings.Cut(was, "@"); ok && !strings.Contains(from, "@") {
		from += "@" + behind
	}
	if before, _, ok := strings.Cut(was, ":"); ok && !strings.Contains(from, ":") {
		from = before + ":" + from
	}
	before, after := local(was), local(from)
	var edits []edit
	for _, s := range scan(body) {
		switch bare := strings.TrimPrefix(s.text, "+"); {
		case s.text == was:
			edits = append(edits, edit{s, from})
		case bare == strings.TrimPrefix(before, "+"):
			edits = append(edits, edit{s, s.text[:len(s.text)-len(bare)] + strings.TrimPrefix(after, "+")})
		case len(before) >= 6 && strings.Contains(s.text, before) && !strings.Contains(s.text, "://"):
			edits = append(edits, edit{s, strings.ReplaceAll(s.text, before, after)})
		}
	}
	with, ok := write(body, edits)
	if !ok {
		return nil, nil, false
	}
	got, err := c.decode(with, channels.SampleTime())
	if err != nil || !sameKinds(events, got.Events) || who(&got.Events[0]) != from {
		return nil, nil, false
	}
	return with, got.Events, true
}

// local is a person's id without what stands before a colon or behind an @.
func local(id string) string {
	if _, behind, ok := strings.Cut(id, ":"); ok {
		id = behind
	}
	id, _, _ = strings.Cut(id, "@")
	return id
}
