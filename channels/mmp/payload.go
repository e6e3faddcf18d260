package mmp

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// A word is a text or a number, of which the platform's types have both for some
// fields; numbers keep their digits. Anything else is no word, "".
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

// is compares a word of the platform, whose case varies.
func (w word) is(s string) bool { return strings.EqualFold(string(w), s) }

// The payloads of webhooks. Confirmed on
// https://mdoc.lamhongquan.com/webhook-payload-2010246m0, but for eventId,
// template, channelEvent and phoneEvent: those are of the type PartnerEvent in
// https://github.com/peacom/peacom.
type (
	webhook struct {
		EventID         word            `json:"eventId"`
		Type            word            `json:"type"`
		Timestamp       word            `json:"timestamp"`
		MessageID       word            `json:"messageId"`
		ClientMessageID word            `json:"clientMessageId"`
		Cause           word            `json:"cause"`
		Status          word            `json:"status"`
		PublicID        word            `json:"publicId"`
		ChannelID       word            `json:"channelId"`
		ApplicationID   word            `json:"applicationId"`
		From            word            `json:"from"`
		Contact         json.RawMessage `json:"contact"`
		Message         json.RawMessage `json:"message"`
		Template        json.RawMessage `json:"template"`
		ChannelEvent    json.RawMessage `json:"channelEvent"`
		PhoneEvent      json.RawMessage `json:"phoneEvent"`
	}

	person struct {
		Name     word `json:"name"`
		Language word `json:"language"`
		Phone    word `json:"phone"`
	}

	templateEvent struct {
		PublicID          word `json:"publicId"`
		Type              word `json:"type"`
		PartnerTemplateID word `json:"partnerTemplateId"`
		Status            word `json:"status"`
		TariffType        word `json:"tariffType"`
		Cause             word `json:"cause"`
	}

	channelEvent struct {
		PublicID word            `json:"publicId"`
		Type     word            `json:"type"`
		Status   word            `json:"status"`
		Carriers json.RawMessage `json:"carrierLaunchEvents"`
		Cause    word            `json:"cause"`
	}

	phoneEvent struct {
		Type   word `json:"type"`
		UserID word `json:"userId"`
	}
)

// A message as the platform's type RawMessage has it. Confirmed on the wire are
// type, message and extra; the rest is inferred from the type.
type (
	rawMessage struct {
		Type        word            `json:"type"`
		Message     word            `json:"message"`
		FileURL     word            `json:"fileUrl"`
		FileName    word            `json:"fileName"`
		FileSize    word            `json:"fileSize"`
		File        json.RawMessage `json:"file"`
		Attachments json.RawMessage `json:"attachments"`
		Location    json.RawMessage `json:"location"`
		Contacts    json.RawMessage `json:"contacts"`
		Reply       json.RawMessage `json:"replyMessage"`
		RichLinkURL word            `json:"richLinkUrl"`
		Extra       json.RawMessage `json:"extra"`
	}

	fileInfo struct {
		Type word `json:"type"`
		Name word `json:"name"`
		URL  word `json:"url"`
		Size word `json:"size"`
	}

	place struct {
		Latitude  word `json:"latitude"`
		Longitude word `json:"longitude"`
	}

	card struct {
		Name  word `json:"name"`
		Phone word `json:"phone"`
	}

	picked struct {
		Title word `json:"title"`
		Value word `json:"value"`
	}

	// tapped is what WhatsApp itself has for taps, which extra carries as the
	// channel's own content (inferred):
	// https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/payload-examples
	tapped struct {
		Interactive struct {
			Button *tappedReply `json:"button_reply"`
			List   *tappedReply `json:"list_reply"`
		} `json:"interactive"`
		Button *struct {
			Payload word `json:"payload"`
			Text    word `json:"text"`
		} `json:"button"`
	}

	tappedReply struct {
		ID    word `json:"id"`
		Title word `json:"title"`
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
