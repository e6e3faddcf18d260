package innopaas_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
)

// withHosts returns the spec with other hosts of media.
func withHosts(hosts ...string) channeltest.Spec {
	s := spec()
	s.Lists = map[string][]string{"media_hosts": hosts}
	return s
}

func TestOpenMediaSendsTheCredentials(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := spec().Settings
		if r.Header.Get("AppKey") != s["app_key"] || r.Header.Get("Authorization") != s["token"] || r.URL.RequestURI() != "/m/1?a=b" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "image/jpeg; charset=binary")
		_, _ = io.WriteString(w, "bytes")
	}))
	defer server.Close()
	body, kind, err := channel(t, withHosts(server.URL+"/"), "").OpenMedia(t.Context(), server.URL+"/m/1?a=b")
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if got, err := io.ReadAll(body); err != nil || string(got) != "bytes" || kind != "image/jpeg" {
		t.Errorf("%q of type %q, %v", got, kind, err)
	}
}

// TestOpenMediaKeepsTheCredentialsAtHome says that no other host gets them, neither
// by a link nor by a redirect.
func TestOpenMediaKeepsTheCredentialsAtHome(t *testing.T) {
	foreign := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("a foreign host was asked, with %d headers", len(r.Header))
	}))
	defer foreign.Close()
	home := httptest.NewServer(http.RedirectHandler(foreign.URL, http.StatusFound))
	defer home.Close()
	c := channel(t, withHosts(home.URL), "")
	for link, want := range map[string]channels.ErrorKind{
		home.URL + "/m/1":    channels.ErrUnavailable,
		foreign.URL + "/m/1": channels.ErrInvalid,
		strings.Replace(home.URL, "http://", "http://me:secret@", 1) + "/m/1": channels.ErrInvalid,
		"file:///etc/hosts": channels.ErrInvalid,
		"":                  channels.ErrInvalid,
		":":                 channels.ErrInvalid,
	} {
		body, _, err := c.OpenMedia(t.Context(), link)
		if body != nil || channels.KindOf(err) != want {
			t.Errorf("%s: %v", link, err)
		}
	}
}

func TestOpenMediaSaysWhatIsWrong(t *testing.T) {
	home := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	link := home.URL + "/m/secret-part"
	c := channel(t, withHosts(home.URL), "")
	if _, _, err := c.OpenMedia(t.Context(), link); channels.KindOf(err) != channels.ErrUnauthorized {
		t.Errorf("forbidden: %v", err)
	}
	home.Close()
	_, _, err := c.OpenMedia(t.Context(), link)
	if channels.KindOf(err) != channels.ErrUnavailable || strings.Contains(err.Error(), "secret-part") {
		t.Errorf("nobody listens: %v", err)
	}
}
