package discord_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/discord"
)

func TestNewRefusesSettingsThatCannotWork(t *testing.T) {
	for name, change := range map[string]map[string]string{
		"public_key is missing":     {"public_key": ""},
		"public_key is short":       {"public_key": "abcd"},
		"public_key is no number":   {"public_key": strings.Repeat("x", 64)},
		"command has a space":       {"command": "to chat"},
		"command has capitals":      {"command": "Chat"},
		"command_description":       {"command_description": strings.Repeat("x", 101)},
		"write_button":              {"write_button": strings.Repeat("x", 46)},
		"public_key with verify":    {"public_key": "abcd", "verify": "off"},
		"command_description empty": {"command_description": ""},
	} {
		values := map[string]string{"token": "marked", "public_key": publicKey(), "command": "chat", "command_description": "Write"}
		for k, v := range change {
			values[k] = v
		}
		setting, _, _ := strings.Cut(name, " ")
		_, err := discord.Factory().New(&channels.Config{Name: "x", Values: values})
		if err == nil || !strings.Contains(err.Error(), setting) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheSignatureCoversTheTime(t *testing.T) {
	c := channel(t, "", nil)
	for name, change := range map[string]func(h http.Header){
		"another time":   func(h http.Header) { h.Set("X-Signature-Timestamp", "1772445601") },
		"no time":        func(h http.Header) { h.Del("X-Signature-Timestamp") },
		"no hexadecimal": func(h http.Header) { h.Set("X-Signature-Ed25519", strings.Repeat("z", 128)) },
		"too long":       func(h http.Header) { h.Set("X-Signature-Ed25519", h.Get("X-Signature-Ed25519")+"00") },
	} {
		r := spec().Request([]byte(`{"type":1}`))
		change(r.Header)
		if _, err := c.Receive(t.Context(), r); err == nil {
			t.Errorf("%s passes", name)
		}
	}
}

func TestAnInteractionCannotBeRepeatedLater(t *testing.T) {
	c := channel(t, "", nil)
	body := interactionBody
	for age, ok := range map[time.Duration]bool{0: true, 14 * time.Minute: true, 16 * time.Minute: false, -time.Hour: true} {
		r := spec().Request([]byte(body))
		r.Now = r.Now.Add(age)
		sign(r, publicKey())
		if _, err := c.Receive(t.Context(), r); (err == nil) != ok {
			t.Errorf("after %v: %v", age, err)
		}
	}
}

// interactionBody is of the suite's now.
const interactionBody = `{"type":2,"id":"1477968710860800000","token":"t","application_id":"1","channel_id":"2","user":{"id":"3"},"data":{"name":"x"}}`

func TestTheButtonToWriteOpensAForm(t *testing.T) {
	api := channeltest.NewFakeAPI(t, sent())
	c := channel(t, api.URL, map[string]string{"write_button": "Answer"})
	got := interact(t, c, 3, 1, `{"component_type":2,"custom_id":"parley:write"}`)
	const form = `{"data":{"components":[{"component":{"custom_id":"text","max_length":4000,"style":2,"type":4},"label":"Answer","type":18}],` +
		`"custom_id":"parley:write","title":"Answer"},"type":9}`
	if len(got.Events) != 0 || string(got.Answer.Body) != form {
		t.Errorf("%d events, %s", len(got.Events), got.Answer.Body)
	}
	caps := discord.Factory().Capabilities(&channels.Config{Values: map[string]string{"write_button": "Answer"}})
	if caps.Buttons.Max != 20 {
		t.Errorf("%d buttons", caps.Buttons.Max)
	}
	options := make([]channels.Option, 20)
	for i := range options {
		options[i] = channels.Option{Label: "x"}
	}
	m := channels.Message{
		Conversation: "1", Text: "Which?", Form: channels.FormButtons, Options: options,
		Links: []channels.Link{{Label: "1", URL: "https://a.example.test"}, {URL: "https://b.example.test"}, {URL: "https://c.example.test"},
			{URL: "https://d.example.test"}, {Label: "Fifth", URL: "https://e.example.test"}},
	}
	if _, err := c.Send(t.Context(), &m); err != nil {
		t.Fatal(err)
	}
	body := string(api.Sent()[0].Body)
	if strings.Count(body, `"type":1`) != 5 || strings.Count(body, `"type":2`) != 25 || !strings.Contains(body, `"content":"Which?\nFifth: https://e.example.test"`) {
		t.Error(body)
	}
}

func TestConversationOfAChannelIsThatOfAllInIt(t *testing.T) {
	c := channel(t, "", map[string]string{"conversation": "channel"})
	if got := interact(t, c, 2, 1, command).Events[0].Conversation; got != "645027906669510667" {
		t.Error(got)
	}
}

func TestSendRefusesWhatItCannotAddress(t *testing.T) {
	c := channel(t, "http://127.0.0.1:1", nil)
	for _, m := range []channels.Message{
		{Conversation: "", Text: "x"}, {Conversation: "general", Text: "x"}, {Conversation: "1:x", Text: "x"},
		{Conversation: "1:", Text: "x"}, {Conversation: "-1", Text: "x"}, {Conversation: "1"},
		{Conversation: "1", Media: &channels.Media{Kind: channels.Video, URL: "https://cdn.example.test/a.mp4"}},
		{Conversation: "1", Template: &channels.Template{Name: "x"}},
	} {
		if _, err := c.Send(t.Context(), &m); channels.KindOf(err) != channels.ErrInvalid {
			t.Errorf("%+v: %v", m, err)
		}
	}
}

func TestTypingCallsItsMethod(t *testing.T) {
	api := channeltest.NewFakeAPI(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	c := channel(t, api.URL, nil)
	if err := c.Typing(t.Context(), "1", "645027906669510667:9"); err != nil {
		t.Error(err)
	}
	if err := c.Typing(t.Context(), "1", "general"); channels.KindOf(err) != channels.ErrInvalid {
		t.Error(err)
	}
	same(t, api, "POST /channels/645027906669510667/typing")
}

// answers makes an API that answers by method and path.
func answers(t *testing.T, by map[string]string) *channeltest.FakeAPI {
	t.Helper()
	return channeltest.NewFakeAPI(t, func(w http.ResponseWriter, r *http.Request) {
		if body, ok := by[r.Method+" "+r.URL.Path]; ok {
			channeltest.JSON(http.StatusOK, body)(w, r)
			return
		}
		channeltest.JSON(http.StatusNotFound, `{"message":"404: Not Found","code":0}`)(w, r)
	})
}

func app(endpoint string) string {
	return `{"id":"775799577604522054","name":"Acme","verify_key":"` + publicKey() + `","interactions_endpoint_url":` + endpoint + `}`
}

func TestRegisterChangesOnlyWhatDiffers(t *testing.T) {
	webhook := &url.URL{Scheme: "https", Host: "bot.example.test", Path: "/webhooks/main"}
	const there, chat = `"https://bot.example.test/webhooks/main"`, `[{"name":"help","type":1},{"name":"chat","type":1}]`
	const ask, commands = "GET /applications/@me", "GET /applications/775799577604522054/commands"
	const set, add = "PATCH /applications/@me", "POST /applications/775799577604522054/commands"
	for name, x := range map[string]struct {
		endpoint, commands string
		want               []string
	}{
		"the same":            {there, chat, []string{ask, commands}},
		"no address":          {`null`, chat, []string{ask, set, commands}},
		"another address":     {`"https://old.example.test/"`, chat, []string{ask, set, commands}},
		"no command":          {there, `[]`, []string{ask, commands, add}},
		"a command on people": {there, `[{"name":"chat","type":2}]`, []string{ask, commands, add}},
	} {
		t.Run(name, func(t *testing.T) {
			api := answers(t, map[string]string{ask: app(x.endpoint), commands: x.commands, set: app(there), add: `{"id":"1"}`})
			changed, err := channel(t, api.URL, nil).Register(t.Context(), webhook)
			if err != nil || changed != (len(x.want) > 2) {
				t.Errorf("changed %v, %v", changed, err)
			}
			same(t, api, x.want...)
			for _, s := range api.Sent() {
				bodies := map[string]string{
					"PATCH": `{"interactions_endpoint_url":"https://bot.example.test/webhooks/main"}`,
					"POST": `{"description":"Write to the bot","name":"chat","options":[{"description":"Write to the bot","max_length":6000,` +
						`"name":"message","required":true,"type":3}],"type":1}`,
				}
				if d := cmp.Diff(bodies[s.Method], string(s.Body)); d != "" {
					t.Error(d)
				}
			}
		})
	}
}

func TestCheckSaysWhichApplicationItIs(t *testing.T) {
	for name, x := range map[string]struct {
		answer, want string
		kind         channels.ErrorKind
	}{
		"this one":    {app("null"), `"Acme" (775799577604522054)`, ""},
		"another key": {`{"id":"1","name":"Other","verify_key":"00"}`, "", channels.ErrUnauthorized},
		"none":        {`{}`, "", channels.ErrUnknown},
	} {
		api := answers(t, map[string]string{"GET /applications/@me": x.answer})
		got, err := channel(t, api.URL, nil).Check(t.Context())
		if got != x.want || (err != nil) != (x.kind != "") || err != nil && channels.KindOf(err) != x.kind {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
