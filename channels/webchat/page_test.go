package webchat

import (
	"io"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/parley-chat/parley/channels"
)

func get(t *testing.T, c *client, path string) (*http.Response, string) {
	t.Helper()
	resp := c.do(t.Context(), "GET", path, "")
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func TestPageLoadsOnlyItsOwnFiles(t *testing.T) {
	ch := newTestChannel(t, map[string]string{"title": "Acme"})
	c := newClient(t, start(t, ch, newFakeHost()))
	elsewhere := regexp.MustCompile(`(?:src|href|url|from|import|fetch)\s*[=(]?\s*["'(](?:https?:)?//`)
	files := maps.Clone(ch.files)
	files[""] = ch.pages.html["en"]
	for name, f := range files {
		path := name
		c.header.Set("Accept-Encoding", "identity")
		resp, body := get(t, c, path)
		if resp.StatusCode != http.StatusOK || body != string(f.body) || resp.Header.Get("Content-Type") != f.kind {
			t.Errorf("%s: %d %s, %d bytes", name, resp.StatusCode, resp.Header.Get("Content-Type"), len(body))
		}
		code := regexp.MustCompile(`(?m)^//.*$`).ReplaceAllString(body, "")
		if loads := elsewhere.FindString(code); loads != "" {
			t.Errorf("%s loads from elsewhere: %s", name, loads)
		}
		if left := regexp.MustCompile(`@[a-z][a-z._-]+@`).FindString(body); left != "" {
			t.Errorf("%s: %s is not filled in", name, left)
		}
		c.header.Set("If-None-Match", resp.Header.Get("ETag"))
		if resp, _ := get(t, c, path); resp.StatusCode != http.StatusNotModified {
			t.Errorf("%s a second time: %d", name, resp.StatusCode)
		}
		c.header.Set("Accept-Encoding", "br, gzip, deflate")
		resp, body = get(t, c, path) // the plain one is another representation
		if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Encoding") != "gzip" || body != string(f.zipped) {
			t.Errorf("%s zipped: %d %s", name, resp.StatusCode, resp.Header.Get("Content-Encoding"))
		}
		c.header.Del("If-None-Match")
	}
	for _, reference := range regexp.MustCompile(`(?:href|src)="([^"]+)"`).FindAllStringSubmatch(string(files[""].body), -1) {
		if _, ok := ch.files[reference[1]]; !ok {
			t.Errorf("the page refers to %s, which is not served", reference[1])
		}
	}
}

// TestPageIsSmall: what a phone on a slow line waits for.
func TestPageIsSmall(t *testing.T) {
	ch := newTestChannel(t, nil)
	page, sent := len(ch.pages.html["ru"].body), len(ch.pages.html["ru"].zipped)
	for name, f := range ch.files {
		sent += len(f.zipped)
		if name != "widget.js" {
			page += len(f.body)
		}
	}
	if page > 70<<10 || sent > 30<<10 {
		t.Errorf("the page has %d bytes; with the widget %d are sent", page, sent)
	}
}

func TestSecurityHeaders(t *testing.T) {
	for _, tt := range []struct {
		name, path string
		sites      []string
		want       map[string]string
	}{
		{"page", "", nil, map[string]string{
			"X-Frame-Options": "SAMEORIGIN",
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
				"img-src 'self' blob: http: https:; media-src 'self' http: https:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
		}},
		{"page for sites", "", []string{"https://shop.example.com", "http://127.0.0.1:8080"}, map[string]string{
			"X-Frame-Options": "",
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
				"img-src 'self' blob: http: https:; media-src 'self' http: https:; base-uri 'none'; form-action 'none'; " +
				"frame-ancestors 'self' https://shop.example.com http://127.0.0.1:8080",
		}},
		{"widget", "widget.js", nil, map[string]string{"Cross-Origin-Resource-Policy": "cross-origin"}},
		{"script", "chat.js", nil, map[string]string{"Cache-Control": "no-cache"}},
		{"refusal", "events?after=x", nil, map[string]string{
			"Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
		}},
		{"nothing", "nothing", nil, map[string]string{"Cache-Control": "no-store"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			resp, _ := get(t, newClient(t, start(t, newTestChannel(t, nil, tt.sites...), newFakeHost())), tt.path)
			tt.want["X-Content-Type-Options"] = "nosniff"
			tt.want["Referrer-Policy"] = "no-referrer"
			tt.want["Set-Cookie"] = ""
			tt.want["Access-Control-Allow-Origin"] = ""
			for name, want := range tt.want {
				if got := resp.Header.Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestOtherMethodsAreRefused(t *testing.T) {
	c := newClient(t, start(t, newTestChannel(t, nil), newFakeHost()))
	for path, methods := range map[string][]string{
		"": {"POST", "PUT", "DELETE"}, "messages": {"GET", "PUT"}, "events": {"POST", "DELETE"}, "visitors": {"GET"}, "widget.js": {"POST"},
	} {
		for _, method := range methods {
			if status, _ := c.call(method, path, ""); status != http.StatusMethodNotAllowed {
				t.Errorf("%s %s: %d", method, path, status)
			}
		}
	}
	for _, path := range []string{"static/chat.js", "index.html", "..%2fwebchat.go", "chat.css/"} {
		if status, _ := c.call("GET", path, ""); status != http.StatusNotFound {
			t.Errorf("GET %s: %d", path, status)
		}
	}
}

func TestAddressWithoutSlashLeadsToThePage(t *testing.T) {
	c := newClient(t, start(t, newTestChannel(t, nil), newFakeHost()))
	c.base = strings.TrimSuffix(c.base, "/")
	resp, _ := get(t, c, "")
	at, err := resp.Request.URL.Parse(resp.Header.Get("Location"))
	if err != nil || resp.StatusCode != http.StatusPermanentRedirect || at.Path != "/channels/web/" {
		t.Errorf("%d to %v, %v", resp.StatusCode, at, err)
	}
}

func TestSettingsAreEscapedWhereTheyStand(t *testing.T) {
	ch := newTestChannel(t, map[string]string{"title": `</title></script>"'` + "`${x}"})
	page, widget := string(ch.pages.html["en"].body), string(ch.files["widget.js"].body)
	if strings.Contains(page, "</title></script>") || !strings.Contains(page, "&lt;/title&gt;&lt;/script&gt;&#34;&#39;") {
		t.Error("the title is markup on the page")
	}
	if !strings.Contains(widget, `const title = "\u003c/title\u003e\u003c/script\u003e\"'`+"`${x}\";") {
		t.Error("the title is not a text in the widget")
	}
}

func TestOriginsAreExact(t *testing.T) {
	h := newFakeHost()
	s := start(t, newTestChannel(t, nil, "https://shop.example.com", "http://127.0.0.1:9999"), h)
	host := strings.TrimPrefix(s.URL, "http://")
	for _, tt := range []struct {
		origin, site string // Origin, Sec-Fetch-Site
		allowed      bool
		cors         string
	}{
		{"", "", true, ""},
		{s.URL, "", true, ""},
		{s.URL, "same-origin", true, ""},
		{"https://proxied.example", "same-origin", true, ""}, // a proxy that changed Host
		{"https://shop.example.com", "cross-site", true, "https://shop.example.com"},
		{"http://127.0.0.1:9999", "", true, "http://127.0.0.1:9999"},
		{s.URL, "cross-site", false, ""},
		{"http://" + host + ".evil.example", "", false, ""},
		{"http://shop.example.com", "", false, ""},
		{"https://shop.example.com:444", "", false, ""},
		{"https://shop.example.com.evil.example", "", false, ""},
		{"https://evil-shop.example.com", "", false, ""},
		{"https://a.shop.example.com", "", false, ""},
		{"HTTPS://SHOP.EXAMPLE.COM", "", false, ""},
		{"http://127.0.0.1:8888", "same-site", false, ""},
		{"null", "", false, ""},
		{"*", "", false, ""},
	} {
		t.Run(tt.origin+" "+tt.site, func(t *testing.T) {
			c := newClient(t, s)
			c.header.Set("Origin", tt.origin)
			if tt.origin == "" {
				c.header.Del("Origin")
			}
			if tt.site != "" {
				c.header.Set("Sec-Fetch-Site", tt.site)
			}
			before := len(h.accepted())
			resp := c.do(t.Context(), "POST", "messages", `{"id": "message-1", "text": "hello"}`)
			resp.Body.Close()
			if allowed := resp.StatusCode == http.StatusAccepted; allowed != tt.allowed || len(h.accepted()) > before != tt.allowed {
				t.Errorf("POST messages: %d", resp.StatusCode)
			}
			if got := resp.Header.Get("Access-Control-Allow-Origin"); got != tt.cors {
				t.Errorf("Access-Control-Allow-Origin is %q, want %q", got, tt.cors)
			}
			if got := resp.Header.Get("Access-Control-Allow-Credentials"); got != "" {
				t.Errorf("Access-Control-Allow-Credentials is %q", got)
			}
			if !strings.Contains(strings.Join(resp.Header.Values("Vary"), ","), "Origin") {
				t.Error("caches may mix sites up")
			}
			asked := c.do(t.Context(), "OPTIONS", "messages", "")
			asked.Body.Close()
			if got := asked.Header.Get("Access-Control-Allow-Headers"); (got != "") != (tt.cors != "") {
				t.Errorf("OPTIONS allows headers %q", got)
			}
			if (asked.StatusCode == http.StatusNoContent) != tt.allowed {
				t.Errorf("OPTIONS: %d", asked.StatusCode)
			}
		})
	}
}

func TestCapabilitiesFitWhatVisitorsMaySend(t *testing.T) {
	c := Factory().Capabilities(&channels.Config{})
	if c.OptionID != maxOptionID || c.List.Label.Max > maxText || c.Buttons.Label.Max > maxText {
		t.Error("an option could be sent that can't be tapped")
	}
}
