package inspect_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/bot/inspect"
	"github.com/parley-chat/parley/channels/builtin"
	"github.com/parley-chat/parley/flows"
)

// secretsOfRequests are those that the requests of secretly have; "marked" is in
// each, however it is written.
func secretly() []call {
	form := url.Values{"payload": {`{"type":"block_actions","token":"marked-in-form","response_url":"https://hooks.example.test/marked","user":{"id":"U1"}}`}}
	return []call{
		telegram(1000123, "Hello"), whatsapp(), slack(time.Now()), mmp(),
		{method: "GET", path: "/webhooks/whatsapp?hub.mode=subscribe&hub.challenge=77&hub.verify_token=" + verifyToken},
		{path: "/webhooks/mmp", body: mmpBody, header: map[string]string{"Authorization": "Bearer " + webhookToken}},
		{path: "/webhooks/mmp?x=1&token=marked-unknown&key=marked-key", body: mmpBody, header: map[string]string{
			"Cookie": "session=marked", "X-Api-Key": "marked-unknown", "X-Auth-Token": "marked", "Proxy-Authorization": "Basic bWFya2Vk",
		}},
		{path: "/webhooks/slack", body: form.Encode(), header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}},
		{path: "/elsewhere?next=%2F" + url.QueryEscape("marked/key"), body: `{"a":{"access_token":"marked-\"quoted"},"text":"` + signingSecret + `"}`},
		{path: "/webhooks/anybody", body: telegramBody(9, "my token is "+telegramSecret)},
	}
}

// TestNoSecretIsShown anywhere: not in lists, in whole records, in command lines, on
// the page; the file has them all.
func TestNoSecretIsShown(t *testing.T) {
	b, _ := loadBot(t)
	bot := newTarget(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Set-Cookie", "marked=1")
		fmt.Fprintf(w, `{"echo":%q}`, telegramToken)
	})
	target := strings.Replace(bot.URL, "http://", "http://user:marked-password@", 1)
	r := start(t, b, target)
	for _, c := range secretly() {
		r.send(c)
	}
	if n := len(bot.arrived()); n != len(secretly()) {
		t.Fatalf("%d arrived", n)
	}
	mask := inspect.NewMask(b)
	var shown []string
	for _, rec := range r.log.Records() {
		masked := mask.Record(rec)
		for _, v := range []any{masked, mask.Summarize(rec)} {
			text, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			shown = append(shown, string(text))
		}
		shown = append(shown, inspect.Curl(masked, "http://127.0.0.1:8080"), inspect.Pretty(masked.Request.Body, masked.Request.Header))
		whole, err := json.Marshal(rec)
		if err != nil || !strings.Contains(string(whole), "marked") && rec.Type != "whatsapp" {
			t.Errorf("number %d has no secret: the test shows nothing; %v", rec.N, err)
		}
		if rec.N == 4 && len(masked.Events) != 1 {
			t.Errorf("the event is gone: %+v", masked)
		}
	}
	base, address := r.openPage(mask)
	_, token, _ := strings.Cut(address, "#")
	for n := range secretly() {
		_, body := ask(t, "GET", fmt.Sprintf("%s/api/webhooks/%d", base, n+1), "", map[string]string{"Authorization": "Bearer " + token})
		if !strings.Contains(body, `"curl"`) {
			t.Errorf("number %d is not shown: %s", n+1, body)
		}
		shown = append(shown, body)
	}
	for _, text := range shown {
		for _, secret := range []string{"marked", "bWFya2Vk", "user:"} {
			// The name of a field may say so; the password of an address is shown as xxxxx.
			if i := strings.Index(strings.ReplaceAll(text, "user:xxxxx", ""), secret); i >= 0 {
				t.Errorf("%q is shown: …%s…", secret, text[max(0, i-60):min(len(text), i+60)])
			}
		}
	}
	// With --secrets there is no mask.
	rec := r.log.Get(1)
	if (*inspect.Mask)(nil).Record(rec) != rec || !strings.Contains(inspect.Curl(rec, "http://x"), telegramSecret) {
		t.Error("secrets are masked without a mask")
	}
}

// TestMaskedBodiesAreStillJSON, and what is no secret stays.
func TestMaskedBodiesAreStillJSON(t *testing.T) {
	mask := inspect.NewMask(nil)
	for body, want := range map[string]string{
		`{"token":"abc","n":12345678901234567890}`:     `{"token":"***","n":12345678901234567890}`,
		`{"next_page_token" : "a\"b","x":"y"}`:         `{"next_page_token" : "***","x":"y"}`,
		`{"u":"https://a.example/?token=abc","x":1}`:   `{"u":"https://a.example/?token=***","x":1}`,
		`{"text":"my token is gone","secret":""}`:      `{"text":"my token is gone","secret":""}`,
		`token=abc&team=T1&password=x`:                 `token=***&team=T1&password=***`,
		`payload=%7B%22token%22%3A%22a%2Fb%22%7D&x=1`:  `payload=%7B%22token%22%3A%22***%22%7D&x=1`,
		`{"body":"{\"token\" : \"abc\",\"x\":\"y\"}"}`: `{"body":"{\"token\" : \"***\",\"x\":\"y\"}"}`,
	} {
		rec := mask.Record(&inspect.Record{Request: inspect.Request{Target: "/", Body: inspect.Text(body)}})
		if string(rec.Request.Body) != want {
			t.Errorf("%s becomes %s", body, rec.Request.Body)
		}
	}
	rec := mask.Record(&inspect.Record{Request: inspect.Request{Target: "/", Header: map[string][]inspect.Text{
		"Referer": {"https://a.example/?x=1&token=marked"}, "Idempotency-Key": {"a"}, "X-Hub-Signature-256": {"sha256=b"}, "Authorization": {"Bearer c"}, "Content-Type": {"d"},
	}}})
	h := rec.Request.Header
	if h["Idempotency-Key"][0] != "a" || h["X-Hub-Signature-256"][0] != "sha256=b" || h["Authorization"][0] != "Bearer ***" || h["Content-Type"][0] != "d" || h["Referer"][0] != "https://a.example/?x=1&token=***" {
		t.Errorf("%v", h)
	}
}

// TestSecretsOfTheBotAreMasked also where no name tells: those of flows and of media.
func TestSecretsOfTheBotAreMasked(t *testing.T) {
	dir := t.TempDir()
	config := "bot: shop\nsecrets: {CRM: marked-crm}\nmedia: {secret: marked-media-secret}\nstate: redis://user:marked-state@127.0.0.1:1\n" +
		"channels: {web: {type: webchat}}\n"
	for name, text := range map[string]string{"bot.yaml": config, "flows/a.yaml": "flow: a\nstart: {fallback: true}\nsteps:\n  - say: Hello!\n"} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	b, report := flows.Load(dir, flows.LoadOptions{Factories: builtin.Factories()})
	if b == nil {
		t.Fatal(report.Err())
	}
	for _, secret := range []string{"marked-crm", "marked-media-secret", "marked-state"} {
		if got := inspect.NewMask(b).Text("it is " + secret + "."); got != "it is ***." {
			t.Errorf("it shows: %s", got)
		}
	}
}
