package slack

import (
	"embed"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

//go:embed testdata/inbound/*.json
var samples embed.FS

// simulation plays Slack, which wants an answer within 3 s and tries an event again
// three times, at once, after a minute and after five:
// https://docs.slack.dev/apis/events-api/#retries. Interactions and commands are posted
// once.
func simulation(c *channels.Config) *channels.Simulation {
	return &channels.Simulation{
		Samples:  samples,
		Settings: map[string]string{"token": "xoxb-sample-token", "signing_secret": "sample-signing-secret"},
		Sign: func(r *channels.Request) error {
			if form, ok := asForm(r.Body); ok {
				r.Body = form
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			}
			if secret := c.Text("signing_secret"); secret != "" {
				at := strconv.FormatInt(r.Now.Unix(), 10)
				r.Header.Set(timeHeader, at)
				r.Header.Set(signatureHeader, signature(secret, at, r.Body))
			}
			return nil
		},
		// https://docs.slack.dev/messaging/formatting-message-text/#escaping
		Text:    strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace,
		Timeout: 3 * time.Second,
		Retries: func(r *channels.Request) channels.Retries {
			if _, form := asForm(r.Body); form {
				return channels.Retries{}
			}
			return channels.Retries{Waits: []time.Duration{0, time.Minute, 5 * time.Minute}}
		},
		Again: func(r *channels.Request, attempt int) {
			r.Header.Set("X-Slack-Retry-Num", strconv.Itoa(attempt))
			r.Header.Set("X-Slack-Retry-Reason", "http_error")
		},
		Wants: func(payload []byte) string {
			var p struct{ Type, Challenge string }
			if channels.Decode(payload, &p) != nil || p.Type != "url_verification" {
				return ""
			}
			return p.Challenge
		},
	}
}

// asForm makes of a sample the form that Slack posts, where it posts one: for commands
// one field each, for interactions all as JSON in the field payload. A sample may be a
// form already.
func asForm(sample []byte) ([]byte, bool) {
	if s := string(sample); len(s) > 0 && s[0] != '{' && s[0] != '[' {
		_, err := url.ParseQuery(s)
		return sample, err == nil
	}
	var fields map[string]any
	if channels.Decode(sample, &fields) != nil {
		return nil, false
	}
	switch fields["type"] {
	case "block_actions", "block_suggestion", "interactive_message", "message_action", "shortcut", "view_submission", "view_closed":
		return []byte(url.Values{"payload": {string(sample)}}.Encode()), true
	}
	if fields["command"] == nil && fields["ssl_check"] == nil && fields["form"] == nil {
		return nil, false
	}
	flat := url.Values{}
	for name, value := range fields {
		if text, ok := value.(string); ok {
			flat.Set(name, text)
		}
	}
	return []byte(flat.Encode()), true
}
