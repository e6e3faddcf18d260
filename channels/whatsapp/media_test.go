package whatsapp_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
)

// media stands for both steps of a download: the Graph API with one id, and the store.
func media(t *testing.T, where func(self string) string, kind string) *channeltest.FakeAPI {
	t.Helper()
	var self string
	api := channeltest.NewFakeAPI(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Authorization") != "Bearer EAAmarkedAccessToken":
			w.WriteHeader(http.StatusUnauthorized)
		case r.URL.Path == "/v25.0/1003383421387256":
			channeltest.JSON(http.StatusOK, `{"url":"`+where(self)+`","mime_type":"image/jpeg","id":"1003383421387256"}`)(w, r)
		case r.URL.Path == "/store":
			w.Header().Set("Content-Type", kind)
			_, _ = io.WriteString(w, "pixels")
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	})
	self = api.URL
	return api
}

func TestOpenMediaTakesTwoSteps(t *testing.T) {
	for kind, want := range map[string]string{"image/png; x=y": "image/png", "application/octet-stream": "image/jpeg"} {
		api := media(t, func(self string) string { return self + "/store?mid=1" }, kind)
		body, got, err := channel(t, spec(), api.URL).OpenMedia(t.Context(), "1003383421387256")
		if err != nil {
			t.Fatal(err)
		}
		defer body.Close()
		if b, err := io.ReadAll(body); err != nil || string(b) != "pixels" || got != want {
			t.Errorf("%q of type %q, %v", b, got, err)
		}
	}
}

// TestOpenMediaKeepsTheTokenAtHome says that no other host gets it, whatever the answer
// says, neither by an address nor by a redirect.
func TestOpenMediaKeepsTheTokenAtHome(t *testing.T) {
	foreign := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("a foreign host was asked, with %q", r.Header.Get("Authorization"))
	}))
	defer foreign.Close()
	detour := httptest.NewServer(http.RedirectHandler(foreign.URL, http.StatusFound))
	defer detour.Close()
	s := spec()
	s.Lists = map[string][]string{"media_hosts": {detour.URL}}
	for address, want := range map[string]channels.ErrorKind{
		foreign.URL + "/store": channels.ErrInvalid, "": channels.ErrInvalid, "file:///etc/hosts": channels.ErrInvalid,
		"https://fbsbx.com.example.test/x": channels.ErrInvalid, "http://lookaside.fbsbx.com/x": channels.ErrInvalid,
		"https://lookaside.fbsbx.com:8443/x": channels.ErrInvalid, "https://me@lookaside.fbsbx.com/x": channels.ErrInvalid,
		detour.URL + "/store": channels.ErrUnavailable,
	} {
		api := media(t, func(string) string { return address }, "image/png")
		body, _, err := channel(t, s, api.URL).OpenMedia(t.Context(), "1003383421387256")
		if body != nil || channels.KindOf(err) != want {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestOpenMediaFailsWithoutShowingTheAddress(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	api := media(t, func(self string) string { return self + "/missing?secret-part" }, "")
	c := channel(t, spec(), api.URL)
	for id, want := range map[string]channels.ErrorKind{
		"1003383421387256": channels.ErrInvalid, "../me": channels.ErrInvalid, "": channels.ErrInvalid, "7": channels.ErrUnauthorized,
	} {
		_, _, err := c.OpenMedia(ctx, id)
		if channels.KindOf(err) != want || strings.Contains(err.Error(), "secret-part") {
			t.Errorf("%s: %v", id, err)
		}
	}
	cancel()
	if _, _, err := c.OpenMedia(ctx, "1003383421387256"); channels.KindOf(err) != channels.ErrRefused {
		t.Errorf("cancelled: %v", err)
	}
}
