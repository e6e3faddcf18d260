package whatsapp_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/whatsapp"
)

func TestNewRefusesSettingsThatCannotWork(t *testing.T) {
	for name, value := range map[string]string{
		"phone_number_id": "+1 555 010 0881", "list_button": "A label of more than 20", "api_version": "latest",
		"api_url": "https://graph.example.test/?a=b", "access_token": "EAA with\nnewline", "app_secret": " x", "verify_token": "x\x00",
	} {
		c := config(map[string]string{name: value}, nil)
		if _, err := whatsapp.Factory().New(c); err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), value) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, host := range []string{"media.example.test", "https://media.example.test/path", "ftp://media.example.test", "https://me@media.example.test"} {
		c := config(nil, []string{host})
		if _, err := whatsapp.Factory().New(c); err == nil || !strings.Contains(err.Error(), "media_hosts") {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func config(changes map[string]string, hosts []string) *channels.Config {
	s := with(changes)
	values := map[string]string{"api_url": "https://graph.example.test", "api_version": "v25.0", "list_button": "Options"}
	for k, v := range s.Settings {
		values[k] = v
	}
	for k, v := range changes {
		values[k] = v
	}
	return &channels.Config{Name: "x", Values: values, Lists: map[string][]string{"media_hosts": hosts}, HTTP: channels.NewClient()}
}

func TestHandshakeEchoesTheChallenge(t *testing.T) {
	c := channel(t, spec(), "")
	r := &channels.Request{Method: http.MethodGet, URL: &url.URL{Path: "/webhooks/main", RawQuery: url.Values{
		"hub.mode": {"subscribe"}, "hub.challenge": {"1158201444"}, "hub.verify_token": {"marked-token-of-handshakes"},
	}.Encode()}}
	got, err := c.Handshake(t.Context(), r)
	want := &channels.Answer{Status: 200, ContentType: "text/plain; charset=utf-8", Body: []byte("1158201444")}
	if err != nil || !cmp.Equal(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	r.URL.RawQuery = "hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong"
	if _, err := c.Handshake(t.Context(), r); err == nil {
		t.Error("a wrong token was taken")
	}
}

func TestCheckSaysWhichNumberItIs(t *testing.T) {
	for body, want := range map[string]string{
		`{"id":"106540352242922","display_phone_number":"+1 555-010-0881","verified_name":"Sample Shop"}`: "Sample Shop (+1 555-010-0881)",
		`{"id":"7","display_phone_number":"x","verified_name":"Another"}`:                                 "",
		`{}`: "",
	} {
		api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, body))
		got, err := channel(t, spec(), api.URL).Check(t.Context())
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", body, got, err)
		}
		if p := api.Sent()[0]; p.Method != http.MethodGet || p.Path != "/v25.0/106540352242922?fields=id,display_phone_number,verified_name" {
			t.Errorf("%s %s", p.Method, p.Path)
		}
	}
	api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusUnauthorized, `{"error":{"code":190}}`))
	if _, err := channel(t, spec(), api.URL).Check(t.Context()); channels.KindOf(err) != channels.ErrUnauthorized {
		t.Errorf("an old token: %v", err)
	}
}

func TestAcknowledgeMarksMessagesAsRead(t *testing.T) {
	events := []channels.Event{
		{Kind: channels.KindMessage, Account: "7", ID: "wamid.A"}, {Kind: channels.KindChoice, ID: "wamid.B"},
		{Kind: channels.KindReaction, Account: "7", ID: "wamid.C"}, {Kind: channels.KindStatus, Account: "7"},
		{Kind: channels.KindTakeOver, Account: "7", ID: "wamid.D"}, {Kind: channels.KindMessage, Account: "7"},
	}
	const read = `{"message_id":"wamid.%","messaging_product":"whatsapp","status":"read"}`
	const typing = `{"message_id":"wamid.%","messaging_product":"whatsapp","status":"read","typing_indicator":{"type":"text"}}`
	for setting, body := range map[string]string{"read": read, "typing": typing, "off": ""} {
		api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, `{"success":true}`))
		c := channel(t, with(map[string]string{"receipts": setting}), api.URL)
		for i := range events {
			if err := c.Acknowledge(t.Context(), &events[i]); err != nil {
				t.Errorf("%s: %v", setting, err)
			}
		}
		var got, want []string
		for _, s := range api.Sent() {
			got = append(got, s.Path+" "+string(s.Body))
		}
		if body != "" {
			want = []string{"/v25.0/7/messages " + strings.Replace(body, "%", "A", 1), "/v25.0/" + number + "/messages " + strings.Replace(body, "%", "B", 1)}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", setting, d)
		}
	}
}

func TestSendRefusesWhatItCannotSend(t *testing.T) {
	c := channel(t, with(map[string]string{"template_language": ""}), "http://127.0.0.1:1")
	option := []channels.Option{{ID: "a", Label: "A"}}
	to := func(m channels.Message) channels.Message {
		m.Account, m.Conversation = number, conversation
		return m
	}
	sound := &channels.Media{Kind: channels.Audio, URL: "https://cdn.example.test/a.mp3"}
	for name, m := range map[string]channels.Message{
		"nothing":                     to(channels.Message{}),
		"an account with a path":      {Account: "7/media", Conversation: conversation, Text: "x"},
		"no conversation":             {Account: number, Text: "x"},
		"a name":                      {Account: number, Conversation: "ann", Text: "x"},
		"a group that is not for it":  {Account: number, Conversation: "Y2FwaV9ncm91cDox", Text: "x"},
		"no id of a person":           {Account: number, Conversation: "US.", Text: "x"},
		"a contact without a number":  to(channels.Message{Contact: &channels.Contact{Name: "x"}}),
		"media without an address":    to(channels.Message{Media: &channels.Media{Kind: channels.Image}}),
		"media of another kind":       to(channels.Message{Media: &channels.Media{Kind: "hologram", URL: "https://cdn.example.test/a"}}),
		"a sound with a text":         to(channels.Message{Text: "x", Media: sound}),
		"options without a text":      to(channels.Message{Form: channels.FormButtons, Options: option}),
		"buttons on a sound":          to(channels.Message{Text: "x", Form: channels.FormButtons, Options: option, Media: sound}),
		"a template without language": to(channels.Message{Template: &channels.Template{Name: "x"}}),
		"a text that is too long":     to(channels.Message{Text: strings.Repeat("x", 4097)}),
	} {
		if _, err := c.Send(t.Context(), &m); channels.KindOf(err) != channels.ErrInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSendAddressesPeopleAndGroups(t *testing.T) {
	api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, answer))
	c := channel(t, with(map[string]string{"groups": "true"}), api.URL+"/")
	for _, to := range []string{"+16505550117", "US.13491208655302741918", "US.ENT.11815799212886844830", "Y2FwaV9ncm91cDox"} {
		if _, err := c.Send(t.Context(), &channels.Message{Conversation: to, Text: "Hello"}); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, s := range api.Sent() {
		if s.Path != "/v25.0/"+number+"/messages" {
			t.Errorf("sent to %s", s.Path)
		}
		got = append(got, string(s.Body))
	}
	const text = `"text":{"body":"Hello","preview_url":false}`
	want := []string{
		`{"messaging_product":"whatsapp","recipient_type":"individual",` + text + `,"to":"16505550117","type":"text"}`,
		`{"messaging_product":"whatsapp","recipient":"US.13491208655302741918","recipient_type":"individual",` + text + `,"type":"text"}`,
		`{"messaging_product":"whatsapp","recipient":"US.ENT.11815799212886844830","recipient_type":"individual",` + text + `,"type":"text"}`,
		`{"messaging_product":"whatsapp","recipient_type":"group",` + text + `,"to":"Y2FwaV9ncm91cDox","type":"text"}`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// kinds receives a webhook and returns the kinds of its events.
func kinds(t *testing.T, c channels.Channel, s channeltest.Spec, body string) []channels.Kind {
	t.Helper()
	got, err := c.Receive(t.Context(), s.Request([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	var out []channels.Kind
	for _, e := range got.Events {
		out = append(out, e.Kind)
	}
	return out
}

const onPhone = `{"entry":[{"id":"1","changes":[{"field":"smb_message_echoes","value":{"metadata":{"phone_number_id":"7"},` +
	`"message_echoes":[{"to":"16505550117","id":"wamid.A","type":"text","text":{"body":"Hi"}},{"to":"16505550117","id":"wamid.B","type":"hologram"}]}}]}]}`

func TestPeopleOnThePhoneSilenceTheBotOnlyWhereThatIsWanted(t *testing.T) {
	for setting, want := range map[string][]channels.Kind{
		"take_over": {channels.KindTakeOver, channels.KindTakeOver}, "echo": {channels.KindEcho, channels.KindEcho},
	} {
		s := with(map[string]string{"phone": setting})
		if d := cmp.Diff(want, kinds(t, channeltest.New(t, s, ""), s, onPhone)); d != "" {
			t.Errorf("%s: %s", setting, d)
		}
	}
}

func TestGroupsAreAnsweredOnlyWhereThatIsWanted(t *testing.T) {
	const body = `{"entry":[{"id":"1","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"7"},` +
		`"messages":[{"from":"16505550117","group_id":"Y2Fw","id":"wamid.A","type":"text","text":{"body":"Hi"}}]}}]}]}`
	s := with(map[string]string{"groups": "true"})
	got, err := channeltest.New(t, s, "").Receive(t.Context(), s.Request([]byte(body)))
	if err != nil || got.Events[0].Kind != channels.KindMessage || got.Events[0].Conversation != "Y2Fw" || got.Events[0].Sender.ID != "16505550117" {
		t.Errorf("%+v, %v", got, err)
	}
	s = spec()
	if d := cmp.Diff([]channels.Kind{channels.KindUnknown}, kinds(t, channeltest.New(t, s, ""), s, body)); d != "" {
		t.Error(d)
	}
}

func TestRegisterOverridesTheCallbackOnlyWhenItDiffers(t *testing.T) {
	webhook := &url.URL{Scheme: "https", Host: "bot.example.test", Path: "/webhooks/main"}
	for info, want := range map[string]bool{
		`{"webhook_configuration":{"application":"https://bot.example.test/webhooks/main"},"id":"1"}`:                                                           false,
		`{"webhook_configuration":{"phone_number":"https://bot.example.test/webhooks/main","application":"https://old.example.test"}}`:                          false,
		`{"webhook_configuration":{"whatsapp_business_account":"https://old.example.test","application":"https://bot.example.test/webhooks/main"},"id":"1"}`:    true,
		`{"webhook_configuration":{"phone_number":"https://old.example.test/x","application":"https://bot.example.test/webhooks/main"},"id":"106540352242922"}`: true,
		`{"id":"106540352242922"}`: true,
	} {
		api := channeltest.NewFakeAPI(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				channeltest.JSON(http.StatusOK, info)(w, r)
				return
			}
			channeltest.JSON(http.StatusOK, `{"success":true}`)(w, r)
		})
		c, ok := channeltest.New(t, with(map[string]string{"register": "true"}), api.URL).(channels.Registrar)
		if !ok {
			t.Fatal("register: true registers nothing")
		}
		changed, err := c.Register(t.Context(), webhook)
		if err != nil || changed != want {
			t.Errorf("%s: changed %v, %v", info, changed, err)
		}
		const body = `{"webhook_configuration":{"override_callback_uri":"https://bot.example.test/webhooks/main","verify_token":"marked-token-of-handshakes"}}`
		sent := api.Sent()
		if last := sent[len(sent)-1]; want && (string(last.Body) != body || last.Path != "/v25.0/"+number || last.Method != http.MethodPost) {
			t.Errorf("%s %s %s", last.Method, last.Path, last.Body)
		}
	}
	if _, ok := channeltest.New(t, spec(), "").(channels.Registrar); ok {
		t.Error("registers unasked")
	}
}
