package twilio_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
)

const mediaID = accounts + "/Messages/MM0123456789abcdef0123456789abcdef/Media/ME0123456789abcdef0123456789abcdef"

func TestOpenMediaKeepsTheCredentialsFromWhereItIsLed(t *testing.T) {
	authorized := make(chan string, 4)
	storage := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		authorized <- r.Header.Get("Authorization")
		w.Header().Set("Content-Type", "image/jpeg; x=y")
		_, _ = io.WriteString(w, "picture")
	}))
	defer storage.Close()
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		authorized <- r.Header.Get("Authorization")
		http.Redirect(w, r, storage.URL+"/picture", http.StatusTemporaryRedirect)
	}))
	defer api.Close()
	s := spec()
	s.Settings["api_url"] = api.URL
	ch, err := s.Factory.New(&channels.Config{Name: "main", Values: defaults(s), HTTP: storage.Client()})
	if err != nil {
		t.Fatal(err)
	}
	body, mimeType, err := ch.(channels.MediaOpener).OpenMedia(t.Context(), mediaID)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if b, err := io.ReadAll(body); err != nil || string(b) != "picture" || mimeType != "image/jpeg" {
		t.Errorf("%q, %q, %v", b, mimeType, err)
	}
	if first, second := <-authorized, <-authorized; first == "" || second != "" {
		t.Error("the credentials went where they should not, or not where they should")
	}
}

// defaults are the settings of a spec with those of the factory that it leaves out.
func defaults(s channeltest.Spec) map[string]string {
	out := map[string]string{}
	for _, f := range s.Factory.Settings {
		out[f.Name] = f.Default
		if v := s.Settings[f.Name]; v != "" {
			out[f.Name] = v
		}
	}
	return out
}

func TestOpenMediaFailsWithAKind(t *testing.T) {
	for name, c := range map[string]struct {
		id, location string
		status       int
		want         channels.ErrorKind
	}{
		"another path":           {"/2010-04-01/Accounts/" + account + ".json", "", 200, channels.ErrInvalid},
		"a path that leads away": {mediaID + "/../../x", "", 200, channels.ErrInvalid},
		"gone":                   {mediaID, "", 404, channels.ErrInvalid},
		"wrong credentials":      {mediaID, "", 401, channels.ErrUnauthorized},
		"led without TLS":        {mediaID, "http://127.0.0.1:1/x", 307, channels.ErrUnavailable},
		"led nowhere":            {mediaID, "", 307, channels.ErrUnavailable},
		"led in a circle":        {mediaID, mediaID, 307, channels.ErrUnavailable},
		"led to nobody":          {mediaID, "https://127.0.0.1:1/x", 307, channels.ErrUnavailable},
	} {
		api := channeltest.NewFakeAPI(t, func(w http.ResponseWriter, _ *http.Request) {
			if c.location != "" {
				w.Header().Set("Location", c.location)
			}
			w.WriteHeader(c.status)
		})
		if _, _, err := channel(t, spec(), api.URL).OpenMedia(t.Context(), c.id); channels.KindOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		} else if strings.Contains(err.Error(), "127.0.0.1:1/x") {
			t.Errorf("%s: the error holds the address: %v", name, err)
		}
	}
}
