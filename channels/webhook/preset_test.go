package webhook_test

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/hex"
	"path/filepath"
	"testing"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/webhook"
)

// A borrowed is a preset that goes through the corpus of the channel that it
// stands for: the same payloads, replies and golden files.
type borrowed struct {
	spec channeltest.Spec
	// from is the folder of the channel.
	from string
	// unknown are the payloads that a mapping can't express, and why: each becomes an
	// event of KindUnknown.
	unknown map[string]string
	// otherID are those whose events differ in their dedupe id alone, and why.
	otherID map[string]string
	// differs are those that are of the same kinds, and no more, and why.
	differs map[string]string
	// unrendered are the replies whose requests differ, and why.
	unrendered map[string]string
}

// Why some payloads are not the same.
const (
	digests = "without an id both tell it by a digest of the same parts, written in another order"
	joined  = "its text is of several values, and a path has one"
	votes   = "what was chosen is where the voter is in a list"
)

func onerouteCase() borrowed {
	return borrowed{
		from: "../oneroute/testdata",
		otherID: map[string]string{
			"email": digests, "own_of_a_person_unassigned": digests, "text_as_published": digests,
			"given_back_by_rule": "a digest there, since a rule made it; the id of the message here, since owner did",
		},
		differs: map[string]string{"wrong_types": "a number as the time is no time there, and Unix seconds here"},
		unrendered: map[string]string{
			"template_with_code": "the button of an authentication template depends on its name",
		},
		spec: channeltest.Spec{
			Factory: webhook.Factory(),
			Settings: map[string]string{
				"preset": "oneroute", "api_key": "marked/key-of-the-api", "webhook_secret": "marked secret key", "from": "2347000000001",
			},
			Lists: map[string][]string{
				"events": {
					"conversation_closed: event=sampleConversation, state=closed, conversation.id!=null", "template: event=sampleCampaign",
					// The bot's own user, as bot_users says it there.
					"echo: event=newMessage, message.sender.authUser=true, message.sender.name='Shop bot'",
					"take_over: event=newMessage, message.sender.authUser=true",
				},
				"owner": {
					"give_back: conversation.status=unassigned, conversation.agent_id=null, message.sender.authUser=false",
					"none: conversation.agent.name='Shop bot'", "none: conversation.agent='Shop bot'",
				},
			},
			Account: "b7d9f1a3-c5e7-4092-b4d6-f8a0c2e4a6b8", Conversation: "2347000000077",
			Inbound: &channeltest.Inbound{
				Setting: "webhook_secret", Header: "X-Oneroute-Signature", SignsBody: true,
				Sign: func(r *channels.Request, secret string) {
					mac := hmac.New(sha512.New, []byte(secret))
					mac.Write(r.Body)
					r.Header.Set("X-Oneroute-Signature", hex.EncodeToString(mac.Sum(nil)))
				},
			},
			API: &channeltest.API{
				Answer:    `{"data":{"id":"f1e2d3c4","externalId":"wamid.SAMPLEOUT0078"},"message":"sent","success":true}`,
				MessageID: "wamid.SAMPLEOUT0078", Headers: []string{"Content-Type", "apiKey"}, Failures: onerouteFailures(),
			},
		},
	}
}

func onerouteFailures() []channeltest.Failure {
	refusal := func(text string) string { return `{"data":null,"message":"` + text + `","success":false}` }
	return []channeltest.Failure{
		{Name: "field missing", Status: 400, Body: refusal("to is required"), Kind: channels.ErrInvalid, Code: "400"},
		{Name: "window by number", Status: 400, Body: refusal("(#131047) Re-engagement message"), Kind: channels.ErrWindowClosed, Code: "400"},
		{Name: "window in words", Status: 400, Body: refusal("No message from the customer in the last 24 hours"), Kind: channels.ErrWindowClosed},
		{Name: "key in a 400", Status: 400, Body: refusal("Invalid API Key"), Kind: channels.ErrUnauthorized, Code: "400"},
		{Name: "wrong key", Status: 401, Body: refusal("Invalid API Key"), Kind: channels.ErrUnauthorized, Code: "401"},
		{Name: "no such number", Status: 404, Body: refusal("Channel not found"), Kind: channels.ErrInvalid, Code: "404"},
		{Name: "wrong address", Status: 404, Body: "<html></html>", Kind: channels.ErrUnauthorized, Code: "404"},
		{Name: "refused with 200", Status: 200, Body: refusal("template is missing"), Kind: channels.ErrInvalid},
		{Name: "template failed", Status: 200, Body: `{"data":[{"status":"failed","response":"Hello"}],"success":true}`, Kind: channels.ErrInvalid, Code: "failed"},
		{Name: "internal", Status: 500, Body: refusal("Invalid API Key"), Kind: channels.ErrUnavailable, Code: "500"},
	}
}

func greenapiCase() borrowed {
	return borrowed{
		from: "../greenapi/testdata",
		unknown: map[string]string{
			"group_invitation": joined, "interactive_buttons_of_a_business": joined, "interactive_reply_buttons_of_a_business": joined,
			"poll": joined, "poll_vote": votes, "poll_vote_taken_back": votes, "poll_votes": votes,
			"other_instance": "refused there as no webhook of its own; a mapping refuses nothing that is proven",
		},
		spec: channeltest.Spec{
			Factory: webhook.Factory(),
			Settings: map[string]string{
				"preset": "greenapi", "from": "9007199254740993", "api_key": "marked/token-of-the-api", "webhook_secret": "marked-token-of-webhooks",
			},
			Account: "9007199254740993", Conversation: "15550100017@c.us",
			Inbound: &channeltest.Inbound{
				Setting: "webhook_secret", Header: "Authorization",
				Sign: func(r *channels.Request, secret string) { r.Header.Set("Authorization", "Bearer "+secret) },
			},
			API: &channeltest.API{
				Answer: `{"idMessage":"SAMPLEOUT0B2C"}`, MessageID: "SAMPLEOUT0B2C", Headers: []string{"Content-Type"},
				Failures: []channeltest.Failure{
					{Name: "bad data", Status: 400, Body: `{"message":"Validation failed"}`, Kind: channels.ErrInvalid, Code: "400"},
					{Name: "starting", Status: 400, Body: "instance in starting process try later", Kind: channels.ErrUnavailable, Code: "400"},
					{Name: "not authorized", Status: 400, Body: `{"message":"instance account not authorized"}`, Kind: channels.ErrUnauthorized, Code: "400"},
					{Name: "deleted", Status: 400, Body: "Instance is deleted", Kind: channels.ErrUnauthorized},
					{Name: "quota", Status: 466, Body: `{"invokeStatus":{"status":"QUOTE_EXCEEDED"}}`, Kind: channels.ErrUnauthorized, Code: "QUOTE_EXCEEDED"},
					{Name: "quota of chats", Status: 466, Body: `{"invokeStatus":{"status":"QUOTE_ALLOWED"},"correspondentsStatus":{"status":"CORRESPONDENTS_QUOTE_EXCEEDED"}}`, Kind: channels.ErrBlocked, Code: "CORRESPONDENTS_QUOTE_EXCEEDED"},
					{Name: "client closed", Status: 499, Kind: channels.ErrUnknown, Code: "499"},
				},
			},
		},
	}
}

// TestPresetsPassTheCorpusOfTheirChannels runs the suite on the payloads and golden
// files of the dedicated channels, as they are, save for what the lists name.
func TestPresetsPassTheCorpusOfTheirChannels(t *testing.T) {
	for name, b := range map[string]borrowed{"oneroute": onerouteCase(), "greenapi": greenapiCase()} {
		t.Run(name, func(t *testing.T) {
			from, err := filepath.Abs(b.from)
			if err != nil {
				t.Fatal(err)
			}
			t.Chdir(t.TempDir())
			b.copyInbound(t, from)
			b.copyRender(t, from)
			channeltest.Run(t, b.spec)
		})
	}
}
