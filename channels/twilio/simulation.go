package twilio

import (
	"embed"
	"io/fs"
	"net/url"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// samples are those of WhatsApp, and below sms those of SMS.
//
//go:embed testdata/inbound/*.form testdata/sms/testdata/inbound/*.form
var samples embed.FS

// simulation plays Twilio for the service of from: a form, signed over the address and
// its fields. Twilio waits 15 s and by itself posts a message once
// (…/usage/webhooks/webhooks-connection-overrides). When the tries of the overrides that
// Register writes come is not published: they are not played.
func simulation(c *channels.Config) *channels.Simulation {
	folder, from := "testdata/inbound", "whatsapp:+15557122661"
	if set := c.Text("from"); set != "" && !strings.HasPrefix(set, whatsApp) {
		folder, from = "testdata/sms/testdata/inbound", "+15557122661"
	}
	of, err := fs.Sub(samples, folder)
	if err != nil {
		of = nil // only of a name that is no path
	}
	return &channels.Simulation{
		Samples: of,
		Settings: map[string]string{
			"account_sid": "AC0123456789abcdef0123456789abcdef", "auth_token": "sample-auth-token", "from": from,
		},
		Sign: func(r *channels.Request) error {
			token := c.Text("auth_token")
			form, err := url.ParseQuery(string(r.Body))
			if err != nil || token == "" {
				return err
			}
			r.Header.Set(signatureHeader, sign(withPort(r.URL, r.URL.Port()), form, token))
			return nil
		},
		Timeout: 15 * time.Second,
		Retries: func(*channels.Request) channels.Retries { return channels.Retries{} },
	}
}

// setup is what is left to a person: the webhooks of senders that Register does not know,
// and all with register: false.
func setup(c *channels.Config) string {
	from := strings.TrimSpace(c.Text("from"))
	known := c.Text("messaging_service_sid") != "" || from == "" || strings.HasPrefix(from, whatsApp) || digits(strings.TrimPrefix(from, "+"))
	if known && c.Text("register") != "false" {
		return ""
	}
	return "In the Twilio Console at the sender, or at the Messaging Service under Integration: when a message comes in, by POST,\n" +
		"{webhook}#" + retries
}
