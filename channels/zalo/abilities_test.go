package zalo_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/zalo"
)

func TestNewRefusesSettingsThatCannotWork(t *testing.T) {
	good := map[string]string{"app_id": app, "oa_secret_key": "k", "access_token": "t"}
	for name, c := range map[string]struct {
		changes map[string]string
		lists   map[string][]string
		want    string
	}{
		"no app":                     {map[string]string{"app_id": ""}, nil, "app_id"},
		"an app that is no number":   {map[string]string{"app_id": "my-app"}, nil, "app_id"},
		"an account by its name":     {map[string]string{"oa_id": "acme"}, nil, "oa_id"},
		"no token":                   {map[string]string{"access_token": ""}, nil, "token_file"},
		"two sources of tokens":      {map[string]string{"token_file": "x", "app_secret": "s"}, nil, "exclude"},
		"no secret to renew with":    {map[string]string{"access_token": "", "token_file": "x"}, nil, "app_secret"},
		"a token with a line break":  {map[string]string{"access_token": "a\nb"}, nil, "access_token"},
		"a template without form":    {nil, map[string][]string{"templates": {"345467"}}, "templates"},
		"a template without a word":  {nil, map[string][]string{"templates": {"a = 1(x,,y)"}}, "templates"},
		"a template twice":           {nil, map[string][]string{"templates": {"a = 1()", "a=2(x)"}}, "templates"},
		"a question of another form": {nil, map[string][]string{"templates": {"a = request_user_info(name)"}}, "image_url"},
		"no address to upload from":  {nil, map[string][]string{"upload_from": {"/files"}}, "upload_from"},
	} {
		values := map[string]string{}
		for k, v := range good {
			values[k] = v
		}
		for k, v := range c.changes {
			values[k] = v
		}
		_, err := zalo.Factory().New(&channels.Config{Name: "x", Values: values, Lists: c.lists})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestATapBringsTheIDOfItsOption sends options and takes a tap as Zalo sends it: a text that
// is the payload of the button.
func TestATapBringsTheIDOfItsOption(t *testing.T) {
	options := []channels.Option{{ID: "a~1/x y", Label: "Ham & <eggs>"}, {ID: "ữ%", Label: "Two\nlines"}}
	want := []channels.Choice{{ID: "a~1/x y", Title: "Ham & <eggs>"}, {ID: "ữ%", Title: "Two lines"}}
	for mode, kind := range map[string]channels.Kind{"hide": channels.KindChoice, "show": channels.KindMessage} {
		api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, sent))
		s := with(map[string]string{"buttons": mode})
		c := channel(t, s, api.URL)
		if _, err := c.Send(t.Context(), &channels.Message{Conversation: person, Text: "Which?", Form: channels.FormButtons, Options: options}); err != nil {
			t.Fatal(err)
		}
		var out struct {
			Message struct {
				Attachment struct {
					Payload struct {
						Buttons []struct{ Type, Payload string }
					}
				}
			}
		}
		if err := json.Unmarshal(api.Sent()[0].Body, &out); err != nil {
			t.Fatal(err)
		}
		for i, b := range out.Message.Attachment.Payload.Buttons {
			body, err := json.Marshal(map[string]any{
				"app_id": app, "event_name": "user_send_text", "timestamp": "1772445600123", "sender": map[string]any{"id": person},
				"recipient": map[string]any{"id": account}, "message": map[string]any{"msg_id": "m", "text": b.Payload},
			})
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.Receive(t.Context(), s.Request(body))
			if err != nil {
				t.Fatal(err)
			}
			e := got.Events[0]
			if e.Kind != kind || e.Text != want[i].Title || b.Type != "oa.query."+mode || kind == channels.KindChoice && *e.Choice != want[i] {
				t.Errorf("%s: %+v, %+v", mode, b, e)
			}
		}
	}
}

func TestWhereAMessageGoes(t *testing.T) {
	reply := channels.Message{
		Text: "[@all] Which?", Form: channels.FormButtons, Options: []channels.Option{{ID: "a", Label: "A"}},
		Links: []channels.Link{{Label: "Site", URL: "https://example.test/"}},
	}
	order := channels.Message{Ref: "00112233445566778899aabbccddeeff", Template: &channels.Template{Name: "order sent", Values: []string{"Lan", "PE1"}}}
	for name, c := range map[string]struct {
		m          channels.Message
		to         string
		path, body string
	}{
		"group": {
			reply, "group:g1", "/v3.0/oa/group/message",
			`{"message":{"text":"[ @all] Which?\n1 A\nSite: https://example.test/"},"recipient":{"group_id":"g1"}}`,
		},
		"anonymous": {
			reply, "anonymous:5f3a9c:c77", "/v2.0/oa/message",
			`{"message":{"text":"[@all] Which?\n1 A\nSite: https://example.test/"},"recipient":{"anonymous_id":"5f3a9c","conversation_id":"c77"}}`,
		},
		"phone": {
			order, "phone:84912345678", "/message/template",
			`{"phone":"84912345678","template_data":{"customer_name":"Lan","order_code":"PE1"},"template_id":"345467","tracking_id":"84912345678r00112233445566778899aabbccddeeff"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, `{"error":0,"message":"Success","data":{"msg_id":"a4d0","sent_time":"1"}}`))
			c.m.Conversation = c.to
			got, err := channel(t, spec(), api.URL).Send(t.Context(), &c.m)
			if err != nil || got.MessageID != "a4d0" {
				t.Fatalf("%+v, %v", got, err)
			}
			if s := api.Sent()[0]; s.Path != c.path || string(s.Body) != c.body {
				t.Errorf("%s %s", s.Path, s.Body)
			}
		})
	}
}

func share(title string) *channels.Template {
	return &channels.Template{Name: "share", Values: []string{title, "We ask for your number.", "https://cdn.example.test/a.png"}}
}

func TestSendRefusesWhatZaloCannotTake(t *testing.T) {
	c := channel(t, spec(), "http://127.0.0.1:1")
	for _, tt := range []struct {
		m    channels.Message
		want channels.ErrorKind
	}{
		{channels.Message{Text: "x"}, channels.ErrInvalid},
		{channels.Message{Conversation: person}, channels.ErrInvalid},
		{channels.Message{Conversation: person, Text: strings.Repeat("x", 2001)}, channels.ErrInvalid},
		{channels.Message{Conversation: person, Media: &channels.Media{Kind: channels.Image, ID: "1"}}, channels.ErrInvalid},
		{channels.Message{Conversation: person, Template: &channels.Template{Name: "unknown"}}, channels.ErrInvalid},
		{channels.Message{Conversation: person, Template: &channels.Template{Name: "order sent", Values: []string{"one"}}}, channels.ErrInvalid},
		{channels.Message{Conversation: "group:g", Template: &channels.Template{Name: "reminder"}}, channels.ErrInvalid},
		{channels.Message{Conversation: "phone:84912345678", Template: share("t")}, channels.ErrInvalid},
		{channels.Message{Conversation: person, Template: share(strings.Repeat("x", 101))}, channels.ErrInvalid},
		{channels.Message{Conversation: "phone:84912345678", Text: "x"}, channels.ErrWindowClosed},
	} {
		if _, err := c.Send(t.Context(), &tt.m); channels.KindOf(err) != tt.want {
			t.Errorf("%+v: %v", tt.m, err)
		}
	}
}

// A webhook may be signed with the number of the account in the place of the app's, which
// only counts where the settings name the account.
func TestTheAccountMaySignInThePlaceOfTheApp(t *testing.T) {
	body, err := os.ReadFile("testdata/inbound/text.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{account: true, "": false} {
		s := with(map[string]string{"oa_id": name})
		r := s.Request(body)
		sign(r, account, s.Settings["oa_secret_key"])
		if got, err := channel(t, s, "").Receive(t.Context(), r); (err == nil) != want {
			t.Errorf("oa_id %q: %v, %v", name, got, err)
		}
	}
}

func TestSettingsThatChangeWhatEventsAre(t *testing.T) {
	for _, tt := range []struct {
		file    string
		changes map[string]string
		want    channels.Kind
	}{
		{"oa_text_of_admin", map[string]string{"inbox": "echo"}, channels.KindEcho},
		{"oa_text_of_admin_gives_back", map[string]string{"give_back": ""}, channels.KindTakeOver},
		{"group_text", map[string]string{"groups": "false"}, channels.KindUnknown},
		{"text_of_another_account", map[string]string{"oa_id": ""}, channels.KindMessage},
	} {
		body, err := os.ReadFile("testdata/inbound/" + tt.file + ".json")
		if err != nil {
			t.Fatal(err)
		}
		s := with(tt.changes)
		got, err := channel(t, s, "").Receive(t.Context(), s.Request(body))
		if err != nil || got.Events[0].Kind != tt.want {
			t.Errorf("%s: %+v, %v", tt.file, got, err)
		}
	}
}

func TestCheckSaysWhichAccountItIs(t *testing.T) {
	for name, c := range map[string]struct {
		body, line string
		want       channels.ErrorKind
	}{
		"ours":     {`{"error":0,"data":{"oaid":"388613280878808645","name":"Acme","is_verified":false,"package_name":"Nâng cao"}}`, "Acme (388613280878808645), Nâng cao, not verified", ""},
		"another":  {`{"error":0,"data":{"oaid":"1","name":"Acme"}}`, "", channels.ErrUnauthorized},
		"no token": {`{"error":-216,"message":"Access token is invalid"}`, "", channels.ErrUnauthorized},
		"a lie":    {`{"error":0,"data":{}}`, "", channels.ErrUnknown},
	} {
		line, err := channel(t, spec(), answers(t, map[string]string{"/v2.0/oa/getoa": c.body}).URL).Check(t.Context())
		if line != c.line || c.want != "" && channels.KindOf(err) != c.want || (err == nil) != (c.want == "") {
			t.Errorf("%s: %q, %v", name, line, err)
		}
	}
}

func TestCapabilitiesFollowTheSettings(t *testing.T) {
	caps := zalo.Factory().Capabilities(&channels.Config{Values: map[string]string{"buttons": "text", "window": "48h"}})
	if caps.Buttons.Max != 0 || caps.Links || caps.Template || caps.Window.Hours() != 48 || len(caps.Media) != 1 {
		t.Errorf("%+v", caps)
	}
	caps = zalo.Factory().Capabilities(&channels.Config{Lists: map[string][]string{"templates": {"a = 1()"}, "upload_from": {"https://a.test"}}})
	if caps.Buttons.Max != 5 || !caps.Links || !caps.Template || caps.Window.Hours() != 168 || len(caps.Media) != 2 {
		t.Errorf("%+v", caps)
	}
}
