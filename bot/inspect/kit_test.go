package inspect_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-chat/parley/bot/inspect"
	"github.com/parley-chat/parley/channels/builtin"
	"github.com/parley-chat/parley/channels/meta"
	"github.com/parley-chat/parley/flows"
)

// The secrets of the bot, unlike anything else: nothing that is shown has them.
const (
	telegramToken  = "1234567890:AAmarkedtokenAA"
	telegramSecret = "marked_secret_of_webhooks"
	appSecret      = "marked0secret0of0the0app"
	verifyToken    = "marked-token-of-handshakes"
	signingSecret  = "marked8f742231b10e8888abcd99yyyzzz85a5"
	webhookToken   = "marked-token-of-mmp"
)

const folderYAML = `bot: shop
api_token: marked-api-token
channels:
  web: {type: webchat}
  telegram: {type: telegram, token: "` + telegramToken + `", secret: ` + telegramSecret + `}
  anybody: {type: telegram, token: "` + telegramToken + `", verify: "off"}
  whatsapp: {type: whatsapp, access_token: EAAmarked, app_secret: ` + appSecret + `, verify_token: ` + verifyToken + `, phone_number_id: "106540352242922"}
  slack: {type: slack, token: xoxb-marked, signing_secret: ` + signingSecret + `}
  mmp: {type: mmp, api_url: "http://127.0.0.1:1", api_key: marked/key, webhook_token: ` + webhookToken + `, send_path: /x, headers: ["K: {api_key}"]}
  away: {type: slack, optional: true, token: xoxb-marked, signing_secret: "${ env.NOT_SET }"}
`

const flowYAML = `flow: hello
start: {fallback: true}
steps:
  - say: Hello!
`

// loadBot writes a bot folder and loads it.
func loadBot(t *testing.T) (*flows.Bot, string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"bot.yaml": folderYAML, "flows/hello.yaml": flowYAML} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b, report := flows.Load(dir, flows.LoadOptions{Factories: builtin.Factories(), Env: func(string) (string, bool) { return "", false }})
	if b == nil {
		t.Fatal(report.Err())
	}
	return b, dir
}

// A rig is an inspector on a port, with its file.
type rig struct {
	t    *testing.T
	url  string
	log  *inspect.Log
	in   *inspect.Inspector
	bot  *flows.Bot
	mu   sync.Mutex
	errs []error
}

// start runs an inspector; forward may be empty.
func start(t *testing.T, b *flows.Bot, forward string) *rig {
	t.Helper()
	return startOn(t, b, forward, filepath.Join(t.TempDir(), "data", "inspect.jsonl"))
}

func startOn(t *testing.T, b *flows.Bot, forward, file string) *rig {
	t.Helper()
	log, err := inspect.OpenLog(file)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, log: log, bot: b}
	o := inspect.Options{Bot: b, Log: log, Observe: func(_ *inspect.Record, err error) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if err != nil {
			r.errs = append(r.errs, err)
		}
	}}
	if forward != "" {
		if o.Forward, err = url.Parse(forward); err != nil {
			t.Fatal(err)
		}
	}
	if r.in, err = inspect.New(o); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := r.in.Server(slog.New(slog.DiscardHandler))
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(inspect.Listener{Listener: l}) }()
	t.Cleanup(func() {
		_ = server.Close()
		<-ended
		if len(r.errs) > 0 {
			t.Errorf("not kept: %v", r.errs)
		}
	})
	r.url = "http://" + l.Addr().String()
	return r
}

// A call is a request of a platform.
type call struct {
	method, path, body string
	header             map[string]string
}

// send makes a request and returns its answer.
func (r *rig) send(c call) (status int, header http.Header, body string) {
	r.t.Helper()
	if c.method == "" {
		c.method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(r.t.Context(), c.method, r.url+c.path, strings.NewReader(c.body))
	if err != nil {
		r.t.Fatal(err)
	}
	for name, value := range c.header {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(got)
}

// last is the newest record.
func (r *rig) last() *inspect.Record {
	r.t.Helper()
	all := r.log.Records()
	if len(all) == 0 {
		r.t.Fatal("nothing was kept")
	}
	return all[len(all)-1]
}

// until waits for a condition.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	late := time.NewTimer(20 * time.Second)
	defer late.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-late.C:
			t.Fatalf("waited too long for %s", what)
		}
	}
}

// What platforms post.

func telegramBody(update int, text string) string {
	return `{"update_id":` + strconv.Itoa(update) + `,"message":{"message_id":` + strconv.Itoa(update%1000) +
		`,"date":1772445600,"chat":{"id":5550100017,"type":"private"},"from":{"id":5550100017,"first_name":"Ann"},"text":"` + text + `"}}`
}

func telegram(update int, text string) call {
	return call{path: "/webhooks/telegram", body: telegramBody(update, text), header: map[string]string{
		"X-Telegram-Bot-Api-Secret-Token": telegramSecret, "Content-Type": "application/json",
	}}
}

const whatsappBody = `{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"messaging_product":"whatsapp",` +
	`"metadata":{"display_phone_number":"15550783881","phone_number_id":"106540352242922"},"contacts":[{"profile":{"name":"Ann"},"wa_id":"16505550117"}],` +
	`"messages":[{"from":"16505550117","id":"wamid.HBgLMTY1MDU1NTAxMTc","timestamp":"1772445600","type":"text","text":{"body":"Hello"}}]}}]}]}`

func whatsapp() call {
	return call{path: "/webhooks/whatsapp", body: whatsappBody, header: map[string]string{
		meta.SignatureHeader: meta.Sign([]byte(whatsappBody), appSecret), "Content-Type": "application/json",
	}}
}

const slackBody = `{"token":"marked-verification-token","team_id":"T123ABC456","type":"event_callback","event_id":"Ev0PV52K21","event_time":1772445600,` +
	`"event":{"type":"message","channel_type":"im","channel":"D123ABC456","user":"U123ABC456","text":"Hello","ts":"1772445600.000100"}}`

func slack(at time.Time) call {
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(signingSecret))
	mac.Write([]byte("v0:" + stamp + ":" + slackBody))
	return call{path: "/webhooks/slack", body: slackBody, header: map[string]string{
		"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": "v0=" + hex.EncodeToString(mac.Sum(nil)), "Content-Type": "application/json",
	}}
}

func mmp() call {
	return call{path: "/webhooks/mmp?token=" + webhookToken, body: mmpBody, header: map[string]string{"Content-Type": "application/json"}}
}

const mmpBody = `{"from":"e2a4c6f8-1b3d-4f5a-9c7e-2d4f6a8b0c1e","messageId":"7f1d2c3b-4a59-4687-b8c9-d0e1f2a3b4c5","timestamp":1767600100456,"type":2,` +
	`"message":{"type":"text","message":"Hello","extra":{"text":"Hello","type":"text"}},"contact":{"name":"Ann"},"publicId":"0d9e8c7b-6a5f-4e3d-8c2b-1a0f9e8d7c6b","applicationId":10}`

// unsigned takes the proof away.
func (c call) unsigned() call {
	c.path, _, _ = strings.Cut(c.path, "?")
	c.header = map[string]string{"Content-Type": "application/json"}
	return c
}

// A target is a server that a request is passed on to, and what it got.
type target struct {
	*httptest.Server
	mu  sync.Mutex
	got []arrived
}

type arrived struct {
	method, uri, host string
	header            http.Header
	body              string
}

func newTarget(t *testing.T, answer http.HandlerFunc) *target {
	t.Helper()
	g := &target{}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		g.mu.Lock()
		g.got = append(g.got, arrived{r.Method, r.RequestURI, r.Host, r.Header.Clone(), string(body)})
		g.mu.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(body))
		answer(w, r)
	}))
	t.Cleanup(g.Close)
	return g
}

func (g *target) arrived() []arrived {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.got
}
