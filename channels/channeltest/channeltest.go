// Package channeltest is the suite that every channel passes. A channel's own
// test describes what its platform has in a [Spec] and calls [Run]; the payloads
// and what they become lie in the channel's testdata folder:
//
//	inbound/NAME.json     a webhook body, as the platform sends it
//	inbound/NAME.form     or one that is a form: its fields, escaped, one in a line
//	inbound/NAME.golden   the events it becomes, or the status it is refused with
//	render/NAME.json      a channels.Reply
//	render/NAME.golden    the messages it becomes, and the requests that send them
//	send/NAME.json        a channels.Message that rendering does not make (may be absent)
//	send/NAME.golden      the requests that send it
//
// [Spec.Update] writes the golden files; tests give it a flag of their own, -update.
//
// The smallest channel that passes is the sample in channeltest_test.go. What the
// suite asks for beyond the contract of [channels.Channel]: a setting verify, whose
// off takes unsigned webhooks without a secret; a setting api_url; 405 for what is no
// POST; a dedupe id in each event, a hash of the body where the platform gives none;
// texts that went through [channels.Clean]; and an answer without an id, be it a 200,
// as an error of kind unknown. [channels.Call] does the rest of sending.
//
// Nothing in the suite is skipped: what a channel does not have, such as webhooks,
// is checked to be refused. All addresses are loopback.
package channeltest

import (
	"bytes"
	"log/slog"
	"maps"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
)

// A Spec describes a channel to the suite.
type Spec struct {
	Factory channels.Factory
	// Settings make a channel that works. Defaults are filled in, and api_url is
	// set by the suite. Values of secret settings are looked for in every error
	// and log, so make them unlike anything else.
	Settings map[string]string
	Lists    map[string][]string
	// Account and Conversation are those that messages are sent to.
	Account, Conversation string
	// Inbound describes webhooks; nil: every webhook is refused with 405.
	Inbound *Inbound
	// Signing are the secrets of the simulation that no bot has, by their names.
	Signing map[string]string
	// API describes the send API; nil: sending makes no requests.
	API *API
	// Update rewrites the golden files instead of comparing.
	Update bool
}

// Inbound describes how a platform proves that a webhook is its own.
type Inbound struct {
	// Setting is the name of the setting with the secret, Header the header with
	// the proof.
	Setting, Header string
	// Sign adds the proof to a request, for its body, its Now and a secret.
	Sign func(r *channels.Request, secret string)
	// Form tells that webhooks are forms, in testdata/inbound/NAME.form, and not JSON.
	Form bool
	// SignsBody and SignsURL tell that the proof covers the body, and the address.
	SignsBody, SignsURL bool
	// Tolerance of the timestamp in the proof; 0: there is none.
	Tolerance time.Duration
}

// API describes the answers of a send API.
type API struct {
	// Answer is the body of a success, MessageID the id in it.
	Answer, MessageID string
	// Headers are the names of request headers that golden files show.
	Headers []string
	// Failures are answers of the platform and what they mean.
	Failures []Failure
}

// A Failure is an answer that is no success.
type Failure struct {
	Name   string
	Status int
	Header map[string]string
	Body   string
	// Kind, Code and RetryAfter are what Send reports. An empty Code is not compared.
	Kind       channels.ErrorKind
	Code       string
	RetryAfter time.Duration
}

// Name is the name in bot.yaml of the channels that the suite makes.
const Name = "main"

// Now is when the suite's webhooks come.
func Now() time.Time { return time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC) }

// Run runs the suite. The working directory is that of the channel's package.
func Run(t *testing.T, s Spec) {
	t.Run("settings", s.testSettings)
	t.Run("inbound", s.testInbound)
	t.Run("render", s.testRender)
	t.Run("send", s.testSend)
	t.Run("simulation", s.testSimulation)
}

// New makes a channel from the factory and the settings, as the bot does: with
// defaults filled in and the api_url given, unless that is empty. What it logs
// is checked for secrets when the test ends.
func New(t testing.TB, s Spec, apiURL string) channels.Channel {
	t.Helper()
	c := s.config(t, apiURL, nil)
	ch, err := s.Factory.New(c)
	if err != nil {
		t.Fatalf("make the channel: %v", err)
	}
	return ch
}

// config fills in defaults, then the settings, then changes; a change to "" takes
// the setting away.
func (s Spec) config(t testing.TB, apiURL string, changes map[string]string) *channels.Config {
	t.Helper()
	log := &logs{}
	c := &channels.Config{
		Name: Name, Values: map[string]string{}, Lists: s.Lists, HTTP: channels.NewClient(),
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	t.Cleanup(func() {
		c.HTTP.CloseIdleConnections()
		s.noSecrets(t, "a log", log.String())
	})
	for _, f := range s.Factory.Settings {
		if f.Default != "" {
			c.Values[f.Name] = f.Default
		}
	}
	maps.Copy(c.Values, s.Settings)
	if apiURL != "" {
		c.Values["api_url"] = apiURL
	}
	for k, v := range changes {
		if v == "" {
			delete(c.Values, k)
		} else {
			c.Values[k] = v
		}
	}
	return c
}

// secrets are the values that must never be seen.
func (s Spec) secrets() []string {
	var out []string
	for _, f := range s.Factory.Settings {
		if v := s.Settings[f.Name]; f.Kind == channels.SettingSecret && v != "" {
			out = append(out, v, url.PathEscape(v), url.QueryEscape(v))
		}
	}
	return out
}

func (s Spec) noSecrets(t testing.TB, where, text string) {
	t.Helper()
	for _, secret := range s.secrets() {
		if strings.Contains(text, secret) {
			t.Errorf("%s holds a secret: %s", where, s.redact(text))
		}
	}
}

func (s Spec) redact(text string) string {
	for _, secret := range s.secrets() {
		text = strings.ReplaceAll(text, secret, "***")
	}
	return text
}

// logs takes what channels log, from any goroutine.
type logs struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}
