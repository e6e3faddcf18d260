package line_test

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/line"
)

func TestNewRefusesSettingsThatCannotWork(t *testing.T) {
	for name, value := range map[string]string{
		"access_token": "has a space", "audio_seconds": "0", "video_preview": "http://cdn.example.test/play.png", "channel_secret": "",
	} {
		values := map[string]string{"access_token": "t", "channel_secret": "s", name: value}
		_, err := line.Factory().New(&channels.Config{Name: "x", Values: values})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestARepeatedMessageCountsAsSent(t *testing.T) {
	for name, c := range map[string]struct{ header, body, id string }{
		"as documented": {"83dd7b9a-0f5d-4e1e-8f7c-5e2f1d3c4b5a", `{"message":"The retry key is already accepted",` + sent[1:], "461230966842064897"},
		"header only":   {"83dd7b9a-0f5d-4e1e-8f7c-5e2f1d3c4b5a", `{"message":"The retry key is already accepted"}`, ""},
		"message only":  {"", sent, "461230966842064897"},
	} {
		t.Run(name, func(t *testing.T) {
			api := channeltest.NewFakeAPI(t, func(w http.ResponseWriter, r *http.Request) {
				if c.header != "" {
					w.Header().Set("X-Line-Accepted-Request-Id", c.header)
				}
				channeltest.JSON(http.StatusConflict, c.body)(w, r)
			})
			receipt, err := channel(t, api.URL, nil).Send(t.Context(), &channels.Message{Conversation: person, Ref: ref, Text: "x"})
			if err != nil || receipt.MessageID != c.id {
				t.Errorf("%+v, %v", receipt, err)
			}
		})
	}
}

func TestTheRetryKeyIsTheSameInEveryAttemptAndAnotherForAnotherMessage(t *testing.T) {
	api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, sent), "X-Line-Retry-Key")
	c := channel(t, api.URL, nil)
	for _, r := range []string{ref, ref, "ff112233445566778899aabbccddeeff", "", "not a reference"} {
		if _, err := c.Send(t.Context(), &channels.Message{Conversation: person, Ref: r, Text: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	var keys []string
	for _, s := range api.Sent() {
		keys = append(keys, s.Header["X-Line-Retry-Key"])
	}
	const first = "00112233-4455-4677-8899-aabbccddeeff"
	if d := cmp.Diff([]string{first, first, "ff112233-4455-4677-8899-aabbccddeeff", "", ""}, keys); d != "" {
		t.Error(d)
	}
}

func TestSendRefusesWhatLINECannotTake(t *testing.T) {
	c := channel(t, "http://127.0.0.1:1", map[string]string{"video_preview": "", "audio_seconds": ""})
	for _, m := range []channels.Message{
		{Text: "x"}, {Conversation: person}, {Conversation: person, Template: &channels.Template{Name: "x"}},
		{Conversation: person, Media: &channels.Media{Kind: channels.Image, URL: "http://cdn.example.test/x.png"}},
		{Conversation: person, Media: &channels.Media{Kind: channels.Image, ID: "1"}},
		{Conversation: person, Media: &channels.Media{Kind: channels.Video, URL: "https://cdn.example.test/x.mp4"}},
		{Conversation: person, Media: &channels.Media{Kind: channels.Audio, URL: "https://cdn.example.test/x.m4a"}},
		{Conversation: person, Media: &channels.Media{Kind: channels.File, URL: "https://cdn.example.test/x.pdf"}},
	} {
		if _, err := c.Send(t.Context(), &m); channels.KindOf(err) != channels.ErrInvalid {
			t.Errorf("%+v: %v", m, err)
		}
	}
}

// bodies renders a reply with other settings, sends it, and returns the requests.
func bodies(t *testing.T, changes map[string]string, r channels.Reply) []string {
	t.Helper()
	api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, sent))
	s := with(changes)
	caps := s.Factory.Capabilities(&channels.Config{Values: s.Settings})
	c := channel(t, api.URL, changes)
	for _, m := range channels.Render(caps, r) {
		m.Conversation = person
		if _, err := c.Send(t.Context(), &m); err != nil {
			t.Fatal(err)
		}
	}
	var out []string
	for _, s := range api.Sent() {
		out = append(out, string(s.Body))
	}
	return out
}

func TestButtonsInTheMessage(t *testing.T) {
	got := bodies(t, map[string]string{"buttons": "template"}, channels.Reply{
		Text: "Which?", Options: []channels.Option{{ID: "a~1", Label: "Track"}, {ID: "b~1", Label: "Return"}},
	})
	want := []string{`{"messages":[{"altText":"Which?","template":{"actions":[` +
		`{"data":"a~1\nTrack","displayText":"Track","label":"Track","type":"postback"},` +
		`{"data":"b~1\nReturn","displayText":"Return","label":"Return","type":"postback"}],` +
		`"text":"Which?","type":"buttons"},"type":"template"}],"to":"` + person + `"}`}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestALongTextGoesBeforeItsButtons(t *testing.T) {
	got := bodies(t, map[string]string{"buttons": "template"}, channels.Reply{
		Text: strings.Repeat("word ", 60), Options: []channels.Option{{ID: "a", Label: "Track"}},
	})
	if len(got) != 2 || strings.Contains(got[0], "template") || !strings.Contains(got[1], `"type":"template"`) {
		t.Errorf("%q", got)
	}
}

func TestMediaThatNeedASettingGoAsLinksWithoutIt(t *testing.T) {
	for _, kind := range []channels.MediaKind{channels.Video, channels.Audio} {
		got := bodies(t, map[string]string{"video_preview": "", "audio_seconds": ""}, channels.Reply{
			Media: &channels.Media{Kind: kind, URL: "https://cdn.example.test/x"},
		})
		want := []string{`{"messages":[{"text":"https://cdn.example.test/x","type":"text"}],"to":"` + person + `"}`}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", kind, d)
		}
	}
}

func TestStandbySilencesTheBot(t *testing.T) {
	for setting, want := range map[string]channels.Kind{"echo": channels.KindEcho, "take_over": channels.KindTakeOver} {
		s := with(map[string]string{"standby": setting})
		c := channel(t, "", map[string]string{"standby": setting})
		for _, name := range []string{"text", "postback", "follow"} {
			body, err := os.ReadFile("testdata/inbound/standby_" + name + ".json")
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.Receive(t.Context(), s.Request(body))
			if err != nil || len(got.Events) != 1 || got.Events[0].Kind != want || got.Events[0].Choice != nil {
				t.Errorf("%s of %s: %+v, %v", name, setting, got, err)
			}
		}
	}
}

func TestRegisterSetsTheWebhookOnlyWhenItDiffers(t *testing.T) {
	webhook := &url.URL{Scheme: "https", Host: "bot.example.test", Path: "/webhooks/main"}
	const get, put = "GET /v2/bot/channel/webhook/endpoint", "PUT /v2/bot/channel/webhook/endpoint"
	for name, c := range map[string]struct {
		info string
		want bool
	}{
		"the same":        {`{"endpoint":"https://bot.example.test/webhooks/main","active":true}`, false},
		"switched off":    {`{"endpoint":"https://bot.example.test/webhooks/main","active":false}`, false},
		"another address": {`{"endpoint":"https://old.example.test/webhooks/main","active":true}`, true},
		"none":            {"", true},
	} {
		t.Run(name, func(t *testing.T) {
			calls := map[string]string{put: "{}"}
			if c.info != "" {
				calls[get] = c.info
			}
			api := answers(t, calls)
			changed, err := channel(t, api.URL, nil).Register(t.Context(), webhook)
			if err != nil || changed != c.want {
				t.Fatalf("changed %v, %v", changed, err)
			}
			sent := api.Sent()
			last := sent[len(sent)-1]
			if (last.Method == http.MethodPut) != c.want || c.want && string(last.Body) != `{"endpoint":"https://bot.example.test/webhooks/main"}` {
				t.Errorf("%+v", last)
			}
		})
	}
}

func TestRegisterFailsWithAKind(t *testing.T) {
	api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusUnauthorized, `{"message":"Authentication failed"}`))
	_, err := channel(t, api.URL, nil).Register(t.Context(), &url.URL{Scheme: "https", Host: "bot.example.test"})
	if channels.KindOf(err) != channels.ErrUnauthorized {
		t.Error(err)
	}
}

func TestCheckSaysWhichAccountItIs(t *testing.T) {
	api := answers(t, map[string]string{"GET /v2/bot/info": `{"userId":"` + account + `","basicId":"@216rusample","displayName":"Acme","chatMode":"bot","markAsReadMode":"auto"}`})
	if got, err := channel(t, api.URL, nil).Check(t.Context()); err != nil || got != "Acme (@216rusample)" {
		t.Errorf("%q, %v", got, err)
	}
	lies := answers(t, map[string]string{"GET /v2/bot/info": `{}`})
	if _, err := channel(t, lies.URL, nil).Check(t.Context()); channels.KindOf(err) != channels.ErrUnknown {
		t.Error(err)
	}
}

func TestAcknowledgeAndTyping(t *testing.T) {
	api := answers(t, map[string]string{"POST /v2/bot/chat/markAsRead": "{}", "POST /v2/bot/chat/loading/start": "{}"})
	c, off := channel(t, api.URL, nil), channel(t, api.URL, map[string]string{"receipts": "off"})
	read := map[string]any{"mark_as_read_token": "30yhdy232SAMPLE"}
	for _, e := range []channels.Event{
		{Kind: channels.KindMessage, Data: read}, {Kind: channels.KindMessage}, {Kind: channels.KindEcho, Data: read},
	} {
		if err := c.Acknowledge(t.Context(), &e); err != nil {
			t.Fatal(err)
		}
		if err := off.Acknowledge(t.Context(), &e); err != nil {
			t.Fatal(err)
		}
	}
	for _, conversation := range []string{person, "C56cca7a9b0c1d2e3f405162738495a6b", "R8e1f2a3b4c5d6e7f8091a2b3c4d5e6f7"} {
		if err := c.Typing(t.Context(), account, conversation); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, s := range api.Sent() {
		got = append(got, s.Path+" "+string(s.Body))
	}
	want := []string{
		`/v2/bot/chat/markAsRead {"markAsReadToken":"30yhdy232SAMPLE"}`,
		`/v2/bot/chat/loading/start {"chatId":"` + person + `","loadingSeconds":20}`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestOpenMediaFetchesWithTheToken(t *testing.T) {
	content := channeltest.NewFakeAPI(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v2/bot/message/444573844083572737/content" || r.Header.Get("Authorization") != "Bearer marked+Access/Token=" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "image/jpeg")
		_, _ = io.WriteString(w, "pixels")
	})
	for name, c := range map[string]*line.Channel{
		"the API's own address": channel(t, content.URL, nil),
		"an address of its own": channel(t, "http://127.0.0.1:1", map[string]string{"content_url": content.URL}),
	} {
		body, mime, err := c.OpenMedia(t.Context(), "444573844083572737")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		b, err := io.ReadAll(body)
		_ = body.Close()
		if err != nil || string(b) != "pixels" || mime != "image/jpeg" {
			t.Errorf("%s: %q of type %q, %v", name, b, mime, err)
		}
	}
}

func TestOpenMediaFailsWithAKind(t *testing.T) {
	for status, want := range map[int]channels.ErrorKind{
		http.StatusAccepted: channels.ErrUnavailable, http.StatusGone: channels.ErrInvalid,
		http.StatusNotFound: channels.ErrInvalid, http.StatusUnauthorized: channels.ErrUnauthorized,
	} {
		api := channeltest.NewFakeAPI(t, channeltest.JSON(status, "{}"))
		if _, _, err := channel(t, api.URL, nil).OpenMedia(t.Context(), "1"); channels.KindOf(err) != want {
			t.Errorf("%d: %v", status, err)
		}
	}
	c := channel(t, "http://127.0.0.1:1", nil)
	if _, _, err := c.OpenMedia(t.Context(), "1"); channels.KindOf(err) != channels.ErrUnavailable || strings.Contains(err.Error(), "http://") {
		t.Error(err)
	}
	for _, id := range []string{"", "../x", "1/2"} {
		if _, _, err := c.OpenMedia(t.Context(), id); channels.KindOf(err) != channels.ErrInvalid {
			t.Errorf("%q: %v", id, err)
		}
	}
}
