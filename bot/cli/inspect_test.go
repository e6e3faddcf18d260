package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/parley-chat/parley/bot/cli"
	"github.com/parley-chat/parley/bot/inspect"
	"github.com/parley-chat/parley/channels/slack"
)

// A screen is what a command prints while it runs.
type screen struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// runInspect runs parley inspect with arguments until the test ends or stop is called,
// and returns what it prints and where webhooks go.
func runInspect(t *testing.T, args ...string) (out *screen, at string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out = &screen{}
	ended := make(chan int, 1)
	args = append([]string{"inspect", "--listen", "127.0.0.1:0", "--page", "127.0.0.1:0"}, args...)
	go func() { ended <- cli.Run(ctx, args, strings.NewReader(""), out, out) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if code := <-ended; code != 0 {
			t.Errorf("inspect ends with %d:\n%s", code, out)
		}
	})
	t.Cleanup(stop)
	eventually(t, func() bool { return strings.Contains(out.String(), "Ctrl-C ends it.") })
	return out, regexp.MustCompile(`webhooks +(http://[0-9.:]+)/`).FindStringSubmatch(out.String())[1], stop
}

// TestInspectFromEndToEnd: what simulate posts is shown, passed on, kept over a
// restart, listed, shown in full, and replayed in order.
func TestInspectFromEndToEnd(t *testing.T) {
	dir := writeBot(t, slack.Factory(), map[string]string{"token": "xoxb-marked", "signing_secret": "marked-signing-secret"})
	var mu sync.Mutex
	var got []string
	status := http.StatusOK
	bot := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		got = append(got, string(body))
		w.WriteHeader(status)
	}))
	defer bot.Close()
	out, at, stop := runInspect(t, dir, "--forward", bot.URL)
	for _, text := range []string{"first", "second", "third"} {
		if said, code := run(t, "simulate", "main", "message_direct", "--text", text, "--bot", dir, at); code != 0 {
			t.Fatalf("simulate ends with %d:\n%s", code, said)
		}
	}
	if resp, err := http.Post(at+"/webhooks/main", "application/json", strings.NewReader("{}")); err != nil {
		t.Fatal(err)
	} else {
		_ = resp.Body.Close()
	}
	eventually(t, func() bool { return strings.Contains(out.String(), "#4") })
	if s := out.String(); !regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d  #1    main +message  .*first +ok +200  [0-9.]+ ms$`).MatchString(s) ||
		!regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d  #4    main +refused  the signature is missing, old or wrong +failed +200 `).MatchString(s) || strings.Contains(s, "\x1b") {
		t.Errorf("inspect prints\n%s", s)
	}
	stop()

	keptWebhooks(t, dir, bot.URL)

	mu.Lock()
	sent := got
	got = nil
	mu.Unlock()
	said, code := run(t, "inspect", "replay", "3", "1-2", "--bot", dir)
	if code != 0 || strings.Count(said, "replay of #") != 3 {
		t.Errorf("replay ends with %d:\n%s", code, said)
	}
	if len(got) != 3 || got[0] != sent[2] || got[1] != sent[0] || got[2] != sent[1] {
		t.Errorf("replayed:\n%s", strings.Join(got, "\n"))
	}
	if said, code := run(t, "inspect", "replay", "1", "--fresh", "--to", bot.URL, "--bot", dir); code != 0 || got[3] == sent[0] || !strings.Contains(said, "ok      200") {
		t.Errorf("replay --fresh ends with %d:\n%s", code, said)
	}
	status = http.StatusInternalServerError
	if said, code := run(t, "inspect", "replay", "1", "--bot", dir); code != 1 || !strings.Contains(said, "the answer to #1 was another one, 200") {
		t.Errorf("a replay that is refused ends with %d:\n%s", code, said)
	}
	bot.Close()
	if said, code := run(t, "inspect", "replay", "1", "--bot", dir); code != 1 || !strings.Contains(said, "not passed on: ") {
		t.Errorf("a replay to nobody ends with %d:\n%s", code, said)
	}
}

// keptWebhooks looks at what was kept.
func keptWebhooks(t *testing.T, dir, bot string) {
	t.Helper()
	file := filepath.Join(dir, "data", "inspect.jsonl")
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	said, code := run(t, "inspect", "list", "--bot", dir, "--last", "2")
	if code != 0 || strings.Count(said, "\n") != 2 || !strings.Contains(said, "third") {
		t.Errorf("list ends with %d:\n%s", code, said)
	}
	if said, _ := run(t, "inspect", "list", "--bot", dir, "--failed"); strings.Count(said, "\n") != 1 || !strings.Contains(said, "#4") {
		t.Errorf("list --failed:\n%s", said)
	}
	if said, _ := run(t, "inspect", "list", "--bot", dir, "--channel", "nobody"); said != "No webhooks that fit; there are 4 in all.\n" {
		t.Errorf("list --channel nobody:\n%s", said)
	}
	said, _ = run(t, "inspect", "list", "--bot", dir, "--json")
	var first inspect.Record
	if err := json.Unmarshal([]byte(strings.SplitN(said, "\n", 2)[0]), &first); err != nil || first.N != 1 || len(first.Events) != 1 || strings.Contains(said, "marked") {
		t.Errorf("list --json: %v\n%s", err, said)
	}
	if said, code := run(t, "inspect", "show", "1", "--bot", dir); code != 0 || !strings.Contains(said, "\nsignature   ok\n") || !strings.Contains(said, "Event 1 of 1") ||
		!strings.Contains(said, "X-Slack-Signature: v0=") || !strings.Contains(said, "\nAnswer 200\n") {
		t.Errorf("show ends with %d:\n%s", code, said)
	}
	if said, _ := run(t, "inspect", "show", "--bot", dir); !strings.Contains(said, "problem     the signature is missing") {
		t.Errorf("show of the newest:\n%s", said)
	}
	if said, _ := run(t, "inspect", "show", "2", "--curl", "--bot", dir); !strings.HasPrefix(said, "curl -i '"+bot+"/webhooks/main'") || !strings.Contains(said, "second") {
		t.Errorf("show --curl:\n%s", said)
	}
}

// TestInspectListFollows what another process takes in.
func TestInspectListFollows(t *testing.T) {
	dir := writeBot(t, slack.Factory(), nil)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &screen{}
	ended := make(chan int, 1)
	go func() {
		ended <- cli.Run(ctx, []string{"inspect", "list", "-f", "--json", "--bot", dir}, strings.NewReader(""), out, out)
	}()
	_, at, _ := runInspect(t, "--bot", dir)
	for n, path := range []string{"/one", "/two"} {
		resp, err := http.Post(at+path, "text/plain", strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		eventually(t, func() bool { return strings.Count(out.String(), "\n") == n+1 && strings.Contains(out.String(), path) })
	}
	cancel()
	if code := <-ended; code != 0 {
		t.Errorf("it ends with %d:\n%s", code, out)
	}
}

// TestInspectMasksWithoutTheBot: where the folder can't be read, and with --secrets.
func TestInspectMasksWithoutTheBot(t *testing.T) {
	dir := writeBot(t, slack.Factory(), map[string]string{"token": "xoxb-marked", "signing_secret": "marked-signing-secret"})
	_, at, stop := runInspect(t, dir)
	req, err := http.NewRequestWithContext(t.Context(), "POST", at+"/webhooks/main?token=marked", strings.NewReader(`{"a":"marked-signing-secret"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer marked")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	stop()
	if said, _ := run(t, "inspect", "show", "--bot", dir); strings.Contains(said, "marked") || !strings.Contains(said, "Authorization: Bearer ***") {
		t.Errorf("show:\n%s", said)
	}
	if said, _ := run(t, "inspect", "show", "--bot", dir, "--secrets"); strings.Count(said, "marked") != 3 {
		t.Errorf("show --secrets:\n%s", said)
	}
	if err := os.WriteFile(filepath.Join(dir, "flows", "hello.yaml"), []byte("flow: [\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	said, code := run(t, "inspect", "show", "--bot", dir)
	if code != 0 || !strings.Contains(said, "Note: the bot folder has mistakes") || strings.Contains(said, "token=marked") || strings.Contains(said, "Bearer marked") {
		t.Errorf("show of a broken folder ends with %d:\n%s", code, said)
	}
}
