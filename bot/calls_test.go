package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/filestore"
)

// api starts a server that flows may call.
func api(t *testing.T, h http.HandlerFunc) (*Bot, string) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return startTestBot(t, setup{engine: script(echo), channel: newPlatform(), allow: []string{"127.0.0.1"}}), s.URL
}

// What nobody reads may be anything.
func TestAnswerThatNobodyReads(t *testing.T) {
	b, url := api(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("OK")) })
	if r := b.testCall(t, httpCall(url)); r.Status != 200 || r.Error != "" || r.Body != nil {
		t.Errorf("an answer without `returns`: %+v", r)
	}
}

func TestAnswerOfACall(t *testing.T) {
	b, url := api(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/json":
			_, _ = w.Write([]byte(" { \"id\": 9007199254740993, \"more\": [1] } \n"))
		case "/html", "/404html":
			if r.URL.Path == "/404html" {
				w.WriteHeader(http.StatusNotFound)
			}
			_, _ = w.Write([]byte("<html>"))
		case "/404json":
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(`{"error":"no such order"}`))
		case "/204":
			w.WriteHeader(http.StatusNoContent)
		case "/large":
			_, _ = w.Write([]byte(`"` + strings.Repeat("a", maxAnswer) + `"`))
		case "/cut":
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte(`{`))
		case "/slow":
			<-r.Context().Done()
		}
	})
	for path, want := range map[string]flows.CallResult{
		"/json":    {Status: 200, Body: json.RawMessage(`{"id":9007199254740993}`)},
		"/html":    {Status: 200, Error: callNotJSON},
		"/404html": {Status: 404},
		"/404json": {Status: 404},
		"/204":     {Status: 204},
		"/large":   {Status: 200, Error: callLarge},
		"/cut":     {Status: 200, Error: callNetwork},
		"/slow":    {Error: callTimeout},
	} {
		c := httpCall(url + path)
		c.HTTP.Returns = expression.RecordOf(expression.Field{Name: "id", Type: expression.Of(expression.Int)})
		c.Timeout = 50 * time.Millisecond
		if path != "/slow" {
			c.Timeout = 10 * time.Second
		}
		r := b.testCall(t, c)
		if r.Status != want.Status || string(r.Body) != string(want.Body) || r.Error != want.Error || r.Key != c.Key || r.Fingerprint != c.Fingerprint {
			t.Errorf("%s: %+v (%s), want %+v", path, r, r.Body, want)
		}
		if (r.Error == "") != (r.ErrorText == "") {
			t.Errorf("%s: error %q with text %q", path, r.Error, r.ErrorText)
		}
	}
}

// A transport answers requests without a network.
type transport func(r *http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A call is made again after a network error, 429 and 5xx, as often as the flow
// says and ever later, with the same key and body.
func TestCallIsRetriedAsTheFlowSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := startTestBot(t, setup{engine: script(echo), channel: newPlatform()})
		var at []time.Duration
		began := time.Now()
		b.version.Load().calls.client.Transport = transport(func(r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			if r.Header.Get("Idempotency-Key") != "key-1" || r.Header.Get("User-Agent") != "Parley" || string(body) != `{"a":1}` {
				t.Errorf("request %v with %q (%v)", r.Header, body, err)
			}
			at = append(at, time.Since(began))
			w := httptest.NewRecorder()
			switch len(at) {
			case 1:
				return nil, errors.New("reset")
			case 2:
				w.WriteHeader(http.StatusInternalServerError)
			case 3:
				w.Header().Set("Retry-After", "7")
				w.WriteHeader(http.StatusTooManyRequests)
			default:
				_, _ = w.WriteString("1")
			}
			return w.Result(), nil
		})
		for retry, want := range []int{0, 500, 429, 200} {
			at, began = nil, time.Now()
			c := httpCall("https://api.example.com/")
			c.IdempotencyKey = "key-1"
			c.HTTP.Method, c.HTTP.Body, c.HTTP.Retry = http.MethodPost, []byte(`{"a":1}`), retry
			r := b.testCall(t, c)
			if r.Status != want || len(at) != retry+1 {
				t.Fatalf("retry %d: status %d after %d calls", retry, r.Status, len(at))
			}
			if retry == 0 && r.Error != callNetwork {
				t.Errorf("a broken connection is %q", r.Error)
			}
		}
		if w := at[1] - at[0]; w < firstWait/2 || w > firstWait {
			t.Errorf("the second call came after %s", w)
		}
		if w := at[3] - at[2]; w != 7*time.Second {
			t.Errorf("after Retry-After: 7 the next call came after %s", w)
		}
	})
}

// What went wrong on the network is told without the address: it may hold a secret.
func TestNetworkErrorsNameNoAddress(t *testing.T) {
	s := httptest.NewServer(nil)
	url := s.URL
	s.Close()
	b := startTestBot(t, setup{engine: script(echo), channel: newPlatform(), allow: []string{"127.0.0.1"}})
	r := b.testCall(t, httpCall(url+"/t0ken"))
	if r.Error != callNetwork || r.ErrorText != "the connection was refused" {
		t.Errorf("%+v", r)
	}
	r = b.testCall(t, httpCall("http://t0ken.invalid/"))
	if r.Error != callNetwork && r.Error != callTimeout || strings.Contains(r.ErrorText, "t0ken") {
		t.Errorf("%+v", r)
	}
}

func TestHandlerResults(t *testing.T) {
	var logs syncBuffer
	handlers := []Handler{
		{Name: "ok", Call: func(_ context.Context, c HandlerCall) (any, error) {
			var with struct{ A int }
			if err := c.Decode(&with); err != nil {
				return nil, err
			}
			return map[string]int{"b": with.A + 1}, nil
		}},
		{Name: "nothing", Call: func(context.Context, HandlerCall) (any, error) { return nil, nil }},
		{Name: "error", Call: func(context.Context, HandlerCall) (any, error) { return nil, errors.New("no stock") }},
		{Name: "panic", Call: func(context.Context, HandlerCall) (any, error) { panic("text-of-a-person") }},
		{Name: "large", Call: func(context.Context, HandlerCall) (any, error) { return strings.Repeat("a", maxHandled), nil }},
		{Name: "odd", Call: func(context.Context, HandlerCall) (any, error) { return func() {}, nil }},
	}
	b := startTestBot(t, setup{engine: script(echo), channel: newPlatform(), handlers: handlers, logs: &logs})
	for name, want := range map[string]flows.CallResult{
		"ok":      {Body: json.RawMessage(`{"b":2}`)},
		"nothing": {},
		"error":   {Error: callHandler, ErrorText: "no stock"},
		"panic":   {Error: callHandler, ErrorText: "the handler failed"},
		"large":   {Error: callLarge, ErrorText: "the result of the handler is over 64 kB"},
		"odd":     {Error: callHandler, ErrorText: "the result of the handler can't be encoded"},
		"none":    {Error: callNobody, ErrorText: `there is no handler "none"`},
	} {
		r := b.testCall(t, flows.Call{Do: &flows.DoCall{Handler: name, With: json.RawMessage(`{"a":1}`)}})
		if string(r.Body) != string(want.Body) || r.Error != want.Error || r.ErrorText != want.ErrorText {
			t.Errorf("%s: %+v, want %+v", name, r, want)
		}
	}
	if !strings.Contains(logs.String(), "panic in a handler") || strings.Contains(logs.String(), "text-of-a-person") {
		t.Errorf("log:\n%s", logs.String())
	}
}

// A handler that ignores its context is left behind.
func TestHangingHandlerIsLeftBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		defer close(hang)
		b := startTestBot(t, setup{engine: script(echo), channel: newPlatform(), handlers: handlerOf(func(context.Context, HandlerCall) (any, error) {
			<-hang
			return nil, nil
		})})
		began := time.Now()
		r := b.testCall(t, flows.Call{Timeout: 3 * time.Second, Do: &flows.DoCall{Handler: "work"}})
		if r.Error != callTimeout || time.Since(began) != 3*time.Second {
			t.Errorf("%+v after %s", r, time.Since(began))
		}
	})
}

// Results that the journal can't hold become an error that flows can handle.
func TestResultTooLargeForTheJournalIsAnError(t *testing.T) {
	p := newPlatform()
	b := startTestBot(t, setup{channel: p, engine: script(longCall), handlers: handlerOf(func(context.Context, HandlerCall) (any, error) {
		return strings.Repeat("a", maxHandled-2), nil
	})})
	mustPost(t, b, said("ann", "1", "hi"))
	if m := p.take(t, 1); m[0].Text != callLarge {
		t.Errorf("said %.40q", m[0].Text)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	ok := func(context.Context, HandlerCall) (any, error) { return nil, nil }
	for want, o := range map[string]Options{
		"neither a bot folder nor a bot": {},
		"without a name or a function":   {Dir: "x", Handlers: []Handler{{Name: "a"}}},
		`two handlers are named "a"`:     {Dir: "x", Handlers: []Handler{{Name: "a", Call: ok}, {Name: "a", Call: ok}}},
	} {
		if _, err := New(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// TestStoreThatKeepsLessThanTheProfileIsRefused: one that keeps more will do.
func TestStoreThatKeepsLessThanTheProfileIsRefused(t *testing.T) {
	b := newTestBot(t, setup{engine: script(echo), channel: newPlatform()})
	defer stopTestBot(t, b)
	b.o.Store, b.o.Dir = nil, t.TempDir()
	refused := map[string]string{
		"memory: strict": "keeps nothing", "memory: fast": "keeps nothing", "memory: replicated": "keeps nothing",
		"file:data replicated": "on one disk",
	}
	for _, address := range []string{"memory:", "file:data"} {
		for _, profile := range []string{"", "strict", "replicated", "fast", "memory"} {
			s, _, err := b.openStore(t.Context(), &loaded{name: "test", state: address, profile: profile})
			want := refused[address+" "+profile]
			if got := fmt.Sprint(err); want != "" && !strings.Contains(got, want) || want == "" && err != nil {
				t.Errorf("%s with profile %q: %v, want %q", address, profile, err, want)
			}
			if s != nil {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
		}
	}
}

func TestStoresByAddress(t *testing.T) {
	b := newTestBot(t, setup{engine: script(echo), channel: newPlatform()})
	defer stopTestBot(t, b)
	b.o.Store, b.o.Dir = nil, t.TempDir()
	for address, want := range map[string]string{
		"memory:": "", "file:data": "", "file:": "names no folder", "redis://127.0.0.1:1": "open the store: state: open redis: ",
		"redis+sentinel://127.0.0.1:1": "not an address of Redis", "postgres://": "not an address of a store", "": "not an address of a store",
	} {
		s, _, err := b.openStore(t.Context(), &loaded{name: "test", state: address})
		if got := fmt.Sprint(err); want != "" && !strings.Contains(got, want) || want == "" && err != nil {
			t.Errorf("%q: %v, want %q", address, err, want)
		}
		if s != nil {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// What bot.yaml says of retention reaches the store.
func TestStoreKeepsAsLongAsItIsTold(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	b := newTestBot(t, setup{engine: script(echo), channel: newPlatform(), options: func(o *Options) {
		o.Now = func() time.Time { return now }
	}})
	defer stopTestBot(t, b)
	b.o.Store, b.o.Dir = nil, t.TempDir()
	for _, address := range []string{"memory:", "file:data"} {
		s, _, err := b.openStore(t.Context(), &loaded{name: "test", state: address, retention: flows.Retention{Conversation: 2 * time.Hour, History: time.Hour}})
		if err != nil {
			t.Fatal(err)
		}
		turn := func(conv state.Conv, id string) {
			_, h, err := s.Accept(t.Context(), conv, []state.NewEvent{{DedupeID: id, Payload: []byte("hi")}}, state.Caller{Process: "p", Room: true})
			if err != nil || h.Kind != state.Turn {
				t.Fatal(h.Kind, err)
			}
			if _, err := s.Commit(t.Context(), conv, h.Token, h.Event.Number, state.Result{State: []byte("s")}); err != nil {
				t.Fatal(err)
			}
		}
		turn("fake/acc/ann", "1")
		now = now.Add(3 * time.Hour)
		turn("fake/acc/ben", "2")
		if got, err := s.Load(t.Context(), "fake/acc/ann"); err != nil || got != nil {
			t.Errorf("%s: kept %q, %v", address, got, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A store that is held for a moment only, by a command, is waited for.
func TestStoreThatIsHeldForAMomentIsWaitedFor(t *testing.T) {
	dir := t.TempDir()
	held, err := filestore.Open(dir, filestore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	opened := make(chan error, 1)
	go func() {
		s, err := openFile(t.Context(), dir, filestore.Options{})
		if err == nil {
			err = s.Close()
		}
		opened <- err
	}()
	select {
	case err := <-opened:
		t.Fatalf("opened while it is held: %v", err)
	case <-time.After(200 * time.Millisecond):
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-opened; err != nil {
		t.Error(err)
	}
}
