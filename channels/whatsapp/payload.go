package whatsapp

import (
	"encoding/json"
	"time"

	"github.com/parley-chat/parley/channels"
)

// A word is a text, or a number with its digits: ids and times are the one in messages
// and the other in templates. true and false are words too. Anything else is no word,
// "", and does not take the rest of the payload with it.
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

// The envelope of all webhooks, and what is read of the values of those about people:
// …/webhooks/reference/messages, …/calls, …/user_preferences, …/smb_message_echoes,
// …/standby. The others are payload in the event's data.
type (
	webhook struct {
		Entry []entry `json:"entry"`
	}

	entry struct {
		ID      word     `json:"id"` // of the WhatsApp Business Account
		Time    word     `json:"time"`
		Changes []change `json:"changes"`
	}

	change struct {
		Field word  `json:"field"`
		Value value `json:"value"`
	}

	value struct {
		Metadata    metadata        `json:"metadata"`
		Contacts    []contact       `json:"contacts"`
		Messages    []item          `json:"messages"`
		Statuses    []item          `json:"statuses"`
		Echoes      []item          `json:"message_echoes"`
		Calls       []item          `json:"calls"`
		Preferences []item          `json:"user_preferences"`
		Errors      []platformError `json:"errors"`
		// Standby has the same lists, in webhooks of that field.
		Standby *value `json:"standby"`
		handover
	}

	metadata struct {
		PhoneNumberID word `json:"phone_number_id"`
	}

	contact struct {
		WaID    word `json:"wa_id"`
		UserID  word `json:"user_id"`
		Profile struct {
			Name     word `json:"name"`
			Username word `json:"username"`
		} `json:"profile"`
	}

	platformError struct {
		Code  word `json:"code"`
		Title word `json:"title"`
	}

	// handover is the value of messaging_handovers.
	handover struct {
		Sender struct {
			PhoneNumber word `json:"phone_number"`
			UserID      word `json:"user_id"`
		} `json:"sender"`
		Recipient     metadata `json:"recipient"`
		Timestamp     word     `json:"timestamp"`
		Type          word     `json:"type"`
		ControlPassed struct {
			PreviousAppRole word `json:"previous_owner_app_role"`
			PreviousRole    word `json:"previous_owner_role"`
			NewRole         word `json:"new_owner_role"`
		} `json:"control_passed"`
	}
)

// An item is an element of any of the lists: a message, a status, a call, a choice of
// what to get. Their fields do not contradict each other.
type item struct {
	ID         word `json:"id"`
	Timestamp  word `json:"timestamp"`
	Type       word `json:"type"`
	From       word `json:"from"`
	FromUserID word `json:"from_user_id"`
	To         word `json:"to"`
	ToUserID   word `json:"to_user_id"`
	GroupID    word `json:"group_id"`
	content

	// A status, and one of a call.
	Status          word `json:"status"`
	RecipientID     word `json:"recipient_id"`
	RecipientUserID word `json:"recipient_user_id"`
	Participant     word `json:"recipient_participant_id"`
	Ref             word `json:"biz_opaque_callback_data"`
	Pricing         struct {
		Billable word `json:"billable"`
		Model    word `json:"pricing_model"`
		Type     word `json:"type"`
		Category word `json:"category"`
	} `json:"pricing"`
	Conversation struct {
		ID     word `json:"id"`
		Origin struct {
			Type word `json:"type"`
		} `json:"origin"`
	} `json:"conversation"`
	Errors []platformError `json:"errors"`

	// A call.
	Event     word `json:"event"`
	Direction word `json:"direction"`
	Duration  word `json:"duration"`

	// What a person wants to get.
	WaID     word `json:"wa_id"`
	UserID   word `json:"user_id"`
	Category word `json:"category"`
	Value    word `json:"value"`

	// Message holds the content and the recipient of an echo in standby.
	Message *item `json:"message"`
	// Recipient is whom such an echo went to, if it has no To.
	Recipient word `json:"recipient"`
}

// What messages carry: …/webhooks/reference/messages/<type>.
type (
	content struct {
		Context struct {
			ID        word `json:"id"`
			Forwarded word `json:"forwarded"`
			Product   struct {
				CatalogID word `json:"catalog_id"`
				ID        word `json:"product_retailer_id"`
			} `json:"referred_product"`
		} `json:"context"`
		Text struct {
			Body word `json:"body"`
		} `json:"text"`
		Image       *media       `json:"image"`
		Audio       *media       `json:"audio"`
		Voice       *media       `json:"voice"`
		Video       *media       `json:"video"`
		Sticker     *media       `json:"sticker"`
		Document    *media       `json:"document"`
		Location    *place       `json:"location"`
		Contacts    []card       `json:"contacts"`
		Interactive *interactive `json:"interactive"`
		Button      *quickReply  `json:"button"`
		Reaction    *reaction    `json:"reaction"`
		Order       *order       `json:"order"`
		System      *system      `json:"system"`
		Edit        *edit        `json:"edit"`
		Revoke      *edit        `json:"revoke"`
		Referral    *referral    `json:"referral"`
	}

	media struct {
		ID       word `json:"id"`
		MIMEType word `json:"mime_type"`
		Caption  word `json:"caption"`
		Filename word `json:"filename"`
	}

	place struct {
		Latitude  word `json:"latitude"`
		Longitude word `json:"longitude"`
		Name      word `json:"name"`
		Address   word `json:"address"`
	}

	card struct {
		Name struct {
			Formatted word `json:"formatted_name"`
			First     word `json:"first_name"`
			Last      word `json:"last_name"`
		} `json:"name"`
		Phones []struct {
			Phone word `json:"phone"`
			WaID  word `json:"wa_id"`
		} `json:"phones"`
		Emails []struct {
			Email word `json:"email"`
		} `json:"emails"`
		VCard word `json:"vcard"`
	}

	interactive struct {
		Type   word   `json:"type"`
		Button choice `json:"button_reply"`
		List   choice `json:"list_reply"`
		Flow   struct {
			Name     word `json:"name"`
			Body     word `json:"body"`
			Response word `json:"response_json"`
		} `json:"nfm_reply"`
		Permission struct {
			Response  word `json:"response"`
			Permanent word `json:"is_permanent"`
			Until     word `json:"expiration_timestamp"`
		} `json:"call_permission_reply"`
	}

	choice struct {
		ID    word `json:"id"`
		Title word `json:"title"`
	}

	// quickReply is the tap on a button of a template.
	quickReply struct {
		Text    word `json:"text"`
		Payload word `json:"payload"`
	}

	reaction struct {
		MessageID word `json:"message_id"`
		Emoji     word `json:"emoji"`
	}

	order struct {
		CatalogID word `json:"catalog_id"`
		Text      word `json:"text"`
		Items     []struct {
			ID       word `json:"product_retailer_id"`
			Quantity word `json:"quantity"`
			Price    word `json:"item_price"`
			Currency word `json:"currency"`
		} `json:"product_items"`
	}

	system struct {
		Type   word `json:"type"`
		Body   word `json:"body"`
		WaID   word `json:"wa_id"`
		UserID word `json:"user_id"`
	}

	// edit changes or takes back a message.
	edit struct {
		Original word    `json:"original_message_id"`
		Message  *nested `json:"message"`
	}

	nested struct {
		Type word `json:"type"`
		content
	}

	// referral is the ad or post that a person came from.
	referral struct {
		SourceURL  word `json:"source_url"`
		SourceID   word `json:"source_id"`
		SourceType word `json:"source_type"`
		Headline   word `json:"headline"`
		Body       word `json:"body"`
		ClickID    word `json:"ctwa_clid"`
	}
)

// unix reads seconds since 1970. Milliseconds, which Meta sent at times, are told by
// their size.
func unix(w word) time.Time {
	n, err := json.Number(w).Int64()
	if err == nil && n > maxUnix {
		n /= 1000
	}
	if err != nil || n <= 0 || n > maxUnix {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}

// maxUnix is the last second of the year 2286: what is greater are milliseconds.
const maxUnix = 9_999_999_999
