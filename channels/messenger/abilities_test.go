package messenger_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/messenger"
)

func TestNewRefusesSettingsThatCannotWork(t *testing.T) {
	for name, value := range map[string]string{
		"page_id": "sample.shop", "app_id": "Sample App", "api_version": "latest", "access_token": "EAA with\nnewline", "verify_token": "x\x00",
	} {
		values := map[string]string{"api_url": "https://graph.example.test", "api_version": "v25.0"}
		for k, v := range with(map[string]string{name: value}).Settings {
			values[k] = v
		}
		_, err := messenger.Factory().New(&channels.Config{Name: "x", Values: values, HTTP: channels.NewClient()})
		if err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), value) {
			t.Errorf("%s: %v", name, err)
		}
	}
	values := map[string]string{"api_url": "https://graph.example.test", "api_version": "v25.0"}
	for k, v := range with(map[string]string{"app_id": "", "register": "true"}).Settings {
		values[k] = v
	}
	if _, err := messenger.Factory().New(&channels.Config{Name: "x", Values: values}); err == nil || !strings.Contains(err.Error(), "app_id") {
		t.Errorf("register without app_id: %v", err)
	}
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

func TestCheckSaysWhichPageItIs(t *testing.T) {
	for body, want := range map[string]string{
		`{"id":"682498302938465","name":"Sample Shop"}`: "Sample Shop", `{"id":"7","name":"Another"}`: "", `{}`: "",
	} {
		api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, body))
		got, err := channel(t, spec(), api.URL).Check(t.Context())
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", body, got, err)
		}
		if p := api.Sent()[0]; p.Method != http.MethodGet || p.Path != "/v25.0/682498302938465?fields=id,name" {
			t.Errorf("%s %s", p.Method, p.Path)
		}
	}
	api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusUnauthorized, `{"error":{"code":190}}`))
	if _, err := channel(t, spec(), api.URL).Check(t.Context()); channels.KindOf(err) != channels.ErrUnauthorized {
		t.Errorf("an old token: %v", err)
	}
}

func TestSenderActions(t *testing.T) {
	message := channels.Event{Kind: channels.KindMessage, Account: page, Conversation: person, ID: "m_1"}
	reaction := message
	reaction.Kind = channels.KindReaction
	for receipts, want := range map[string][]string{
		"read": {`{"recipient":{"id":"1254477777772919"},"sender_action":"mark_seen"}`, `{"recipient":{"id":"1254477777772919"},"sender_action":"typing_on"}`},
		"off":  {`{"recipient":{"id":"1254477777772919"},"sender_action":"typing_on"}`},
	} {
		api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, `{"recipient_id":"1"}`))
		c := channel(t, with(map[string]string{"receipts": receipts}), api.URL)
		for _, e := range []channels.Event{message, reaction} {
			if err := c.Acknowledge(t.Context(), &e); err != nil {
				t.Error(err)
			}
		}
		if err := c.Typing(t.Context(), page, person); err != nil {
			t.Error(err)
		}
		var got []string
		for _, s := range api.Sent() {
			if s.Path != "/v25.0/682498302938465/messages" || s.Method != http.MethodPost {
				t.Errorf("%s %s", s.Method, s.Path)
			}
			got = append(got, string(s.Body))
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	}
	c := channel(t, spec(), "http://127.0.0.1:1")
	if err := c.Typing(t.Context(), "7", person); channels.KindOf(err) != channels.ErrInvalid {
		t.Errorf("another page: %v", err)
	}
}

func TestSendRefusesWhatItCannotSend(t *testing.T) {
	to := func(m channels.Message) channels.Message {
		m.Account, m.Conversation = page, person
		return m
	}
	image := &channels.Media{Kind: channels.Image, URL: "https://cdn.example.test/a.png"}
	for name, m := range map[string]channels.Message{
		"nothing":                 to(channels.Message{}),
		"blanks":                  to(channels.Message{Text: " \n"}),
		"another page":            {Account: "7", Conversation: person, Text: "x"},
		"no conversation":         {Account: page, Text: "x"},
		"a path":                  {Account: page, Conversation: "../me", Text: "x"},
		"media with a text":       to(channels.Message{Text: "x", Media: image}),
		"media with a link":       to(channels.Message{Media: image, Links: []channels.Link{{Label: "x", URL: "https://shop.example.test"}}}),
		"media without address":   to(channels.Message{Media: &channels.Media{Kind: channels.Image, ID: "7"}}),
		"media of another kind":   to(channels.Message{Media: &channels.Media{Kind: "hologram", URL: "https://cdn.example.test/a"}}),
		"a location":              to(channels.Message{Location: &channels.Location{}}),
		"a template":              to(channels.Message{Template: &channels.Template{Name: "x"}}),
		"a text that is too long": to(channels.Message{Text: strings.Repeat("x", 2001)}),
		"too many options":        to(channels.Message{Text: "x", Form: channels.FormButtons, Options: options(14)}),
		"links that do not fit": to(channels.Message{
			Text: strings.Repeat("x", 1990), Links: []channels.Link{{Label: "x", URL: "https://shop.example.test"}},
		}),
	} {
		if _, err := channel(t, spec(), "http://127.0.0.1:1").Send(t.Context(), &m); channels.KindOf(err) != channels.ErrInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// body sends a message and returns the request.
func body(t *testing.T, s channeltest.Spec, m channels.Message) string {
	t.Helper()
	api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, answer))
	m.Account, m.Conversation = page, person
	if _, err := channeltest.New(t, s, api.URL+"/").Send(t.Context(), &m); err != nil {
		t.Fatal(err)
	}
	return string(api.Sent()[0].Body)
}

const button = `{"payload":"o1","title":"A","type":"postback"},{"payload":"o2","title":"AA","type":"postback"}`

func TestButtonsHangOnATemplate(t *testing.T) {
	s := with(map[string]string{"options": "buttons"})
	link := channels.Link{Label: "Shop", URL: "https://shop.example.test"}
	ask := channels.Message{Text: "Which?", Form: channels.FormButtons, Options: options(2)}
	template := func(buttons string) string {
		return `{"message":{"attachment":{"payload":{"buttons":[` + buttons + `],"template_type":"button","text":"Which?"},"type":"template"}},` +
			`"messaging_type":"RESPONSE","recipient":{"id":"1254477777772919"}}`
	}
	if d := cmp.Diff(template(button), body(t, s, ask)); d != "" {
		t.Error(d)
	}
	ask.Links = []channels.Link{link}
	if d := cmp.Diff(template(`{"title":"Shop","type":"web_url","url":"https://shop.example.test"},`+button), body(t, s, ask)); d != "" {
		t.Error(d)
	}
	// Where there is no room for all of them, the links are text.
	ask.Links = []channels.Link{link, link}
	if got := body(t, s, ask); !strings.Contains(got, `"text":"Which?\nShop: https://shop.example.test\nShop: https://shop.example.test"`) || !strings.Contains(got, button) {
		t.Error(got)
	}
	// A text that is longer than a template takes has the options over the keyboard.
	ask.Links, ask.Text = nil, strings.Repeat("x", 641)
	if got := body(t, s, ask); !strings.Contains(got, `"quick_replies":[{"content_type":"text"`) || strings.Contains(got, "template") {
		t.Error(got)
	}
}

func TestCapabilitiesFollowTheSettings(t *testing.T) {
	caps := func(values map[string]string) channels.Capabilities {
		return messenger.Factory().Capabilities(&channels.Config{Values: values})
	}
	if c := caps(nil); c.Buttons.Max != 13 || c.Window != 24*time.Hour {
		t.Errorf("%+v", c)
	}
	if c := caps(map[string]string{"options": "buttons", "human_agent": "true"}); c.Buttons.Max != 3 || c.Window != 7*24*time.Hour {
		t.Errorf("%+v", c)
	}
}

func TestHumanAgentsHaveTheirTag(t *testing.T) {
	got := body(t, with(map[string]string{"human_agent": "true"}), channels.Message{Text: "Hi"})
	if want := `{"message":{"text":"Hi"},"messaging_type":"MESSAGE_TAG","recipient":{"id":"1254477777772919"},"tag":"HUMAN_AGENT"}`; got != want {
		t.Error(got)
	}
}

// receive returns the events of a webhook.
func receive(t *testing.T, s channeltest.Spec, key string, item map[string]any) channels.Event {
	t.Helper()
	b, err := json.Marshal(map[string]any{"object": "page", "entry": []any{map[string]any{"id": page, key: []any{item}}}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := channeltest.New(t, s, "").Receive(t.Context(), s.Request(b))
	if err != nil || len(got.Events) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	return got.Events[0]
}

func item(family string, value any, fromPage bool) map[string]any {
	who, whom := person, page
	if fromPage {
		who, whom = page, person
	}
	return map[string]any{"sender": map[string]any{"id": who}, "recipient": map[string]any{"id": whom}, "timestamp": 1772445599123, family: value}
}

func TestPeopleInTheInboxSilenceTheBotOnlyWhereThatIsWanted(t *testing.T) {
	wrote := item("message", map[string]any{"mid": "m_1", "is_echo": true, "app_id": "263902037430900", "text": "Hi"}, true)
	for setting, want := range map[string]channels.Kind{"take_over": channels.KindTakeOver, "echo": channels.KindEcho} {
		s := with(map[string]string{"inbox": setting})
		if e := receive(t, s, "messaging", wrote); e.Kind != want {
			t.Errorf("%s: %s", setting, e.Kind)
		}
		if e := receive(t, s, "standby", wrote); e.Kind != channels.KindTakeOver {
			t.Errorf("%s in standby: %s", setting, e.Kind)
		}
	}
}

func TestControlNeedsNoAppID(t *testing.T) {
	s := with(map[string]string{"app_id": ""})
	k := map[string]any{"previous_owner_app_id": "1", "new_owner_app_id": "2"}
	if e := receive(t, s, "messaging", item("pass_thread_control", k, false)); e.Kind != channels.KindGiveBack {
		t.Errorf("passed: %s", e.Kind)
	}
	if e := receive(t, s, "messaging", item("take_thread_control", k, false)); e.Kind != channels.KindAssigned || e.Data["team"] != "app 2" {
		t.Errorf("taken: %+v", e)
	}
}

func TestRegisterSubscribesOnlyWhatIsMissing(t *testing.T) {
	all := `"messages","messaging_postbacks","messaging_optins","messaging_referrals","message_deliveries","message_reads","message_echoes",` +
		`"message_reactions","message_edits","messaging_handovers","standby","messaging_account_linking","messaging_policy_enforcement"`
	for body, want := range map[string]string{
		`{"data":[{"id":"` + app + `","subscribed_fields":[` + all + `,"feed"]}]}`: "",
		`{"data":[{"id":"999","subscribed_fields":[` + all + `]}]}`:                strings.ReplaceAll(strings.ReplaceAll(all, `"`, ""), ",", "%2C"),
		`{"data":[]}`: strings.ReplaceAll(strings.ReplaceAll(all, `"`, ""), ",", "%2C"),
		`{"data":[{"id":"` + app + `","subscribed_fields":["feed",` + strings.TrimPrefix(all, `"messages",`) + `]}]}`: "feed%2C" +
			strings.ReplaceAll(strings.ReplaceAll(strings.TrimPrefix(all, `"messages",`), `"`, ""), ",", "%2C") + "%2Cmessages",
	} {
		api := channeltest.NewFakeAPI(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				channeltest.JSON(http.StatusOK, body)(w, r)
				return
			}
			channeltest.JSON(http.StatusOK, `{"success":true}`)(w, r)
		})
		c, ok := channeltest.New(t, with(map[string]string{"register": "true"}), api.URL).(channels.Registrar)
		if !ok {
			t.Fatal("register: true registers nothing")
		}
		changed, err := c.Register(t.Context(), &url.URL{})
		if err != nil || changed != (want != "") {
			t.Errorf("%s: changed %v, %v", body, changed, err)
		}
		sent := api.Sent()
		if last := sent[len(sent)-1]; want != "" && (last.Method != http.MethodPost || last.Path != "/v25.0/"+page+"/subscribed_apps?subscribed_fields="+want) {
			t.Errorf("%s %s", last.Method, last.Path)
		}
	}
	if _, ok := channeltest.New(t, spec(), "").(channels.Registrar); ok {
		t.Error("registers unasked")
	}
}

func TestAbilitiesReportFailures(t *testing.T) {
	api := channeltest.NewFakeAPI(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			channeltest.JSON(http.StatusOK, `{"data":[]}`)(w, r)
			return
		}
		channeltest.JSON(http.StatusForbidden, `{"error":{"code":10}}`)(w, r)
	})
	c := channel(t, spec(), api.URL)
	e := channels.Event{Kind: channels.KindMessage, Account: page, Conversation: person}
	_, posting := c.Subscribe(t.Context(), "messages")
	_, asking := channel(t, spec(), "http://127.0.0.1:1").Subscribe(t.Context(), "messages")
	for name, err := range map[string]error{"seen": c.Acknowledge(t.Context(), &e), "typing": c.Typing(t.Context(), page, person), "subscribe": posting} {
		if channels.KindOf(err) != channels.ErrUnauthorized {
			t.Errorf("%s: %v", name, err)
		}
	}
	if channels.KindOf(asking) != channels.ErrRefused {
		t.Errorf("ask about the subscription: %v", asking)
	}
}
