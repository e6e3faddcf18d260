package chatapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// A word is a text, a number with all its digits, or true or false: the platforms
// mix them for the same field. Anything else is no word, "".
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
	case b[0] == 't', b[0] == 'f', b[0] == '-', b[0] >= '0' && b[0] <= '9':
		*w = word(b)
	}
	return nil
}

// yes reads a truth, which also comes as 0 or 1.
func (w word) yes() bool { return w == "true" || w == "1" }

// The webhook of both platforms: which arrays are there says what it brings.
// Confirmed are instanceId, messages and ack; chatUpdate was seen in a receiver of
// Chat API. entry is Meta's own format, which 1MSG delivers
// when rawHooks are on, and type is "calls" for its calls.
type webhook struct {
	InstanceID word            `json:"instanceId"`
	Type       word            `json:"type"`
	Messages   json.RawMessage `json:"messages"`
	Ack        json.RawMessage `json:"ack"`
	ChatUpdate json.RawMessage `json:"chatUpdate"`
	Entry      json.RawMessage `json:"entry"`
	Calls      json.RawMessage `json:"calls"`
}

type (
	message struct {
		ID             word            `json:"id"`
		Body           word            `json:"body"`
		FromMe         word            `json:"fromMe"`
		Self           word            `json:"self"`
		Author         word            `json:"author"`
		AuthorUserName word            `json:"authorUserName"`
		Time           word            `json:"time"`
		ChatID         word            `json:"chatId"`
		Type           word            `json:"type"`
		SenderName     word            `json:"senderName"`
		Caption        word            `json:"caption"`
		QuotedMsgID    word            `json:"quotedMsgId"`
		Interactive    json.RawMessage `json:"interactive"`
	}

	ack struct {
		ID     word `json:"id"`
		ChatID word `json:"chatId"`
		Status word `json:"status"`
		Error  word `json:"error"`
	}

	chatUpdate struct {
		Old json.RawMessage `json:"old"`
		New json.RawMessage `json:"new"`
	}

	chat struct {
		ID    word `json:"id"`
		Name  word `json:"name"`
		Image word `json:"image"`
	}

	// tap is what WhatsApp itself has for a tap on a button or on a row.
	tap struct {
		Button *tapped `json:"button_reply"`
		List   *tapped `json:"list_reply"`
	}

	tapped struct {
		ID    word `json:"id"`
		Title word `json:"title"`
	}
)

// Meta's own webhooks, which 1MSG delivers instead of or beside its own when the
// setting rawHooks is on:
// https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components.
// Messages have the same ids in both formats (inferred), so that the second one
// is a copy of the first.
type (
	metaEntry struct {
		Changes []json.RawMessage `json:"changes"`
	}

	metaChange struct {
		Field word            `json:"field"`
		Value json.RawMessage `json:"value"`
	}

	metaValue struct {
		Contacts json.RawMessage   `json:"contacts"`
		Messages []json.RawMessage `json:"messages"`
		Echoes   []json.RawMessage `json:"message_echoes"`
		Statuses []json.RawMessage `json:"statuses"`
		Calls    json.RawMessage   `json:"calls"`
	}

	metaContact struct {
		Profile struct {
			Name word `json:"name"`
		} `json:"profile"`
		WaID word `json:"wa_id"`
	}

	metaMessage struct {
		From        word            `json:"from"`
		To          word            `json:"to"`
		ID          word            `json:"id"`
		Timestamp   word            `json:"timestamp"`
		Type        word            `json:"type"`
		Context     metaReference   `json:"context"`
		Text        metaText        `json:"text"`
		Image       *metaMedia      `json:"image"`
		Sticker     *metaMedia      `json:"sticker"`
		Video       *metaMedia      `json:"video"`
		Audio       *metaMedia      `json:"audio"`
		Document    *metaMedia      `json:"document"`
		Location    *metaLocation   `json:"location"`
		Contacts    []metaCard      `json:"contacts"`
		Reaction    *metaReaction   `json:"reaction"`
		Button      *metaButton     `json:"button"`
		Interactive json.RawMessage `json:"interactive"`
	}

	metaReference struct {
		ID word `json:"id"`
	}

	metaText struct {
		Body word `json:"body"`
	}

	metaMedia struct {
		ID       word `json:"id"`
		MIME     word `json:"mime_type"`
		Caption  word `json:"caption"`
		Filename word `json:"filename"`
	}

	metaLocation struct {
		Latitude  word `json:"latitude"`
		Longitude word `json:"longitude"`
		Name      word `json:"name"`
		Address   word `json:"address"`
	}

	metaCard struct {
		Name struct {
			Formatted word `json:"formatted_name"`
		} `json:"name"`
		Phones []struct {
			Phone word `json:"phone"`
		} `json:"phones"`
		Emails []struct {
			Email word `json:"email"`
		} `json:"emails"`
	}

	metaReaction struct {
		MessageID word `json:"message_id"`
		Emoji     word `json:"emoji"`
	}

	metaButton struct {
		Payload word `json:"payload"`
		Text    word `json:"text"`
	}

	metaStatus struct {
		ID        word `json:"id"`
		Status    word `json:"status"`
		Recipient word `json:"recipient_id"`
		Errors    []struct {
			Code  word `json:"code"`
			Title word `json:"title"`
		} `json:"errors"`
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

// digest names what has no id.
func digest(raw []byte) string {
	sum := sha256.Sum256(raw)
	return "hash:" + hex.EncodeToString(sum[:16])
}

// unknown keeps what was not understood.
func unknown(raw json.RawMessage) channels.Event {
	return channels.Event{Kind: channels.KindUnknown, DedupeID: digest(raw), Raw: bytes.ToValidUTF8(raw, []byte("\uFFFD"))}
}

// unix reads seconds; a time that JSON cannot show is none.
func unix(w word) time.Time {
	const lastSecond = 253402300799 // of the year 9999
	n, err := strconv.ParseInt(string(w), 10, 64)
	if err != nil || n <= 0 || n > lastSecond {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}

// personal is the end of the id of a chat with one person, whose rest is a number.
const personal = "@c.us"

// phone reads the number of a chat such as 15550100017@c.us, "" for other chats.
func phone(chat string) string {
	number, ok := strings.CutSuffix(chat, personal)
	if !ok || number == "" || strings.Trim(number, digits) != "" {
		return ""
	}
	return "+" + number
}

// personName is a name, unless it is only the number again.
func personName(w word) string {
	s := string(w)
	if strings.Contains(s, "@") || strings.Trim(s, digits+"+ -()") == "" {
		return ""
	}
	return s
}

func addData(e *channels.Event, key string, w word) {
	if w == "" {
		return
	}
	if e.Data == nil {
		e.Data = map[string]any{}
	}
	e.Data[key] = string(w)
}
