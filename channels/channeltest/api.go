package channeltest

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
)

// A Sent is a request that a FakeAPI got.
type Sent struct {
	Method string            `json:"method"`
	Path   string            `json:"path"`
	Header map[string]string `json:"header,omitempty"`
	// Body is JSON; a text when it is not.
	Body json.RawMessage `json:"body,omitempty"`
}

// A FakeAPI stands for a platform's API on loopback and keeps what it gets. It
// is safe for concurrent use.
type FakeAPI struct {
	URL string

	headers []string
	mu      sync.Mutex
	sent    []Sent
}

// NewFakeAPI starts an API that keeps each request, with the headers named, and
// then answers with the handler. It stops when the test ends.
func NewFakeAPI(t testing.TB, answer http.HandlerFunc, headers ...string) *FakeAPI {
	t.Helper()
	a := &FakeAPI{headers: headers}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.keep(r)
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	a.URL = server.URL
	return a
}

func (a *FakeAPI) keep(r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	s := Sent{Method: r.Method, Path: r.URL.RequestURI()}
	if len(body) > 0 {
		s.Body = body
		if !json.Valid(body) {
			s.Body = fmt.Appendf(nil, "%q", body)
		}
	}
	for _, h := range a.headers {
		if v := r.Header.Get(h); v != "" {
			if s.Header == nil {
				s.Header = map[string]string{}
			}
			s.Header[h] = v
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sent = append(a.sent, s)
}

// Sent returns the requests so far.
func (a *FakeAPI) Sent() []Sent {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.sent)
}

// JSON answers with a body of JSON.
func JSON(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// cut answers nothing and closes the connection.
func cut(w http.ResponseWriter, _ *http.Request) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = conn.Close()
	}
}

// closedPort returns an address where nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}
