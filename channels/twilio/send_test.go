package twilio_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/twilio"
)

// sentForm reads the form of a request.
func sentForm(t *testing.T, s channeltest.Sent) url.Values {
	t.Helper()
	var body string
	if err := json.Unmarshal(s.Body, &body); err != nil {
		t.Fatal(err)
	}
	form, err := url.ParseQuery(body)
	if err != nil {
		t.Fatal(err)
	}
	return form
}

// TestTheSameNumberBySMSAndOnWhatsAppAreTwoConversations takes a message of each and
// answers it: the answers go back the way that the messages came.
func TestTheSameNumberBySMSAndOnWhatsAppAreTwoConversations(t *testing.T) {
	s := spec()
	api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusCreated, sent))
	c := channel(t, s, api.URL)
	seen := map[string]bool{}
	for _, prefix := range []string{"", "whatsapp:"} {
		form := url.Values{"MessageSid": {"SM1"}, "From": {prefix + person}, "To": {prefix + sender}, "Body": {"Hello"}}
		got, err := c.Receive(t.Context(), s.Request([]byte(form.Encode())))
		if err != nil {
			t.Fatal(err)
		}
		e := got.Events[0]
		if seen[e.Account+" "+e.Conversation] || e.Sender.Phone != person {
			t.Errorf("%+v", e)
		}
		seen[e.Account+" "+e.Conversation] = true
		if _, err := c.Send(t.Context(), &channels.Message{Account: e.Account, Conversation: e.Conversation, Text: "Hi"}); err != nil {
			t.Fatal(err)
		}
		all := api.Sent()
		back := sentForm(t, all[len(all)-1])
		if back.Get("From") != form.Get("To") || back.Get("To") != form.Get("From") {
			t.Errorf("%v answers %v", back, form)
		}
	}
}

func TestWhatSMSLacksIsInTheTextThoughTheChannelIsWhatsApp(t *testing.T) {
	api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusCreated, sent))
	c := channel(t, spec(), api.URL)
	m := &channels.Message{
		Account: sender, Conversation: person, Text: "Which?", Form: channels.FormButtons,
		Options: []channels.Option{{ID: "a", Label: "Ham"}, {ID: "b", Label: "Eggs"}},
	}
	if _, err := c.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if got := sentForm(t, api.Sent()[0]); got.Get("Body") != "Which?\n1 Ham\n2 Eggs" || got.Has("ContentSid") {
		t.Errorf("%v", got)
	}
}

func TestTheSenderIsThatOfTheServiceOfTheConversation(t *testing.T) {
	const mg = "MG0123456789abcdef0123456789abcdef"
	for name, c := range map[string]struct {
		settings              map[string]string
		account, conversation string
		from, service         string
	}{
		"the account":                 {nil, "whatsapp:+15550000001", "whatsapp:" + person, "whatsapp:+15550000001", ""},
		"from":                        {nil, "", "whatsapp:" + person, "whatsapp:" + sender, ""},
		"a service for it":            {map[string]string{"messaging_service_sid": mg}, "", "whatsapp:" + person, "whatsapp:" + sender, mg},
		"a service for another":       {map[string]string{"messaging_service_sid": mg}, "", person, "", mg},
		"a service alone":             {map[string]string{"messaging_service_sid": mg, "from": ""}, "", person, "", mg},
		"a service and the account":   {map[string]string{"messaging_service_sid": mg, "from": ""}, "894546", person, "894546", mg},
		"a sender ID":                 {map[string]string{"from": "Acme"}, "", person, "Acme", ""},
		"no sender for the service":   {nil, "", person, "none", ""},
		"an account of another":       {map[string]string{"messaging_service_sid": mg}, sender, "whatsapp:" + person, "none", ""},
		"a service without a text to": {nil, "", "", "none", ""},
	} {
		t.Run(name, func(t *testing.T) {
			api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusCreated, sent))
			_, err := channel(t, with(spec(), c.settings), api.URL).Send(t.Context(), &channels.Message{
				Account: c.account, Conversation: c.conversation, Text: "Hi",
			})
			if c.from == "none" {
				if channels.KindOf(err) != channels.ErrInvalid {
					t.Error(err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := sentForm(t, api.Sent()[0]); got.Get("From") != c.from || got.Get("MessagingServiceSid") != c.service {
				t.Errorf("%v", got)
			}
		})
	}
}

// TestATapBringsTheIDOfItsOption sends options and takes a tap as Twilio sends it.
func TestATapBringsTheIDOfItsOption(t *testing.T) {
	s := spec()
	api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusCreated, sent))
	c := channel(t, s, api.URL)
	options := []channels.Option{{ID: "a~1", Label: `Ham & <"eggs">`}, {ID: "b~1", Label: "{{1}}"}}
	for _, form := range []channels.Form{channels.FormButtons, channels.FormList} {
		m := &channels.Message{Account: s.Account, Conversation: s.Conversation, Text: "Which?", Form: form, Options: options}
		if _, err := c.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	for i, names := range [][2]string{{"ButtonPayload", "ButtonText"}, {"ListId", "ListTitle"}} {
		var values map[string]string
		if err := json.Unmarshal([]byte(sentForm(t, api.Sent()[i]).Get("ContentVariables")), &values); err != nil {
			t.Fatal(err)
		}
		first := string([]byte{"23"[i]})  // the label of the first option, after the text and the label of a list
		second := string([]byte{"34"[i]}) // its id
		tap := url.Values{
			"MessageSid": {"SM2"}, "From": {s.Conversation}, "To": {s.Account}, "Body": {values[first]},
			names[0]: {values[second]}, names[1]: {values[first]},
		}
		got, err := c.Receive(t.Context(), s.Request([]byte(tap.Encode())))
		if err != nil {
			t.Fatal(err)
		}
		if e := got.Events[0]; e.Kind != channels.KindChoice || *e.Choice != (channels.Choice{ID: "a~1", Title: `Ham & <"eggs">`}) {
			t.Errorf("%+v", e)
		}
	}
}

func TestSendRefusesWhatTwilioCannotTake(t *testing.T) {
	c := channel(t, spec(), "http://127.0.0.1:1")
	to := "whatsapp:" + person
	for name, m := range map[string]channels.Message{
		"nothing":            {Conversation: to},
		"spaces":             {Conversation: to, Text: " \n"},
		"nobody":             {Text: "x"},
		"media by id":        {Conversation: to, Media: &channels.Media{Kind: channels.Image, ID: "1"}},
		"an unknown name":    {Conversation: to, Template: &channels.Template{Name: "x"}},
		"too long":           {Conversation: to, Text: strings.Repeat("x", 1601)},
		"too long with list": {Conversation: to, Text: strings.Repeat("x", 1599), Form: channels.FormButtons, Options: []channels.Option{{ID: "1", Label: "A"}}},
	} {
		if _, err := c.Send(t.Context(), &m); channels.KindOf(err) != channels.ErrInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMediaGoOutAsMMSWhereThatIsSet(t *testing.T) {
	s := with(sms(), map[string]string{"mms": "true"})
	api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusCreated, sent))
	c := channel(t, s, api.URL)
	reply := channels.Reply{Text: "This lamp.", Media: &channels.Media{Kind: channels.Image, URL: "https://cdn.example.test/lamp.jpeg"}}
	caps := twilio.Factory().Capabilities(&channels.Config{Values: s.Settings})
	for _, m := range channels.Render(caps, reply) {
		m.Conversation = person
		if _, err := c.Send(t.Context(), &m); err != nil {
			t.Fatal(err)
		}
	}
	all := api.Sent()
	if len(all) != 1 {
		t.Fatalf("%d requests", len(all))
	}
	if got := sentForm(t, all[0]); got.Get("MediaUrl") != reply.Media.URL || got.Get("Body") != "This lamp." {
		t.Errorf("%v", got)
	}
}

func TestTheAPIKeySendsInsteadOfTheAuthToken(t *testing.T) {
	for name, c := range map[string]struct {
		settings            map[string]string
		want, wantOfAccount string
	}{
		"key":   {nil, "SK0123456789abcdef0123456789abcdef:" + secret, account + ":" + token},
		"token": {map[string]string{"api_key": "", "api_key_secret": ""}, account + ":" + token, account + ":" + token},
		"no token": {
			map[string]string{"auth_token": "", "verify": "off"}, "SK0123456789abcdef0123456789abcdef:" + secret,
			"SK0123456789abcdef0123456789abcdef:" + secret,
		},
	} {
		t.Run(name, func(t *testing.T) {
			api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, sent), "Authorization")
			ch := channel(t, with(spec(), c.settings), api.URL)
			if _, err := ch.Send(t.Context(), &channels.Message{Conversation: "whatsapp:" + person, Text: "Hi"}); err != nil {
				t.Fatal(err)
			}
			_, _ = ch.Check(t.Context()) // its answer is another test's
			for i, want := range []string{c.want, c.wantOfAccount} {
				if got := api.Sent()[i].Header["Authorization"]; got != "Basic "+base64.StdEncoding.EncodeToString([]byte(want)) {
					t.Errorf("request %d is made as another", i)
				}
			}
		})
	}
}

func TestNewRefusesSettingsThatCannotWork(t *testing.T) {
	hx := content(1)
	for name, c := range map[string]struct {
		names  string
		values map[string]string
		lists  map[string][]string
	}{
		"account":             {"account_sid", map[string]string{"account_sid": "AC12"}, nil},
		"another kind of SID": {"account_sid", map[string]string{"account_sid": "SK0123456789abcdef0123456789abcdef"}, nil},
		"half a key":          {"api_key_secret", map[string]string{"api_key_secret": ""}, nil},
		"key":                 {"api_key", map[string]string{"api_key": account}, nil},
		"no sender":           {"from", map[string]string{"from": ""}, nil},
		"sender":              {"from", map[string]string{"from": "whatsapp:+1 555é"}, nil},
		"service":             {"messaging_service_sid", map[string]string{"messaging_service_sid": "x"}, nil},
		"callback":            {"status_callback", map[string]string{"status_callback": "ftp://bot.example.test"}, nil},
		"list button":         {"list_button", map[string]string{"list_button": strings.Repeat("x", 21)}, nil},
		"buttons":             {"button_contents", nil, map[string][]string{"button_contents": {hx, hx, hx, hx}}},
		"no button":           {"button_contents", nil, map[string][]string{"button_contents": {"x"}}},
		"rows":                {"list_contents", nil, map[string][]string{"list_contents": {hx, hx, hx, hx, hx, hx, hx, hx, hx, hx, hx}}},
		"templates":           {"templates", nil, map[string][]string{"templates": {hx}}},
	} {
		s := with(spec(), c.values)
		if s.Settings["list_button"] == "" {
			s.Settings["list_button"] = "Options"
		}
		_, err := twilio.Factory().New(&channels.Config{Name: "x", Values: s.Settings, Lists: c.lists})
		if err == nil || !strings.Contains(err.Error(), c.names) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
