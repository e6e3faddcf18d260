package flows

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// What of a turn is kept, and how much.
const (
	// maxState is what a state may take, encoded: less than stores accept.
	maxState = 900 << 10
	// maxOnce and maxOnceBytes bound the results of once_per, the oldest out first.
	maxOnce      = 200
	maxOnceBytes = 256 << 10
	// roomToGrow is by how many bytes a turn makes a state larger, mostly.
	roomToGrow = 512
	// maxAnswers is how many answers a run can go back.
	maxAnswers = 20
)

// finish makes the output of a turn that is over.
func (t *turn) finish() (Output, error) {
	c := t.c
	t.forget()
	t.out.Wake, t.out.LastIn = t.nextWake(), c.LastIn // it may look at runs, so before they are encoded
	for _, list := range [...][]*run{c.Open, c.Waiting, c.Ready} {
		for _, r := range list {
			r.encode()
		}
	}
	t.keepFields()
	for {
		data, err := c.encode(len(t.in.State) + roomToGrow)
		if err != nil {
			return Output{}, fmt.Errorf("encode the state: %w", err)
		}
		if len(data) <= maxState || !t.shed() {
			t.out.State = data
			return t.out, nil
		}
	}
}

// keepFields keeps the fields of the contact and the session.
func (t *turn) keepFields() {
	c, limit := t.c, t.b.limits.Variables
	if size := sizeOf(t.session); size > limit {
		t.trouble("limit", "limit of %d bytes for session.*: %d; its changes are dropped", limit, size)
	} else {
		clear(c.Session)
		c.Session = encodeFields(c.Session, t.session, t.b.sessionTypes, t.b.session)
	}
	if size := sizeOf(t.contact); size > limit {
		t.trouble("limit", "limit of %d bytes for contact.*: %d; its changes are dropped", limit, size)
		return
	}
	// What is not known stays: a later version may know the field again.
	maps.DeleteFunc(c.Contact, func(name string, _ any) bool { _, known := t.b.contactTypes[name]; return known })
	c.Contact = encodeFields(c.Contact, t.contact, t.b.contactTypes, t.b.contact)
}

// encode writes the variables of the frames that were in use. Secret answers end
// with their turn.
func (r *run) encode() {
	for i := range r.Frames {
		f := &r.Frames[i]
		if f.vars == nil || f.flow == nil {
			continue
		}
		clear(f.Vars)
		f.Vars = encodeFields(f.Vars, f.vars, f.flow.types, f.flow.params, f.flow.vars)
		for name := range f.flow.secrets {
			delete(f.Vars, name)
		}
	}
}

// forget drops what is kept for a time only, and what no flow asks for any more.
func (t *turn) forget() {
	c := t.c
	maps.DeleteFunc(c.Once, func(_ string, o onceResult) bool { return t.now.Sub(o.At) > t.b.limits.Once })
	maps.DeleteFunc(c.Seen, func(key string, _ time.Time) bool { return !t.b.knows(key) })
	bytes := 0
	for _, o := range c.Once {
		bytes += len(o.Body)
	}
	for len(c.Once) > maxOnce || bytes > maxOnceBytes {
		oldest := c.oldestOnce()
		bytes -= len(c.Once[oldest].Body)
		delete(c.Once, oldest)
		t.trouble("limit", "limit of once_per: the oldest key is forgotten")
	}
}

func (c *conversation) oldestOnce() string {
	return slices.MinFunc(slices.Collect(maps.Keys(c.Once)), func(a, b string) int {
		return cmp.Or(c.Once[a].At.Compare(c.Once[b].At), strings.Compare(a, b))
	})
}

// knows reports whether a flow, or flow/step, is there.
func (b *Bot) knows(key string) bool {
	flow, step, isStep := strings.Cut(key, "/")
	f := b.flows[flow]
	return f != nil && (!isStep || f.steps[step] != nil)
}

// shed gives up what is least missed of a state that is too large, and reports
// whether there was something.
func (t *turn) shed() bool {
	c, had := t.c, false
	for _, list := range [...][]*run{c.Open, c.Waiting, c.Ready} {
		for _, r := range list {
			had = had || len(r.Answers) > 0
			r.Answers = nil
		}
	}
	switch {
	case had:
		t.trouble("limit", "limit of %d bytes for a conversation: no going back", maxState)
	case len(c.Waiting) > 0:
		c.Waiting = c.Waiting[1:]
		t.trouble("limit", "limit of %d bytes for a conversation: the oldest run that waits is dropped", maxState)
	case len(c.Ready) > 0:
		c.Ready = c.Ready[:len(c.Ready)-1]
		t.trouble("limit", "limit of %d bytes for a conversation: a run that could go on is dropped", maxState)
	case len(c.Open) > 1:
		c.Open = c.Open[1:]
		t.trouble("limit", "limit of %d bytes for a conversation: the oldest question is dropped", maxState)
	default:
		return false
	}
	return true
}

// fits reports whether the variables of a run are within the limit.
func (t *turn) fits(r *run) bool {
	size := 0
	for i := range r.Frames {
		f := &r.Frames[i]
		for name := range f.flow.types {
			if v, ok := f.vars[name]; ok {
				size += len(name) + 4 + sizeOf(v)
			}
		}
	}
	if size <= t.b.limits.Variables {
		return true
	}
	t.trouble("limit", "limit of %d bytes for the variables of a run, at %s: %d", t.b.limits.Variables, r.top().Flow, size)
	return false
}

// sizeOf is about what a value takes, encoded.
func sizeOf(v any) int {
	n := 2
	switch v := v.(type) {
	case string:
		return n + len(v)
	case []any:
		for _, e := range v {
			n += sizeOf(e) + 1
		}
		return n
	case map[string]any:
		for name, e := range v {
			n += len(name) + 4 + sizeOf(e)
		}
		return n
	}
	return 10
}

// cut returns at most n bytes of a text, whole characters.
func cut(s string, n int) string {
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
