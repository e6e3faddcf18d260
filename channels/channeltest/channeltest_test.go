package channeltest_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// sample is a channel of somebody else's: its webhooks are signed over a timestamp
// and the body, and its API takes the token in a header.
type sample struct {
	c *channels.Config
}

const tolerance = 5 * time.Minute

func sign(r *channels.Request, secret string) {
	at := strconv.FormatInt(r.Now.Unix(), 10)
	r.Header.Set("X-Time", at)
	r.Header.Set("X-Signature", signature(at, r.Body, secret))
}

func signature(at string, body []byte, secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(at + "."))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

func (s sample) Receive(_ context.Context, r *channels.Request) (*channels.Received, error) {
	if r.Method != http.MethodPost {
		return nil, &channels.RequestError{Status: http.StatusMethodNotAllowed, Reason: "not a POST"}
	}
	if s.c.Text("verify") != "off" {
		at := r.Header.Get("X-Time")
		seconds, err := strconv.ParseInt(at, 10, 64)
		if err != nil || r.Now.Sub(time.Unix(seconds, 0)).Abs() > tolerance ||
			!channels.Equal(r.Header.Get("X-Signature"), signature(at, r.Body, s.c.Text("secret"))) {
			return nil, &channels.RequestError{Status: http.StatusUnauthorized, Reason: "not signed"}
		}
	}
	var in struct{ ID, From, Text string }
	if err := channels.Decode(r.Body, &in); err != nil {
		return nil, &channels.RequestError{Status: http.StatusBadRequest, Reason: err.Error()}
	}
	e := channels.Event{
		Kind: channels.KindMessage, Channel: s.c.Name, Conversation: in.From, DedupeID: "id:" + in.ID, ID: in.ID,
		Text: channels.Clean(in.Text),
	}
	if in.From == "" {
		e.Kind, e.Raw = channels.KindUnknown, r.Body
	}
	return &channels.Received{Events: []channels.Event{e}}, nil
}

func (s sample) Send(ctx context.Context, m *channels.Message) (channels.Receipt, error) {
	var out struct{ ID string }
	call := channels.Call{
		Method: http.MethodPost, URL: s.c.Text("api_url") + "/messages", In: m, Out: &out,
		Header: http.Header{"X-Token": {s.c.Text("token")}}, Secrets: []string{s.c.Text("token")},
	}
	if err := call.Do(ctx, s.c.HTTP); err != nil {
		return channels.Receipt{}, err
	}
	if out.ID == "" {
		return channels.Receipt{}, &channels.SendError{Kind: channels.ErrUnknown, Err: errors.New("no id")}
	}
	return channels.Receipt{MessageID: out.ID}, nil
}

func spec() channeltest.Spec {
	return channeltest.Spec{
		Factory: channels.Factory{
			Type: "sample", Summary: "A channel of the suite's own test.", DedupeWindow: time.Hour,
			Settings: []channels.Setting{
				{Name: "token", Kind: channels.SettingSecret, Required: true, Doc: "The token.", Example: "x"},
				{Name: "secret", Kind: channels.SettingSecret, Doc: "The secret.", Example: "x"},
				{Name: "verify", Kind: channels.SettingEnum, Values: []string{"on", "off"}, Default: "on", Doc: "Whether.", Example: "off"},
				{Name: "api_url", Kind: channels.SettingURL, Doc: "The address.", Example: "https://api.example.test"},
			},
			Capabilities: func(*channels.Config) channels.Capabilities { return channels.Capabilities{} },
			Simulation: func(c *channels.Config) *channels.Simulation {
				return &channels.Simulation{
					Samples: os.DirFS("testdata/inbound"), Settings: map[string]string{"token": "sample-token", "secret": "sample-secret"},
					Sign:    func(r *channels.Request) error { sign(r, c.Text("secret")); return nil },
					Timeout: time.Second, Retries: channels.AssumedRetries,
				}
			},
			New: func(c *channels.Config) (channels.Channel, error) {
				if c.Text("secret") == "" && c.Text("verify") != "off" {
					return nil, errors.New(`setting "secret" is missing`)
				}
				return sample{c}, nil
			},
		},
		Settings: map[string]string{"token": "marked-token", "secret": "marked-secret"},
		Account:  "us", Conversation: "ann",
		Inbound: &channeltest.Inbound{Setting: "secret", Header: "X-Signature", Sign: sign, SignsBody: true, Tolerance: tolerance},
		API: &channeltest.API{
			Answer: `{"ID":"m1"}`, MessageID: "m1", Headers: []string{"X-Token"},
			Failures: []channeltest.Failure{{Name: "gone", Status: 410, Kind: channels.ErrInvalid, Code: "410"}},
		},
		Update: *update,
	}
}

func TestSuiteTakesAChannelOfSomebodyElse(t *testing.T) { channeltest.Run(t, spec()) }

// forms is the sample with webhooks that are forms, signed over the address too.
type forms struct{ sample }

func signForm(r *channels.Request, secret string) {
	r.Header.Set("X-Signature", signature(r.URL.String(), r.Body, secret))
}

func (f forms) Receive(ctx context.Context, r *channels.Request) (*channels.Received, error) {
	if r.Method == http.MethodPost && f.c.Text("verify") != "off" && (f.c.Text("secret") == "" ||
		!channels.Equal(r.Header.Get("X-Signature"), signature(r.URL.String(), r.Body, f.c.Text("secret")))) {
		return nil, &channels.RequestError{Status: http.StatusUnauthorized, Reason: "not signed"}
	}
	form, err := url.ParseQuery(string(r.Body))
	if err != nil || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		return nil, &channels.RequestError{Status: http.StatusBadRequest, Reason: "not a form"}
	}
	body, err := json.Marshal(map[string]string{"ID": form.Get("ID"), "From": form.Get("From"), "Text": form.Get("Text")})
	if err != nil {
		return nil, err
	}
	at := strconv.FormatInt(r.Now.Unix(), 10)
	as := &channels.Request{Method: r.Method, URL: r.URL, Body: body, Now: r.Now, Header: http.Header{
		"X-Time": {at}, "X-Signature": {signature(at, body, f.c.Text("secret"))},
	}}
	return f.sample.Receive(ctx, as)
}

func TestSuiteTakesAChannelOfForms(t *testing.T) {
	s := spec()
	s.Inbound = &channeltest.Inbound{Setting: "secret", Header: "X-Signature", Form: true, Sign: signForm, SignsBody: true, SignsURL: true}
	made := s.Factory.New
	s.Factory.New = func(c *channels.Config) (channels.Channel, error) {
		ch, err := made(c)
		if err != nil {
			return nil, err
		}
		return forms{ch.(sample)}, nil
	}
	played := s.Factory.Simulation
	s.Factory.Simulation = func(c *channels.Config) *channels.Simulation {
		sim := played(c)
		sim.Sign = func(r *channels.Request) error { signForm(r, c.Text("secret")); return nil }
		return sim
	}
	channeltest.Run(t, s)
}

func FuzzReceive(f *testing.F) { channeltest.FuzzReceive(f, spec()) }
