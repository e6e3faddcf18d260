package chatapi_test

import (
	"flag"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/chatapi"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	conversation = "15550100017@c.us"
	sentID       = "true_15550100017@c.us_3EB0A1B2C3D4E5F60718"
	sentAnswer   = `{"sent":true,"id":"` + sentID + `","message":"queued"}`
)

// chatAPI describes the dialect of Chat API; its secrets are unlike anything else.
// The suite proves a webhook by a header; the token in the address has tests of
// its own.
func chatAPI() channeltest.Spec {
	return channeltest.Spec{
		Factory: chatapi.Factory(),
		Settings: map[string]string{
			"instance": "100017", "token": "marked/token-of-the-api", "webhook_token": "marked-token-of-webhooks",
			"link_preview": "data:image/png;base64,iVBORw0KGgo=",
		},
		Account: "100017", Conversation: conversation,
		Inbound: &channeltest.Inbound{
			Setting: "webhook_token", Header: "Authorization",
			Sign: func(r *channels.Request, secret string) { r.Header.Set("Authorization", "Bearer "+secret) },
		},
		API: &channeltest.API{
			Answer: sentAnswer, MessageID: sentID, Headers: []string{"Content-Type"}, Failures: failures(),
		},
		Update: *update,
	}
}

// oneMSG describes the dialect of 1MSG, whose data lie below testdata/1msg.
func oneMSG() channeltest.Spec {
	s := with(chatAPI(), map[string]string{
		"dialect": "1msg", "instance": "VID100017", "namespace": "a0b1c2d3_e4f5_6789_abcd_ef0123456789", "link_preview": "",
	})
	s.Account = "VID100017"
	return s
}

// with returns a spec with other settings; "" takes one away.
func with(s channeltest.Spec, changes map[string]string) channeltest.Spec {
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

func failures() []channeltest.Failure {
	refused := func(name, message string, kind channels.ErrorKind, code string) channeltest.Failure {
		return channeltest.Failure{Name: name, Status: 200, Body: `{"sent":false,"message":"` + message + `"}`, Kind: kind, Code: code}
	}
	const wrongToken = `{"error":"Wrong token \"marked/token-of-the-api\" for channel \"123\". Please provide token as a GET parameter."}`
	return []channeltest.Failure{
		{Name: "bad request", Status: 400, Body: `{"error":"body is required"}`, Kind: channels.ErrInvalid, Code: "400"},
		{Name: "window by status", Status: 400, Body: `{"error":{"message":"Dialog window is closed"}}`, Kind: channels.ErrWindowClosed, Code: "dialog window is closed"},
		{Name: "wrong token", Status: 401, Body: wrongToken, Kind: channels.ErrUnauthorized, Code: "wrong token"},
		{Name: "unauthorized", Status: 401, Kind: channels.ErrUnauthorized, Code: "401"},
		{Name: "subscription", Status: 403, Body: "Subscription is blocked", Kind: channels.ErrUnauthorized, Code: "subscription"},
		{Name: "wrong address", Status: 404, Body: "<html></html>", Kind: channels.ErrUnauthorized, Code: "404"},
		{Name: "no such template", Status: 404, Body: `{"error":"template is not defined"}`, Kind: channels.ErrInvalid, Code: "template is not defined"},
		{Name: "too many", Status: 429, Header: map[string]string{"Retry-After": "3"}, Kind: channels.ErrRateLimited, Code: "429", RetryAfter: 3 * time.Second},
		{Name: "internal", Status: 500, Body: `{"error":"invalid token"}`, Kind: channels.ErrUnavailable, Code: "500"},
		{Name: "gateway", Status: 502, Body: "<html></html>", Kind: channels.ErrUnavailable, Code: "502"},
		refused("not sent", "quotes Hello", channels.ErrInvalid, "not sent"),
		refused("window", "Dialog window is closed", channels.ErrWindowClosed, "dialog window is closed"),
		refused("window by number", "(#131047) Message failed", channels.ErrWindowClosed, "131047"),
		refused("a longer number", "Sent to 15551310470017@c.us", channels.ErrInvalid, "not sent"),
		refused("rate", "Too many requests", channels.ErrRateLimited, "too many request"),
		refused("person", "This username is not found", channels.ErrBlocked, "username is not found"),
		refused("experiment", "User's number is part of an experiment", channels.ErrBlocked, "part of an experiment"),
		refused("not paid", "Instance is not paid", channels.ErrUnauthorized, "not paid"),
		{Name: "number in an object", Status: 200, Body: `{"sent":false,"error":{"code":131056,"message":"pair"}}`, Kind: channels.ErrRateLimited, Code: "131056"},
		{Name: "sent as a text", Status: 200, Body: `{"sent":"false","message":"no"}`, Kind: channels.ErrInvalid, Code: "not sent"},
	}
}

func TestSuite(t *testing.T) { channeltest.Run(t, chatAPI()) }

func TestSuiteWith1MSG(t *testing.T) {
	t.Chdir(filepath.Join("testdata", "1msg"))
	channeltest.Run(t, oneMSG())
}

func FuzzParseChatAPIWebhook(f *testing.F) {
	paths, err := filepath.Glob(filepath.Join("testdata", "1msg", "testdata", "inbound", "*.json"))
	if err != nil || len(paths) == 0 {
		f.Fatalf("no payloads of 1MSG: %v", err)
	}
	for _, p := range paths {
		body, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(strings.ReplaceAll(string(body), "VID100017", "100017")))
	}
	channeltest.FuzzReceive(f, chatAPI())
}

func channel(t *testing.T, s channeltest.Spec, apiURL string) *chatapi.Channel {
	t.Helper()
	c, ok := channeltest.New(t, s, apiURL).(*chatapi.Channel)
	if !ok {
		t.Fatal("not a chatapi channel")
	}
	return c
}

func TestReceiveTakesTheTokenInTheAddress(t *testing.T) {
	s := chatAPI()
	c := channel(t, s, "")
	token := s.Settings["webhook_token"]
	for query, ok := range map[string]bool{
		"token=" + token:               true,
		"a=1&token=" + token:           true,
		"":                             false,
		"token=":                       false,
		"token=wrong":                  false,
		"token=" + token[:5]:           false,
		"token=" + token + "x":         false,
		"token=wrong&token=" + token:   false,
		"token=" + s.Settings["token"]: false,
	} {
		r := s.Request([]byte(`{}`))
		r.Header.Set("Authorization", "Basic c2FtcGxl")
		r.URL.RawQuery = query
		_, err := c.Receive(t.Context(), r)
		if (err == nil) != ok {
			t.Errorf("%q: %v", query, err)
		}
		if e, is := err.(*channels.RequestError); err != nil && (!is || e.Status != http.StatusUnauthorized) {
			t.Errorf("%q: %v", query, err)
		}
	}
}

// receive returns the one event that a body becomes.
func receive(t *testing.T, s channeltest.Spec, body string) channels.Event {
	t.Helper()
	got, err := channel(t, s, "").Receive(t.Context(), s.Request([]byte(body)))
	if err != nil || len(got.Events) != 1 {
		t.Fatalf("%s: %+v, %v", body, got, err)
	}
	return got.Events[0]
}

func TestPersonOnThePhoneTakesTheConversation(t *testing.T) {
	s := with(chatAPI(), map[string]string{"phone": "take_over", "give_back": "The bot goes on."})
	for _, c := range []struct {
		name, item string
		want       channels.Kind
	}{
		{"on the phone", `"fromMe":true,"self":0,"type":"chat","body":"I help you"`, channels.KindTakeOver},
		{"a picture", `"fromMe":true,"self":0,"type":"image","body":"https://files.example.test/x.jpg"`, channels.KindTakeOver},
		{"given back", `"fromMe":true,"self":0,"type":"chat","body":" The bot goes on.\n"`, channels.KindGiveBack},
		{"through the API", `"fromMe":true,"self":1,"type":"chat","body":"Hello"`, channels.KindEcho},
		{"the words through the API", `"fromMe":true,"self":1,"type":"chat","body":"The bot goes on."`, channels.KindEcho},
		{"from who knows where", `"fromMe":true,"type":"chat","body":"Hello"`, channels.KindEcho},
		{"a reaction", `"fromMe":true,"self":0,"type":"reaction","body":"👍"`, channels.KindEcho},
		{"a call", `"fromMe":true,"self":0,"type":"call_log","body":"[Call]"`, channels.KindEcho},
		{"the words of the person", `"fromMe":false,"self":0,"type":"chat","body":"The bot goes on."`, channels.KindMessage},
	} {
		e := receive(t, s, `{"messages":[{"id":"m1","chatId":"15550100017@c.us",`+c.item+`}],"instanceId":"100017"}`)
		if e.Kind != c.want || e.Conversation != conversation {
			t.Errorf("%s: %s in %s", c.name, e.Kind, e.Conversation)
		}
	}
	app := `{"entry":[{"changes":[{"field":"smb_message_echoes","value":{"message_echoes":[` +
		`{"to":"15550100017","id":"m1","type":"text","text":{"body":"I help you"}}]}}]}]}`
	if e := receive(t, with(oneMSG(), map[string]string{"phone": "take_over"}), app); e.Kind != channels.KindTakeOver || e.Conversation != conversation {
		t.Errorf("in the app: %s in %s", e.Kind, e.Conversation)
	}
}

func TestGroupsAreAnsweredOnlyWhereWanted(t *testing.T) {
	const body = `{"messages":[{"id":"m1","chatId":"15550100017-1479621234@g.us","author":"15550100018@c.us","type":"chat","body":"Hi"}]}`
	if e := receive(t, chatAPI(), body); e.Kind != channels.KindUnknown || e.Text != "" || len(e.Raw) == 0 {
		t.Errorf("%+v", e)
	}
	e := receive(t, with(chatAPI(), map[string]string{"groups": "true"}), body)
	if e.Kind != channels.KindMessage || e.Sender.Phone != "+15550100018" || e.Conversation != "15550100017-1479621234@g.us" {
		t.Errorf("%+v", e)
	}
	stories := strings.Replace(body, "15550100017-1479621234@g.us", "status@broadcast", 1)
	if e := receive(t, with(chatAPI(), map[string]string{"groups": "true"}), stories); e.Kind != channels.KindUnknown {
		t.Errorf("%+v", e)
	}
}

// TestWhatHappensAgainIsNoCopy says that a status that comes back is another event,
// though nothing in its payload tells it from the first.
func TestWhatHappensAgainIsNoCopy(t *testing.T) {
	s := chatAPI()
	c := channel(t, s, "")
	for _, body := range []string{
		`{"instanceId":"100017","status":"authenticated"}`, `{"chatUpdate":[{"old":{"id":"1@c.us"},"new":{"id":"1@c.us","name":"Dana"}}]}`,
	} {
		ids := map[string]bool{}
		for _, wait := range []time.Duration{0, time.Second, time.Hour} {
			r := s.Request([]byte(body))
			r.Now = r.Now.Add(wait)
			got, err := c.Receive(t.Context(), r)
			if err != nil || got.Events[0].Kind != channels.KindChannel {
				t.Fatalf("%+v, %v", got, err)
			}
			ids[got.Events[0].DedupeID] = true
		}
		if len(ids) != 2 {
			t.Errorf("%s: %v", body, ids)
		}
	}
}

// TestBothFormatsAreOneMessage says that a message that comes in 1MSG's format and
// in Meta's is taken once.
func TestBothFormatsAreOneMessage(t *testing.T) {
	s := oneMSG()
	own := receive(t, s, `{"messages":[{"id":"wamid.A","chatId":"15550100017@c.us","type":"chat","body":"Hi"}],"instanceId":"VID100017"}`)
	raw := receive(t, s, `{"entry":[{"changes":[{"value":{"messages":[{"from":"15550100017","id":"wamid.A","type":"text","text":{"body":"Hi"}}]}}]}]}`)
	if own.DedupeID != raw.DedupeID || own.Conversation != raw.Conversation || own.Text != raw.Text || own.Kind != raw.Kind {
		t.Errorf("%+v\n%+v", own, raw)
	}
	own = receive(t, s, `{"ack":[{"id":"wamid.B","chatId":"15550100017@c.us","status":"viewed"}]}`)
	raw = receive(t, s, `{"entry":[{"changes":[{"value":{"statuses":[{"id":"wamid.B","recipient_id":"15550100017","status":"read"}]}}]}]}`)
	if own.DedupeID != raw.DedupeID || own.Conversation != raw.Conversation {
		t.Errorf("%+v\n%+v", own, raw)
	}
}
