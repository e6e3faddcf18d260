package viber_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/viber"
)

func TestNewRefusesSettingsThatCannotWork(t *testing.T) {
	for name, value := range map[string]string{
		"auth_token": "has a space", "sender_name": strings.Repeat("x", 29), "sender_avatar": "ftp://cdn.example.test/a.jpg",
		"welcome": strings.Repeat("x", 7001),
	} {
		values := map[string]string{"auth_token": "t", "sender_name": "Acme", name: value}
		_, err := viber.Factory().New(&channels.Config{Name: "x", Values: values})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestATapBringsTheIDOfItsOption sends options and takes a tap as Viber sends it: the text
// of the button, with the tracking data of the message.
func TestATapBringsTheIDOfItsOption(t *testing.T) {
	api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, sent))
	s, c := spec(), channel(t, api.URL, nil)
	m := &channels.Message{Conversation: person, Text: "Which?", Form: channels.FormButtons, Options: []channels.Option{
		{ID: "a~1", Label: "Ham & <eggs>"}, {ID: "b~1", Label: "Two\nlines"},
	}}
	if _, err := c.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	var out struct {
		TrackingData string `json:"tracking_data"`
		Keyboard     struct{ Buttons []struct{ ActionBody string } }
	}
	if err := json.Unmarshal(api.Sent()[0].Body, &out); err != nil {
		t.Fatal(err)
	}
	for i, want := range []channels.Choice{{ID: "a~1", Title: "Ham & <eggs>"}, {ID: "b~1", Title: "Two lines"}} {
		body, err := json.Marshal(map[string]any{
			"event": "message", "message_token": 1, "sender": map[string]any{"id": person},
			"message": map[string]any{"type": "text", "text": out.Keyboard.Buttons[i].ActionBody, "tracking_data": out.TrackingData},
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Receive(t.Context(), s.Request(body))
		if err != nil {
			t.Fatal(err)
		}
		if e := got.Events[0]; e.Kind != channels.KindChoice || e.Choice == nil || *e.Choice != want || e.Data["tracking_data"] != nil {
			t.Errorf("%+v", e)
		}
	}
}

func TestARequestIsWithinItsLimit(t *testing.T) {
	for name, letter := range map[string]string{"Latin": "x", "Cyrillic": "ж", "Han": "字", "emoji": "😀", "quotes": `"`, "markup": "&"} {
		t.Run(name, func(t *testing.T) {
			api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, sent))
			c := channel(t, api.URL, nil)
			f := viber.Factory()
			reply := channels.Reply{Text: strings.Repeat(letter, 7000)}
			for i := range 12 {
				label := strings.Repeat(letter, 27) + " " + string(rune('a'+i))
				reply.Options = append(reply.Options, channels.Option{ID: strings.Repeat("i", 40), Label: label})
			}
			for _, m := range channels.Render(f.Capabilities(&channels.Config{}), reply) {
				m.Conversation = person
				if _, err := c.Send(t.Context(), &m); err != nil {
					t.Fatal(err)
				}
			}
			for _, s := range api.Sent() {
				if len(s.Body) > 30<<10 {
					t.Errorf("a request of %d bytes", len(s.Body))
				}
			}
		})
	}
}

func TestSendRefusesWhatViberCannotTake(t *testing.T) {
	c := channel(t, "http://127.0.0.1:1", nil)
	for _, m := range []channels.Message{
		{Text: "x"}, {Conversation: person}, {Conversation: person, Template: &channels.Template{Name: "x"}},
		{Conversation: person, Media: &channels.Media{Kind: channels.Image, ID: "1"}},
		{Conversation: person, Media: &channels.Media{Kind: "hologram", URL: "https://cdn.example.test/x.png"}},
		{Conversation: person, Text: "x", Media: &channels.Media{Kind: channels.Video, URL: "https://cdn.example.test/x.mp4", Size: 9}},
	} {
		if _, err := c.Send(t.Context(), &m); channels.KindOf(err) != channels.ErrInvalid {
			t.Errorf("%+v: %v", m, err)
		}
	}
}

func TestNobodyIsWelcomedWithoutAText(t *testing.T) {
	s, c := spec(), channel(t, "", map[string]string{"welcome": ""})
	body, err := os.ReadFile("testdata/inbound/conversation_started.json")
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.Receive(t.Context(), s.Request(body))
	if err != nil || got.Answer != nil || got.Events[0].Kind != channels.KindStarted {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestTheWelcomeIsAMessageWithoutReceiver(t *testing.T) {
	s, c := spec(), channel(t, "", map[string]string{"sender_avatar": ""})
	body, err := os.ReadFile("testdata/inbound/conversation_started.json")
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.Receive(t.Context(), s.Request(body))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"sender":{"name":"Acme"},"text":"Hello! Write anything.","tracking_data":"","type":"text"}`
	if a := got.Answer; a == nil || a.Status != http.StatusOK || a.ContentType != "application/json" || string(a.Body) != want {
		t.Errorf("%+v", got.Answer)
	}
}

func TestRegisterSetsTheWebhookOnlyWhenItDiffers(t *testing.T) {
	webhook := &url.URL{Scheme: "https", Host: "bot.example.test", Path: "/webhooks/main"}
	const here, all = `"webhook":"https://bot.example.test/webhooks/main",`, `"event_types":["subscribed","unsubscribed","conversation_started","delivered","failed","message","seen"]`
	const few = `"event_types":["subscribed","unsubscribed","conversation_started","failed","message"]`
	for name, c := range map[string]struct {
		info     string
		receipts string
		want     bool
	}{
		"the same":            {here + all, "true", false},
		"the same, no seen":   {here + few, "false", false},
		"receipts switched":   {here + all, "false", true},
		"fewer callbacks":     {here + few, "true", true},
		"another address":     {`"webhook":"https://old.example.test",` + all, "true", true},
		"none":                {`"webhook":""`, "true", true},
		"callbacks not given": {here + `"uri":"acme"`, "true", true},
	} {
		t.Run(name, func(t *testing.T) {
			api := answers(t, map[string]string{
				"get_account_info": `{"status":0,"status_message":"ok","id":"pa:75346594275468546724",` + c.info + `}`,
				"set_webhook":      `{"status":0,"status_message":"ok","event_types":["delivered"]}`,
			})
			changed, err := channel(t, api.URL, map[string]string{"receipts": c.receipts}).Register(t.Context(), webhook)
			if err != nil || changed != c.want {
				t.Fatalf("changed %v, %v", changed, err)
			}
			sent := api.Sent()
			if len(sent) == 2 != c.want {
				t.Fatalf("%+v", sent)
			}
			want := `{"event_types":["conversation_started","delivered","failed","seen"],"send_name":true,"send_photo":false,"url":"https://bot.example.test/webhooks/main"}`
			if c.receipts == "false" {
				want = strings.NewReplacer(`"delivered",`, "", `,"seen"`, "").Replace(want)
			}
			if c.want && string(sent[1].Body) != want {
				t.Error(cmp.Diff(want, string(sent[1].Body)))
			}
		})
	}
}

func TestRegisterFailsWithAKind(t *testing.T) {
	webhook := &url.URL{Scheme: "https", Host: "bot.example.test"}
	info := `{"status":0,"status_message":"ok","id":"pa:1","webhook":""}`
	for name, c := range map[string]struct {
		byMethod map[string]string
		want     channels.ErrorKind
	}{
		"wrong token":   {map[string]string{"get_account_info": `{"status":2,"status_message":"invalidAuthToken"}`}, channels.ErrUnauthorized},
		"wrong address": {map[string]string{"get_account_info": info, "set_webhook": `{"status":1,"status_message":"invalidUrl"}`}, channels.ErrInvalid},
	} {
		if _, err := channel(t, answers(t, c.byMethod).URL, nil).Register(t.Context(), webhook); channels.KindOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheckSaysWhichBotItIs(t *testing.T) {
	api := answers(t, map[string]string{"get_account_info": `{"status":0,"status_message":"ok","id":"pa:75346594275468546724","name":"Acme","uri":"acmebot"}`})
	if got, err := channel(t, api.URL, nil).Check(t.Context()); err != nil || got != "Acme (acmebot)" {
		t.Errorf("%q, %v", got, err)
	}
	if s := api.Sent()[0]; s.Method != http.MethodPost || s.Path != "/pa/get_account_info" || s.Header["X-Viber-Auth-Token"] == "" {
		t.Errorf("%+v", s)
	}
	lies := answers(t, map[string]string{"get_account_info": `{"status":0}`})
	if _, err := channel(t, lies.URL, nil).Check(t.Context()); channels.KindOf(err) != channels.ErrUnknown {
		t.Error(err)
	}
}
