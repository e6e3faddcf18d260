package channeltest

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-chat/parley/channels"
)

// request makes an unsigned webhook request.
func (s Spec) request(body []byte) *channels.Request {
	contentType := "application/json"
	if s.Inbound != nil && s.Inbound.Form {
		contentType = "application/x-www-form-urlencoded"
	}
	return &channels.Request{
		Method: http.MethodPost,
		URL:    &url.URL{Scheme: "https", Host: "bot.example.test", Path: "/webhooks/" + Name},
		Header: http.Header{"Content-Type": {contentType}},
		Body:   body, Now: Now(),
	}
}

// Request makes a webhook request as the platform sends it, signed with the
// secret of the spec's settings.
func (s Spec) Request(body []byte) *channels.Request {
	r := s.request(body)
	s.Inbound.Sign(r, s.Settings[s.Inbound.Setting])
	return r
}

func (s Spec) testInbound(t *testing.T) {
	c := New(t, s, "")
	if s.Inbound == nil {
		for _, method := range []string{http.MethodPost, http.MethodGet} {
			r := s.request([]byte("{}"))
			r.Method = method
			got, err := c.Receive(t.Context(), r)
			s.refused(t, got, err, http.StatusMethodNotAllowed)
		}
		return
	}
	t.Run("golden", func(t *testing.T) { s.testEvents(t, c) })
	t.Run("signature", func(t *testing.T) { s.testSignature(t, c) })
	t.Run("garbage", func(t *testing.T) { s.testGarbage(t, c) })
	t.Run("other methods", func(t *testing.T) {
		r := s.Request([]byte("{}"))
		r.Method = http.MethodGet
		got, err := c.Receive(t.Context(), r)
		s.refused(t, got, err, http.StatusMethodNotAllowed)
	})
}

// shown is an event as golden files show it.
type shown struct {
	DedupeID string `json:"dedupe_id"`
	channels.Event
}

type outcome struct {
	Refused int              `json:"refused,omitempty"`
	Events  []shown          `json:"events,omitempty"`
	Answer  *channels.Answer `json:"answer,omitempty"`
}

func (s Spec) testEvents(t *testing.T, c channels.Channel) {
	cases := s.payloads(t)
	if len(cases) == 0 {
		t.Fatal("no payloads in testdata/inbound")
	}
	for _, f := range cases {
		t.Run(f.name, func(t *testing.T) {
			got := s.outcome(t, c, f.body)
			s.compare(t, f, got)
			if d := cmp.Diff(got, s.outcome(t, c, f.body)); d != "" {
				t.Errorf("a second copy is another event:\n%s", d)
			}
		})
	}
}

func (s Spec) outcome(t *testing.T, c channels.Channel, body []byte) outcome {
	t.Helper()
	got, err := c.Receive(t.Context(), s.Request(body))
	if problem := check(got, err); problem != "" {
		t.Error(problem)
	}
	if err != nil {
		return outcome{Refused: status(err)}
	}
	out := outcome{Answer: got.Answer}
	for _, e := range got.Events {
		out.Events = append(out.Events, shown{DedupeID: e.DedupeID, Event: e})
	}
	return out
}

// testSignature says that nothing unproven is taken.
func (s Spec) testSignature(t *testing.T, c channels.Channel) {
	secret := s.Settings[s.Inbound.Setting]
	body := s.payloads(t)[0].body
	cases := map[string]func() *channels.Request{
		"missing": func() *channels.Request { return s.request(body) },
		"empty": func() *channels.Request {
			r := s.request(body)
			r.Header.Set(s.Inbound.Header, "")
			return r
		},
		"wrong secret":       func() *channels.Request { return s.signed(body, "wrong-secret") },
		"empty secret":       func() *channels.Request { return s.signed(body, "") },
		"part of the secret": func() *channels.Request { return s.signed(body, secret[:len(secret)-1]) },
		"longer secret":      func() *channels.Request { return s.signed(body, secret+"x") },
		"flipped byte in the proof": func() *channels.Request {
			r := s.Request(body)
			proof := []byte(r.Header.Get(s.Inbound.Header))
			proof[len(proof)-1] ^= 1
			r.Header.Set(s.Inbound.Header, string(proof))
			return r
		},
	}
	for _, other := range s.secrets() {
		if other != secret {
			cases["another secret of the channel"] = func() *channels.Request { return s.signed(body, other) }
		}
	}
	if s.Inbound.SignsBody {
		cases["flipped byte in the body"] = func() *channels.Request {
			r := s.Request(body)
			r.Body = bytes.Clone(body)
			r.Body[len(body)/2] ^= 1
			return r
		}
	}
	if s.Inbound.SignsURL {
		cases["another path"] = func() *channels.Request {
			r := s.Request(body)
			r.URL = r.URL.JoinPath("other")
			return r
		}
		cases["another query"] = func() *channels.Request {
			r := s.Request(body)
			other := *r.URL
			other.RawQuery = "a=1"
			r.URL = &other
			return r
		}
	}
	if s.Inbound.Tolerance > 0 {
		for name, d := range map[string]time.Duration{"old": 1, "from the future": -1} {
			cases[name] = func() *channels.Request {
				r := s.Request(body)
				r.Now = r.Now.Add(d * (s.Inbound.Tolerance + time.Minute))
				return r
			}
		}
	}
	for name, request := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := c.Receive(t.Context(), request())
			s.refused(t, got, err, http.StatusUnauthorized)
		})
	}
}

func (s Spec) signed(body []byte, secret string) *channels.Request {
	r := s.request(body)
	s.Inbound.Sign(r, secret)
	return r
}

// refused says that a request was refused, and that the reason is no help to the
// one who made it.
func (s Spec) refused(t *testing.T, got *channels.Received, err error, want int) {
	t.Helper()
	if err == nil || got != nil {
		t.Fatalf("not refused: %v, %v", got, err)
	}
	if status(err) != want {
		t.Errorf("refused with %v, want %d", err, want)
	}
	s.noSecrets(t, "the reason", err.Error())
}

// status returns the status of a refusal, 0 for another error.
func status(err error) int {
	if e, ok := errors.AsType[*channels.RequestError](err); ok {
		return e.Status
	}
	return 0
}

// check says what is wrong with the outcome of Receive, whatever came in.
func check(got *channels.Received, err error) string {
	if err != nil {
		if !slices.Contains([]int{400, 401, 404, 405, 413, 415}, status(err)) {
			return "refused with something else than a RequestError of the documented statuses: " + err.Error()
		}
		return ""
	}
	if got == nil {
		return "neither events nor an error"
	}
	for _, e := range got.Events {
		if problem := checkEvent(e); problem != "" {
			return string(e.Kind) + ": " + problem
		}
	}
	return ""
}

func checkEvent(e channels.Event) string {
	switch {
	case !slices.Contains(channels.Kinds(), e.Kind):
		return "no such kind"
	case e.Channel != Name:
		return "the channel is not the name in bot.yaml"
	case e.DedupeID == "":
		return "no dedupe id"
	case !utf8.ValidString(e.Text) || strings.Contains(e.Text, "\x00"):
		return "the text is not valid UTF-8 without NUL"
	case e.Conversation == "" && (e.Kind == channels.KindMessage || e.Kind == channels.KindChoice):
		return "no conversation"
	case e.Kind == channels.KindChoice && e.Choice == nil:
		return "no choice"
	case e.Kind == channels.KindUnknown && len(e.Raw) == 0:
		return "no raw payload"
	case e.Kind == channels.KindStatus && (e.Status == nil || e.Status.MessageID == "" && (e.Status.Until.IsZero() || e.Conversation == "") ||
		!slices.Contains([]string{"sent", "delivered", "read", "failed"}, e.Status.State)):
		return "no status"
	}
	for _, m := range e.Media {
		if m.URL == "" && m.ID == "" {
			return "media without an address or id"
		}
	}
	return ""
}
