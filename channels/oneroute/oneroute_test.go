package oneroute_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"flag"
	"maps"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/oneroute"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const customer = "2347000000077"

// spec describes the channel; its secrets are unlike anything else.
func spec() channeltest.Spec {
	return channeltest.Spec{
		Factory: oneroute.Factory(),
		Settings: map[string]string{
			"api_key": "marked/key-of-the-api", "secret_key": "marked secret key", "from": "+234 700 000 0001",
		},
		Lists: map[string][]string{
			"bot_users": {"Shop bot"}, "code_templates": {"login_code"},
			"events": {
				"give_back: conversation.status=unassigned, conversation.agent_id=null, message.sender.authUser=false",
				"conversation_closed: event=sampleConversation, state=closed",
				"template: event=sampleCampaign",
			},
		},
		Account: "b7d9f1a3-c5e7-4092-b4d6-f8a0c2e4a6b8", Conversation: customer,
		Inbound: &channeltest.Inbound{
			Setting: "secret_key", Header: "X-Oneroute-Signature", SignsBody: true,
			Sign: func(r *channels.Request, secret string) {
				r.Header.Set("X-Oneroute-Signature", signature(r.Body, secret))
			},
		},
		API: &channeltest.API{
			Answer: answer, MessageID: "wamid.SAMPLEOUT0078", Headers: []string{"Content-Type", "apiKey"}, Failures: failures(),
		},
		Update: *update,
	}
}

// answer is that of a session message.
const answer = `{"data":{"id":"f1e2d3c4-b5a6-4978-8a9b-0c1d2e3f4a5b","content":"We are on it.","contentType":"TEXT",` +
	`"sender":{"name":"Shop bot","authUser":true,"lastActivity":"2026-03-02T10:00:01.000Z"},"externalId":"wamid.SAMPLEOUT0078",` +
	`"conversation_id":"3a1c5e7f-9b2d-4f60-8a4c-6e8f0a2b4c6d"},"message":"sent","success":true}`

// templateAnswer is that of a template.
const templateAnswer = `{"data":[{"status":"success","response":"wamid.SAMPLEOUT0079"}],"message":"done","success":true}`

func failures() []channeltest.Failure {
	refusal := func(text string) string { return `{"data":null,"message":"` + text + `","success":false}` }
	return []channeltest.Failure{
		{Name: "field missing", Status: 400, Body: refusal("to is required"), Kind: channels.ErrInvalid, Code: "400"},
		{Name: "quotes the message", Status: 400, Body: refusal("bad text Hello"), Kind: channels.ErrInvalid, Code: "400"},
		{Name: "window by Meta's number", Status: 400, Body: refusal("(#131047) Re-engagement message"), Kind: channels.ErrWindowClosed, Code: "400"},
		{Name: "window in words", Status: 400, Body: refusal("No message from the customer in the last 24 hours"), Kind: channels.ErrWindowClosed},
		{Name: "key in a 400", Status: 400, Body: refusal("Invalid API Key"), Kind: channels.ErrUnauthorized, Code: "400"},
		{Name: "wrong key", Status: 401, Body: refusal("Invalid API Key"), Kind: channels.ErrUnauthorized, Code: "401"},
		{Name: "forbidden", Status: 403, Body: refusal("no"), Kind: channels.ErrUnauthorized, Code: "403"},
		{Name: "no such number", Status: 404, Body: refusal("Channel not found"), Kind: channels.ErrInvalid, Code: "404"},
		{Name: "wrong address", Status: 404, Body: "<html></html>", Kind: channels.ErrUnauthorized, Code: "404"},
		{Name: "wrong method", Status: 405, Kind: channels.ErrUnauthorized, Code: "405"},
		{Name: "too many", Status: 429, Header: map[string]string{"Retry-After": "2"}, Kind: channels.ErrRateLimited, Code: "429", RetryAfter: 2 * time.Second},
		{Name: "too many, in its shape", Status: 429, Body: refusal("to is required"), Kind: channels.ErrRateLimited, Code: "429"},
		{Name: "internal", Status: 500, Body: refusal("Invalid API Key"), Kind: channels.ErrUnavailable, Code: "500"},
		{Name: "bad gateway", Status: 502, Body: "<html></html>", Kind: channels.ErrUnavailable, Code: "502"},
		{Name: "refused with 200", Status: 200, Body: refusal("template is missing"), Kind: channels.ErrInvalid, Code: "success_false"},
		{Name: "template failed", Status: 200, Body: `{"data":[{"status":"failed","response":"Hello"}],"success":true}`, Kind: channels.ErrInvalid, Code: "failed"},
		{Name: "template failed in words", Status: 200, Body: `{"data":[{"status":"marked/key-of-the-api","response":{}}],"success":true}`, Kind: channels.ErrInvalid, Code: "not_success"},
	}
}

func signature(body []byte, secret string) string {
	mac := hmac.New(sha512.New, []byte(secret))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

func TestSuite(t *testing.T) { channeltest.Run(t, spec()) }

func FuzzParseOneRouteWebhook(f *testing.F) { channeltest.FuzzReceive(f, spec()) }

// with returns the spec with other settings; "" takes one away.
func with(changes map[string]string) channeltest.Spec {
	s := spec()
	s.Settings, s.Lists = maps.Clone(s.Settings), maps.Clone(s.Lists)
	for k, v := range changes {
		if v == "" {
			delete(s.Settings, k)
		} else {
			s.Settings[k] = v
		}
	}
	return s
}

func channel(t *testing.T, s channeltest.Spec, apiURL string) *oneroute.Channel {
	t.Helper()
	c, ok := channeltest.New(t, s, apiURL).(*oneroute.Channel)
	if !ok {
		t.Fatal("not a oneroute channel")
	}
	return c
}

func hello() *channels.Message {
	return &channels.Message{Conversation: customer, Ref: "00112233445566778899aabbccddeeff", Text: "Hello"}
}

func payload(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/inbound/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// kinds are those of the events of a payload, in order.
func kinds(t *testing.T, c *oneroute.Channel, s channeltest.Spec, body []byte) string {
	t.Helper()
	got, err := c.Receive(t.Context(), s.Request(body))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range got.Events {
		out = append(out, string(e.Kind))
	}
	return strings.Join(out, " ")
}

// TestSignatureIsOfTheBodyOrItsCompactForm: OneRoute's sample hashes what it read
// and wrote again, so white space on the way is no reason to refuse.
func TestSignatureIsOfTheBodyOrItsCompactForm(t *testing.T) {
	s := spec()
	c, secret := channel(t, s, ""), s.Settings["secret_key"]
	laidOut := payload(t, "text")
	var compact bytes.Buffer
	if err := json.Compact(&compact, laidOut); err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]struct {
		body  []byte
		proof string
		ok    bool
	}{
		"compact":                        {compact.Bytes(), signature(compact.Bytes(), secret), true},
		"as it came":                     {laidOut, signature(laidOut, secret), true},
		"laid out on the way":            {laidOut, signature(compact.Bytes(), secret), true},
		"in capitals":                    {laidOut, strings.ToUpper(signature(laidOut, secret)), true},
		"of another layout":              {compact.Bytes(), signature(laidOut, secret), false},
		"of another body":                {[]byte(`{"event":"x"}`), signature(laidOut, secret), false},
		"of no JSON":                     {[]byte(`{"event":`), signature([]byte(`{}`), secret), false},
		"with the API key":               {laidOut, signature(laidOut, s.Settings["api_key"]), false},
		"of a shorter hash":              {laidOut, signature(laidOut, secret)[:64], false},
		"the secret itself":              {laidOut, secret, false},
		"nothing, as for no secret":      {laidOut, signature(laidOut, ""), false},
		"another value in the same form": {bytes.Replace(laidOut, []byte("I need help"), []byte("I need hell"), 1), signature(compact.Bytes(), secret), false},
	} {
		request := s.Request(r.body)
		request.Header.Set("X-Oneroute-Signature", r.proof)
		_, err := c.Receive(t.Context(), request)
		if e, refused := err.(*channels.RequestError); (err == nil) != r.ok || err != nil && (!refused || e.Status != http.StatusUnauthorized) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWorkspacesThatDoNotSignHaveAToken: it stands alone, or beside the signature.
func TestWorkspacesThatDoNotSignHaveAToken(t *testing.T) {
	const token = "marked-token-of-webhooks"
	alone := with(map[string]string{"secret_key": "", "webhook_token": token})
	both := with(map[string]string{"webhook_token": token})
	body := payload(t, "text")
	for name, c := range map[string]struct {
		spec   channeltest.Spec
		query  string
		signed bool
		ok     bool
	}{
		"alone":                      {alone, "token=" + token, false, true},
		"alone, wrong":               {alone, "token=" + token + "x", false, false},
		"alone, empty":               {alone, "token=", false, false},
		"alone, missing":             {alone, "", false, false},
		"alone, another comes first": {alone, "token=x&token=" + token, false, false},
		"both":                       {both, "token=" + token, true, true},
		"both, not signed":           {both, "token=" + token, false, false},
		"both, no token":             {both, "", true, false},
	} {
		r := spec().Request(body)
		if !c.signed {
			r.Header.Del("X-Oneroute-Signature")
		}
		r.URL.RawQuery = c.query
		_, err := channel(t, c.spec, "").Receive(t.Context(), r)
		if e, refused := err.(*channels.RequestError); (err == nil) != c.ok || err != nil && (!refused || e.Status != http.StatusUnauthorized) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPersonWhoHasTheConversationSilencesTheBot: the event that does so comes
// before the message, and a rule gives the conversation back.
func TestPersonWhoHasTheConversationSilencesTheBot(t *testing.T) {
	s := spec()
	plain := with(nil)
	plain.Lists = nil
	for name, want := range map[string][2]string{
		"assigned_by_id":             {"conversation_assigned message", "conversation_assigned message"},
		"assigned_by_object":         {"conversation_assigned message", "conversation_assigned message"},
		"assigned_by_name":           {"conversation_assigned message", "conversation_assigned message"},
		"assigned_to_the_bot":        {"message", "conversation_assigned message"},
		"own_of_the_bot":             {"echo", "echo"},
		"own_of_a_person":            {"take_over", "take_over"},
		"own_of_a_person_unassigned": {"take_over", "echo"},
		"given_back_by_rule":         {"give_back message", "message"},
		"text":                       {"message", "message"},
	} {
		body := payload(t, name)
		if got := kinds(t, channel(t, s, ""), s, body); got != want[0] {
			t.Errorf("%s: %s, want %s", name, got, want[0])
		}
		if got := kinds(t, channel(t, plain, ""), plain, body); got != want[1] {
			t.Errorf("%s, without lists: %s, want %s", name, got, want[1])
		}
	}
}

func TestMessagesOfOtherChannelsAreSetAside(t *testing.T) {
	ours := with(map[string]string{"channel": "b7d9f1a3-c5e7-4092-b4d6-f8a0c2e4a6b8"})
	for name, want := range map[string]string{
		"text": "message", "text_of_another_channel": "unknown", "text_with_medium_missing": "message", "campaign_by_rule": "template",
	} {
		if got := kinds(t, channel(t, ours, ""), ours, payload(t, name)); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestCustomerNumberIsTheFirstPlaceThatHasOne(t *testing.T) {
	s := with(nil)
	s.Lists["customer_number"] = []string{"message.sender.phone", "conversation.customer.name", "conversation.customer.phone"}
	got, err := channel(t, s, "").Receive(t.Context(), s.Request(payload(t, "text")))
	if err != nil || got.Events[0].Conversation != customer || got.Events[0].Sender.Phone != "+"+customer {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestSameTextTwiceIsTwoMessages: without an id its time tells one from the other,
// while a second copy is the same.
func TestSameTextTwiceIsTwoMessages(t *testing.T) {
	s := spec()
	c := channel(t, s, "")
	first := payload(t, "text_as_published")
	id := func(body []byte) string {
		got, err := c.Receive(t.Context(), s.Request(body))
		if err != nil {
			t.Fatal(err)
		}
		return got.Events[0].DedupeID
	}
	later := bytes.Replace(first, []byte(`10:00:00.300Z`), []byte(`10:00:00.301Z`), 1)
	copied := bytes.Replace(first, []byte(`"updatedAt": "2026-03-02T10:00:00.301Z"`), []byte(`"updatedAt": "2026-03-02T10:01:00.000Z"`), 1)
	if bytes.Equal(copied, first) || id(first) == id(later) || id(first) != id(copied) {
		t.Errorf("%s, later %s, copied %s", id(first), id(later), id(copied))
	}
}

func TestEventsFitIntoAStore(t *testing.T) {
	s := spec()
	c := channel(t, s, "")
	for name, body := range map[string]string{
		"text":    `{"event":"newMessage","message":{"externalId":"m1","content":"` + strings.Repeat("<", 300_000) + `"},"conversation":{"id":"c1"}}`,
		"address": `{"event":"newMessage","message":{"externalId":"m1","imageUrl":"` + strings.Repeat("x", 100_000) + `"},"conversation":{"id":"c1"}}`,
		"unknown": `{"event":"x","a":"` + strings.Repeat("<", 30_000) + `"}`,
		"rule":    `{"event":"sampleCampaign","a":"` + strings.Repeat("<", 30_000) + `"}`,
	} {
		got, err := c.Receive(t.Context(), s.Request([]byte(body)))
		if err != nil || len(got.Events) != 1 {
			t.Fatalf("%s: %+v, %v", name, got, err)
		}
		b, err := json.Marshal(got.Events[0])
		if err != nil || len(b) > 48<<10 {
			t.Errorf("%s: %d bytes, %v", name, len(b), err)
		}
		if got.Events[0].Data["cut_from_bytes"] != len(body) {
			t.Errorf("%s: does not say that it was cut: %v", name, got.Events[0].Data)
		}
	}
}
