package line

import (
	"encoding/json"

	"github.com/parley-chat/parley/channels"
)

// A word is a text, or a number or true and false with their letters. Anything else is no
// word, "", and does not take the rest of the payload with it.
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

// The objects of webhooks, as far as they are read:
// https://github.com/line/line-openapi/blob/main/webhook.yml.
type (
	webhook struct {
		Destination word    `json:"destination"` // the user ID of the bot
		Events      []event `json:"events"`
	}

	event struct {
		Type      word   `json:"type"`
		Mode      word   `json:"mode"` // active or standby
		ID        word   `json:"webhookEventId"`
		Timestamp word   `json:"timestamp"` // milliseconds
		Source    source `json:"source"`

		Message *message `json:"message"`
		Unsend  struct {
			MessageID word `json:"messageId"`
		} `json:"unsend"`
		Follow struct {
			IsUnblocked word `json:"isUnblocked"`
		} `json:"follow"`
		Joined   members   `json:"joined"`
		Left     members   `json:"left"`
		Postback *postback `json:"postback"`
		Video    struct {
			TrackingID word `json:"trackingId"`
		} `json:"videoPlayComplete"`
		Beacon struct {
			HardwareID word `json:"hwid"`
			Type       word `json:"type"`
			Message    word `json:"dm"`
		} `json:"beacon"`
		Link struct {
			Result word `json:"result"`
			Nonce  word `json:"nonce"`
		} `json:"link"`
		Membership struct {
			Type word `json:"type"`
			ID   word `json:"membershipId"`
		} `json:"membership"`
		Module struct {
			Type   word   `json:"type"`
			BotID  word   `json:"botId"`
			Scopes []word `json:"scopes"`
			Reason word   `json:"reason"`
		} `json:"module"`
		Control struct {
			ExpireAt word `json:"expireAt"`
		} `json:"chatControl"`
		Delivery struct {
			Data word `json:"data"`
		} `json:"delivery"`
	}

	// source is where it happened: userId is missing in groups for people who did not
	// consent.
	source struct {
		Type    word `json:"type"` // user, group or room
		UserID  word `json:"userId"`
		GroupID word `json:"groupId"`
		RoomID  word `json:"roomId"`
	}

	members struct {
		Members []source `json:"members"`
	}

	postback struct {
		Data   word            `json:"data"`
		Params map[string]word `json:"params"`
	}

	message struct {
		ID       word `json:"id"`
		Type     word `json:"type"`
		Text     word `json:"text"`
		QuotedID word `json:"quotedMessageId"`
		ReadMark word `json:"markAsReadToken"`
		Mention  struct {
			Mentionees []struct {
				Type   word `json:"type"`
				IsSelf word `json:"isSelf"`
			} `json:"mentionees"`
		} `json:"mention"`
		Provider struct {
			Type word `json:"type"`
			URL  word `json:"originalContentUrl"`
		} `json:"contentProvider"`
		ImageSet struct {
			ID    word `json:"id"`
			Index word `json:"index"`
			Total word `json:"total"`
		} `json:"imageSet"`
		Duration  word   `json:"duration"` // milliseconds
		FileName  word   `json:"fileName"`
		FileSize  word   `json:"fileSize"`
		Title     word   `json:"title"`
		Address   word   `json:"address"`
		Latitude  word   `json:"latitude"`
		Longitude word   `json:"longitude"`
		PackageID word   `json:"packageId"`
		StickerID word   `json:"stickerId"`
		Resource  word   `json:"stickerResourceType"`
		Keywords  []word `json:"keywords"`
	}
)
