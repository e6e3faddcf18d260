package webchat

import (
	"bytes"
	"fmt"
	"image"
	rgb "image/color"
	"image/png"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parley-chat/parley/channels"
)

func newUploadChannel(t *testing.T, types ...string) *Channel {
	t.Helper()
	if len(types) == 0 {
		types = []string{"image/*", "application/pdf", "text/plain"}
	}
	return newListedChannel(t, map[string]string{"upload_size": "1", "title": "Acme support"}, map[string][]string{"uploads": types})
}

// photo is a picture of at least size bytes.
func photo(t *testing.T, size int) []byte {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, 320, 200))
	for y := range 200 {
		for x := range 320 {
			picture.Set(x, y, rgb.RGBA{uint8(x), uint8(y), 120, 255})
		}
	}
	var body bytes.Buffer
	if err := png.Encode(&body, picture); err != nil {
		t.Fatal(err)
	}
	return append(body.Bytes(), make([]byte, max(0, size-body.Len()))...)
}

func (c *client) put(id, kind, name string, body io.Reader) (int, string) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodPut, c.base+"files/"+id, body)
	if err != nil {
		c.t.Fatal(err)
	}
	for key, values := range c.header {
		r.Header[key] = values
	}
	r.Header.Set("Authorization", "Bearer "+c.visitor)
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Content-Disposition", "attachment; filename*=UTF-8''"+name)
	resp, err := c.via.RoundTrip(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	read, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, string(read)
}

func TestFilesBecomeMedia(t *testing.T) {
	h := newFakeHost()
	c := newClient(t, start(t, newUploadChannel(t), h))
	body := photo(t, 0)
	for range 2 { // once more after a broken connection
		if status, answer := c.put("file-0001", "image/png", "ticket%20%E2%9C%93.png", bytes.NewReader(body)); status != http.StatusAccepted {
			t.Fatalf("%d %s", status, answer)
		}
	}
	events := h.accepted()
	if len(events) != 1 {
		t.Fatalf("%d events", len(events))
	}
	e := events[0]
	want := []channels.Media{{
		Kind: channels.Image, URL: "/media/" + e.Conversation + "-0", MIME: "image/png", Size: int64(len(body)), Name: "ticket ✓.png",
	}}
	if d := cmp.Diff(want, e.Media); d != "" || e.Kind != channels.KindMessage || e.ID != "file-0001" || e.Text != "" {
		t.Errorf("%+v\n%s", e, d)
	}
	if shown := c.open("").next(); shown.From != "visitor" || len(shown.Media) != 1 || shown.ID != "file-0001" {
		t.Errorf("the history has %+v", shown)
	}
}

func TestFilesAreRefusedWithAReason(t *testing.T) {
	h := newFakeHost()
	s := start(t, newUploadChannel(t), h)
	page := "<!doctype html><script>alert(1)</script>"
	large := strings.Repeat("a", 1_000_001)
	for _, tt := range []struct {
		name, id, kind, body string
		whole                bool // its length is known
		status               int
		code                 string
	}{
		{"an id that is none", "short", "text/plain", "a", true, 400, "id"},
		{"a strange id", "file%2e%2e%2f%2e0001", "text/plain", "a", true, 400, "id"},
		{"empty", "file-0001", "text/plain", "", true, 400, "upload_empty"},
		{"too large", "file-0001", "text/plain", large, true, 413, "upload_size"},
		{"too large, of unknown length", "file-0001", "text/plain", large, false, 413, "upload_size"},
		{"a page that says to be a picture", "file-0001", "image/png", page, true, 415, "upload_type"},
		{"a page", "file-0001", "text/html", page, true, 415, "upload_type"},
		{"an archive", "file-0001", "application/pdf", "PK\x03\x04\x00\x00", true, 415, "upload_type"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var body io.Reader = strings.NewReader(tt.body)
			if !tt.whole {
				body = io.MultiReader(body)
			}
			status, answer := newClient(t, s).put(tt.id, tt.kind, "a", body)
			if status != tt.status || !strings.Contains(answer, `"`+tt.code+`"`) {
				t.Errorf("%d %s, want %d and %s", status, answer, tt.status, tt.code)
			}
		})
	}
	h.set(func(h *fakeHost) { h.refusal = &channels.MediaError{Status: 415, MIME: "text/plain"} })
	if status, answer := newClient(t, s).put("file-0001", "text/plain", "a", strings.NewReader("a")); status != 415 {
		t.Errorf("what the store does not take: %d %s", status, answer)
	}
	h.set(func(h *fakeHost) { h.refusal = &channels.MediaError{Status: 413, MaxSize: 2_000_000} })
	if status, answer := newClient(t, s).put("file-0001", "text/plain", "a", strings.NewReader("a")); status != 413 || !strings.Contains(answer, "2 MB") {
		t.Errorf("what is too large for the store: %d %s", status, answer)
	}
	h.set(func(h *fakeHost) { h.refusal, h.down = nil, true })
	if status, answer := newClient(t, s).put("file-0001", "text/plain", "a", strings.NewReader("a")); status != 503 {
		t.Errorf("without the store: %d %s", status, answer)
	}
	if n := len(h.accepted()); n != 0 {
		t.Errorf("%d files were taken", n)
	}
}

func TestNoFilesUnlessTypesAreNamed(t *testing.T) {
	h := newFakeHost()
	c := newClient(t, start(t, newTestChannel(t, nil), h))
	if status, answer := c.put("file-0001", "text/plain", "a", strings.NewReader("a")); status != 415 || len(h.files) != 0 {
		t.Errorf("%d %s", status, answer)
	}
}

func TestDrawingsWithScriptsHaveToBeNamed(t *testing.T) {
	for _, tt := range []struct {
		types []string
		kind  string
		want  bool
	}{
		{[]string{"image/*"}, "image/png", true}, {[]string{"image/*"}, svg, false}, {[]string{"image/*", svg}, svg, true},
		{[]string{"image/*"}, "text/html", false}, {nil, "image/png", false}, {[]string{"image/*"}, "imagery/png", false},
	} {
		if got := (&uploads{types: tt.types}).takes(tt.kind); got != tt.want {
			t.Errorf("%s of %v: %t", tt.kind, tt.types, got)
		}
	}
}

func TestFilesAreLimitedPerVisitor(t *testing.T) {
	now := time.Now()
	ch := newUploadChannel(t)
	ch.now = func() time.Time { return now }
	c := newClient(t, start(t, ch, newFakeHost()))
	for i := range uploadBurst {
		if status, answer := c.put(fmt.Sprintf("file-%04d", i), "text/plain", "a", strings.NewReader("a")); status != http.StatusAccepted {
			t.Fatalf("%d %s", status, answer)
		}
	}
	if status, _ := c.put("file-9999", "text/plain", "a", strings.NewReader("a")); status != http.StatusTooManyRequests {
		t.Errorf("%d", status)
	}
}

// TestUploadsKeepToTheOrigins: a page of a site that is not listed sends nothing.
func TestNewRequestsKeepToTheOrigins(t *testing.T) {
	h := newFakeHost()
	c := newClient(t, start(t, newListedChannel(t, map[string]string{"identity_secret": testIdentity}, map[string][]string{
		"uploads": {"text/plain"}, "origins": {"https://shop.example.com"},
	}), h))
	token := tokenFor("user-17", time.Hour)
	for origin, allowed := range map[string]bool{"https://shop.example.com": true, "https://evil.example": false, "null": false} {
		c.header.Set("Origin", origin)
		if status, _ := c.put("file-0001", "text/plain", "a", strings.NewReader("a")); (status == http.StatusAccepted) != allowed || !allowed && status != http.StatusForbidden {
			t.Errorf("a file from %s: %d", origin, status)
		}
		was := c.visitor
		c.visitor = token
		if status, _ := c.call("POST", "identity", ""); (status == http.StatusOK) != allowed || !allowed && status != http.StatusForbidden {
			t.Errorf("a token from %s: %d", origin, status)
		}
		c.visitor = was
		resp := c.do(t.Context(), "OPTIONS", "files/file-0001", "")
		resp.Body.Close()
		if got := resp.Header.Get("Access-Control-Allow-Methods"); strings.Contains(got, "PUT") != allowed {
			t.Errorf("OPTIONS from %s allows %q", origin, got)
		}
	}
}
