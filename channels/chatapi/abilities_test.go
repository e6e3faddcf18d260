package chatapi_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
)

func TestNewNamesTheSettingThatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		spec    channeltest.Spec
		setting string
		value   string
	}{
		"instance":                  {chatAPI(), "instance", "a/b"},
		"address with a query":      {chatAPI(), "api_url", "https://api.example.test/?a=1"},
		"token of webhooks":         {chatAPI(), "webhook_token", "a&b"},
		"list button":               {oneMSG(), "list_button", "Choose one of all these"},
		"preview in 1MSG":           {oneMSG(), "link_preview", "data:image/png;base64,aa"},
		"preview by address":        {chatAPI(), "link_preview", "https://cdn.example.test/a.png"},
		"namespace in Chat API":     {chatAPI(), "namespace", "a0b1"},
		"reaction in Chat API":      {chatAPI(), "reaction", "👀"},
		"give back without a phone": {chatAPI(), "give_back", "Go on."},
	} {
		s := with(c.spec, map[string]string{c.setting: c.value})
		_, err := s.Factory.New(&channels.Config{Name: "x", Values: s.Settings})
		if err == nil || !strings.Contains(err.Error(), `"`+c.setting+`"`) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// answers makes an API that answers by verb and method, the end of the path.
func answers(t *testing.T, by map[string]string) *channeltest.FakeAPI {
	t.Helper()
	return channeltest.NewFakeAPI(t, func(w http.ResponseWriter, r *http.Request) {
		body, ok := by[r.Method+" "+path.Base(r.URL.Path)]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		channeltest.JSON(http.StatusOK, body)(w, r)
	})
}

// posted returns the bodies of the requests that changed something, by method.
func posted(api *channeltest.FakeAPI) map[string]string {
	out := map[string]string{}
	for _, s := range api.Sent() {
		if s.Method == http.MethodPost {
			method, _, _ := strings.Cut(s.Path[strings.LastIndex(s.Path, "/")+1:], "?")
			out[method] += string(s.Body)
		}
	}
	return out
}

func webhook() *url.URL {
	return &url.URL{Scheme: "https", Host: "bot.example.test", Path: "/webhooks/main"}
}

const address = "https://bot.example.test/webhooks/main?token=marked-token-of-webhooks"

func TestRegisterSetsTheSettingsOnlyWhenTheyDiffer(t *testing.T) {
	const on = `"ackNotificationsOn":true,"chatUpdateOn":true,"statusNotificationsOn":true,"guaranteedHooks":true`
	set := map[string]string{"settings": `{` + `"ackNotificationsOn":true,"chatUpdateOn":true,"guaranteedHooks":true,` +
		`"statusNotificationsOn":true,"webhookUrl":"` + address + `"}`}
	for name, c := range map[string]struct {
		now  string
		want map[string]string
	}{
		"the same":            {`{"webhookUrl":"` + address + `",` + on + `,"sendDelay":0}`, map[string]string{}},
		"as numbers":          {`{"webhookUrl":"` + address + `",` + strings.ReplaceAll(on, "true", "1") + `}`, map[string]string{}},
		"none":                {`{"webhookUrl":null}`, set},
		"another token":       {`{"webhookUrl":"https://bot.example.test/webhooks/main?token=old",` + on + `}`, set},
		"not guaranteed":      {`{"webhookUrl":"` + address + `",` + strings.Replace(on, `"guaranteedHooks":true`, `"guaranteedHooks":null`, 1) + `}`, set},
		"statuses turned off": {`{"webhookUrl":"` + address + `",` + strings.Replace(on, `On":true`, `On":false`, 1) + `}`, set},
	} {
		t.Run(name, func(t *testing.T) {
			api := answers(t, map[string]string{"GET settings": c.now, "POST settings": `{"update":{}}`})
			changed, err := channel(t, chatAPI(), api.URL).Register(t.Context(), webhook())
			if err != nil || changed != (len(c.want) > 0) {
				t.Fatalf("changed %v, %v", changed, err)
			}
			if d := cmp.Diff(c.want, posted(api)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestRegisterKeepsTheOtherWebhooksOf1MSG(t *testing.T) {
	const other, old = "https://crm.example.test/hook", "https://bot.example.test/webhooks/main?token=old"
	for name, c := range map[string]struct {
		now, acks string
		want      map[string]string
	}{
		"the same":         {`"` + address + `"`, "true", map[string]string{}},
		"with a slash":     {`["` + other + `","` + address + `/"]`, "true", map[string]string{}},
		"none":             {`null`, "true", map[string]string{"webhook": `{"webhookUrl":"` + address + `"}`}},
		"empty":            {`""`, "true", map[string]string{"webhook": `{"webhookUrl":"` + address + `"}`}},
		"another":          {`"` + other + `"`, "true", map[string]string{"webhook": `{"webhookUrl":["` + other + `","` + address + `"]}`}},
		"with commas":      {`"` + other + `, https://b.example.test"`, "true", map[string]string{"webhook": `{"webhookUrl":["` + other + `","https://b.example.test","` + address + `"]}`}},
		"an older token":   {`["` + old + `","` + other + `"]`, "true", map[string]string{"webhook": `{"webhookUrl":["` + other + `","` + address + `"]}`}},
		"without statuses": {`"` + address + `"`, "false", map[string]string{"settings": `{"ackNotificationsOn":true}`}},
	} {
		t.Run(name, func(t *testing.T) {
			api := answers(t, map[string]string{
				"GET settings": `{"ackNotificationsOn":` + c.acks + `,"webhookUrl":` + c.now + `}`, "GET webhook": `{"webhookUrl":` + c.now + `}`,
				"POST webhook": `{"set":true}`, "POST settings": `{}`,
			})
			changed, err := channel(t, oneMSG(), api.URL).Register(t.Context(), webhook())
			if err != nil || changed != (len(c.want) > 0) {
				t.Fatalf("changed %v, %v", changed, err)
			}
			if d := cmp.Diff(c.want, posted(api)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestRegisterPushesNobodyOut(t *testing.T) {
	full, err := json.Marshal(map[string]any{"webhookUrl": []string{"https://a", "https://b", "https://c", "https://d", "https://e"}})
	if err != nil {
		t.Fatal(err)
	}
	api := answers(t, map[string]string{"GET settings": `{"ackNotificationsOn":true}`, "GET webhook": string(full), "POST webhook": `{}`})
	changed, err := channel(t, oneMSG(), api.URL).Register(t.Context(), webhook())
	if channels.KindOf(err) != channels.ErrInvalid || changed || len(posted(api)) != 0 {
		t.Errorf("changed %v, %v, %v", changed, err, posted(api))
	}
}

func TestCheckWantsAWorkingInstance(t *testing.T) {
	for name, c := range map[string]struct {
		spec       channeltest.Spec
		now, want  string
		code, path string
	}{
		"Chat API":       {chatAPI(), `{"accountStatus":"authenticated","qrCode":null}`, "instance 100017 is authenticated", "", "/instance100017/status?no_wakeup=true&token=marked%2Ftoken-of-the-api"},
		"asleep":         {chatAPI(), `{"accountStatus":"init"}`, "instance 100017 is init", "", ""},
		"not linked":     {chatAPI(), `{"accountStatus":"got qr code","qrCode":"data:"}`, "", "got qr code", ""},
		"who knows":      {chatAPI(), `{"accountStatus":"dreaming of marked/token-of-the-api"}`, "", "unknown", ""},
		"nothing":        {chatAPI(), `{}`, "", "unknown", ""},
		"1MSG":           {oneMSG(), `{"status":"connected"}`, "instance VID100017 is connected", "", "/VID100017/status?token=marked%2Ftoken-of-the-api"},
		"1MSG unplugged": {oneMSG(), `{"status":"disconnected"}`, "", "disconnected", ""},
	} {
		t.Run(name, func(t *testing.T) {
			api := answers(t, map[string]string{"GET status": c.now})
			got, err := channel(t, c.spec, api.URL).Check(t.Context())
			if got != c.want || (err == nil) != (c.code == "") {
				t.Fatalf("%q, %v", got, err)
			}
			if err != nil && (channels.KindOf(err) != channels.ErrUnauthorized || !strings.Contains(err.Error(), "("+c.code+")")) {
				t.Errorf("%v", err)
			}
			if sent := api.Sent(); c.path != "" && sent[0].Path != c.path {
				t.Errorf("asked %s", sent[0].Path)
			}
		})
	}
}

func TestAcknowledgeDoesWhatTheSettingsWant(t *testing.T) {
	e := channels.Event{Kind: channels.KindMessage, ID: "m1", Conversation: conversation}
	both := map[string]string{"mark_read": "true", "reaction": "👀"}
	for name, c := range map[string]struct {
		spec channeltest.Spec
		kind channels.Kind
		want map[string]string
	}{
		"nothing":  {oneMSG(), channels.KindMessage, map[string]string{}},
		"Chat API": {with(chatAPI(), map[string]string{"mark_read": "true"}), channels.KindMessage, map[string]string{"readChat": `{"chatId":"15550100017@c.us"}`}},
		"1MSG": {with(oneMSG(), both), channels.KindChoice, map[string]string{
			"readMessage":  `{"messageId":"m1","typingIndicator":true}`,
			"sendReaction": `{"body":"👀","chatId":"15550100017@c.us","quotedMsgId":"m1"}`,
		}},
		"not a status":   {with(oneMSG(), both), channels.KindStatus, map[string]string{}},
		"not an echo":    {with(oneMSG(), both), channels.KindEcho, map[string]string{}},
		"not a reaction": {with(oneMSG(), both), channels.KindReaction, map[string]string{}},
	} {
		t.Run(name, func(t *testing.T) {
			api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, `{"result":"success"}`))
			e := e
			e.Kind = c.kind
			if err := channel(t, c.spec, api.URL).Acknowledge(t.Context(), &e); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, posted(api)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestTypingIsForChatAPI(t *testing.T) {
	api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, `{}`))
	if err := channel(t, chatAPI(), api.URL).Typing(t.Context(), "100017", conversation); err != nil {
		t.Fatal(err)
	}
	if err := channel(t, oneMSG(), api.URL).Typing(t.Context(), "VID100017", conversation); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]string{"typing": `{"chatId":"15550100017@c.us"}`}, posted(api)); d != "" {
		t.Error(d)
	}
}

func TestOpenMediaFollowsTheAddress(t *testing.T) {
	files := channeltest.NewFakeAPI(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		_, _ = io.WriteString(w, "picture")
	})
	api := answers(t, map[string]string{"GET retrieveMedia": `{"url":"` + files.URL + `/x","mime_type":"image/jpeg","id":"9"}`})
	body, mime, err := channel(t, oneMSG(), api.URL).OpenMedia(t.Context(), "9&token=x")
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if b, err := io.ReadAll(body); err != nil || string(b) != "picture" || mime != "image/jpeg" {
		t.Errorf("%q, %s, %v", b, mime, err)
	}
	if got := api.Sent()[0].Path; got != "/VID100017/retrieveMedia?mediaId=9%26token%3Dx&token=marked%2Ftoken-of-the-api" {
		t.Errorf("asked %s", got)
	}
	for name, answer := range map[string]string{"no address": `{}`, "a file": `{"url":"file:///etc/passwd"}`} {
		api := answers(t, map[string]string{"GET retrieveMedia": answer})
		if _, _, err := channel(t, oneMSG(), api.URL).OpenMedia(t.Context(), "9"); channels.KindOf(err) != channels.ErrInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	gone := answers(t, map[string]string{})
	api = answers(t, map[string]string{"GET retrieveMedia": `{"url":"` + gone.URL + `/x"}`})
	if _, _, err := channel(t, oneMSG(), api.URL).OpenMedia(t.Context(), "9"); channels.KindOf(err) != channels.ErrInvalid {
		t.Errorf("gone: %v", err)
	}
	if _, _, err := channel(t, chatAPI(), api.URL).OpenMedia(t.Context(), "9"); channels.KindOf(err) != channels.ErrInvalid {
		t.Errorf("Chat API: %v", err)
	}
}

func TestSendRefusesWhatItCannotSend(t *testing.T) {
	long := strings.Repeat("x", 1000)
	for name, c := range map[string]struct {
		spec channeltest.Spec
		m    channels.Message
	}{
		"no conversation":       {chatAPI(), channels.Message{Text: "x"}},
		"nothing":               {chatAPI(), channels.Message{Conversation: conversation}},
		"a contact of nothing":  {chatAPI(), channels.Message{Conversation: conversation, Contact: &channels.Contact{Name: "x"}}},
		"a template":            {chatAPI(), channels.Message{Conversation: conversation, Template: &channels.Template{Name: "t"}}},
		"without the namespace": {with(oneMSG(), map[string]string{"namespace": ""}), channels.Message{Conversation: conversation, Template: &channels.Template{Name: "t"}}},
		"too much in a text": {oneMSG(), channels.Message{
			Conversation: conversation, Text: long, Links: []channels.Link{{URL: strings.Repeat("https://shop.example.test/", 130)}},
		}},
		"too much under media": {oneMSG(), channels.Message{
			Conversation: conversation, Text: long, Media: &channels.Media{Kind: channels.Image, URL: "https://cdn.example.test/a.jpg"},
			Links: []channels.Link{{Label: "Shop", URL: "https://shop.example.test/" + long}},
		}},
	} {
		if _, err := channel(t, c.spec, "http://127.0.0.1:1").Send(t.Context(), &c.m); channels.KindOf(err) != channels.ErrInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSendTakesAJobForAnAnswer says that a message that 1MSG keeps in a queue is
// not sent again, though it has no id.
func TestSendTakesAJobForAnAnswer(t *testing.T) {
	for body, want := range map[string]string{
		`{"sent":false,"jobId":"17","message":"queued"}`: "",
		`{"sent":false,"jobId":17}`:                      "",
		`{"sent":true}`:                                  "",
		`{"sent":"true","id":9007199254740993}`:          "9007199254740993",
	} {
		api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, body))
		receipt, err := channel(t, oneMSG(), api.URL).Send(t.Context(), &channels.Message{Conversation: conversation, Text: "Hello"})
		if err != nil || receipt.MessageID != want {
			t.Errorf("%s: %+v, %v", body, receipt, err)
		}
	}
}
