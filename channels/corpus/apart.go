package corpus

import (
	"slices"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// tellApart makes sure that each payload is another message: with more that looks like
// an id where ids are not enough, else by the time, and in the end by a field that no
// platform has.
func (d *Draft) tellApart(all []scalar, w Want) {
	for _, s := range all {
		if d.apartBy(d.fresh, 0) {
			return
		}
		known := slices.ContainsFunc(d.fresh, func(ch change) bool { return ch.start == s.start })
		if !known && !d.fixed(s, w) && looksLikeID(s) {
			d.add(change{scalar: s})
		}
	}
	if d.apartBy(d.fresh, 0) {
		return
	}
	if d.apart = d.apartBy(d.fresh, time.Second); d.apart {
		return
	}
	for _, object := range objects(d.body) {
		if d.add(change{scalar: object}); d.apartBy(d.fresh, 0) {
			return
		}
	}
	d.same = true
}

// add adds a change that makes the id of an event another, and leaves the rest.
func (d *Draft) add(ch change) {
	got, ok := d.with([]change{ch}, d.base.Add(time.Minute))
	if !ok || !d.alike(got, "") {
		return
	}
	for i := range got {
		if got[i].DedupeID != d.events[i].DedupeID {
			d.fresh = append(d.fresh, ch)
			return
		}
	}
}

// apartBy reports whether two payloads, so far apart, have no event in common. Those
// that the channel does not understand do not count.
func (d *Draft) apartBy(changes []change, by time.Duration) bool {
	now := d.base.Add(time.Minute)
	a, ok := d.with(changes, now)
	b, okToo := d.with(changes, now.Add(by))
	if !ok || !okToo {
		return false
	}
	odd := d.sample.Odd()
	for i := range a {
		if a[i].DedupeID == b[i].DedupeID && (odd || a[i].Kind != channels.KindUnknown) {
			return false
		}
	}
	return true
}

// looksLikeID reports whether a value is named or written like an id.
func looksLikeID(s scalar) bool {
	key := strings.ToLower(s.key)
	named := strings.HasSuffix(key, "id") || strings.HasPrefix(key, "id") || strings.HasSuffix(key, "token")
	named = named && (strings.ContainsAny(s.text, "0123456789") || len(s.text) >= 16)
	long := len(s.text) >= 8 && !strings.ContainsAny(s.text, " /") && room(s.text, make([]bool, len(s.text)), isDigit) >= 4
	_, clock := readTime(s.text)
	return (named || long) && clock == nil
}
