package slack_test

import (
	"context"
	"io"
	"net/http"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/slack"
)

func TestNewRefusesSettingsThatCannotWork(t *testing.T) {
	for name, values := range map[string]map[string]string{
		"token":          {"token": "xapp-1-A1-2-marked", "signing_secret": "s"},
		"signing_secret": {"token": "xoxb-1"},
	} {
		_, err := slack.Factory().New(&channels.Config{Name: "x", Values: values})
		if err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "marked") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSignatureHoldsForFiveMinutes(t *testing.T) {
	c := channel(t, "", nil)
	for name, x := range map[string]struct {
		shift time.Duration
		ok    bool
	}{
		"five minutes": {5 * time.Minute, true}, "a second more": {5*time.Minute + time.Second, false},
		"five minutes ahead": {-5 * time.Minute, true}, "a second more ahead": {-5*time.Minute - time.Second, false},
	} {
		r := spec().Request([]byte(`{"type":"event_callback"}`))
		r.Now = r.Now.Add(x.shift)
		if _, err := c.Receive(t.Context(), r); (err == nil) != x.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, at := range map[string]string{"none": "", "a word": "now", "negative": "-5", "huge": "99999999999999999999"} {
		r := spec().Request([]byte(`{}`))
		r.Header.Set("X-Slack-Request-Timestamp", at)
		if _, err := c.Receive(t.Context(), r); err == nil {
			t.Errorf("a timestamp that is %s passes", name)
		}
	}
}

func TestChallengeIsAnsweredWithoutAnEvent(t *testing.T) {
	got := receive(t, channel(t, "", nil), `{"type":"url_verification","challenge":"abc<x>"}`)
	want := &channels.Answer{Status: 200, ContentType: "text/plain; charset=utf-8", Body: []byte("abc<x>")}
	if d := cmp.Diff(want, got.Answer); d != "" || len(got.Events) != 0 {
		t.Errorf("%d events %s", len(got.Events), d)
	}
}

func TestFormsThatCannotBeReadAreRefused(t *testing.T) {
	r := spec().Request([]byte("x=%zz"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	if _, err := channel(t, "", nil).Receive(t.Context(), r); err == nil {
		t.Error("not refused")
	}
}

func TestPayloadThatIsNoJSONIsKept(t *testing.T) {
	got := receive(t, channel(t, "", nil), "payload=nonsense&token=marked-verification-token")
	if len(got.Events) != 1 || got.Events[0].Kind != channels.KindUnknown || string(got.Events[0].Raw) != `{"payload":"nonsense"}` {
		t.Errorf("%+v", got.Events)
	}
}

// event is an envelope of the Events API.
func event(id string, inner map[string]any) map[string]any {
	return map[string]any{
		"type": "event_callback", "team_id": "T1", "event_id": id, "event": inner,
		"authorizations": []any{map[string]any{"user_id": "U0BOT", "is_bot": true}},
	}
}

func TestMentionAndMessageAreOneEvent(t *testing.T) {
	c := channel(t, "", nil)
	inner := map[string]any{"type": "message", "channel_type": "channel", "user": "U1", "text": "<@U0BOT> hi", "ts": "1772445599.000200", "channel": "C1"}
	first := receive(t, c, event("Ev1", inner)).Events
	inner["type"] = "app_mention"
	second := receive(t, c, event("Ev2", inner)).Events
	if d := cmp.Diff(first, second); d != "" || len(first) != 1 {
		t.Errorf("they differ: %s", d)
	}
}

func TestThreadsOffMakesAChannelOneConversation(t *testing.T) {
	c := channel(t, "", map[string]string{"threads": "off"})
	for _, thread := range []string{"", "1772445500.000100"} {
		inner := map[string]any{"type": "message", "channel_type": "channel", "user": "U1", "text": "hi", "ts": "1772445599.000200", "channel": "C1", "thread_ts": thread}
		if got := receive(t, c, event("Ev1", inner)).Events; len(got) != 1 || got[0].Conversation != "C1" {
			t.Errorf("in %q: %+v", thread, got)
		}
	}
}

func TestFormatMrkdwnLetsMarkupThrough(t *testing.T) {
	api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, `{"ok":true,"ts":"1.2"}`))
	c := channel(t, api.URL, map[string]string{"format": "mrkdwn"})
	m := channels.Message{
		Conversation: "C1", Text: "*bold* <!here>", Form: channels.FormButtons, Options: []channels.Option{{ID: "a", Label: "A"}},
	}
	if _, err := c.Send(t.Context(), &m); err != nil {
		t.Fatal(err)
	}
	const want = `{"channel":"C1","text":"*bold* &lt;!here&gt;","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"*bold* &lt;!here&gt;"}},` +
		`{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"A"},"action_id":"option_1","value":"a"}]}]}`
	if got := string(api.Sent()[0].Body); got != want {
		t.Error(cmp.Diff(want, got))
	}
}

func TestSendRefusesWhatItCannotAddress(t *testing.T) {
	c := channel(t, "http://127.0.0.1:1", nil)
	for _, m := range []channels.Message{
		{Conversation: "", Text: "x"}, {Conversation: "#general", Text: "x"}, {Conversation: "C1:x", Text: "x"},
		{Conversation: "C1:", Text: "x"}, {Conversation: "C1"},
		{Conversation: "C1", Media: &channels.Media{Kind: channels.Video, URL: "https://cdn.example.test/a.mp4"}},
		{Conversation: "C1", Template: &channels.Template{Name: "x"}},
	} {
		if _, err := c.Send(t.Context(), &m); channels.KindOf(err) != channels.ErrInvalid {
			t.Errorf("%+v: %v", m, err)
		}
	}
}

func TestErrorsSayWhatSlackSaysBesideTheCode(t *testing.T) {
	for answer, want := range map[string]string{
		`{"ok":false,"error":"missing_scope","needed":"chat:write","provided":"x"}`:                                             "chat:write",
		`{"ok":false,"error":"invalid_blocks","response_metadata":{"messages":["[ERROR] no more than 75 characters allowed"]}}`: "75 characters",
	} {
		api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, answer))
		_, err := channel(t, api.URL, nil).Send(t.Context(), &channels.Message{Conversation: "C1", Text: "x"})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestCheckSaysWhichBotItIs(t *testing.T) {
	for name, x := range map[string]struct {
		answer, want string
		kind         channels.ErrorKind
	}{
		"a bot":       {`{"ok":true,"url":"https://acme.slack.com/","team":"Acme","user":"helper","bot_id":"B1"}`, `@helper in "Acme"`, ""},
		"a person":    {`{"ok":true,"team":"Acme","user":"dana"}`, "", channels.ErrUnauthorized},
		"wrong token": {`{"ok":false,"error":"invalid_auth"}`, "", channels.ErrUnauthorized},
	} {
		api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, x.answer), "Authorization")
		got, err := channel(t, api.URL, nil).Check(t.Context())
		if got != x.want || (err != nil) != (x.kind != "") || err != nil && channels.KindOf(err) != x.kind {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if sent := api.Sent()[0]; sent.Path != "/auth.test" || sent.Header["Authorization"] != "Bearer xoxb-marked-bot-token" {
			t.Errorf("%s: asked %+v", name, sent)
		}
	}
}

// files makes an API with one file, whose address and answer are given.
func files(t *testing.T, address func(base string) string, answer http.HandlerFunc) *channeltest.FakeAPI {
	t.Helper()
	return channeltest.NewFakeAPI(t, func(w http.ResponseWriter, r *http.Request) {
		if path.Base(r.URL.Path) != "files.info" {
			answer(w, r)
			return
		}
		url := address("http://" + r.Host)
		channeltest.JSON(http.StatusOK, `{"ok":true,"file":{"id":"F1","mimetype":"image/png","url_private":"`+url+`"}}`)(w, r)
	}, "Authorization")
}

func at(file string) func(string) string { return func(base string) string { return base + file } }

func TestOpenMediaFetchesWithTheToken(t *testing.T) {
	api := files(t, at("/files/parcel.png"), func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "pixels") })
	body, mime, err := channel(t, api.URL, nil).OpenMedia(t.Context(), "F1")
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if b, err := io.ReadAll(body); err != nil || string(b) != "pixels" || mime == "" {
		t.Errorf("%q of type %q, %v", b, mime, err)
	}
	for _, s := range api.Sent() {
		if s.Header["Authorization"] != "Bearer xoxb-marked-bot-token" {
			t.Errorf("%s without the token", s.Path)
		}
	}
}

func TestOpenMediaFails(t *testing.T) {
	page := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<html>Sign in</html>")
	}
	away := func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://127.0.0.2:1/signin", http.StatusFound)
	}
	for name, x := range map[string]struct {
		id      string
		address func(string) string
		answer  http.HandlerFunc
		kind    channels.ErrorKind
	}{
		"no id":         {"../F1", at("/f"), page, channels.ErrInvalid},
		"sign-in page":  {"F1", at("/f"), page, channels.ErrUnauthorized},
		"redirect":      {"F1", at("/f"), away, channels.ErrUnauthorized},
		"gone":          {"F1", at("/f"), http.NotFound, channels.ErrInvalid},
		"elsewhere":     {"F1", func(string) string { return "https://evil.example.test/f" }, page, channels.ErrInvalid},
		"a look-alike":  {"F1", func(string) string { return "https://evilslack.com/f" }, page, channels.ErrInvalid},
		"with a person": {"F1", func(string) string { return "https://x@files.slack.com/f" }, page, channels.ErrInvalid},
		"unencrypted":   {"F1", func(string) string { return "http://files.slack.com/f" }, page, channels.ErrInvalid},
		"no address":    {"F1", func(string) string { return "" }, page, channels.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			api := files(t, x.address, x.answer)
			_, _, err := channel(t, api.URL, nil).OpenMedia(t.Context(), x.id)
			if err == nil || channels.KindOf(err) != x.kind || strings.Contains(err.Error(), "marked") || strings.Contains(err.Error(), "http://") {
				t.Errorf("%v, want %s", err, x.kind)
			}
		})
	}
}

func TestOpenMediaEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	api := files(t, at("/f"), func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	if _, _, err := channel(t, api.URL, nil).OpenMedia(ctx, "F1"); err == nil || strings.Contains(err.Error(), "http://") {
		t.Errorf("%v", err)
	}
}
