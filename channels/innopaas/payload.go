package innopaas

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/parley-chat/parley/channels"
)

// A word is a text, or a number with its digits: the code of an error is the one in
// statuses and the other in messages. Anything else is no word, "".
type word string

// UnmarshalJSON takes any value.
func (w *word) UnmarshalJSON(b []byte) error {
	*w = ""
	switch {
	case b[0] == '"':
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*w = word(channels.Clean(s))
	case b[0] == '-' || b[0] >= '0' && b[0] <= '9':
		*w = word(b)
	}
	return nil
}

// The payloads of webhooks, as far as they are read. The envelope and the body of
// a status are confirmed on
// https://docs.innopaas.com/api-reference/api-reference-en/whatsapp-business-api/webhook/configure-webhook
// and …/webhook/message-status, the fields that all messages share on
// …/webhook/inbound-messages, the template on …/webhook/template-status.
type (
	webhook struct {
		ID        word            `json:"id"`
		Type      word            `json:"type"`
		EventTime word            `json:"eventTime"`
		Body      json.RawMessage `json:"body"`
	}

	statusBody struct {
		ID        word            `json:"id"`
		WabaID    word            `json:"wabaId"`
		Wamid     word            `json:"wamid"`
		Status    word            `json:"status"`
		ErrorData json.RawMessage `json:"errorData"`
	}

	errorData struct {
		ErrorCode word `json:"errorCode"`
	}

	templateBody struct {
		WabaID   word `json:"wabaId"`
		ID       word `json:"templateId"`
		Name     word `json:"templateName"`
		Language word `json:"templateLanguage"`
		Category word `json:"category"`
		Status   word `json:"templateStatus"`
		Reason   word `json:"reason"`
	}

	messageBody struct {
		ID       word            `json:"id"`
		WabaID   word            `json:"wabaId"`
		Wamid    word            `json:"wamid"`
		From     word            `json:"from"`
		To       word            `json:"to"`
		SendTime word            `json:"sendTime"`
		Profile  json.RawMessage `json:"customerProfile"`
		Type     word            `json:"type"`
		Context  json.RawMessage `json:"context"`

		Text        json.RawMessage `json:"text"`
		Reaction    json.RawMessage `json:"reaction"`
		Image       json.RawMessage `json:"image"`
		Audio       json.RawMessage `json:"audio"`
		Video       json.RawMessage `json:"video"`
		Sticker     json.RawMessage `json:"sticker"`
		Document    json.RawMessage `json:"document"`
		Location    json.RawMessage `json:"location"`
		Button      json.RawMessage `json:"button"`
		Interactive json.RawMessage `json:"interactive"`
		// The vendor's table says contacts, its sample contact.
		Contacts json.RawMessage `json:"contacts"`
		Contact  json.RawMessage `json:"contact"`
	}
)

// What messages carry, by the published samples:
// https://github.com/chuanglan-international/whatsapp/blob/main/api_cn/webhook.md.
type (
	profile struct {
		Name word `json:"name"`
	}

	quoted struct {
		ID word `json:"id"`
	}

	textPart struct {
		Body word `json:"body"`
	}

	reaction struct {
		MessageID word `json:"messageId"`
		Emoji     word `json:"emoji"`
	}

	media struct {
		Caption  word `json:"caption"`
		Filename word `json:"filename"`
		MIMEType word `json:"mimeType"`
		Link     word `json:"link"`
	}

	// place has numbers; texts, as the API takes them, are read too.
	place struct {
		Latitude  word `json:"latitude"`
		Longitude word `json:"longitude"`
		Name      word `json:"name"`
		Address   word `json:"address"`
	}

	// button is the tap on a quick reply of a template.
	button struct {
		Text    word `json:"text"`
		Payload word `json:"payload"`
	}

	interactive struct {
		List   json.RawMessage `json:"listReply"`
		Button json.RawMessage `json:"buttonReply"`
	}

	reply struct {
		ID    word `json:"id"`
		Title word `json:"title"`
	}

	card struct {
		Name   json.RawMessage `json:"name"`
		Phones json.RawMessage `json:"phones"`
		Emails json.RawMessage `json:"emails"`
	}

	cardName struct {
		Formatted word `json:"formattedName"`
		First     word `json:"firstName"`
		Last      word `json:"lastName"`
	}

	cardPhone struct {
		Phone word `json:"phone"`
		WaID  word `json:"wa_id"`
	}

	cardEmail struct {
		Email word `json:"email"`
	}
)

// part reads a part of a payload; false when it is not there, or of another form.
// A part that cannot be read does not take the rest with it.
func part[T any](raw json.RawMessage) (v T, ok bool) {
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return v, false
	}
	if err := channels.Decode(raw, &v); err != nil {
		var none T
		return none, false
	}
	return v, true
}

// timeOf reads both forms of times in the vendor's documents: ISO 8601 in the
// samples and "2023-02-22 12:00:00" in the tables. The latter has no zone and is
// taken as UTC, which the same hour in both suggests.
func timeOf(w word) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05Z0700", time.DateTime} {
		// A time outside the years 1 to 9998 may be no JSON.
		if t, err := time.Parse(layout, string(w)); err == nil && t.Year() > 0 && t.Year() < 9999 {
			return t.UTC()
		}
	}
	return time.Time{}
}
