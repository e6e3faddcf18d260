package slack_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/slack"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// spec describes the channel; its secrets are unlike anything else.
func spec() channeltest.Spec {
	return channeltest.Spec{
		Factory: slack.Factory(),
		Settings: map[string]string{
			"token": "xoxb-marked-bot-token", "signing_secret": "8f742231b10e8888abcd99yyyzzz85a5-marked",
		},
		Account: "T123ABC456", Conversation: "C123ABC456:1772445500.000100",
		Inbound: &channeltest.Inbound{
			Setting: "signing_secret", Header: "X-Slack-Signature", Sign: sign, SignsBody: true, Tolerance: 5 * time.Minute,
		},
		API: &channeltest.API{
			Answer:    `{"ok":true,"channel":"C123ABC456","ts":"1772445601.000800","message":{"text":"Hello","bot_id":"B0OURS","type":"message","ts":"1772445601.000800"}}`,
			MessageID: "1772445601.000800",
			Headers:   []string{"Authorization", "Content-Type"},
			Failures:  failures(),
		},
		Update: *update,
	}
}

// sign sends a payload as Slack does, interactions and commands as forms, and signs
// it.
func sign(r *channels.Request, secret string) {
	if body, ok := form(r.Body); ok {
		r.Body = body
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	at := strconv.FormatInt(r.Now.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("v0:" + at + ":"))
	mac.Write(r.Body)
	r.Header.Set("X-Slack-Request-Timestamp", at)
	r.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
}

// form makes of a payload the form that Slack posts, if it posts one.
func form(body []byte) ([]byte, bool) {
	if s := string(body); len(s) > 0 && s[0] != '{' && s[0] != '[' {
		_, err := url.ParseQuery(s)
		return body, err == nil
	}
	var fields map[string]any
	if err := channels.Decode(body, &fields); err != nil {
		return nil, false
	}
	for _, key := range []string{"command", "ssl_check", "form"} {
		if _, ok := fields[key]; ok {
			flat := url.Values{}
			for k, v := range fields {
				if s, ok := v.(string); ok {
					flat.Set(k, s)
				}
			}
			return []byte(flat.Encode()), true
		}
	}
	switch fields["type"] {
	case "block_actions", "block_suggestion", "interactive_message", "message_action", "shortcut", "view_submission", "view_closed":
		return []byte(url.Values{"payload": {string(body)}}.Encode()), true
	}
	return nil, false
}

func failures() []channeltest.Failure {
	var out []channeltest.Failure
	add := func(kind channels.ErrorKind, codes ...string) {
		for _, code := range codes {
			out = append(out, channeltest.Failure{
				Name: code, Status: http.StatusOK, Body: `{"ok":false,"error":"` + code + `"}`, Kind: kind, Code: code,
			})
		}
	}
	add(channels.ErrBlocked, "channel_not_found", "not_in_channel", "is_archived", "no_permission", "restricted_action",
		"restricted_action_read_only_channel", "restricted_action_thread_only_channel",
		"restricted_action_non_threadable_channel", "restricted_action_thread_locked", "cannot_dm_bot", "user_not_found")
	add(channels.ErrUnauthorized, "not_authed", "invalid_auth", "access_denied", "account_inactive", "token_revoked",
		"token_expired", "missing_scope", "not_allowed_token_type", "two_factor_setup_required", "enterprise_is_restricted",
		"ekm_access_denied", "team_access_not_granted", "messages_tab_disabled", "accesslimited")
	add(channels.ErrRateLimited, "rate_limited", "ratelimited", "message_limit_exceeded")
	add(channels.ErrUnavailable, "service_unavailable", "request_timeout", "team_added_to_org", "org_login_required")
	add(channels.ErrUnknown, "internal_error", "fatal_error")
	add(channels.ErrInvalid, "msg_too_long", "no_text", "too_many_attachments", "invalid_blocks", "invalid_blocks_format",
		"msg_blocks_too_long", "invalid_arguments", "invalid_arg_name", "invalid_charset", "invalid_post_type",
		"metadata_too_large", "method_deprecated", "slack_connect_file_link_sharing_blocked", "something_new")
	return append(out,
		channeltest.Failure{
			Name: "limited with its status", Status: http.StatusTooManyRequests, Header: map[string]string{"Retry-After": "30"},
			Body: `{"ok":false,"error":"ratelimited"}`, Kind: channels.ErrRateLimited, Code: "429", RetryAfter: 30 * time.Second,
		},
		channeltest.Failure{
			Name: "limited with status 200", Status: http.StatusOK, Header: map[string]string{"Retry-After": "9"},
			Body: `{"ok":false,"error":"ratelimited"}`, Kind: channels.ErrRateLimited, Code: "ratelimited", RetryAfter: 9 * time.Second,
		},
		channeltest.Failure{
			Name: "refused with its status", Status: http.StatusForbidden, Body: `{"ok":false,"error":"invalid_auth"}`,
			Kind: channels.ErrUnauthorized, Code: "invalid_auth",
		},
		channeltest.Failure{Name: "down", Status: http.StatusBadGateway, Body: "<html></html>", Kind: channels.ErrUnavailable, Code: "502"},
		channeltest.Failure{
			Name: "down with an answer", Status: http.StatusServiceUnavailable, Body: `{"ok":false,"error":"no_text"}`,
			Kind: channels.ErrUnavailable, Code: "503",
		},
		channeltest.Failure{
			Name: "the token in the code", Status: http.StatusOK, Body: `{"ok":false,"error":"xoxb-marked-bot-token"}`,
			Kind: channels.ErrInvalid,
		},
	)
}

func TestSuite(t *testing.T) { channeltest.Run(t, spec()) }

func FuzzParseSlackWebhook(f *testing.F) {
	f.Add([]byte(`payload=%7B%22type%22%3A%22block_actions%22%7D`))
	f.Add([]byte(`payload=x`))
	f.Add([]byte(`command=%2Fweather&text=94070&channel_id=C1&trigger_id=1.2`))
	f.Add([]byte(`ssl_check=1&token=x`))
	channeltest.FuzzReceive(f, spec())
}

// channel makes the channel, with changes to the spec's settings.
func channel(t *testing.T, apiURL string, changes map[string]string) *slack.Channel {
	t.Helper()
	s := spec()
	for k, v := range changes {
		s.Settings[k] = v
	}
	c, ok := channeltest.New(t, s, apiURL).(*slack.Channel)
	if !ok {
		t.Fatal("not a channel of Slack")
	}
	return c
}

// receive signs a payload and takes it.
func receive(t *testing.T, c channels.Channel, payload any) *channels.Received {
	t.Helper()
	body, ok := payload.(string)
	if !ok {
		b, err := json.Marshal(payload)
		if err != nil {
			t.Fatal(err)
		}
		body = string(b)
	}
	got, err := c.Receive(t.Context(), spec().Request([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	return got
}
