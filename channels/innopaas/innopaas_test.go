package innopaas_test

import (
	"bytes"
	"flag"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/innopaas"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	account      = "200000000000001:6221900000001"
	conversation = "6281200000017"
	ref          = "00112233445566778899aabbccddeeff"
)

// spec describes the channel; its secrets are unlike anything else. The suite
// proves a webhook by the header; the user and the address have tests of their own.
func spec() channeltest.Spec {
	return channeltest.Spec{
		Factory: innopaas.Factory(),
		Settings: map[string]string{
			"app_key": "marked/key-of-the-app", "token": "marked/token-of-the-api", "webhook_token": "marked token/of-webhooks",
			"webhook_user": "sample-user", "template_language": "en_US",
		},
		Lists:   map[string][]string{"media_hosts": {"https://guarded.example.test"}},
		Account: account, Conversation: conversation,
		Inbound: &channeltest.Inbound{
			Setting: "webhook_token", Header: "Authorization",
			Sign: func(r *channels.Request, secret string) {
				r.Header.Set("Authorization", secret)
				r.Header.Set("UserName", "sample-user")
			},
		},
		API: &channeltest.API{
			Answer: `{"code":"0","message":"accepted","data":"412000000000000123"}`, MessageID: "412000000000000123",
			Headers: []string{"Content-Type", "AppKey", "Authorization"}, Failures: failures(),
		},
		Update: *update,
	}
}

func failures() []channeltest.Failure {
	refusal := func(code string, kind channels.ErrorKind) channeltest.Failure {
		return channeltest.Failure{
			Name: "code " + code, Status: 200, Kind: kind, Code: code,
			Body: `{"code":"` + code + `","message":"sample that quotes Hello","data":null}`,
		}
	}
	out := []channeltest.Failure{
		refusal("101", channels.ErrUnauthorized),
		refusal("102", channels.ErrUnauthorized),
		refusal("103", channels.ErrInvalid),
		refusal("104", channels.ErrInvalid),
		refusal("105", channels.ErrInvalid),
		refusal("106", channels.ErrInvalid),
		refusal("108", channels.ErrInvalid),
		refusal("109", channels.ErrInvalid),
		refusal("110", channels.ErrUnauthorized),
		refusal("112", channels.ErrUnauthorized),
		refusal("114", channels.ErrUnauthorized),
		refusal("115", channels.ErrUnauthorized),
		refusal("116", channels.ErrUnauthorized),
		refusal("118", channels.ErrUnauthorized),
		refusal("143", channels.ErrInvalid),
		refusal("199", channels.ErrInvalid),
		refusal("E-77", channels.ErrInvalid),
		refusal("401", channels.ErrUnauthorized),
		refusal("403", channels.ErrUnauthorized),
		refusal("429", channels.ErrRateLimited),
		refusal("500", channels.ErrUnavailable),
		refusal("80007", channels.ErrRateLimited),
		refusal("130429", channels.ErrRateLimited),
		refusal("131048", channels.ErrRateLimited),
		refusal("131056", channels.ErrRateLimited),
		refusal("131047", channels.ErrWindowClosed),
		refusal("130497", channels.ErrBlocked),
		refusal("131026", channels.ErrBlocked),
		refusal("131050", channels.ErrBlocked),
		refusal("131005", channels.ErrUnauthorized),
		refusal("131031", channels.ErrUnauthorized),
		refusal("131042", channels.ErrUnauthorized),
		refusal("131045", channels.ErrUnauthorized),
		refusal("133010", channels.ErrUnauthorized),
		refusal("131000", channels.ErrUnavailable),
		refusal("131016", channels.ErrUnavailable),
		refusal("131057", channels.ErrUnavailable),
		refusal("133004", channels.ErrUnavailable),
	}
	return append(out, []channeltest.Failure{
		{Name: "code as a number", Status: 200, Body: `{"code":108,"message":"x"}`, Kind: channels.ErrInvalid, Code: "108"},
		{Name: "code with a status of its own", Status: 400, Body: `{"code":"110"}`, Kind: channels.ErrUnauthorized, Code: "110"},
		{Name: "published code wins over the status", Status: 500, Body: `{"code":"106"}`, Kind: channels.ErrInvalid, Code: "106"},
		{Name: "status wins over a code of nobody", Status: 502, Body: `{"code":"199"}`, Kind: channels.ErrUnavailable, Code: "199"},
		{Name: "a success with a bad status", Status: 500, Body: `{"code":"0","data":"1"}`, Kind: channels.ErrUnavailable, Code: "500"},
		{Name: "a code that is a sentence", Status: 200, Body: `{"code":"Bad thing: Hello"}`, Kind: channels.ErrInvalid, Code: "200"},
		{Name: "the token as a code", Status: 200, Body: `{"code":"marked/token-of-the-api"}`, Kind: channels.ErrInvalid, Code: "200"},
		{
			Name: "rate limit with a time", Status: 200, Header: map[string]string{"Retry-After": "3"},
			Body: `{"code":"130429"}`, Kind: channels.ErrRateLimited, Code: "130429", RetryAfter: 3 * time.Second,
		},
		{
			Name: "too many requests", Status: 429, Header: map[string]string{"Retry-After": "2"},
			Kind: channels.ErrRateLimited, Code: "429", RetryAfter: 2 * time.Second,
		},
		{Name: "bad request", Status: 400, Body: "bad", Kind: channels.ErrInvalid, Code: "400"},
		{Name: "wrong token", Status: 401, Kind: channels.ErrUnauthorized, Code: "401"},
		{Name: "forbidden", Status: 403, Kind: channels.ErrUnauthorized, Code: "403"},
		{Name: "wrong address", Status: 404, Body: "<html></html>", Kind: channels.ErrUnauthorized, Code: "404"},
		{Name: "wrong method", Status: 405, Kind: channels.ErrUnauthorized, Code: "405"},
		{Name: "bad gateway", Status: 502, Body: "<html></html>", Kind: channels.ErrUnavailable, Code: "502"},
	}...)
}

func TestSuite(t *testing.T) { channeltest.Run(t, spec()) }

func FuzzParseInnopaasWebhook(f *testing.F) { channeltest.FuzzReceive(f, spec()) }

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

func channel(t *testing.T, s channeltest.Spec, apiURL string) *innopaas.Channel {
	t.Helper()
	c, ok := channeltest.New(t, s, apiURL).(*innopaas.Channel)
	if !ok {
		t.Fatal("not an innopaas channel")
	}
	return c
}

func TestReceiveTakesTheTokenInTheAddress(t *testing.T) {
	for query, ok := range map[string]bool{
		"token=url-token":             true,
		"a=1&token=url-token":         true,
		"":                            false,
		"token=":                      false,
		"token=wrong":                 false,
		"token=url-toke":              false,
		"token=url-tokenx":            false,
		"Token=url-token":             false,
		"token=wrong&token=url-token": false,
	} {
		s := with(map[string]string{"webhook_token": "url-token", "webhook_user": ""})
		r := s.Request([]byte(`{}`))
		r.Header = http.Header{}
		r.URL.RawQuery = query
		_, err := channel(t, s, "").Receive(t.Context(), r)
		if (err == nil) != ok {
			t.Errorf("%q: %v", query, err)
		}
		if e, is := err.(*channels.RequestError); err != nil && (!is || e.Status != http.StatusUnauthorized) {
			t.Errorf("%q: %v", query, err)
		}
	}
}

func TestReceiveComparesTheUserWhereOneIsSet(t *testing.T) {
	for _, c := range []struct {
		set, got string
		ok       bool
	}{
		{"sample-user", "sample-user", true},
		{"sample-user", "another", false},
		{"sample-user", "", false},
		{"", "anybody", true},
		{"", "", true},
	} {
		s := with(map[string]string{"webhook_user": c.set})
		r := s.Request([]byte(`{}`))
		r.Header.Set("UserName", c.got)
		_, err := channel(t, s, "").Receive(t.Context(), r)
		if (err == nil) != c.ok {
			t.Errorf("set %q, got %q: %v", c.set, c.got, err)
		}
		if e, is := err.(*channels.RequestError); err != nil && (!is || e.Status != http.StatusUnauthorized) {
			t.Errorf("set %q, got %q: %v", c.set, c.got, err)
		}
	}
}

func TestSendRefusesWhatItCannotSend(t *testing.T) {
	c := channel(t, with(map[string]string{"template_language": ""}), "http://127.0.0.1:1")
	option := []channels.Option{{ID: "a", Label: "A"}}
	for name, m := range map[string]channels.Message{
		"nothing":                 {Account: account, Conversation: conversation},
		"no account":              {Conversation: conversation, Text: "x"},
		"no business account":     {Account: ":6221900000001", Conversation: conversation, Text: "x"},
		"a number with letters":   {Account: "200000000000001:x", Conversation: conversation, Text: "x"},
		"no conversation":         {Account: account, Text: "x"},
		"two people":              {Account: account, Conversation: "6281200000017,6281200000018", Text: "x"},
		"no number":               {Account: account, Conversation: "ann", Text: "x"},
		"a contact without phone": {Account: account, Conversation: conversation, Contact: &channels.Contact{Name: "x"}},
		"media without address":   {Account: account, Conversation: conversation, Media: &channels.Media{Kind: channels.Image}},
		"media of another kind":   {Account: account, Conversation: conversation, Media: &channels.Media{Kind: "hologram", URL: "https://cdn.example.test/a"}},
		"options without a text":  {Account: account, Conversation: conversation, Form: channels.FormButtons, Options: option},
		"buttons on a sound": {
			Account: account, Conversation: conversation, Text: "x", Form: channels.FormButtons, Options: option,
			Media: &channels.Media{Kind: channels.Audio, URL: "https://cdn.example.test/a.mp3"},
		},
		"a template without language": {Account: account, Conversation: conversation, Template: &channels.Template{Name: "order_update"}},
	} {
		if _, err := c.Send(t.Context(), &m); channels.KindOf(err) != channels.ErrInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSendLeavesOutANumberThatNobodyNamed(t *testing.T) {
	s := spec()
	api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, s.API.Answer))
	m := channels.Message{Account: "200000000000001", Conversation: conversation, Text: "Hello"}
	if _, err := channel(t, s, api.URL+"/").Send(t.Context(), &m); err != nil {
		t.Fatal(err)
	}
	const want = `{"body":"Hello","messageType":"text","recipientNumber":"6281200000017","wabaId":"200000000000001"}`
	if got := api.Sent()[0]; string(got.Body) != want || got.Path != "/api/whatsapp/v3/msg/submit" {
		t.Errorf("%s %s", got.Path, got.Body)
	}
}

// TestSendTakesASuccessWithoutAnID: what was taken is not sent again.
func TestSendTakesASuccessWithoutAnID(t *testing.T) {
	for body, want := range map[string]string{
		`{"code":0,"data":9007199254740993}`:      "9007199254740993",
		`{"code":"0","message":"ok"}`:             "",
		`{"code":"0","data":null}`:                "",
		`{"code":"0","data":{"sample":"object"}}`: "",
		`{"code":"0","data":["1"]}`:               "",
	} {
		var log bytes.Buffer
		s := spec()
		s.Settings["api_url"] = channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, body)).URL
		s.Settings["list_button"] = "Options"
		c, err := s.Factory.New(&channels.Config{
			Name: "x", Values: s.Settings, HTTP: channels.NewClient(), Log: slog.New(slog.NewTextHandler(&log, nil)),
		})
		if err != nil {
			t.Fatal(err)
		}
		receipt, err := c.Send(t.Context(), &channels.Message{Account: account, Conversation: conversation, Ref: ref, Text: "Hello"})
		if err != nil || receipt.MessageID != want {
			t.Errorf("%s: %+v, %v", body, receipt, err)
		}
		if warned := strings.Contains(log.String(), "level=WARN"); warned != (want == "") {
			t.Errorf("%s: the log is %q", body, log.String())
		}
	}
}

// TestStatusesNameTheMessageThatWasSent says that the id of a receipt is the one of
// statuses, without which the bot finds no conversation for them.
func TestStatusesNameTheMessageThatWasSent(t *testing.T) {
	s := spec()
	if !s.Factory.Capabilities(&channels.Config{Values: s.Settings}).StatusByID {
		t.Error("statuses are not looked up by their id")
	}
	c := channel(t, s, channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, s.API.Answer)).URL)
	receipt, err := c.Send(t.Context(), &channels.Message{Account: account, Conversation: conversation, Ref: ref, Text: "Hello"})
	if err != nil {
		t.Fatal(err)
	}
	body := `{"id":"e","type":"whatsapp_message_status_updated","body":{"id":"412000000000000123","wabaId":"1","status":"read","sendPhone":"6281200000017"}}`
	got, err := c.Receive(t.Context(), s.Request([]byte(body)))
	if err != nil || got.Events[0].Status == nil || got.Events[0].Status.MessageID != receipt.MessageID || got.Events[0].Conversation != "" {
		t.Errorf("%+v, %v", got, err)
	}
}
