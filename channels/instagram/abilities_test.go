package instagram_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/instagram"
)

func config(changes map[string]string) *channels.Config {
	values := map[string]string{"api_version": "v25.0"}
	for k, v := range with(changes).Settings {
		values[k] = v
	}
	return &channels.Config{Name: "x", Values: values, HTTP: channels.NewClient()}
}

func TestNewRefusesSettingsThatCannotWork(t *testing.T) {
	for name, value := range map[string]string{
		"account_id": "sample.shop", "page_id": "Sample Shop", "app_id": "Sample App", "api_version": "latest", "api_url": "graph.example.test",
		"access_token": "IGAA with\nnewline",
	} {
		_, err := instagram.Factory().New(config(map[string]string{name: value}))
		if err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), value) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := instagram.Factory().New(config(map[string]string{"account_id": ""})); err == nil || !strings.Contains(err.Error(), "account_id") {
		t.Errorf("no account: %v", err)
	}
}

// dialed fails every request and keeps its address.
type dialed struct{ host string }

func (d *dialed) RoundTrip(r *http.Request) (*http.Response, error) {
	d.host = r.URL.Host
	return nil, errors.New("no network in tests")
}

func TestTheFormSaysWhichHostItIs(t *testing.T) {
	for want, changes := range map[string]map[string]string{
		"graph.instagram.com": nil, "graph.facebook.com": {"page_id": page}, "proxy.example.test": {"api_url": "https://proxy.example.test/meta"},
	} {
		c, d := config(changes), &dialed{}
		c.HTTP = &http.Client{Transport: d}
		ch, err := instagram.Factory().New(c)
		if err != nil {
			t.Fatal(err)
		}
		_, err = ch.Send(t.Context(), &channels.Message{Account: account, Conversation: person, Text: "x"})
		if d.host != want || err == nil {
			t.Errorf("%q, want %q: %v", d.host, want, err)
		}
		if _, changed := c.Values["api_url"]; changed != (changes["api_url"] != "") {
			t.Error("the caller's settings were changed")
		}
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
}

func TestCheckSaysWhichAccountItIs(t *testing.T) {
	for _, c := range []struct{ page, path, body, want string }{
		{"", "/v25.0/me?fields=user_id,username", `{"user_id":"17841405822304914","id":"28978671838402975","username":"sample.shop"}`, "@sample.shop"},
		{"", "/v25.0/me?fields=user_id,username", `{"user_id":"7","id":"17841405822304914","username":"x"}`, ""},
		{
			page, "/v25.0/" + page + "?fields=instagram_business_account%7Bid,username%7D",
			`{"instagram_business_account":{"id":"17841405822304914","username":"sample.shop"},"id":"682498302938465"}`, "@sample.shop",
		},
		{page, "/v25.0/" + page + "?fields=instagram_business_account%7Bid,username%7D", `{"id":"682498302938465"}`, ""},
	} {
		api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, c.body))
		got, err := channel(t, with(map[string]string{"page_id": c.page}), api.URL).Check(t.Context())
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %q, %v", c.body, got, err)
		}
		if s := api.Sent()[0]; s.Method != http.MethodGet || s.Path != c.path {
			t.Errorf("%s %s", s.Method, s.Path)
		}
	}
	for _, p := range []string{"", page} {
		api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusUnauthorized, `{"error":{"code":190}}`))
		if _, err := channel(t, with(map[string]string{"page_id": p}), api.URL).Check(t.Context()); channels.KindOf(err) != channels.ErrUnauthorized {
			t.Errorf("an old token: %v", err)
		}
	}
}

// sent does something with a channel and returns the requests as method, path and body.
func sent(t *testing.T, s channeltest.Spec, do func(ctx context.Context, c *instagram.Channel) error) []string {
	t.Helper()
	api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, answer))
	if err := do(t.Context(), channel(t, s, api.URL)); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, r := range api.Sent() {
		out = append(out, r.Method+" "+r.Path+" "+string(r.Body))
	}
	return out
}

func TestThePageSendsWhereThereIsOne(t *testing.T) {
	send := func(m channels.Message) func(ctx context.Context, c *instagram.Channel) error {
		m.Account, m.Conversation, m.Ref = account, person, "0011"
		return func(ctx context.Context, c *instagram.Channel) error {
			_, err := c.Send(ctx, &m)
			return err
		}
	}
	const to = `"recipient":{"id":"567890123456789"}`
	for _, c := range []struct {
		settings map[string]string
		message  channels.Message
		want     string
	}{
		{nil, channels.Message{Text: "Hi"}, "/" + account + `/messages {"message":{"text":"Hi"},` + to + `}`},
		{nil, channels.Message{Text: "Hi", Bulk: true}, "/" + account + `/messages {"message":{"text":"Hi"},` + to + `}`},
		{
			map[string]string{"page_id": page},
			channels.Message{Text: "Hi"}, "/" + page + `/messages {"message":{"text":"Hi"},"messaging_type":"RESPONSE",` + to + `}`,
		},
		{
			map[string]string{"page_id": page},
			channels.Message{Text: "Hi", Bulk: true}, "/" + page + `/messages {"message":{"text":"Hi"},"messaging_type":"UPDATE",` + to + `}`,
		},
		{
			map[string]string{"human_agent": "true"},
			channels.Message{Text: "Hi"}, "/" + account + `/messages {"message":{"text":"Hi"},"messaging_type":"MESSAGE_TAG",` + to + `,"tag":"HUMAN_AGENT"}`,
		},
	} {
		if d := cmp.Diff([]string{"POST /v25.0" + c.want}, sent(t, with(c.settings), send(c.message))); d != "" {
			t.Error(d)
		}
	}
}

func TestSenderActions(t *testing.T) {
	e := channels.Event{Kind: channels.KindChoice, Account: account, Conversation: person, ID: "m1"}
	got := sent(t, spec(), func(ctx context.Context, c *instagram.Channel) error {
		return errors.Join(c.Acknowledge(ctx, &e), c.Typing(ctx, account, person))
	})
	want := []string{
		"POST /v25.0/" + account + `/messages {"recipient":{"id":"567890123456789"},"sender_action":"mark_seen"}`,
		"POST /v25.0/" + account + `/messages {"recipient":{"id":"567890123456789"},"sender_action":"typing_on"}`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestTextIsCountedInBytes(t *testing.T) {
	c := channel(t, spec(), "http://127.0.0.1:1")
	for text, want := range map[string]channels.ErrorKind{
		strings.Repeat("ố", 333): channels.ErrRefused, strings.Repeat("ố", 334): channels.ErrInvalid,
	} {
		_, err := c.Send(t.Context(), &channels.Message{Account: account, Conversation: person, Text: text})
		if channels.KindOf(err) != want {
			t.Errorf("%d bytes: %v", len(text), err)
		}
	}
}

func TestRegisterSubscribesOnlyWhatIsMissing(t *testing.T) {
	login := "messages%2Cmessaging_postbacks%2Cmessaging_referral%2Cmessage_reactions%2Cmessaging_seen%2Cmessaging_handover%2Cstandby"
	linked := "messages%2Cmessaging_postbacks%2Cmessaging_referrals%2Cmessage_reactions%2Cmessaging_handovers%2Cstandby"
	has := func(fields string) string {
		return `{"data":[{"id":"` + app + `","subscribed_fields":["` + strings.ReplaceAll(fields, "%2C", `","`) + `"]}]}`
	}
	for _, c := range []struct{ page, body, want string }{
		{"", `{"data":[]}`, account + "/subscribed_apps?subscribed_fields=" + login},
		{page, `{"data":[]}`, page + "/subscribed_apps?subscribed_fields=" + linked},
		{"", has(login), ""},
		{page, has(linked), ""},
	} {
		api := channeltest.NewFakeAPI(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				channeltest.JSON(http.StatusOK, c.body)(w, r)
				return
			}
			channeltest.JSON(http.StatusOK, `{"success":true}`)(w, r)
		})
		ch, ok := channeltest.New(t, with(map[string]string{"register": "true", "page_id": c.page}), api.URL).(channels.Registrar)
		if !ok {
			t.Fatal("register: true registers nothing")
		}
		changed, err := ch.Register(t.Context(), &url.URL{})
		if err != nil || changed != (c.want != "") {
			t.Errorf("%+v: changed %v, %v", c, changed, err)
		}
		requests := api.Sent()
		if last := requests[len(requests)-1]; c.want != "" && (last.Method != http.MethodPost || last.Path != "/v25.0/"+c.want) {
			t.Errorf("%s %s", last.Method, last.Path)
		}
	}
	if _, ok := channeltest.New(t, spec(), "").(channels.Registrar); ok {
		t.Error("registers unasked")
	}
}

func TestEventsAreTheSameWithAPage(t *testing.T) {
	body := []byte(`{"object":"instagram","entry":[{"id":"` + account + `","time":1,"messaging":[{"sender":{"id":"` + person +
		`"},"recipient":{"id":"` + account + `"},"timestamp":1772445599123,"message":{"mid":"m1","text":"Hello"}}]}]}`)
	var got [2]channels.Event
	for i, p := range []string{"", page} {
		s := with(map[string]string{"page_id": p})
		r, err := channel(t, s, "").Receive(t.Context(), s.Request(body))
		if err != nil || len(r.Events) != 1 {
			t.Fatalf("%+v, %v", r, err)
		}
		got[i] = r.Events[0]
	}
	if d := cmp.Diff(got[0], got[1]); d != "" || got[0].Kind != channels.KindMessage || got[0].Account != account {
		t.Errorf("%s%+v", d, got[0])
	}
}
