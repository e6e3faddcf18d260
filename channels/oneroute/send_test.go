package oneroute_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
)

func TestSendRefusesWhatItCannotSend(t *testing.T) {
	c := channel(t, spec(), "http://127.0.0.1:1")
	for name, m := range map[string]channels.Message{
		"no conversation": {Text: "x"},
		"no number":       {Conversation: "3a1c5e7f-9b2d-4f60-8a4c-6e8f0a2b4c6d", Text: "x"},
		"nothing":         {Conversation: customer},
		"media":           {Conversation: customer, Media: &channels.Media{Kind: channels.Image, URL: "https://cdn.example.test/a.jpg"}},
	} {
		_, err := c.Send(t.Context(), &m)
		if channels.KindOf(err) != channels.ErrInvalid {
			t.Errorf("%s: %v", name, err)
		}
		if name == "no number" && !strings.Contains(err.Error(), "customer_number") {
			t.Errorf("does not name the setting: %v", err)
		}
	}
}

func TestSendReadsTheIDOfEachAnswer(t *testing.T) {
	for body, want := range map[string]string{
		answer:         "wamid.SAMPLEOUT0078",
		templateAnswer: "wamid.SAMPLEOUT0079",
		`{"data":{"id":"f1e2","externalId":null},"success":true}`: "f1e2",
		`{"data":{"id":9007199254740993}}`:                        "9007199254740993",
	} {
		api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusCreated, body))
		receipt, err := channel(t, spec(), api.URL).Send(t.Context(), hello())
		if err != nil || receipt.MessageID != want {
			t.Errorf("%s: %+v, %v", body, receipt, err)
		}
	}
}

func TestTemplatesCanStayOutOfTheInbox(t *testing.T) {
	api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, templateAnswer))
	m := hello()
	m.Text, m.Template = "", &channels.Template{Name: "order_update"}
	if _, err := channel(t, with(map[string]string{"save_templates": "false"}), api.URL).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	want := `{"from":"2347000000001","messages":[{"save":false,"template":{"name":"order_update","parameters":[]},"to":"2347000000077"}]}`
	if got := string(api.Sent()[0].Body); got != want {
		t.Error(cmp.Diff(want, got))
	}
}

func TestCheckAsksOnlyWhereItMay(t *testing.T) {
	api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, `{"data":[],"success":true}`), "apiKey")
	line, err := channel(t, spec(), api.URL).Check(t.Context())
	if err != nil || !strings.Contains(line, "check_path") || len(api.Sent()) != 0 {
		t.Errorf("%q, %v, %d requests", line, err, len(api.Sent()))
	}
	s := with(map[string]string{"check_path": "/sample"})
	if _, err := channel(t, s, api.URL).Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := channeltest.Sent{Method: "GET", Path: "/sample", Header: map[string]string{"apiKey": s.Settings["api_key"]}}
	if d := cmp.Diff([]channeltest.Sent{want}, api.Sent()); d != "" {
		t.Error(d)
	}
	closed := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusUnauthorized, s.Settings["api_key"]))
	_, err = channel(t, s, closed.URL).Check(t.Context())
	if channels.KindOf(err) != channels.ErrUnauthorized || strings.Contains(err.Error(), s.Settings["api_key"]) {
		t.Errorf("%v", err)
	}
}

func TestNewNamesTheSettingThatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		setting, value string
		list           []string
		want           string
	}{
		"no number":            {setting: "from", want: "country"},
		"national number":      {setting: "from", value: "0700000001", want: "country"},
		"key with a line":      {setting: "api_key", value: "a\nb", want: "white space"},
		"address with a query": {setting: "api_url", value: "https://api.example.test/?a=1", want: "query"},
		"check path":           {setting: "check_path", value: "channels", want: "slash"},
		"no secret":            {setting: "secret_key", want: "verify: off"},
		"token":                {setting: "webhook_token", value: "a&b", want: "A-Z"},
		"place":                {setting: "customer_number", list: []string{"conversation..phone"}, want: "path"},
		"rule without a kind":  {setting: "events", list: []string{"event=x"}, want: "kind: path=value"},
		"rule of no kind":      {setting: "events", list: []string{"agent_message: event=x"}, want: "none of"},
		"rule without a value": {setting: "events", list: []string{"give_back: event="}, want: "path=value"},
	} {
		t.Run(name, func(t *testing.T) {
			s := with(map[string]string{c.setting: c.value})
			if c.list != nil {
				s.Lists[c.setting] = c.list
			}
			_, err := s.Factory.New(&channels.Config{Name: "x", Values: s.Settings, Lists: s.Lists})
			if err == nil || !strings.Contains(err.Error(), `"`+c.setting+`"`) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
		})
	}
}
