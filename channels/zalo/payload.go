package zalo

import (
	"encoding/json"

	"github.com/parley-chat/parley/channels"
)

// A word is a text, or a number or true and false with their digits and letters: ids are
// above 2^53. Anything else is no word, "", and does not take the rest of the payload with
// it.
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

// The objects of webhooks, as far as they are read: OA/webhook and ZBS/quan-ly-template.
type (
	payload struct {
		Event     word  `json:"event_name"`
		AppID     word  `json:"app_id"`
		Timestamp word  `json:"timestamp"` // milliseconds
		UserByApp word  `json:"user_id_by_app"`
		Sender    party `json:"sender"`
		Recipient party `json:"recipient"`
		// Of events about the account: one has it in camel case.
		OAID      word `json:"oa_id"`
		OAIDCamel word `json:"oaId"`
		// Of follow, unfollow, user_click_chatnow, calls and widgets.
		Follower party `json:"follower"`
		Source   word  `json:"source"`
		UserID   word  `json:"user_id"`
		Phone    word  `json:"phone"`
		Widget   struct {
			UserID word `json:"user_id"`
		} `json:"data"`
		GroupID word    `json:"group_id"`
		MsgID   word    `json:"msg_id"`
		Message message `json:"message"`
		Info    info    `json:"info"`
	}

	party struct {
		ID word `json:"id"`
		// AdminID is who of the account wrote with Zalo's chat tool.
		AdminID word `json:"admin_id"`
	}

	message struct {
		MsgID          word         `json:"msg_id"`
		MsgIDs         []word       `json:"msg_ids"`
		Text           word         `json:"text"`
		QuoteID        word         `json:"quote_msg_id"`
		ConversationID word         `json:"conversation_id"`
		ReactIcon      word         `json:"react_icon"`
		Attachments    []attachment `json:"attachments"`
		// Of receipts of templates to a phone number, and of answers to them.
		DeliveryTime word `json:"delivery_time"`
		TrackingID   word `json:"tracking_id"`
		Data         word `json:"data"`
	}

	attachment struct {
		Type    word `json:"type"`
		Payload struct {
			URL         word `json:"url"`
			Thumbnail   word `json:"thumbnail"`
			Description word `json:"description"`
			ID          word `json:"id"`
			Name        word `json:"name"`
			Size        word `json:"size"`
			Type        word `json:"type"`
			Coordinates struct {
				Latitude  word `json:"latitude"`
				Longitude word `json:"longitude"`
			} `json:"coordinates"`
		} `json:"payload"`
	}

	// info is what a person shared when asked to.
	info struct {
		Name     word `json:"name"`
		Phone    word `json:"phone"`
		Birth    word `json:"user_dob"`
		Gender   word `json:"gender"`
		Address  word `json:"address"`
		City     word `json:"city"`
		District word `json:"district"`
		Ward     word `json:"ward"`
		Full     struct {
			City    word `json:"user_city"`
			Ward    word `json:"user_ward"`
			Address word `json:"user_address"`
		} `json:"full_address"`
	}
)
