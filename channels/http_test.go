package channels_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
)

func TestCallSendsAndReadsJSON(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" || r.Header.Get("X-Key") != "k" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		_, _ = w.Write([]byte(`{"id": 9007199254740993}`))
	}))
	defer api.Close()
	var out struct {
		ID channels.Integer `json:"id"`
	}
	call := channels.Call{
		Method: http.MethodPost, URL: api.URL, Header: http.Header{"X-Key": {"k"}},
		In: map[string]string{"a": "<b>"}, Out: &out,
	}
	if err := call.Do(t.Context(), channels.NewClient()); err != nil {
		t.Fatal(err)
	}
	if out.ID != "9007199254740993" {
		t.Errorf("id %s lost digits", out.ID)
	}
}

func TestCallSendsAForm(t *testing.T) {
	type sent struct{ contentType, body string }
	got := make(chan sent, 1)
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got <- sent{r.Header.Get("Content-Type"), string(body)}
		_, _ = w.Write([]byte(`{}`))
	}))
	defer api.Close()
	for _, c := range []struct {
		call channels.Call
		want sent
	}{
		{
			channels.Call{Form: url.Values{"To": {"+1 a&b"}, "Body": {"x=y\nż"}, "Media": {"1", "2"}}},
			sent{"application/x-www-form-urlencoded", "Body=x%3Dy%0A%C5%BC&Media=1&Media=2&To=%2B1+a%26b"},
		},
		{channels.Call{Form: url.Values{}}, sent{"application/x-www-form-urlencoded", ""}},
		{
			channels.Call{Form: url.Values{"a": {"b"}}, Header: http.Header{"Content-Type": {"text/plain"}}},
			sent{"text/plain", "a=b"},
		},
		{channels.Call{}, sent{}},
	} {
		c.call.Method, c.call.URL = http.MethodPost, api.URL
		if err := c.call.Do(t.Context(), channels.NewClient()); err != nil {
			t.Fatal(err)
		}
		if s := <-got; s != c.want {
			t.Errorf("sent %+v, want %+v", s, c.want)
		}
	}
}

func TestCallKnowsWhetherTheRequestWasWritten(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + listener.Addr().String()
	_ = listener.Close()
	cut := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		panic(http.ErrAbortHandler)
	}))
	defer cut.Close()
	half := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte(`{"a":`))
	}))
	defer half.Close()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name string
		ctx  context.Context
		url  string
		want channels.ErrorKind
	}{
		{"nobody listens", t.Context(), closed, channels.ErrRefused},
		{"cancelled before", gone, cut.URL, channels.ErrRefused},
		{"cut after the request", t.Context(), cut.URL, channels.ErrUnknown},
		{"cut in the answer", t.Context(), half.URL, channels.ErrUnknown},
		{"no such address", t.Context(), "http://[", channels.ErrInvalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			call := channels.Call{Method: http.MethodPost, URL: c.url + "/token-1", In: 1, Secrets: []string{"token-1"}}
			err := call.Do(c.ctx, channels.NewClient())
			if got := channels.KindOf(err); got != c.want {
				t.Errorf("kind %q, want %q: %v", got, c.want, err)
			}
			if strings.Contains(err.Error(), "token-1") || strings.Contains(err.Error(), "http://") {
				t.Errorf("the error shows the address: %v", err)
			}
		})
	}
}

func TestCallHidesSecretsThatThePlatformEchoes(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
	}))
	defer api.Close()
	call := channels.Call{
		Method: http.MethodGet, URL: api.URL, Secrets: []string{"a/b:c", ""},
		Failure: func(int, http.Header, []byte) *channels.SendError {
			return &channels.SendError{Kind: channels.ErrInvalid, Code: "a/b:c", Err: errors.New("no a/b:c or a%2Fb%3Ac here")}
		},
	}
	err := call.Do(t.Context(), channels.NewClient())
	if got, want := err.Error(), "invalid (***): no *** or *** here"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCallDoesNotFollowRedirectsToOtherHosts(t *testing.T) {
	asked := make(chan struct{}, 1)
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked <- struct{}{} }))
	defer other.Close()
	api := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer api.Close()
	call := channels.Call{Method: http.MethodPost, URL: api.URL, In: 1}
	if got := channels.KindOf(call.Do(t.Context(), channels.NewClient())); got != channels.ErrUnavailable {
		t.Errorf("kind %q", got)
	}
	if len(asked) != 0 {
		t.Error("the other host was asked")
	}
}

func TestStatusErrorMapsEveryStatus(t *testing.T) {
	for status, want := range map[int]channels.ErrorKind{
		302: channels.ErrUnavailable, 400: channels.ErrInvalid, 401: channels.ErrUnauthorized,
		403: channels.ErrUnauthorized, 404: channels.ErrInvalid, 408: channels.ErrUnavailable,
		413: channels.ErrInvalid, 429: channels.ErrRateLimited, 499: channels.ErrInvalid,
		500: channels.ErrUnavailable, 502: channels.ErrUnavailable, 599: channels.ErrUnavailable,
	} {
		if e := channels.StatusError(status, http.Header{}, nil); e == nil || e.Kind != want || e.Err == nil {
			t.Errorf("%d is %v, want %s", status, e, want)
		}
	}
	if e := channels.StatusError(204, nil, nil); e != nil {
		t.Errorf("204 is %v", e)
	}
}

func TestRetryAfterReadsEachForm(t *testing.T) {
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		in   string
		want time.Duration
		ok   bool
	}{
		{"0", 0, true}, {" 30 ", 30 * time.Second, true}, {"3601", time.Hour, true},
		{"99999999999999999999", time.Hour, true},
		{"Mon, 02 Mar 2026 10:00:07 GMT", 7 * time.Second, true},
		{"Monday, 02-Mar-26 10:00:07 GMT", 7 * time.Second, true},
		{"Mon, 02 Mar 2026 09:00:00 GMT", 0, true},
		{"Tue, 03 Mar 2026 10:00:00 GMT", time.Hour, true},
		{"", 0, false}, {"-1", 0, false}, {"1.5", 0, false}, {"soon", 0, false}, {"1e3", 0, false},
	} {
		if got, ok := channels.RetryAfter(c.in, now); got != c.want || ok != c.ok {
			t.Errorf("%q: %v %v, want %v %v", c.in, got, ok, c.want, c.ok)
		}
	}
	if _, ok := channels.RetryAfter("Mon, 02 Mar 2026 10:00:07 GMT", time.Time{}); ok {
		t.Error("a date counts without knowing the time")
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"1", "Mon, 02 Mar 2026 10:00:07 GMT", "nonsense", "999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, ok := channels.RetryAfter(s, time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC))
		if d < 0 || d > time.Hour || !ok && d != 0 {
			t.Errorf("%q gives %v, %v", s, d, ok)
		}
	})
}

func TestEqualNeverTakesAnEmptySecret(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{{"x", "x", true}, {"x", "y", false}, {"x", "xx", false}, {"", "", false}, {"", "x", false}} {
		if got := channels.Equal(c.a, c.b); got != c.want {
			t.Errorf("Equal(%q, %q) = %v", c.a, c.b, got)
		}
	}
}
