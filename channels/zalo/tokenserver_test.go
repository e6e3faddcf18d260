package zalo_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
)

// A tokenServer is Zalo with tokens: a refresh token works once, an access token until the
// next renewal or as long as it lives.
type tokenServer struct {
	mu              sync.Mutex
	access, refresh string
	renewals        int
	refused         int
	requests        int
	down            bool
	hold            chan struct{} // unless nil, a renewal takes a value from it and waits for its end
}

// start serves on loopback until the test ends, and returns the address.
func (s *tokenServer) start(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server.URL
}

func (s *tokenServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	hold := s.hold
	s.requests++
	s.mu.Unlock()
	if r.URL.Path == "/v4/oa/access_token" && hold != nil {
		<-hold
		<-hold
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case r.URL.Path != "/v4/oa/access_token":
		if r.Header.Get("access_token") != s.access {
			s.refused++
			channeltest.JSON(http.StatusOK, `{"error":-216,"message":"Access token is invalid"}`)(w, r)
			return
		}
		channeltest.JSON(http.StatusOK, sent)(w, r)
	case s.down:
		channeltest.JSON(http.StatusBadGateway, "<html></html>")(w, r)
	case r.FormValue("refresh_token") != s.refresh || r.FormValue("app_id") != app || r.FormValue("grant_type") != "refresh_token" ||
		r.Header.Get("secret_key") != "appSecretUnlikeAnything":
		channeltest.JSON(http.StatusOK, `{"error":-14014,"error_name":"Invalid refresh token.","message":""}`)(w, r)
	default:
		s.renewals++
		s.access, s.refresh = fmt.Sprintf("access%d", s.renewals), fmt.Sprintf("refresh%d", s.renewals)
		channeltest.JSON(http.StatusOK, fmt.Sprintf(`{"access_token":%q,"refresh_token":%q,"expires_in":"90000"}`, s.access, s.refresh))(w, r)
	}
}

func (s *tokenServer) counts() (renewals, refused, requests int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.renewals, s.refused, s.requests
}

// await waits until a renewal is held.
func (s *tokenServer) await(t *testing.T) {
	t.Helper()
	select {
	case s.hold <- struct{}{}:
	case <-time.After(10 * time.Second):
		t.Fatal("nobody renews")
	}
}

// withFile returns a spec with tokens in a file, and its path.
func withFile(t *testing.T, content string, changes map[string]string) (channeltest.Spec, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tokens.json")
	if content != "" {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := with(map[string]string{"access_token": "", "token_file": path, "app_secret": "appSecretUnlikeAnything"})
	for k, v := range changes {
		s.Settings[k] = v
	}
	return s, path
}

// saved reads the file as whoever comes next would.
func saved(t *testing.T, path string) (access, refresh string, ends time.Time) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		Access  string    `json:"access_token"`
		Refresh string    `json:"refresh_token"`
		Ends    time.Time `json:"expires_at"`
	}
	if err := json.Unmarshal(b, &c); err != nil {
		t.Fatal(err)
	}
	return c.Access, c.Refresh, c.Ends
}

func hello() *channels.Message { return &channels.Message{Conversation: person, Text: "Hello"} }

func ended() string { return time.Now().Add(-time.Hour).UTC().Format(time.RFC3339) }
