package telegram_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/telegram"
)

func itoa(n int) string { return strconv.Itoa(n) }

func method(p string) string { return path.Base(p) }

// bot makes the channel, with changes to the spec's settings.
func bot(t *testing.T, apiURL string, changes map[string]string) *telegram.Channel {
	t.Helper()
	s := spec()
	for k, v := range changes {
		s.Settings[k] = v
	}
	c, ok := channeltest.New(t, s, apiURL).(*telegram.Channel)
	if !ok {
		t.Fatal("not a telegram channel")
	}
	return c
}

func TestNewRefusesSettingsThatCannotWork(t *testing.T) {
	for name, values := range map[string]map[string]string{
		"token":  {"token": "no-number", "secret": "s"},
		"secret": {"token": "1:a", "secret": "has a space"},
	} {
		_, err := telegram.Factory().New(&channels.Config{Name: "x", Values: values})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRegisterSetsTheWebhookOnlyWhenItDiffers(t *testing.T) {
	webhook := &url.URL{Scheme: "https", Host: "bot.example.test", Path: "/webhooks/main"}
	const same = `"max_connections":40,"allowed_updates":["message","my_chat_member","callback_query","edited_message","message_reaction"]`
	for name, c := range map[string]struct {
		info string
		want bool
	}{
		"the same":        {`"url":"https://bot.example.test/webhooks/main",` + same, false},
		"none":            {`"url":"","pending_update_count":0`, true},
		"another address": {`"url":"https://old.example.test/webhooks/main",` + same, true},
		"other updates":   {`"url":"https://bot.example.test/webhooks/main","max_connections":40,"allowed_updates":["message"]`, true},
		"another secret":  {`"url":"https://bot.example.test/webhooks/main","last_error_message":"Wrong response from the webhook: 401 Unauthorized",` + same, true},
	} {
		t.Run(name, func(t *testing.T) {
			api := answers(t, map[string]string{
				"getWebhookInfo": `{"ok":true,"result":{` + c.info + `}}`, "setWebhook": `{"ok":true,"result":true}`,
			})
			changed, err := bot(t, api.URL, nil).Register(t.Context(), webhook)
			if err != nil || changed != c.want {
				t.Fatalf("changed %v, %v", changed, err)
			}
			sent := api.Sent()
			if got := method(sent[len(sent)-1].Path) == "setWebhook"; got != c.want {
				t.Errorf("set %v, want %v", got, c.want)
			}
			const body = `{"allowed_updates":["callback_query","edited_message","message","message_reaction","my_chat_member"],` +
				`"max_connections":40,"secret_token":"marked_secret_of_webhooks","url":"https://bot.example.test/webhooks/main"}`
			if c.want && string(sent[1].Body) != body {
				t.Error(cmp.Diff(body, string(sent[1].Body)))
			}
		})
	}
}

func TestCheckSaysWhichBotItIs(t *testing.T) {
	api := answers(t, map[string]string{"getMe": `{"ok":true,"result":{"id":1234567890,"is_bot":true,"first_name":"Acme","username":"acme_bot"}}`})
	if got, err := bot(t, api.URL, nil).Check(t.Context()); err != nil || got != "@acme_bot (Acme)" {
		t.Errorf("%q, %v", got, err)
	}
	other := answers(t, map[string]string{"getMe": `{"ok":true,"result":{"id":1,"is_bot":true}}`})
	if _, err := bot(t, other.URL, nil).Check(t.Context()); channels.KindOf(err) != channels.ErrUnauthorized {
		t.Errorf("another bot: %v", err)
	}
}

func TestInspectTellsWhatTelegramHas(t *testing.T) {
	const kinds = `"allowed_updates":["message","my_chat_member","callback_query","edited_message","message_reaction"]`
	for name, c := range map[string]struct {
		info string
		want channels.Inspection
	}{
		"fine": {`"url":"https://bot.example.test/webhooks/main","pending_update_count":3,` + kinds,
			channels.Inspection{Webhook: "https://bot.example.test/webhooks/main", Pending: 3}},
		"none": {`"url":"","pending_update_count":0`, channels.Inspection{}},
		"failing": {`"url":"https://bot.example.test/","last_error_date":1700000000,"last_error_message":"Connection refused",` + kinds,
			channels.Inspection{Webhook: "https://bot.example.test/", Problems: []string{"the last delivery that failed at 2023-11-14T22:13:20Z: Connection refused"}}},
		"few kinds": {`"url":"https://bot.example.test/","allowed_updates":["message","my_chat_member","message_reaction"]`,
			channels.Inspection{Webhook: "https://bot.example.test/", Problems: []string{"not delivered: callback_query, edited_message"}}},
		"its own choice of kinds": {`"url":"https://bot.example.test/"`,
			channels.Inspection{Webhook: "https://bot.example.test/", Problems: []string{"not delivered: message_reaction"}}},
	} {
		t.Run(name, func(t *testing.T) {
			api := answers(t, map[string]string{"getWebhookInfo": `{"ok":true,"result":{` + c.info + `}}`})
			got, err := bot(t, api.URL, nil).Inspect(t.Context())
			if d := cmp.Diff(c.want, got); err != nil || d != "" {
				t.Errorf("%v %s", err, d)
			}
			if sent := api.Sent(); len(sent) != 1 {
				t.Errorf("%d requests: it changes something", len(sent))
			}
		})
	}
	wrong := answers(t, map[string]string{"getWebhookInfo": `{"ok":false,"error_code":401,"description":"Unauthorized"}`})
	if _, err := bot(t, wrong.URL, nil).Inspect(t.Context()); channels.KindOf(err) != channels.ErrUnauthorized {
		t.Errorf("a wrong token: %v", err)
	}
}

func TestAcknowledgeAndTypingCallTheirMethods(t *testing.T) {
	api := answers(t, map[string]string{
		"answerCallbackQuery": `{"ok":true,"result":true}`, "sendChatAction": `{"ok":true,"result":true}`,
	})
	c := bot(t, api.URL, nil)
	for _, e := range []channels.Event{{Kind: channels.KindChoice, ID: "q1"}, {Kind: channels.KindMessage, ID: "7"}} {
		if err := c.Acknowledge(t.Context(), &e); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Typing(t.Context(), "1234567890", "-1001:12"); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range api.Sent() {
		got = append(got, method(s.Path)+" "+string(s.Body))
	}
	want := []string{
		`answerCallbackQuery {"callback_query_id":"q1"}`,
		`sendChatAction {"action":"typing","chat_id":-1001,"message_thread_id":12}`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestSendRefusesWhatItCannotAddress(t *testing.T) {
	c := bot(t, "http://127.0.0.1:1", nil)
	for _, m := range []channels.Message{
		{Conversation: "", Text: "x"}, {Conversation: "ann", Text: "x"}, {Conversation: "1:x", Text: "x"},
		{Conversation: "1"}, {Conversation: "1", Media: &channels.Media{Kind: "hologram"}},
		{Conversation: "1", Template: &channels.Template{Name: "x"}},
	} {
		if _, err := c.Send(t.Context(), &m); channels.KindOf(err) != channels.ErrInvalid {
			t.Errorf("%+v: %v", m, err)
		}
	}
}

func TestReplyKeyboardTakesThePlaceOfInlineButtons(t *testing.T) {
	api := answers(t, map[string]string{"sendMessage": `{"ok":true,"result":{"message_id":1}}`})
	f, changes := telegram.Factory(), map[string]string{"keyboard": "reply"}
	caps := f.Capabilities(&channels.Config{Values: changes})
	c := bot(t, api.URL, changes)
	for _, m := range channels.Render(caps, channels.Reply{
		Text: "Which?", Options: []channels.Option{{ID: "a", Label: "Track"}},
		Links: []channels.Link{{Label: "Shop", URL: "https://shop.example.test"}},
	}) {
		m.Conversation = "7"
		if _, err := c.Send(t.Context(), &m); err != nil {
			t.Fatal(err)
		}
	}
	const want = `{"chat_id":7,"reply_markup":{"keyboard":[[{"text":"Track"}]],"one_time_keyboard":true,"resize_keyboard":true},` +
		`"text":"Which?\nShop: https://shop.example.test"}`
	if sent := api.Sent(); len(sent) != 1 || string(sent[0].Body) != want {
		t.Errorf("sent %s", sent[0].Body)
	}
}

func TestOpenMediaFetchesWithoutShowingTheToken(t *testing.T) {
	api := channeltest.NewFakeAPI(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case method(r.URL.Path) == "getFile":
			channeltest.JSON(http.StatusOK, `{"ok":true,"result":{"file_id":"F","file_path":"photos/file 1.png"}}`)(w, r)
		case r.URL.Path == "/file/bot1234567890:AAmarkedtokenAA/photos/file 1.png":
			w.Header().Set("Content-Type", "application/octet-stream")
			_, _ = io.WriteString(w, "pixels")
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	})
	body, mime, err := bot(t, api.URL, nil).OpenMedia(t.Context(), "F")
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if b, err := io.ReadAll(body); err != nil || string(b) != "pixels" || mime != "image/png" {
		t.Errorf("%q of type %q, %v", b, mime, err)
	}
}

func TestOpenMediaFailsWithoutShowingTheToken(t *testing.T) {
	for name, filePath := range map[string]string{
		"outside": "../x", "absolute": "/etc/x", "none": "", "missing": "photos/missing.png", "cut": "photos/cut.png",
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			api := channeltest.NewFakeAPI(t, func(w http.ResponseWriter, r *http.Request) {
				switch method(r.URL.Path) {
				case "getFile":
					channeltest.JSON(http.StatusOK, `{"ok":true,"result":{"file_path":"`+filePath+`"}}`)(w, r)
				case "cut.png":
					cancel()
					<-r.Context().Done()
				default:
					w.WriteHeader(http.StatusNotFound)
				}
			})
			_, _, err := bot(t, api.URL, nil).OpenMedia(ctx, "F")
			if err == nil || strings.Contains(err.Error(), "marked") || strings.Contains(err.Error(), "http://") {
				t.Errorf("%v", err)
			}
		})
	}
}
