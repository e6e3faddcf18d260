package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/meta"
)

// Send gives a message to the Cloud API; the receipt is no delivery.
func (c *Channel) Send(ctx context.Context, m *channels.Message) (channels.Receipt, error) {
	number, err := c.from(m.Account)
	if err != nil {
		return channels.Receipt{}, &channels.SendError{Kind: channels.ErrInvalid, Err: err}
	}
	p, err := c.render(m)
	if err != nil {
		return channels.Receipt{}, &channels.SendError{Kind: channels.ErrInvalid, Err: err}
	}
	var sent struct {
		Messages []struct {
			ID string `json:"id"`
		} `json:"messages"`
	}
	if err := c.app.Call(ctx, http.MethodPost, number+"/messages", p, &sent, meanings()); err != nil {
		return channels.Receipt{}, err
	}
	if len(sent.Messages) == 0 || sent.Messages[0].ID == "" {
		return channels.Receipt{}, &channels.SendError{Kind: channels.ErrUnknown, Err: errors.New("the answer has no id of the message")}
	}
	return channels.Receipt{MessageID: sent.Messages[0].ID}, nil
}

// from is the number that sends: the one that was written to, else that of the
// settings.
func (c *Channel) from(account string) (string, error) {
	if account == "" {
		return c.number, nil
	}
	if !digits(account) {
		return "", errors.New("the account is not a phone number ID")
	}
	return account, nil
}

// contactCard is a contact: …/messages/contacts-messages. WhatsApp wants a part of the name
// beside the whole. A number with its country is offered for writing to.
func contactCard(c *channels.Contact) payload {
	whole := strings.TrimSpace(c.Name)
	if whole == "" {
		whole = c.Phones[0]
	}
	first, last, _ := strings.Cut(whole, " ")
	name := payload{"formatted_name": whole, "first_name": first}
	if last = strings.TrimSpace(last); last != "" {
		name["last_name"] = last
	}
	var phones, emails []payload
	for _, s := range c.Phones {
		p := payload{"phone": s}
		if strings.HasPrefix(s, "+") {
			p["wa_id"] = onlyDigits(s)
		}
		phones = append(phones, p)
	}
	for _, s := range c.Emails {
		emails = append(emails, payload{"email": s})
	}
	out := payload{"name": name, "phones": phones}
	if emails != nil {
		out["emails"] = emails
	}
	return out
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// Acknowledge marks what a person wrote or tapped as read, and by the setting receipts
// shows that an answer is being written: …/whatsapp/typing-indicators.
func (c *Channel) Acknowledge(ctx context.Context, e *channels.Event) error {
	if c.receipts == "off" || e.ID == "" || e.Kind != channels.KindMessage && e.Kind != channels.KindChoice {
		return nil
	}
	number, err := c.from(e.Account)
	if err != nil {
		return &channels.SendError{Kind: channels.ErrInvalid, Err: err}
	}
	p := payload{"messaging_product": "whatsapp", "status": "read", "message_id": e.ID}
	if c.receipts == "typing" {
		p["typing_indicator"] = payload{"type": "text"}
	}
	if err := c.app.Call(ctx, http.MethodPost, number+"/messages", p, nil, meanings()); err != nil {
		return fmt.Errorf("mark as read: %w", err)
	}
	return nil
}

// meanings are the codes of the Cloud API: …/whatsapp/support/error-codes. Those of the
// Graph API are in package meta.
func meanings() map[string]meta.Meaning {
	return map[string]meta.Meaning{
		"0":      {Kind: channels.ErrUnauthorized, Text: "the access token has ended or is wrong"},
		"33":     {Kind: channels.ErrUnauthorized, Text: "the number was deleted"},
		"80007":  {Kind: channels.ErrRateLimited, Text: "the account's rate limit is reached"},
		"130429": {Kind: channels.ErrRateLimited, Text: "the number's throughput is reached"},
		"130472": {Kind: channels.ErrBlocked, Text: "the person is part of an experiment without such messages"},
		"130497": {Kind: channels.ErrBlocked, Text: "not allowed to write to this country"},
		"131000": {Kind: channels.ErrUnavailable, Text: "something went wrong at WhatsApp"},
		"131005": {Kind: channels.ErrUnauthorized, Text: "access is denied"},
		"131008": {Kind: channels.ErrInvalid, Text: "a required parameter is missing"},
		"131009": {Kind: channels.ErrInvalid, Text: "a parameter has a wrong value"},
		"131016": {Kind: channels.ErrUnavailable, Text: "WhatsApp is unavailable"},
		"131021": {Kind: channels.ErrInvalid, Text: "the number writes to itself"},
		"131026": {Kind: channels.ErrBlocked, Text: "the person cannot be reached"},
		"131030": {Kind: channels.ErrBlocked, Text: "the person is not in the list of a test number"},
		"131031": {Kind: channels.ErrUnauthorized, Text: "the account is locked"},
		"131037": {Kind: channels.ErrUnauthorized, Text: "the number has no approved display name"},
		"131042": {Kind: channels.ErrUnauthorized, Text: "the account cannot pay"},
		"131045": {Kind: channels.ErrUnauthorized, Text: "the number is not registered"},
		"131047": {Kind: channels.ErrWindowClosed, Text: "more than 24 hours since the person wrote"},
		"131048": {Kind: channels.ErrRateLimited, Text: "the number's limit for spam is reached"},
		"131049": {Kind: channels.ErrBlocked, Text: "the person has enough marketing for now"},
		"131050": {Kind: channels.ErrBlocked, Text: "the person wants no marketing"},
		"131051": {Kind: channels.ErrInvalid, Text: "messages of this type cannot be sent"},
		"131052": {Kind: channels.ErrInvalid, Text: "the media could not be downloaded"},
		"131053": {Kind: channels.ErrUnavailable, Text: "the media could not be fetched or are of a wrong type"},
		"131056": {Kind: channels.ErrRateLimited, Text: "too many messages to this person"},
		"131057": {Kind: channels.ErrUnavailable, Text: "the account is in maintenance"},
		"131062": {Kind: channels.ErrInvalid, Text: "such a message needs a number, not the id of a person"},
		"132000": {Kind: channels.ErrInvalid, Text: "the template has another number of values"},
		"132001": {Kind: channels.ErrInvalid, Text: "the template does not exist in this language, or is not approved"},
		"132005": {Kind: channels.ErrInvalid, Text: "the template with its values is too long"},
		"132007": {Kind: channels.ErrInvalid, Text: "the template violates a policy"},
		"132012": {Kind: channels.ErrInvalid, Text: "the values are not of the template's format"},
		"132015": {Kind: channels.ErrInvalid, Text: "the template is paused"},
		"132016": {Kind: channels.ErrInvalid, Text: "the template is disabled"},
		"132068": {Kind: channels.ErrInvalid, Text: "the form of the template is blocked"},
		"132069": {Kind: channels.ErrRateLimited, Text: "the form of the template is throttled"},
		"133004": {Kind: channels.ErrUnavailable, Text: "WhatsApp is unavailable"},
		"133010": {Kind: channels.ErrUnauthorized, Text: "the number is not registered"},
		"134011": {Kind: channels.ErrUnauthorized, Text: "the terms of payments are not accepted"},
		"135000": {Kind: channels.ErrInvalid, Text: "WhatsApp does not take the message and does not say why"},
	}
}
