package channeltest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
)

// testRender says what replies become on the channel and on the wire.
func (s Spec) testRender(t *testing.T) {
	cases := files(t, "render", ".json")
	if len(cases) == 0 {
		t.Fatal("no replies in testdata/render")
	}
	for _, f := range cases {
		t.Run(f.name, func(t *testing.T) {
			var reply channels.Reply
			if err := channels.Decode(f.body, &reply); err != nil {
				t.Fatal(err)
			}
			caps := s.Factory.Capabilities(s.config(t, "", nil))
			s.testWire(t, f, channels.Render(caps, reply))
		})
	}
	for _, f := range files(t, "send", ".json") {
		t.Run("send "+f.name, func(t *testing.T) {
			var m channels.Message
			if err := channels.Decode(f.body, &m); err != nil {
				t.Fatal(err)
			}
			s.testWire(t, f, []channels.Message{m})
		})
	}
}

// testWire sends messages and compares them and their requests.
func (s Spec) testWire(t *testing.T, f file, messages []channels.Message) {
	t.Helper()
	out := struct {
		Messages []channels.Message `json:"messages"`
		Requests []Sent             `json:"requests,omitempty"`
	}{Messages: messages}
	var api *FakeAPI
	url := ""
	if s.API != nil {
		api = NewFakeAPI(t, JSON(http.StatusOK, s.API.Answer), s.API.Headers...)
		url = api.URL
	}
	c := New(t, s, url)
	for _, m := range messages {
		receipt, err := c.Send(t.Context(), s.address(m))
		if err != nil {
			t.Fatalf("send: %v", err)
		}
		if s.API != nil && receipt.MessageID != s.API.MessageID {
			t.Errorf("the id of the message is %q, want %q", receipt.MessageID, s.API.MessageID)
		}
	}
	if api != nil {
		if out.Requests = api.Sent(); len(out.Requests) != len(messages) {
			t.Errorf("%d requests for %d messages", len(out.Requests), len(messages))
		}
	}
	s.compare(t, f, out)
}

func (s Spec) address(m channels.Message) *channels.Message {
	m.Account, m.Conversation, m.Ref = s.Account, s.Conversation, "00112233445566778899aabbccddeeff"
	return &m
}

func (s Spec) hello() *channels.Message { return s.address(channels.Message{Text: "Hello"}) }

func (s Spec) testSend(t *testing.T) {
	t.Run("parallel", s.testParallel)
	if s.API == nil {
		return
	}
	t.Run("failures", s.testFailures)
	t.Run("statuses", s.testStatuses)
	t.Run("retry after", s.testRetryAfter)
	t.Run("lying answers", s.testLies)
	t.Run("cancelled before", s.testCancelledBefore)
	t.Run("cancelled in flight", s.testCancelledInFlight)
	t.Run("nobody listens", func(t *testing.T) {
		s.fails(t, New(t, s, closedPort(t)), channels.ErrRefused)
	})
	t.Run("cut after the request", func(t *testing.T) {
		s.fails(t, New(t, s, NewFakeAPI(t, cut).URL), channels.ErrUnknown)
	})
}

func (s Spec) testParallel(t *testing.T) {
	url := ""
	if s.API != nil {
		url = NewFakeAPI(t, JSON(http.StatusOK, s.API.Answer)).URL
	}
	c := New(t, s, url)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 4 {
				if _, err := c.Send(t.Context(), s.hello()); err != nil {
					t.Errorf("send: %v", err)
				}
			}
		})
	}
	wg.Wait()
}

// fails sends and says that the error has a kind and holds no secret.
func (s Spec) fails(t *testing.T, c channels.Channel, want channels.ErrorKind) *channels.SendError {
	t.Helper()
	_, err := c.Send(t.Context(), s.hello())
	return s.failed(t, err, want)
}

func (s Spec) failed(t *testing.T, err error, want channels.ErrorKind) *channels.SendError {
	t.Helper()
	if err == nil {
		t.Fatalf("counts as sent, want a SendError of kind %q", want)
	}
	e, ok := errors.AsType[*channels.SendError](err)
	if !ok {
		t.Fatalf("not a SendError, want one of kind %q, as channels.Call makes it: %v", want, err)
	}
	s.noSecrets(t, "the error", err.Error())
	if strings.Contains(err.Error(), "http://") {
		t.Errorf("the error holds the address: %v", err)
	}
	if want != "" && e.Kind != want {
		t.Errorf("kind %q, want %q: %v", e.Kind, want, err)
	}
	if _, ok := channels.ErrorKinds()[e.Kind]; !ok {
		t.Errorf("no such kind: %q", e.Kind)
	}
	return e
}

func (s Spec) testFailures(t *testing.T) {
	if len(s.API.Failures) == 0 {
		t.Fatal("the spec names no failures of the platform")
	}
	for _, f := range s.API.Failures {
		t.Run(f.Name, func(t *testing.T) {
			api := NewFakeAPI(t, func(w http.ResponseWriter, r *http.Request) {
				for k, v := range f.Header {
					w.Header().Set(k, v)
				}
				JSON(f.Status, f.Body)(w, r)
			})
			e := s.fails(t, New(t, s, api.URL), f.Kind)
			if f.Code != "" && e.Code != f.Code {
				t.Errorf("code %q, want %q", e.Code, f.Code)
			}
			if e.RetryAfter != f.RetryAfter {
				t.Errorf("retry after %v, want %v", e.RetryAfter, f.RetryAfter)
			}
			if e.Code == "" || e.Err == nil {
				t.Errorf("the error says neither code nor cause: %v", e)
			}
		})
	}
}

// testStatuses says that no status passes for a success, with a body that tells
// nothing or echoes the request.
func (s Spec) testStatuses(t *testing.T) {
	var status atomic.Int64
	api := NewFakeAPI(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(int(status.Load()))
		_, _ = io.WriteString(w, "<html>"+r.URL.Path+"</html>")
	})
	c := New(t, s, api.URL)
	for n := int64(http.StatusMultipleChoices); n < 600; n++ {
		status.Store(n)
		e := s.fails(t, c, "")
		switch {
		case n == http.StatusTooManyRequests && e.Kind != channels.ErrRateLimited,
			n == http.StatusUnauthorized && e.Kind != channels.ErrUnauthorized,
			n >= 500 && e.Kind != channels.ErrUnavailable:
			t.Errorf("status %d is %q", n, e.Kind)
		}
	}
}

func (s Spec) testRetryAfter(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"7": 7 * time.Second, "86400": time.Hour, "Mon, 02 Mar 2026 10:00:30 GMT": 30 * time.Second,
		"soon": 0, "-5": 0, "": 0,
	} {
		t.Run(value, func(t *testing.T) {
			api := NewFakeAPI(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Date", Now().Format(http.TimeFormat))
				w.Header().Set("Retry-After", value)
				w.WriteHeader(http.StatusTooManyRequests)
			})
			if e := s.fails(t, New(t, s, api.URL), channels.ErrRateLimited); e.RetryAfter != want {
				t.Errorf("retry after %v, want %v", e.RetryAfter, want)
			}
		})
	}
}

// testLies says that a success that cannot be read leaves the outcome unknown.
func (s Spec) testLies(t *testing.T) {
	for name, body := range map[string]string{
		"empty": "", "HTML": "<html></html>", "null": "null", "object": "{}", "array": "[]", "cut": `{"ok":tr`,
		"too long": `{"x":"` + strings.Repeat("x", 2<<20) + `"}`, "nested": strings.Repeat("[", 20000),
	} {
		t.Run(name, func(t *testing.T) {
			s.fails(t, New(t, s, NewFakeAPI(t, JSON(http.StatusOK, body)).URL), channels.ErrUnknown)
		})
	}
}

func (s Spec) testCancelledBefore(t *testing.T) {
	api := NewFakeAPI(t, JSON(http.StatusOK, s.API.Answer))
	c := New(t, s, api.URL)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.Send(ctx, s.hello())
	s.failed(t, err, channels.ErrRefused)
	if n := len(api.Sent()); n != 0 {
		t.Errorf("%d requests after the end", n)
	}
}

// testCancelledInFlight would hang if Send did not return at once: the API
// answers only after it.
func (s Spec) testCancelledInFlight(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	returned := make(chan struct{})
	api := NewFakeAPI(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-returned
	})
	_, err := New(t, s, api.URL).Send(ctx, s.hello())
	close(returned)
	s.failed(t, err, channels.ErrUnknown)
	if !errors.Is(err, context.Canceled) {
		t.Error(fmt.Errorf("does not say that it was cancelled: %w", err))
	}
}
