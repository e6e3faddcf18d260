package inspect_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/parley-chat/parley/bot/inspect"
)

// ask makes a request; a header Host is the Host of the request.
func ask(t *testing.T, method, address, body string, header map[string]string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	r.Host = header["Host"]
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(got)
}

// TestThePageIsClosedToOthers: to who has no token, to other sites, and to names of
// others that lead here.
func TestThePageIsClosedToOthers(t *testing.T) {
	b, _ := loadBot(t)
	bot := newTarget(t, func(http.ResponseWriter, *http.Request) {})
	r := start(t, b, bot.URL)
	r.send(telegram(1000123, "Hello"))
	base, address := r.openPage(inspect.NewMask(b))
	_, token, _ := strings.Cut(address, "#")
	post := map[string]string{"Authorization": "Bearer " + token, "Content-Type": "application/json"}
	with := func(name, value string) map[string]string {
		h := map[string]string{name: value}
		for n, v := range post {
			if n != name {
				h[n] = v
			}
		}
		return h
	}
	host := strings.TrimPrefix(base, "http://")
	for name, c := range map[string]struct {
		method, path, body string
		header             map[string]string
		want               int
	}{
		"list without a token":     {"GET", "/api/webhooks", "", nil, 401},
		"one without a token":      {"GET", "/api/webhooks/1", "", nil, 401},
		"replay without a token":   {"POST", "/api/replay", `{"numbers":[1]}`, map[string]string{"Content-Type": "application/json"}, 401},
		"another token":            {"GET", "/api/webhooks/1", "", with("Authorization", "Bearer "+token+"x"), 401},
		"no token at all":          {"GET", "/api/webhooks/1", "", with("Authorization", "Bearer "), 401},
		"token in the address":     {"GET", "/api/webhooks/1?token=" + token, "", nil, 401},
		"another site":             {"POST", "/api/replay", `{"numbers":[1]}`, with("Origin", "https://evil.example.test"), 403},
		"a site that hides":        {"POST", "/api/replay", `{"numbers":[1]}`, with("Origin", "null"), 403},
		"as browsers say":          {"POST", "/api/replay", `{"numbers":[1]}`, with("Sec-Fetch-Site", "cross-site"), 403},
		"a name that leads here":   {"GET", "/api/webhooks/1", "", with("Host", "evil.example.test:8082"), 403},
		"the page by such a name":  {"GET", "/", "", with("Host", "evil.example.test"), 403},
		"a replay as a form":       {"POST", "/api/replay", `{"numbers":[1]}`, with("Content-Type", "text/plain"), 415},
		"a replay of nothing":      {"POST", "/api/replay", `{}`, post, 400},
		"a replay by a GET":        {"GET", "/api/replay", "", post, 405},
		"one that is not there":    {"GET", "/api/webhooks/99", "", post, 404},
		"what is no number":        {"GET", "/api/webhooks/x", "", post, 404},
		"what is outside":          {"GET", "/static/..%2Fpage.go", "", nil, 404},
		"a webhook":                {"POST", "/webhooks/telegram", "{}", nil, 404},
		"the page":                 {"GET", "/", "", nil, 200},
		"a file of the page":       {"GET", "/static/page.js", "", nil, 200},
		"one":                      {"GET", "/api/webhooks/1", "", post, 200},
		"by the name of localhost": {"GET", "/api/webhooks/1", "", with("Host", "localhost:1234"), 200},
	} {
		if status, body := ask(t, c.method, base+c.path, c.body, c.header); status != c.want {
			t.Errorf("%s: %d, want %d: %s", name, status, c.want, body)
		}
	}
	if n := len(bot.arrived()); n != 1 {
		t.Errorf("%d arrived at the bot", n)
	}
	if status, body := ask(t, "POST", base+"/api/replay", `{"numbers":[1,1]}`, with("Origin", "http://"+host)); status != 200 || body != `{"numbers":[2,3]}`+"\n" {
		t.Errorf("a replay of its own: %d %s", status, body)
	}
	if status, body := ask(t, "POST", base+"/api/replay", `{"numbers":[1,77,1]}`, post); status != 200 || !strings.Contains(body, "webhook 77 is not kept") {
		t.Errorf("a replay of one that is gone: %d %s", status, body)
	}
	// Nor is the page where webhooks come in.
	for _, path := range []string{"/", "/api/webhooks", "/static/page.js"} {
		if _, _, body := r.send(call{method: "GET", path: path}); body != "" {
			t.Errorf("%s is served to platforms: %s", path, body)
		}
	}
}

// TestThePageLoadsNothingFromElsewhere.
func TestThePageLoadsNothingFromElsewhere(t *testing.T) {
	r := start(t, nil, "")
	base, _ := r.openPage(nil)
	resp, err := http.Get(base + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	policy := resp.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'; script-src 'self'; ") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") {
		t.Errorf("the policy is %q", policy)
	}
	files, err := os.ReadDir("static")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		text, err := os.ReadFile("static/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		if clean := strings.ReplaceAll(string(text), "http://www.w3.org/2000/svg", ""); strings.Contains(clean, "//cdn") || strings.Contains(clean, "http:") ||
			strings.Contains(clean, "https:") || strings.Contains(clean, "innerHTML") || strings.Contains(clean, "style=") {
			t.Errorf("%s loads from elsewhere, or makes HTML of text", f.Name())
		}
	}
}

// TestTheStreamTellsWhatComes, and begins anew with the file.
func TestTheStreamTellsWhatComes(t *testing.T) {
	r := start(t, nil, "")
	r.send(call{path: "/one"})
	base, address := r.openPage(nil)
	_, token, _ := strings.Cut(address, "#")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", base+"/api/webhooks", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	next := func() string {
		for lines.Scan() {
			data, ok := strings.CutPrefix(lines.Text(), "data: ")
			if !ok {
				continue
			}
			var e struct {
				Reset    bool
				Webhooks []inspect.Summary
			}
			if err := json.Unmarshal([]byte(data), &e); err != nil {
				t.Fatal(err)
			}
			out := ""
			if e.Reset {
				out = "reset"
			}
			for _, w := range e.Webhooks {
				out += " " + w.Path
			}
			return out
		}
		return "over"
	}
	for _, step := range []struct {
		do   func()
		want string
	}{
		{func() {}, "reset /one"},
		{func() { r.send(call{path: "/two"}) }, " /two"},
		{func() {
			if err := os.Remove(r.log.Path()); err != nil {
				t.Error(err)
			}
		}, "reset"},
		{func() { r.send(call{path: "/three"}) }, " /three"},
	} {
		step.do()
		if got := next(); got != step.want {
			t.Fatalf("the stream tells %q, want %q", got, step.want)
		}
	}
}
