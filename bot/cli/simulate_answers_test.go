package cli_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/bot/cli"
	"github.com/parley-chat/parley/channels"
)

// TestSimulateSaysWhatIsWrongWithAnAnswer, and how to mend it.
func TestSimulateSaysWhatIsWrongWithAnAnswer(t *testing.T) {
	for status, fix := range map[int]string{
		201: "", 204: "",
		302: "platforms follow no redirects", 400: "the program can't read it", 401: "the secrets differ", 404: "nothing is at this path",
		405: "the address takes no such request", 410: "never give it", 413: "over the limit", 415: "another form", 429: "an outage",
		500: "its log says why", 503: "see --retry",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(status)
		}))
		out, code := run(t, "simulate", "telegram", "text", server.URL+"/hook")
		server.Close()
		if bad := fix != ""; bad != (code == 1) || bad && (!strings.Contains(out, "fix: ") || !strings.Contains(out, fix)) {
			t.Errorf("%d ends with %d:\n%s", status, code, out)
		}
	}
}

// TestSimulateLooksIntoAnswersWhereThePlatformDoes: a handshake is answered with what
// it asks for.
func TestSimulateLooksIntoAnswersWhereThePlatformDoes(t *testing.T) {
	right := map[string]func(r *http.Request) string{
		"slack url_verification": func(r *http.Request) string {
			var in struct{ Challenge string }
			_ = json.NewDecoder(r.Body).Decode(&in)
			return in.Challenge
		},
		"discord ping":       func(*http.Request) string { return "{ \"type\": 1 }" },
		"whatsapp handshake": func(r *http.Request) string { return r.URL.Query().Get("hub.challenge") },
	}
	for words, answer := range right {
		for _, well := range []bool{true, false} {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if well {
					_, _ = w.Write([]byte(answer(r)))
				}
			}))
			out, code := run(t, append(append([]string{"simulate"}, strings.Fields(words)...), server.URL+"/hook")...)
			server.Close()
			if well != (code == 0) || !well && !strings.Contains(out, "the answer does not hold what the platform looks for") {
				t.Errorf("%s, answered well: %v: ends with %d:\n%s", words, well, code, out)
			}
		}
	}
}

// TestSimulateWaitsNoLongerThanThePlatform.
func TestSimulateWaitsNoLongerThanThePlatform(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then is it told of who hangs up
		<-r.Context().Done()
	}))
	defer server.Close()
	f := factory(t, "telegram")
	played := f.Simulation
	f.Simulation = func(c *channels.Config) *channels.Simulation {
		s := played(c)
		s.Timeout = 20 * time.Millisecond
		return s
	}
	var out bytes.Buffer
	code := cli.Run(t.Context(), []string{"simulate", "telegram", "text", server.URL + "/hook"}, strings.NewReader(""), &out, &out,
		cli.With(bot.Options{Factories: []channels.Factory{f}}))
	if code != 1 || !strings.Contains(out.String(), "no answer within 20ms, which is all that telegram waits") || !strings.Contains(out.String(), "fix: answer before") {
		t.Errorf("ends with %d:\n%s", code, out.String())
	}
}

// TestJSONNamesMessagesAndConversations, for scripts that go on with them.
func TestJSONNamesMessagesAndConversations(t *testing.T) {
	url, _, _ := refusing(t, 0, nil)
	out, code := run(t, "simulate", "telegram", "text", "--from", "77", "--json", url)
	_, line, _ := strings.Cut(out, "\n") // the first is a note
	var got struct {
		IDs, Conversations []string
		Kinds              []string
		Status, Attempt    int
		OK                 bool
	}
	if err := json.Unmarshal([]byte(line), &got); err != nil || code != 0 || len(got.IDs) != 1 || !got.OK || got.Status != 200 || got.Attempt != 1 ||
		strings.Join(got.Conversations, "") != "telegram/1234567890/77" || strings.Join(got.Kinds, "") != "message" {
		t.Errorf("ends with %d, %v:\n%s", code, err, out)
	}
}

// TestTheReadmesExamplesOfSimulate run, for a bot that has their channels.
func TestTheReadmesExamplesOfSimulate(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(readme), "### Try a channel without its platform")
	section, _, _ = strings.Cut(section, "\n## ")
	examples := regexp.MustCompile(`(?m)^parley (simulate [^#\n]*)`).FindAllStringSubmatch(section, -1)
	if len(examples) < 8 {
		t.Fatalf("%d examples", len(examples))
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"shop/bot.yaml": `bot: shop
channels:
  telegram: {type: telegram, token: "1:abc", secret: abc}
  whatsapp: {type: whatsapp, access_token: abc, app_secret: abc, verify_token: abc, phone_number_id: "17"}
  slack: {type: slack, token: xoxb-abc, signing_secret: abc}
  crm: {type: webhook, preset: standard, api_url: "http://127.0.0.1:1", api_key: abc, webhook_secret: whsec_c2FtcGxl}
`,
		"shop/flows/hello.yaml": "flow: hello\nstart: {fallback: true}\nsteps:\n  - say: Hello!\n",
		"payload.json":          `{"id": "a-17", "conversation": "ann", "text": "hi"}`,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	for _, m := range examples {
		var args []string
		for _, word := range regexp.MustCompile(`"[^"]*"|\S+`).FindAllString(m[1], -1) {
			args = append(args, strings.Trim(word, `"`))
		}
		if strings.Contains(m[1], "http://") {
			args = append(args, "--print")
		}
		if out, code := run(t, args...); code != 0 || out == "" {
			t.Errorf("parley %s ends with %d:\n%s", m[1], code, out)
		}
	}
}
