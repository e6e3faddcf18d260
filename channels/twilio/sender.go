package twilio

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// delivery asks how Twilio hands over what comes in: for the Messaging Service if there is
// one, else for from.
func (c *Channel) delivery(ctx context.Context) (*delivery, error) {
	number, isNumber := strings.CutPrefix(c.from, "+")
	switch {
	case c.service != "":
		return c.ofService(ctx)
	case strings.HasPrefix(c.from, whatsApp):
		return c.ofWhatsApp(ctx)
	case isNumber && digits(number):
		return c.ofNumber(ctx)
	case digits(c.from):
		return c.ofShortCode(ctx)
	}
	return nil, &channels.SendError{
		Kind: channels.ErrInvalid, Err: errors.New("a sender ID gets no messages, and the webhooks of other services are set in the console"),
	}
}

// ofService is that of a Messaging Service: …/messaging/api/service-resource.
func (c *Channel) ofService(ctx context.Context) (*delivery, error) {
	var s struct {
		SID      string `json:"sid"`
		URL      string `json:"inbound_request_url"`
		Method   string `json:"inbound_method"`
		OnNumber bool   `json:"use_inbound_webhook_on_number"`
	}
	path := c.messagingURL + "/v1/Services/" + c.service
	if err := c.call(ctx, request{method: http.MethodGet, url: path}, &s); err != nil {
		return nil, err
	}
	if s.SID == "" {
		return nil, notTold()
	}
	d := &delivery{url: s.URL, method: s.Method, update: func(webhook, statuses string) request {
		return request{method: http.MethodPost, url: path, form: url.Values{
			"InboundRequestUrl": {webhook}, "InboundMethod": {http.MethodPost}, "UseInboundWebhookOnNumber": {"false"},
			"StatusCallback": {statuses},
		}}
	}}
	if s.OnNumber {
		d.elsewhere = "the Messaging Service leaves it to each number where messages go (Defer to sender's webhook)"
	}
	return d, nil
}

// ofNumber is that of a phone number: …/phone-numbers/api/incomingphonenumber-resource.
func (c *Channel) ofNumber(ctx context.Context) (*delivery, error) {
	var list struct {
		Numbers []struct {
			SID         string `json:"sid"`
			Number      string `json:"phone_number"`
			URL         string `json:"sms_url"`
			Method      string `json:"sms_method"`
			Application string `json:"sms_application_sid"`
		} `json:"incoming_phone_numbers"`
	}
	path := c.accountURL() + "/IncomingPhoneNumbers"
	query := url.Values{"PhoneNumber": {c.from}}
	if err := c.call(ctx, request{method: http.MethodGet, url: path + ".json?" + query.Encode()}, &list); err != nil {
		return nil, err
	}
	for _, n := range list.Numbers { // parts of numbers match too
		if n.Number != c.from || n.SID == "" {
			continue
		}
		d := &delivery{url: n.URL, method: n.Method, update: smsUpdate(path + "/" + url.PathEscape(n.SID) + ".json")}
		if n.Application != "" {
			d.elsewhere = "a TwiML app takes the number's messages"
			d.update = smsUpdate(path+"/"+url.PathEscape(n.SID)+".json", "SmsApplicationSid")
		}
		return d, nil
	}
	return nil, noSender()
}

// ofShortCode is that of a short code: …/messaging/api/short-code.
func (c *Channel) ofShortCode(ctx context.Context) (*delivery, error) {
	var list struct {
		Codes []struct {
			SID    string `json:"sid"`
			Code   string `json:"short_code"`
			URL    string `json:"sms_url"`
			Method string `json:"sms_method"`
		} `json:"short_codes"`
	}
	path := c.accountURL() + "/SMS/ShortCodes"
	query := url.Values{"ShortCode": {c.from}}
	if err := c.call(ctx, request{method: http.MethodGet, url: path + ".json?" + query.Encode()}, &list); err != nil {
		return nil, err
	}
	for _, n := range list.Codes {
		if n.Code == c.from && n.SID != "" {
			return &delivery{url: n.URL, method: n.Method, update: smsUpdate(path + "/" + url.PathEscape(n.SID) + ".json")}, nil
		}
	}
	return nil, noSender()
}

// smsUpdate sets the webhook of a number, and empties fields that stand before it. Where
// statuses go each message says.
func smsUpdate(address string, empty ...string) func(webhook, statuses string) request {
	return func(webhook, _ string) request {
		form := url.Values{"SmsUrl": {webhook}, "SmsMethod": {http.MethodPost}}
		for _, name := range empty {
			form.Set(name, "")
		}
		return request{method: http.MethodPost, url: address, form: form}
	}
}

// whatsAppWebhook is that of a WhatsApp sender. What is not the bot's goes back as it is.
type whatsAppWebhook struct {
	URL            string  `json:"callback_url"`
	Method         string  `json:"callback_method"`
	Fallback       *string `json:"fallback_url,omitempty"`
	FallbackMethod *string `json:"fallback_method,omitempty"`
	Statuses       string  `json:"status_callback_url"`
	StatusesMethod string  `json:"status_callback_method"`
}

// ofWhatsApp is that of a WhatsApp sender: …/whatsapp/api/senders. That of the sandbox is
// set in the console.
func (c *Channel) ofWhatsApp(ctx context.Context) (*delivery, error) {
	var list struct {
		Senders []struct {
			SID     string          `json:"sid"`
			ID      string          `json:"sender_id"`
			Status  string          `json:"status"`
			Webhook whatsAppWebhook `json:"webhook"`
		} `json:"senders"`
	}
	path := c.messagingURL + "/v2/Channels/Senders"
	if err := c.call(ctx, request{method: http.MethodGet, url: path + "?Channel=whatsapp&PageSize=1000"}, &list); err != nil {
		return nil, err
	}
	for _, s := range list.Senders {
		if s.ID != c.from || s.SID == "" {
			continue
		}
		d := &delivery{url: s.Webhook.URL, method: s.Webhook.Method, update: func(webhook, statuses string) request {
			w := s.Webhook
			w.URL, w.Method, w.Statuses, w.StatusesMethod = webhook, http.MethodPost, statuses, http.MethodPost
			return request{method: http.MethodPost, url: path + "/" + url.PathEscape(s.SID), in: map[string]any{"webhook": w}}
		}}
		if !strings.HasPrefix(s.Status, "ONLINE") {
			d.problems = []string{"the WhatsApp sender is " + s.Status + ", not ONLINE"}
		}
		return d, nil
	}
	return nil, noSender()
}

func noSender() error {
	return &channels.SendError{
		Kind: channels.ErrUnauthorized, Code: "20404",
		Err: errors.New("the sender is none of the account's; the webhook of the WhatsApp sandbox is set in the console"),
	}
}

func notTold() error {
	return &channels.SendError{Kind: channels.ErrUnknown, Err: errors.New("the answer is not the one that was asked for")}
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
