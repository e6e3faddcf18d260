package mmp_test

import (
	"encoding/json"
	"flag"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/mmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	account      = "0d9e8c7b-6a5f-4e3d-8c2b-1a0f9e8d7c6b"
	conversation = "e2a4c6f8-1b3d-4f5a-9c7e-2d4f6a8b0c1e"
)

// spec describes the channel with WhatsApp behind it, which can show most; its
// secrets are unlike anything else. The suite proves a webhook by a header; the
// token in the address has tests of its own.
func spec() channeltest.Spec {
	return channeltest.Spec{
		Factory: mmp.Factory(),
		Settings: map[string]string{
			"application": "whatsapp", "api_url": "http://127.0.0.1:1", "api_key": "marked/key-of-the-api",
			"send_path": "/sample/{account}/messages", "webhook_token": "marked-token-of-webhooks",
			"event_conversation": "conversation.publicId",
		},
		Lists: map[string][]string{
			"headers": {"X-Sample-Key: {api_key}"},
			"events": {
				"conversation_started: conversation.event=CREATED",
				"conversation_reopened: conversation.event=REOPENED",
				"conversation_closed: conversation.event=CLOSED, type=5",
				"conversation_assigned: conversation.event=ASSIGNED",
				"take_over: conversation.event=AGENT_MESSAGE",
				"give_back: conversation.event=UNASSIGNED",
			},
		},
		Account: account, Conversation: conversation,
		Inbound: &channeltest.Inbound{
			Setting: "webhook_token", Header: "Authorization",
			Sign: func(r *channels.Request, secret string) { r.Header.Set("Authorization", "Bearer "+secret) },
		},
		API: &channeltest.API{
			Answer: `{"messageId":"5b0c7a1e-4f62-4c8d-9a37-0f2b6d91e301"}`, MessageID: "5b0c7a1e-4f62-4c8d-9a37-0f2b6d91e301",
			Headers: []string{"Content-Type", "X-Sample-Key"}, Failures: failures(),
		},
		Update: *update,
	}
}

func failures() []channeltest.Failure {
	form := func(code string) string {
		return `{"code":400,"message":"sample","errors":[{"name":"message.type","code":"` + code + `","message":"quotes Hello"}]}`
	}
	return []channeltest.Failure{
		{Name: "field", Status: 400, Body: form("INVALID"), Kind: channels.ErrInvalid, Code: "INVALID"},
		{Name: "no key", Status: 400, Body: form("API_KEY_NOT_FOUND"), Kind: channels.ErrUnauthorized, Code: "API_KEY_NOT_FOUND"},
		{Name: "expired", Status: 400, Body: form("TOKEN_EXPIRED"), Kind: channels.ErrUnauthorized, Code: "TOKEN_EXPIRED"},
		{Name: "company", Status: 400, Body: form("COMPANY_IS_NOT_ACTIVE"), Kind: channels.ErrUnauthorized, Code: "COMPANY_IS_NOT_ACTIVE"},
		{Name: "unavailable by code", Status: 400, Body: form("SERVICE_UNAVAILABLE"), Kind: channels.ErrUnavailable, Code: "SERVICE_UNAVAILABLE"},
		{Name: "a code that is no word", Status: 400, Body: form("Bad thing: Hello"), Kind: channels.ErrInvalid, Code: "400"},
		{Name: "the key as a code", Status: 400, Body: form("marked/key-of-the-api"), Kind: channels.ErrInvalid, Code: "400"},
		{Name: "not JSON", Status: 400, Body: "bad", Kind: channels.ErrInvalid, Code: "400"},
		{Name: "wrong key", Status: 401, Kind: channels.ErrUnauthorized, Code: "401"},
		{Name: "time out", Status: 402, Kind: channels.ErrUnknown, Code: "402"},
		{Name: "forbidden", Status: 403, Body: form("FORBIDDEN_ERROR"), Kind: channels.ErrUnauthorized, Code: "FORBIDDEN_ERROR"},
		{Name: "wrong path", Status: 404, Body: "<html></html>", Kind: channels.ErrUnauthorized, Code: "404"},
		{Name: "no such thing", Status: 404, Body: form("RESOURCE_NOT_FOUND"), Kind: channels.ErrInvalid, Code: "RESOURCE_NOT_FOUND"},
		{Name: "wrong method", Status: 405, Kind: channels.ErrUnauthorized, Code: "405"},
		{Name: "not acceptable", Status: 406, Kind: channels.ErrInvalid, Code: "406"},
		{Name: "expectation", Status: 417, Kind: channels.ErrInvalid, Code: "417"},
		{Name: "too many", Status: 429, Header: map[string]string{"Retry-After": "2"}, Kind: channels.ErrRateLimited, Code: "429", RetryAfter: 2 * time.Second},
		{Name: "too many, in a form", Status: 429, Body: form("INVALID"), Kind: channels.ErrRateLimited, Code: "429"},
		{Name: "internal", Status: 500, Body: form("INVALID"), Kind: channels.ErrUnavailable, Code: "500"},
		{Name: "bad gateway", Status: 502, Body: "<html></html>", Kind: channels.ErrUnavailable, Code: "502"},
	}
}

func TestSuite(t *testing.T) { channeltest.Run(t, spec()) }

func FuzzParseMMPWebhook(f *testing.F) { channeltest.FuzzReceive(f, spec()) }

// with returns the spec with other settings; "" takes one away.
func with(changes map[string]string) channeltest.Spec {
	s := spec()
	s.Settings = maps.Clone(s.Settings)
	for k, v := range changes {
		if v == "" {
			delete(s.Settings, k)
		} else {
			s.Settings[k] = v
		}
	}
	return s
}

func channel(t *testing.T, s channeltest.Spec, apiURL string) *mmp.Channel {
	t.Helper()
	c, ok := channeltest.New(t, s, apiURL).(*mmp.Channel)
	if !ok {
		t.Fatal("not an mmp channel")
	}
	return c
}

func hello() *channels.Message {
	return &channels.Message{Account: account, Conversation: conversation, Ref: "00112233445566778899aabbccddeeff", Text: "Hello"}
}

func TestReceiveTakesTheTokenInTheAddress(t *testing.T) {
	s := spec()
	c := channel(t, s, "")
	token := s.Settings["webhook_token"]
	for query, ok := range map[string]bool{
		"token=" + token:                 true,
		"a=1&token=" + token:             true,
		"":                               false,
		"token=":                         false,
		"token=wrong":                    false,
		"token=" + token[:5]:             false,
		"token=" + token + "x":           false,
		"Token=" + token:                 false,
		"token=wrong&token=" + token:     false,
		"token=" + s.Settings["api_key"]: false,
	} {
		r := s.Request([]byte(`{}`))
		r.Header.Del("Authorization")
		r.URL.RawQuery = query
		_, err := c.Receive(t.Context(), r)
		if (err == nil) != ok {
			t.Errorf("%q: %v", query, err)
		}
		if e, is := err.(*channels.RequestError); err != nil && (!is || e.Status != http.StatusUnauthorized) {
			t.Errorf("%q: %v", query, err)
		}
	}
	// A header that MMP has for reasons of its own does not spoil the address.
	r := s.Request([]byte(`{}`))
	r.Header.Set("Authorization", "Basic c2FtcGxl")
	r.URL.RawQuery = "token=" + token
	if _, err := c.Receive(t.Context(), r); err != nil {
		t.Errorf("with another header: %v", err)
	}
}

func TestSendRefusesWhatItCannotSend(t *testing.T) {
	c := channel(t, with(map[string]string{"application": "rcs", "send_path": "/{account}/{conversation}"}), "")
	for name, m := range map[string]channels.Message{
		"no conversation": {Account: account, Text: "x"},
		"nothing":         {Account: account, Conversation: "c", Ref: "r"},
		"a contact":       {Account: account, Conversation: "c", Ref: "r", Contact: &channels.Contact{}},
		"no account":      {Conversation: "c", Ref: "r", Text: "x"},
		"no reference":    {Account: account, Conversation: "c", Text: "x"},
		"the folder up":   {Account: account, Conversation: "..", Ref: "r", Text: "x"},
		"this folder":     {Account: ".", Conversation: "c", Ref: "r", Text: "x"},
		"a template":      {Account: account, Conversation: "c", Ref: "r", Template: &channels.Template{Name: "t"}},
	} {
		if _, err := c.Send(t.Context(), &m); channels.KindOf(err) != channels.ErrInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestApplicationsShowWhatTheyCan compares what one reply of everything becomes
// with each application.
func TestApplicationsShowWhatTheyCan(t *testing.T) {
	reply := channels.Reply{
		Text: "How can we help?", Media: &channels.Media{Kind: channels.Image, URL: "https://cdn.example.test/a.jpg"},
		Location: &channels.Location{Latitude: 21.0285, Longitude: 105.8048}, Template: &channels.Template{Name: "t"},
		Options: []channels.Option{{ID: "track~1", Label: "Track an order"}, {ID: "return~1", Label: "Return something"}},
	}
	for _, application := range []string{"other", "viber", "viber_bot", "rcs", "apple", "zalo"} {
		t.Run(application, func(t *testing.T) {
			s := with(map[string]string{"application": application})
			api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, s.API.Answer))
			c := channel(t, s, api.URL)
			caps := s.Factory.Capabilities(&channels.Config{Values: s.Settings})
			for _, m := range channels.Render(caps, reply) {
				m.Account, m.Conversation, m.Ref = account, conversation, "00112233445566778899aabbccddeeff"
				if _, err := c.Send(t.Context(), &m); err != nil {
					t.Fatal(err)
				}
			}
			var bodies []json.RawMessage
			for _, sent := range api.Sent() {
				bodies = append(bodies, sent.Body)
			}
			got, err := json.MarshalIndent(bodies, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata", "forms", application+".golden"), string(got)+"\n")
		})
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; -update writes it", err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("differs from %s (-update rewrites it):\n%s", path, d)
	}
}

func TestTypingIsForRCSAndApple(t *testing.T) {
	for application, want := range map[string]int{"rcs": 1, "apple": 1, "whatsapp": 0, "viber_bot": 0, "zalo": 0} {
		s := with(map[string]string{"application": application})
		api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, ""))
		if err := channel(t, s, api.URL).Typing(t.Context(), account, conversation); err != nil {
			t.Errorf("%s: %v", application, err)
		}
		sent := api.Sent()
		if len(sent) != want {
			t.Fatalf("%s: %d requests", application, len(sent))
		}
		if want == 1 && !strings.Contains(string(sent[0].Body), `"message":{"message":"","type":"TYPING_INDICATOR_START"}`) {
			t.Errorf("%s: %s", application, sent[0].Body)
		}
	}
}

func TestCheckAsksOnlyWhereItMay(t *testing.T) {
	api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, ""), "X-Sample-Key")
	line, err := channel(t, spec(), api.URL).Check(t.Context())
	if err != nil || !strings.Contains(line, "check_path") || len(api.Sent()) != 0 {
		t.Errorf("%q, %v, %d requests", line, err, len(api.Sent()))
	}
	s := with(map[string]string{"check_path": "/sample/status?key={api_key}"})
	if _, err := channel(t, s, api.URL).Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := channeltest.Sent{
		Method: "GET", Path: "/sample/status?key=marked%2Fkey-of-the-api",
		Header: map[string]string{"X-Sample-Key": s.Settings["api_key"]},
	}
	if d := cmp.Diff([]channeltest.Sent{want}, api.Sent()); d != "" {
		t.Error(d)
	}
	closed := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusUnauthorized, s.Settings["api_key"]))
	_, err = channel(t, s, closed.URL).Check(t.Context())
	if channels.KindOf(err) != channels.ErrUnauthorized || strings.Contains(err.Error(), s.Settings["api_key"]) {
		t.Errorf("%v", err)
	}
}
