package viber

import (
	"encoding/json"

	"github.com/parley-chat/parley/channels"
)

// A word is a text, or a number or true and false with their digits and letters: tokens
// of messages are above 2^53. Anything else is no word, "", and does not take the rest of
// the payload with it.
type word string

// UnmarshalJSON takes any value.
func (w *word) UnmarshalJSON(b []byte) error {
	*w = ""
	switch c := b[0]; {
	case c == '"':
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*w = word(channels.Clean(s))
	case c == '-' || c >= '0' && c <= '9' || c == 't' || c == 'f':
		*w = word(b)
	}
	return nil
}

// The objects of callbacks, as far as they are read: …/bots-api/events.
type (
	callback struct {
		Event     word `json:"event"`
		Timestamp word `json:"timestamp"` // milliseconds
		Token     word `json:"message_token"`
		UserID    word `json:"user_id"`
		// User of events, Sender of messages.
		User    user    `json:"user"`
		Sender  user    `json:"sender"`
		Message message `json:"message"`
		// Of conversation_started.
		Type       word `json:"type"`
		Context    word `json:"context"`
		Subscribed word `json:"subscribed"`
		// Of failed.
		Reason word `json:"desc"`
		// Of messages from chat extensions and silent buttons.
		Silent    word `json:"silent"`
		ReplyType word `json:"reply_type"`
		ChatID    word `json:"chat_id"`
		// Of client_status.
		Status struct {
			Type         word `json:"type"`
			Code         word `json:"code"`
			TrackingData word `json:"tracking_data"`
		} `json:"status"`
	}

	user struct {
		ID         word `json:"id"`
		Name       word `json:"name"`
		Country    word `json:"country"`
		Language   word `json:"language"`
		APIVersion word `json:"api_version"`
	}

	message struct {
		Type         word `json:"type"`
		Text         word `json:"text"`
		Media        word `json:"media"`
		FileName     word `json:"file_name"`
		Size         word `json:"size"`
		FileSize     word `json:"file_size"` // the name in older documents
		Duration     word `json:"duration"`  // seconds
		StickerID    word `json:"sticker_id"`
		TrackingData word `json:"tracking_data"`
		Location     struct {
			Latitude  word `json:"lat"`
			Longitude word `json:"lon"`
		} `json:"location"`
		Contact struct {
			Name  word `json:"name"`
			Phone word `json:"phone_number"`
		} `json:"contact"`
	}
)
