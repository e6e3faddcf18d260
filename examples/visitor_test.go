package examples

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// A visitor talks to the web chat by its protocol, without a browser.
type visitor struct {
	t      *testing.T
	s      *server
	token  string
	next   int
	stream *bufio.Reader
}

// visit makes a visitor and opens its stream.
func (s *server) visit() *visitor {
	s.t.Helper()
	return s.visitAs(s.newToken())
}

// newToken makes a visitor and returns what shows who it is.
func (s *server) newToken() string {
	s.t.Helper()
	var made struct{ Visitor string }
	body := s.webchat(http.MethodPost, "visitors", "", "", http.StatusCreated)
	if err := json.Unmarshal(body, &made); err != nil || made.Visitor == "" {
		s.t.Fatalf("POST visitors: %s", body)
	}
	s.log.keepOut(made.Visitor)
	return made.Visitor
}

// visitAs opens another stream of a visitor.
func (s *server) visitAs(token string) *visitor {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/channels/web/events", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	resp, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		cancel()
		_ = resp.Body.Close()
	})
	if resp.StatusCode != http.StatusOK {
		s.t.Fatalf("GET events: %s", resp.Status)
	}
	return &visitor{t: s.t, s: s, token: token, stream: bufio.NewReader(resp.Body)}
}

// webchat makes a request of the protocol and wants it answered with a status.
func (s *server) webchat(method, path, token, body string, want int) []byte {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+"/channels/web/"+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != want {
		s.t.Fatalf("%s %s: %s %s %v, want %d", method, path, resp.Status, answer, err, want)
	}
	return answer
}

func (v *visitor) says(text string) {
	v.t.Helper()
	v.s.log.keepOut(text)
	v.next++
	body := encode(v.t, map[string]string{"id": "message-" + strconv.Itoa(v.next), "text": text})
	v.s.webchat(http.MethodPost, "messages", v.token, string(body), http.StatusAccepted)
}

// hears reads on to the next message of the bot.
func (v *visitor) hears(text string) {
	v.t.Helper()
	for {
		line, err := v.stream.ReadString('\n')
		if err != nil {
			v.t.Fatalf("waiting for %q: %v", text, err)
		}
		data, ok := strings.CutPrefix(line, "data: ")
		if !ok {
			continue
		}
		var entry struct{ From, Text string }
		if err := json.Unmarshal([]byte(data), &entry); err != nil || entry.From != "bot" {
			continue
		}
		if entry.Text != text {
			v.t.Fatalf("the bot says %q, want %q", entry.Text, text)
		}
		return
	}
}
