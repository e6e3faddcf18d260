package webchat

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func slogTo(t *testing.T) *slog.Logger { return slog.New(slog.NewTextHandler(t.Output(), nil)) }

// patience bounds what a test waits for; it never waits for it to pass.
const patience = 30 * time.Second

// start serves a channel below /channels/web/, as the bot does.
func start(t *testing.T, c *Channel, h *fakeHost) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(mount(c, h))
	s.Config.ReadTimeout, s.Config.WriteTimeout = patience, patience
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func mount(c *Channel, h *fakeHost) http.Handler {
	mux := http.NewServeMux()
	chat := http.StripPrefix("/channels/web", c.Serve(h))
	mux.Handle("/channels/web/", chat)
	mux.Handle("/channels/web", chat)
	mux.HandleFunc("GET /media/", func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		defer h.mu.Unlock()
		body, ok := h.files[r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", http.DetectContentType(body))
		_, _ = w.Write(body)
	})
	return mux
}

// A client is a visitor's browser, without a page.
type client struct {
	t       *testing.T
	via     http.RoundTripper
	base    string
	visitor string
	header  http.Header // of every request
}

func newClient(t *testing.T, s *httptest.Server) *client {
	t.Helper()
	c := &client{t: t, via: s.Client().Transport, base: s.URL + "/channels/web/", header: http.Header{}}
	status, body := c.call("POST", "visitors", "")
	var made struct{ Visitor string }
	if err := json.Unmarshal(body, &made); err != nil || status != http.StatusCreated {
		t.Fatalf("POST visitors: %d %s", status, body)
	}
	c.visitor = made.Visitor
	return c
}

func (c *client) do(ctx context.Context, method, path, body string) *http.Response {
	c.t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	for key, values := range c.header {
		r.Header[key] = values
	}
	if c.visitor != "" {
		r.Header.Set("Authorization", "Bearer "+c.visitor)
	}
	if body != "" && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.via.RoundTrip(r)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp
}

func (c *client) call(method, path, body string) (int, []byte) {
	c.t.Helper()
	resp := c.do(c.t.Context(), method, path, body)
	defer resp.Body.Close()
	read, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, read
}

// say posts a text under an id and wants it kept.
func (c *client) say(id, text string) {
	c.t.Helper()
	body, err := json.Marshal(map[string]string{"id": id, "text": text})
	if err != nil {
		c.t.Fatal(err)
	}
	if status, answer := c.call("POST", "messages", string(body)); status != http.StatusAccepted || strings.TrimSpace(string(answer)) != "{}" {
		c.t.Fatalf("POST messages: %d %s", status, answer)
	}
}

// An sse is an open stream of a client.
type sse struct {
	t     *testing.T
	resp  *http.Response
	lines *bufio.Reader
	close context.CancelFunc
}

func (c *client) open(after string) *sse {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	c.t.Cleanup(cancel)
	c.header.Set("Last-Event-ID", after)
	resp := c.do(ctx, "GET", "events", "")
	c.header.Del("Last-Event-ID")
	c.t.Cleanup(func() { resp.Body.Close() })
	if resp.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(resp.Body)
		c.t.Fatalf("GET events: %d %s", resp.StatusCode, body)
	}
	return &sse{t: c.t, resp: resp, lines: bufio.NewReader(resp.Body), close: cancel}
}

// block returns the fields of the next event; a comment has none.
func (s *sse) block() (map[string]string, error) {
	fields := map[string]string{}
	for {
		line, err := s.lines.ReadString('\n')
		if err != nil {
			return nil, err
		}
		line = strings.TrimSuffix(line, "\n")
		if line == "" {
			return fields, nil
		}
		if name, value, _ := strings.Cut(line, ":"); name != "" {
			fields[name] = strings.TrimPrefix(value, " ")
		}
	}
}

// next returns the next entry.
func (s *sse) next() entry {
	s.t.Helper()
	for {
		fields, err := s.block()
		if err != nil {
			s.t.Fatalf("reading the stream: %v", err)
		}
		if fields["id"] == "" {
			continue
		}
		var e entry
		if err := json.Unmarshal([]byte(fields["data"]), &e); err != nil {
			s.t.Fatal(err)
		}
		return e
	}
}

// until reads up to an event and returns the texts of the entries before it.
func (s *sse) until(event string) []string {
	s.t.Helper()
	var texts []string
	for {
		fields, err := s.block()
		if err != nil {
			s.t.Fatalf("waiting for %s: %v", event, err)
		}
		if fields["event"] == event {
			return texts
		}
		if fields["id"] != "" {
			var e entry
			if err := json.NewDecoder(bytes.NewBufferString(fields["data"])).Decode(&e); err != nil {
				s.t.Fatal(err)
			}
			texts = append(texts, e.Text)
		}
	}
}

func newLines(resp *http.Response) *bufio.Reader { return bufio.NewReader(resp.Body) }
