package messaging

import (
	"encoding/json"
	"time"

	"github.com/parley-chat/parley/channels/meta"
)

type word = meta.Word

// The envelope of webhooks: …/webhooks/webhook-events#format.
type (
	webhook struct {
		Entry []entry `json:"entry"`
	}

	entry struct {
		ID        word     `json:"id"` // of the page or the Instagram account
		Time      word     `json:"time"`
		Messaging []item   `json:"messaging"`
		Standby   []item   `json:"standby"`
		Changes   []change `json:"changes"`
		// Instagram writes some changes without a list.
		change
	}

	// change is how the console sends its tests, and events that are no messages.
	change struct {
		Field word            `json:"field"`
		Value json.RawMessage `json:"value"`
	}

	party struct {
		ID word `json:"id"`
	}
)

// An item is an event. It has one of the families besides the three.
type item struct {
	Sender    party `json:"sender"`
	Recipient party `json:"recipient"`
	Timestamp word  `json:"timestamp"`

	Message  *message  `json:"message"`
	Postback *postback `json:"postback"`
	Reaction *reaction `json:"reaction"`
	Read     *receipt  `json:"read"`
	Delivery *receipt  `json:"delivery"`
	Edit     *edit     `json:"message_edit"`
	Referral *referral `json:"referral"`
	Optin    *optin    `json:"optin"`
	Order    *order    `json:"order"`
	Pass     *control  `json:"pass_thread_control"`
	Take     *control  `json:"take_thread_control"`
	notices
}

// notices are the families that are for operators: their payload is in the event's data
// as it came.
type notices struct {
	Linking  json.RawMessage `json:"account_linking"`
	Policy   json.RawMessage `json:"policy_enforcement"`
	Request  json.RawMessage `json:"request_thread_control"`
	Metadata json.RawMessage `json:"pass_thread_metadata"`
	Roles    json.RawMessage `json:"app_roles"`
	Feedback json.RawMessage `json:"messaging_feedback"`
	Response json.RawMessage `json:"response_feedback"`
	Game     json.RawMessage `json:"game_play"`
}

// notice returns the one that is there, with its name.
func (n *notices) notice() (string, json.RawMessage) {
	for _, f := range []struct {
		name  string
		value json.RawMessage
	}{
		{"account_linking", n.Linking}, {"policy_enforcement", n.Policy}, {"request_thread_control", n.Request},
		{"pass_thread_metadata", n.Metadata}, {"app_roles", n.Roles}, {"messaging_feedback", n.Feedback},
		{"response_feedback", n.Response}, {"game_play", n.Game},
	} {
		if len(f.value) > 0 && string(f.value) != "null" {
			return f.name, f.value
		}
	}
	return "", nil
}

type (
	// message: …/webhook-events/messages, …/message-echoes, …/instagram-messaging/webhooks.
	message struct {
		Mid         word         `json:"mid"`
		Text        word         `json:"text"`
		Attachments []attachment `json:"attachments"`
		QuickReply  *struct {
			Payload word `json:"payload"`
		} `json:"quick_reply"`
		ReplyTo struct {
			Mid   word `json:"mid"`
			Story struct {
				ID  word `json:"id"`
				URL word `json:"url"`
			} `json:"story"`
		} `json:"reply_to"`
		Referral *referral `json:"referral"`
		Commands []struct {
			Name word `json:"name"`
		} `json:"commands"`
		Echo        word `json:"is_echo"`
		AppID       word `json:"app_id"`
		Metadata    word `json:"metadata"`
		Deleted     word `json:"is_deleted"`
		Unsupported word `json:"is_unsupported"`
	}

	// attachment has a title and an address of its own in echoes.
	attachment struct {
		Type    word     `json:"type"`
		Title   word     `json:"title"`
		URL     word     `json:"url"`
		Payload attached `json:"payload"`
	}

	attached struct {
		URL         word `json:"url"`
		Title       word `json:"title"`
		StickerID   word `json:"sticker_id"`
		VideoID     word `json:"reel_video_id"`
		ID          word `json:"id"`
		Text        word `json:"text"` // over the buttons of a template
		Coordinates *struct {
			Lat  word `json:"lat"`
			Long word `json:"long"`
		} `json:"coordinates"`
		Product struct {
			Elements []product `json:"elements"`
		} `json:"product"`
		Booking  word `json:"booking_id"`
		Status   word `json:"status"`
		Start    word `json:"start_time"`
		End      word `json:"end_time"`
		Timezone word `json:"timezone"`
	}

	// product is one that was shared, or one of an order.
	product struct {
		ID         word `json:"id"`
		RetailerID word `json:"retailer_id"`
		Title      word `json:"title"`
		Subtitle   word `json:"subtitle"`
		Name       word `json:"name"`
		Price      word `json:"unit_price"`
		Currency   word `json:"currency"`
		Quantity   word `json:"quantity"`
	}

	// order: …/webhook-events/send_cart.
	order struct {
		Products []product `json:"products"`
		Note     word      `json:"note"`
	}

	// postback: …/webhook-events/messaging_postbacks.
	postback struct {
		Mid      word      `json:"mid"`
		Title    word      `json:"title"`
		Payload  word      `json:"payload"`
		Referral *referral `json:"referral"`
	}

	// referral is where a person came from: …/webhook-events/messaging_referrals.
	referral struct {
		Ref     word `json:"ref"`
		Source  word `json:"source"`
		Type    word `json:"type"`
		AdID    word `json:"ad_id"`
		URI     word `json:"referer_uri"`
		Product struct {
			ID word `json:"id"`
		} `json:"product"`
		Ad struct {
			Title     word `json:"ad_title"`
			Photo     word `json:"photo_url"`
			Video     word `json:"video_url"`
			PostID    word `json:"post_id"`
			ProductID word `json:"product_id"`
			FlowID    word `json:"flow_id"`
		} `json:"ads_context_data"`
	}

	// reaction: …/webhook-events/message-reactions.
	reaction struct {
		Mid      word `json:"mid"`
		Action   word `json:"action"`
		Emoji    word `json:"emoji"`
		Reaction word `json:"reaction"`
	}

	// receipt names messages, or the time up to which all are meant: …/message-reads and
	// …/message-deliveries. Instagram names the one.
	receipt struct {
		Mid       word   `json:"mid"`
		Mids      []word `json:"mids"`
		Watermark word   `json:"watermark"`
	}

	// edit: …/webhook-events/message-edits.
	edit struct {
		Mid   word `json:"mid"`
		Text  word `json:"text"`
		Count word `json:"num_edit"`
	}

	// optin: …/webhook-events/messaging_optins.
	optin struct {
		Type    word `json:"type"`
		Ref     word `json:"ref"`
		Payload word `json:"payload"`
		Title   word `json:"title"`
		Token   word `json:"notification_messages_token"`
		Status  word `json:"notification_messages_status"`
		Expires word `json:"token_expiry_timestamp"`
	}

	// control: …/webhook-events/messaging_handovers.
	control struct {
		Previous word `json:"previous_owner_app_id"`
		New      word `json:"new_owner_app_id"`
		Metadata word `json:"metadata"`
	}
)

// at reads a time: milliseconds since 1970, or seconds, as in some examples.
func at(w word) time.Time {
	n, err := json.Number(w).Int64()
	if err != nil || n <= 0 || n > maxMillis {
		return time.Time{}
	}
	if n <= maxUnix {
		return time.Unix(n, 0).UTC()
	}
	return time.UnixMilli(n).UTC()
}

const (
	// maxUnix is the last second of the year 2286: what is greater are milliseconds.
	maxUnix   = 9_999_999_999
	maxMillis = maxUnix * 1000
)
