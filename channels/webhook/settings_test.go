package webhook_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/webhook"
)

// FuzzSettings says that whatever authors write is read, or an error that names a
// setting; and that what is read then takes a webhook and a message.
func FuzzSettings(f *testing.F) {
	f.Add("a.b[0].\"c d\" | 'x' when y!=null, z~1", "message: a=b", `POST /s/{conversation}?t={text} {"a": ["{each options}", "{option.id}"]}`, "429, a.b=c: invalid")
	f.Add("$query.a as phone", "unknown: a[*]!={from}", "/s\na={text?}", "$~'x': blocked")
	f.Add("'", ":", "{", "4xx")
	f.Add("$", "status:a=null", "POST / [1,{\"{text}\":\"{{\"}]", "5xx:unavailable")
	f.Fuzz(func(t *testing.T, at, rule, request, failure string) {
		c := &channels.Config{Name: channeltest.Name, HTTP: channels.NewClient(), Values: map[string]string{
			"verify": "off", "conversation": "from", "text": at, "status": at, "api_url": "http://127.0.0.1:1", "send": request, "message_id": at,
		}, Lists: map[string][]string{
			"items": {at}, "events": {rule}, "owner": {rule}, "media": {"auto:" + at}, "data": {"*:" + at}, "failures": {failure}, "dedupe": {at},
		}}
		got, err := webhook.Factory().New(c)
		if err != nil {
			if !strings.Contains(err.Error(), `setting "`) || utf8.ValidString(at+rule+request+failure) && !utf8.ValidString(err.Error()) {
				t.Errorf("%q", err)
			}
			return
		}
		if _, err := got.Receive(t.Context(), post(hi)); err != nil {
			t.Error(err)
		}
		webhook.Factory().Capabilities(c)
	})
}

// TestPresetsNeedWhatIsTheirs: a preset alone is not enough, and says what is
// missing.
func TestPresetsNeedWhatIsTheirs(t *testing.T) {
	for preset, want := range map[string][]string{
		"standard": {"api_url", "api_key", "webhook_secret"}, "oneroute": {"from", "api_key", "webhook_secret"},
		"greenapi": {"from", "api_key", "webhook_secret"},
	} {
		values := map[string]string{"preset": preset}
		for range want {
			_, err := webhook.Factory().New(&channels.Config{Name: "x", Values: values})
			if err == nil {
				t.Fatalf("%s begins with %v", preset, values)
			}
			found := false
			for _, name := range want {
				if strings.Contains(err.Error(), `setting "`+name+`" is missing`) {
					values[name], found = "1", true
					if name == "api_url" {
						values[name] = "https://x.example.test"
					}
				}
			}
			if !found {
				t.Fatalf("%s: %v", preset, err)
			}
		}
		if _, err := webhook.Factory().New(&channels.Config{Name: "x", Values: values}); err != nil {
			t.Errorf("%s with %v: %v", preset, values, err)
		}
	}
}

// TestPresetsAreWholeSettings: each name in a preset is a setting.
func TestPresetsAreWholeSettings(t *testing.T) {
	for _, preset := range []string{"standard", "oneroute", "greenapi"} {
		for _, b := range []map[string]string{{"preset": preset}, {"preset": preset, "mode": "pull"}} {
			for _, name := range webhook.NamesOf(&channels.Config{Values: b}) {
				if !isSetting(name) {
					t.Errorf("%s has %s, which is no setting", preset, name)
				}
			}
		}
	}
}

func isSetting(name string) bool {
	for _, s := range webhook.Factory().Settings {
		if s.Name == name {
			return true
		}
	}
	return false
}

func BenchmarkReceive(b *testing.B) {
	s := greenapiCase().spec
	c := channeltest.New(b, s, "")
	body := []byte(`{"typeWebhook":"incomingMessageReceived","instanceData":{"idInstance":9007199254740993},"timestamp":1772445600,"idMessage":"M",` +
		`"senderData":{"chatId":"15550100017@c.us","sender":"15550100017@c.us","senderName":"Dana"},` +
		`"messageData":{"typeMessage":"textMessage","textMessageData":{"textMessage":"menu"}}}`)
	r := s.Request(body)
	for b.Loop() {
		if _, err := c.Receive(b.Context(), r); err != nil {
			b.Fatal(err)
		}
	}
}
