package cli_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/bot/cli"
)

// A console is a command that runs, with a person who reads and answers.
type console struct {
	t     *testing.T
	in    *io.PipeWriter
	mu    sync.Mutex
	text  strings.Builder
	more  chan struct{}
	read  int
	code  chan int
	stop  context.CancelFunc
	ended bool
}

func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case c.more <- struct{}{}:
	default:
	}
	return c.text.Write(p)
}

func (c *console) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.String()
}

// calls starts a command whose environment has these variables only.
func calls(t *testing.T, env map[string]string, args ...string) *console {
	t.Helper()
	in, answers := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	c := &console{t: t, in: answers, more: make(chan struct{}, 1), code: make(chan int, 1), stop: stop}
	lookup := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	go func() { c.code <- cli.Run(ctx, args, in, c, c, cli.With(bot.Options{Env: lookup})) }()
	t.Cleanup(func() {
		if !c.ended {
			stop()
			<-c.code
		}
	})
	return c
}

// until waits for a text behind what was read before.
func (c *console) until(want string) {
	c.t.Helper()
	late := time.NewTimer(30 * time.Second)
	defer late.Stop()
	for {
		text := c.String()
		if i := strings.Index(text[c.read:], want); i >= 0 {
			c.read += i + len(want)
			return
		}
		select {
		case <-c.more:
		case code := <-c.code:
			c.code <- code
			if text := c.String(); !strings.Contains(text[c.read:], want) {
				c.t.Fatalf("it ended with %d and did not say %q:\n%s", code, want, text)
			}
		case <-late.C:
			c.t.Fatalf("it does not say %q:\n%s", want, text)
		}
	}
}

// answers waits for a question and answers it.
func (c *console) answers(question, answer string) {
	c.t.Helper()
	c.until(question)
	if _, err := io.WriteString(c.in, answer+"\n"); err != nil {
		c.t.Fatal(err)
	}
}

// ends waits for the end, with a code.
func (c *console) ends(want int) string {
	c.t.Helper()
	late := time.NewTimer(time.Minute)
	defer late.Stop()
	select {
	case code := <-c.code:
		c.ended = true
		c.stop()
		if code != want {
			c.t.Errorf("it ends with %d, want %d:\n%s", code, want, c)
		}
	case <-late.C:
		c.t.Fatalf("it does not end:\n%s", c)
	}
	return c.String()
}

// shopFolder writes a bot.
func shopFolder(t *testing.T, config string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "bot.yaml"), config)
	write(t, filepath.Join(dir, "flows", "hello.yaml"), "flow: hello\nstart: {fallback: true}\nsteps:\n  - say: Hello!\n")
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func readText(t *testing.T, path ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// freePort is an address on which something can listen.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// A platform is a server that answers as one does. Calls has what was asked of it.
type platform struct {
	*httptest.Server
	mu    sync.Mutex
	asked map[string][]map[string]any
}

func (p *platform) calls(method string) []map[string]any {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked[method]
}

const (
	goodToken = "7000000017:AAGoodToken-of_the_shop"
	badToken  = "7000000017:AABadToken-of_the_shop0"
)

// newTelegram is a Telegram that knows one bot. Told where its webhook is, it delivers
// a message, once with a wrong secret and then with the right one, if it shall.
func newTelegram(t *testing.T, delivers bool) *platform {
	return newTelegramWith(t, delivers, map[string]any{"url": "", "pending_update_count": 0})
}

// newTelegramWith has a webhook already: set, with its secret.
func newTelegramWith(t *testing.T, delivers bool, set map[string]any) *platform {
	p := &platform{asked: map[string][]map[string]any{}}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		in := map[string]any{}
		_ = json.NewDecoder(r.Body).Decode(&in)
		method, ok := strings.CutPrefix(r.URL.Path, "/bot"+goodToken+"/")
		if !ok {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"ok":false,"error_code":401,"description":"Unauthorized"}`)
			return
		}
		p.mu.Lock()
		p.asked[method] = append(p.asked[method], in)
		defer p.mu.Unlock()
		var result any = true
		switch method {
		case "getMe":
			result = map[string]any{"id": 7000000017, "is_bot": true, "first_name": "Shop", "username": "shop_bot"}
		case "getWebhookInfo":
			result = maps.Clone(set)
			if set["secret"] != nil { // of a bot that was here before
				go deliver(fmt.Sprint(set["url"]), fmt.Sprint(set["secret"]), "Ann")
				set["last_error_message"] = "Wrong response from the webhook: 401 Unauthorized"
			}
		case "setWebhook":
			delete(set, "secret")
			delete(set, "last_error_message")
			set["url"], set["allowed_updates"], set["max_connections"] = in["url"], in["allowed_updates"], in["max_connections"]
			if delivers {
				go deliver(fmt.Sprint(in["url"]), "guessed", "")
				go deliver(fmt.Sprint(in["url"]), fmt.Sprint(in["secret_token"]), "Ann")
			}
		case "sendMessage":
			result = map[string]any{"message_id": 8, "date": 1, "chat": map[string]any{"id": 5}}
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"ok": true, "result": result})
	}))
	t.Cleanup(p.Close)
	return p
}

// deliver posts a message as Telegram does.
func deliver(webhook, secret, who string) {
	body := fmt.Sprintf(`{"update_id":1,"message":{"message_id":7,"date":1700000000,"text":"hi","chat":{"id":5,"type":"private"},"from":{"id":5,"is_bot":false,"first_name":%q}}}`, who)
	r, err := http.NewRequest(http.MethodPost, webhook, strings.NewReader(body))
	if err != nil {
		return
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
	if resp, err := http.DefaultClient.Do(r); err == nil {
		_ = resp.Body.Close()
	}
}

const shopBot = `# The shop.
bot: shop   # its name
channels:
    web: {type: webchat}  # the page
# When we are there.
language: de
`

// TestAChannelIsAddedWithQuestions: a wrong token, the right one, the address, the
// first message by a signed webhook at a bot that is served meanwhile.
func TestAChannelIsAddedWithQuestions(t *testing.T) {
	telegram, dir, listen := newTelegram(t, true), shopFolder(t, shopBot), freePort(t)
	c := calls(t, nil, "channel", "add", "--bot", dir, "--listen", listen, "--set", "api_url="+telegram.URL)
	c.answers("Which type: ", "telegramm")
	c.until("did you mean telegram?")
	c.answers("Which type: ", "telegram")
	c.answers("token: ", "no token")
	c.until("is not a bot's token")
	c.answers("token: ", badToken)
	c.answers("More settings? verify, keyboard [y/N] ", "")
	c.until("Telegram says no: unauthorized (401)")
	c.answers("Enter them again? [Y/n] ", "")
	c.answers("token (nothing: as before): ", goodToken)
	c.until("Telegram says: @shop_bot")
	c.until("cloudflared tunnel --url http://127.0.0.1:" + listen[strings.LastIndex(listen, ":")+1:])
	c.answers("Public address (nothing: later): ", "bot.example.com")
	c.until("It is an address such as https://bot.example.com.")
	c.answers("Public address (nothing: later): ", "http://"+listen)
	c.until("+    telegram:")
	c.answers("Write it? [Y/n] ", "")
	c.until("First message, from Ann: it works.")
	out := c.ends(0)
	for _, want := range []string{"A webhook was refused with 401", "Webhook http://" + listen + "/webhooks/telegram registered.", "gets TELEGRAM_TOKEN, TELEGRAM_SECRET."} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
	set := telegram.calls("setWebhook")
	secret := fmt.Sprint(set[0]["secret_token"])
	if len(set) != 1 || len(secret) < 20 {
		t.Errorf("set the webhook: %v", set)
	}
	config := readText(t, dir, "bot.yaml")
	want := strings.NewReplacer("# its name\n", "# its name\npublic_url: http://"+listen+"\n", "# the page\n", "# the page\n"+
		"    telegram:\n        type: telegram\n        token: ${ env.TELEGRAM_TOKEN }\n        secret: ${ env.TELEGRAM_SECRET }\n        api_url: "+telegram.URL+"\n").Replace(shopBot)
	if config != strings.ReplaceAll(want, "        ", "      ") && config != want {
		t.Errorf("bot.yaml is now\n%s\nwant\n%s", config, want)
	}
	if env := readText(t, dir, ".env"); env != "TELEGRAM_TOKEN="+goodToken+"\nTELEGRAM_SECRET="+secret+"\n" {
		t.Errorf(".env is %q", env)
	}
	if info, err := os.Stat(filepath.Join(dir, ".env")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf(".env: %v %v", info, err)
	}
	if text := readText(t, dir, ".gitignore"); !strings.Contains(text, "/.env\n") {
		t.Errorf(".gitignore is %q", text)
	}
	for _, hidden := range []string{goodToken, badToken, secret} {
		if strings.Contains(out, hidden) || strings.Contains(config, hidden) {
			t.Errorf("a secret shows:\n%s\n%s", out, config)
		}
	}
}

// TestAScriptAddsAChannel: nobody is asked, the token is in the environment, and JSON
// tells what came of it; the second time the name is taken.
func TestAScriptAddsAChannel(t *testing.T) {
	telegram, dir := newTelegram(t, false), shopFolder(t, strings.ReplaceAll(shopBot, "\n", "\r\n"))
	args := []string{"channel", "add", "telegram", "--dir", dir, "--yes", "--json", "--set", "api_url=" + telegram.URL, "--url", "https://bot.example.com"}
	out := calls(t, map[string]string{"TELEGRAM_TOKEN": goodToken}, args...).ends(0)
	_, text, _ := strings.Cut(out, "\n{")
	var got struct {
		Name, Type, Account, Webhook string
		Variables                    []string
		Registered, Changed          bool
	}
	if err := json.Unmarshal([]byte("{"+text), &got); err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	if got.Name != "telegram" || got.Account != "@shop_bot (Shop)" || got.Webhook != "https://bot.example.com/webhooks/telegram" || !got.Registered || !got.Changed || len(got.Variables) != 1 {
		t.Errorf("%+v", got)
	}
	if config := readText(t, dir, "bot.yaml"); strings.Count(config, "\n") != strings.Count(config, "\r\n") || !strings.Contains(config, "token: ${ env.TELEGRAM_TOKEN }\r\n") {
		t.Errorf("bot.yaml is now %q", config)
	}
	if env := readText(t, dir, ".env"); strings.Contains(env, "TELEGRAM_TOKEN") || !strings.Contains(env, "TELEGRAM_SECRET=") {
		t.Errorf(".env is %q", env)
	}
	if out := calls(t, nil, args...).ends(2); !strings.Contains(out, `bot.yaml has a channel "telegram" already; choose another name with --name`) {
		t.Error(out)
	}
	// A second bot has variables of its own name.
	more := append(args, "--name", "team", "--set", "token="+goodToken)
	calls(t, nil, more...).ends(0)
	if config := readText(t, dir, "bot.yaml"); !strings.Contains(config, "token: ${ env.TEAM_TOKEN }\r\n") {
		t.Errorf("bot.yaml is now %q", config)
	}
}
