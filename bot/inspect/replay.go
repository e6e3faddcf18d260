package inspect

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"regexp"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// A Replay says how a record is sent again.
type Replay struct {
	// To is where; nil is where the Inspector forwards to, or else its own answer.
	To *url.URL
	// Fresh gives events new ids: a bot takes what it has seen for a repeat of the
	// platform, and does nothing.
	Fresh bool
}

// Replay sends a record again as it came, or with fresh ids, and keeps what comes
// of it as a record of its own, which it returns. Its request waits for the answer.
func (i *Inspector) Replay(ctx context.Context, r *Record, o Replay) (*Record, error) {
	if r.Request.Cut {
		return nil, fmt.Errorf("webhook %d can't be replayed: its body is not whole", r.N)
	}
	again := &Record{Time: i.o.Now(), ReplayOf: r.N, Request: r.Request}
	if r.ReplayOf != 0 {
		again.ReplayOf = r.ReplayOf
	}
	again.Request.Remote = ""
	if o.Fresh {
		request, err := i.fresh(ctx, again)
		if err != nil {
			return nil, fmt.Errorf("webhook %d can't be made fresh: %w", r.N, err)
		}
		again.Request = request
	}
	to := i.o.Forward
	if o.To != nil {
		to = o.To
	}
	i.handle(ctx, again, nil, to, nil)
	if again.N == 0 {
		return nil, errors.New("the replay could not be kept")
	}
	return again, ctx.Err()
}

// leastID is the length of an id that is looked for in a body: a shorter one, or one
// without a digit, may mean something else there.
const leastID = 4

// fresh returns a request with other ids in its body, which its channel takes as
// other events of the same conversations.
func (i *Inspector) fresh(ctx context.Context, r *Record) (Request, error) {
	before := &Record{Time: r.Time, Request: r.Request}
	i.judge(ctx, before, nil)
	switch {
	case before.Channel == "":
		return Request{}, errors.New("no channel reads it")
	case before.Reason != "":
		return Request{}, errors.New(before.Reason)
	case len(before.Events) == 0:
		return Request{}, errors.New("it has no event")
	}
	after := &Record{Time: r.Time, Request: r.Request}
	after.Request.Header = maps.Clone(r.Request.Header)
	body := string(r.Request.Body)
	for old, id := range freshIDs(before.Events, body) {
		body = replaceWord(body, old, id)
	}
	after.Request.Body = Text(body)
	i.judge(ctx, after, nil)
	if after.Signature == SignatureFailed {
		return Request{}, errors.New("its signature covers the body, and would not hold any more")
	}
	if len(after.Events) != len(before.Events) {
		return Request{}, errors.New("its ids can't be told from the rest of its body")
	}
	for n, e := range after.Events {
		was := before.Events[n]
		if e.DedupeID == was.DedupeID || e.Kind != was.Kind || e.Conversation != was.Conversation || e.Account != was.Account {
			return Request{}, errors.New("its ids can't be told from the rest of its body")
		}
	}
	return after.Request, nil
}

// freshIDs finds the ids of events in a body, and gives each another one.
func freshIDs(events []Event, body string) map[string]string {
	ids := map[string]string{}
	for _, e := range events {
		for _, id := range append(strings.FieldsFunc(e.DedupeID, func(r rune) bool { return r == ':' || r == '/' || r == '|' }), e.DedupeID, e.ID) {
			if len(id) >= leastID && strings.ContainsAny(id, "0123456789") && !isAddress(e.Event, id) && strings.Contains(body, id) {
				ids[id] = freshID(id)
			}
		}
	}
	return ids
}

// isAddress reports whether a text is all or part of what stands for somebody, who
// shall stay the same.
func isAddress(e channels.Event, id string) bool {
	for _, a := range []string{e.Account, e.Conversation, e.Sender.ID, e.Sender.Phone} {
		if strings.Contains(a, id) {
			return true
		}
	}
	return false
}

// freshID changes the last letters and digits of an id into others of their kind.
func freshID(id string) string {
	b := []byte(id)
	for n, left := len(b)-1, 9; n > 0 && left > 0; n-- {
		c := b[n]
		for b[n] == c && (c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F') {
			switch {
			case c <= '9':
				b[n] = byte('0' + rand.IntN(10))
			case c <= 'F':
				b[n] = byte('A' + rand.IntN(6))
			default:
				b[n] = byte('a' + rand.IntN(6))
			}
			left--
		}
	}
	return string(b)
}

// replaceWord replaces a text where it is not part of a longer word.
func replaceWord(s, old, with string) string {
	with = strings.ReplaceAll(with, "$", "$$")
	word := regexp.MustCompile(`(^|[^0-9A-Za-z])` + regexp.QuoteMeta(old) + `($|[^0-9A-Za-z])`)
	for {
		next := word.ReplaceAllString(s, "${1}"+with+"${2}")
		if next == s {
			return s
		}
		s = next
	}
}
