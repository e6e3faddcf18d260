package zalo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// signatureHeader carries the signature of a webhook: OA/webhook/tong-quan.
const signatureHeader = "X-ZEvent-Signature"

// sign returns the signature of a body: the SHA-256, no HMAC, of the app's number, the body
// as it came, the timestamp in it and the OA secret key, in lower hexadecimal.
func sign(id string, body []byte, timestamp, secret string) string {
	h := sha256.New()
	h.Write([]byte(id))
	h.Write(body)
	h.Write([]byte(timestamp))
	h.Write([]byte(secret))
	return "mac=" + hex.EncodeToString(h.Sum(nil))
}

// verified reports whether a webhook is Zalo's. Zalo documents the app's number in what is
// signed; some accounts were seen to have their own there.
func (c *Channel) verified(r *channels.Request, timestamp string) bool {
	got := r.Header.Get(signatureHeader)
	if c.secret == "" || got == "" {
		return false
	}
	if !strings.HasPrefix(got, "mac=") {
		got = "mac=" + got
	}
	byApp := channels.Equal(got, sign(c.appID, r.Body, timestamp, c.secret))
	return byApp || c.oaID != "" && channels.Equal(got, sign(c.oaID, r.Body, timestamp, c.secret))
}

// timestampOf is the time in a body, as it is written there: it is part of what is signed.
func timestampOf(body []byte) string {
	var only struct {
		Timestamp word `json:"timestamp"`
	}
	if channels.Unmarshal(body, &only) != nil {
		return ""
	}
	return string(only.Timestamp)
}

// Receive takes a webhook, which is about one thing. What is not understood is an event of
// KindUnknown with the webhook as it came. The answer is an empty 200.
func (c *Channel) Receive(_ context.Context, r *channels.Request) (*channels.Received, error) {
	if r.Method != http.MethodPost {
		return nil, &channels.RequestError{Status: http.StatusMethodNotAllowed, Reason: "not a POST"}
	}
	var p payload
	err := channels.Unmarshal(r.Body, &p)
	timestamp := string(p.Timestamp)
	if err != nil {
		timestamp = timestampOf(r.Body) // of an unforeseen form: it is enough to know whose it is
	}
	if c.verify && !c.verified(r, timestamp) {
		return nil, &channels.RequestError{Status: http.StatusUnauthorized, Reason: "the signature is missing or wrong"}
	}
	events := []channels.Event{{Kind: channels.KindUnknown, Time: millis(word(timestamp))}}
	if err == nil {
		events = c.events(&p, r.Body)
	} else if err := channels.Unmarshal(r.Body, &json.RawMessage{}); err != nil {
		return nil, &channels.RequestError{Status: http.StatusBadRequest, Reason: err.Error()}
	}
	for i := range events {
		e := &events[i]
		e.Channel = c.name
		if e.Kind == channels.KindUnknown {
			e.Raw = bytes.ToValidUTF8(bytes.TrimSpace(r.Body), []byte("\uFFFD"))
		}
		if e.DedupeID == "" {
			sum := sha256.Sum256(r.Body)
			e.DedupeID = hex.EncodeToString(sum[:16])
		}
	}
	return &channels.Received{Events: events}, nil
}

// events says what a webhook is for a conversation. Names that are in no table below are
// events that Zalo made since.
func (c *Channel) events(p *payload, body []byte) []channels.Event {
	e := channels.Event{Kind: channels.KindUnknown, Account: p.account(), Time: millis(p.Timestamp)}
	name := string(p.Event)
	switch {
	case name == "user_received_message", name == "user_seen_message":
		return c.receipts(p, e)
	case strings.HasPrefix(name, "user_send_group_"):
		c.fromGroup(&e, p)
	case strings.HasPrefix(name, "user_send_"):
		e.Account, e.Conversation, e.Sender.ID = string(p.Recipient.ID), string(p.Sender.ID), string(p.Sender.ID)
		c.addMessage(&e, p)
	case strings.HasPrefix(name, "anonymous_send_"):
		e.Account, e.Conversation, e.Sender.ID = string(p.Recipient.ID), anonymous(p.Sender.ID, p.Message.ConversationID), string(p.Sender.ID)
		c.addMessage(&e, p)
	case strings.HasPrefix(name, "oa_send_") && name != "oa_send_consent":
		c.fromAccount(&e, p)
	default:
		c.happened(&e, p, body)
	}
	if c.oaID != "" && e.Account != "" && e.Account != c.oaID {
		e = channels.Event{Kind: channels.KindUnknown, Account: e.Account, Time: e.Time}
	}
	return []channels.Event{e}
}

// account is the account that an event of no message is about.
func (p *payload) account() string {
	if p.OAID != "" {
		return string(p.OAID)
	}
	return string(p.OAIDCamel)
}

// The keys of conversations are the ids of people, or begin with what else they are of.
const (
	groupPrefix     = "group:"
	phonePrefix     = "phone:"
	anonymousPrefix = "anonymous:"
)

// anonymous is the key of the conversation with somebody without a Zalo account: both ids
// are needed to answer. "" when one is missing.
func anonymous(id, conversation word) string {
	if id == "" || conversation == "" || strings.Contains(string(id), ":") {
		return ""
	}
	return anonymousPrefix + string(id) + ":" + string(conversation)
}

// fromGroup adds what somebody wrote into a group of the account.
func (c *Channel) fromGroup(e *channels.Event, p *payload) {
	if !c.groups || p.Recipient.ID == "" {
		return
	}
	e.Conversation, e.Sender.ID = groupPrefix+string(p.Recipient.ID), string(p.Sender.ID)
	c.addMessage(e, p)
}

// fromAccount adds what the account sent: the bot or another app, or an admin with Zalo's
// chat tool, when the sender has an admin_id. It was delivered already, so that it is never
// an agent_message, which the bot would send.
func (c *Channel) fromAccount(e *channels.Event, p *payload) {
	name := strings.TrimPrefix(string(p.Event), "oa_send_")
	switch {
	case strings.HasPrefix(name, "group_"):
		e.Conversation = groupPrefix + string(p.Recipient.ID)
	case strings.HasPrefix(name, "anonymous_"):
		e.Account, e.Conversation = string(p.Sender.ID), anonymous(p.Recipient.ID, p.Message.ConversationID)
	default:
		e.Account, e.Conversation = string(p.Sender.ID), string(p.Recipient.ID)
	}
	if e.Conversation == "" || p.Message.MsgID == "" {
		return
	}
	c.addMessage(e, p)
	e.Kind, e.Choice = channels.KindEcho, nil
	if p.Sender.AdminID == "" || !c.takesOver || strings.HasPrefix(name, "group_") {
		return
	}
	e.Kind = channels.KindTakeOver
	addData(e, "team", p.Sender.AdminID)
	if c.giveBack != "" && strings.TrimSpace(e.Text) == c.giveBack {
		e.Kind = channels.KindGiveBack
	}
}

// receipts says what became of messages. Zalo names the account as sender, as though the
// message were told again; documents of others have it the other way about, which oa_id
// tells. A template that was sent to a phone number names the number.
func (c *Channel) receipts(p *payload, e channels.Event) []channels.Event {
	account, who := p.Sender.ID, p.Recipient.ID
	if c.oaID != "" && string(who) == c.oaID {
		account, who = who, account
	}
	e.Account, e.Conversation = string(account), string(who)
	ids, state := p.Message.MsgIDs, "read"
	if p.Event == "user_received_message" {
		state = "delivered"
	}
	if p.Message.MsgID != "" {
		ids = []word{p.Message.MsgID}
	}
	if p.Message.DeliveryTime != "" {
		e.Conversation, e.Time = phonePrefix+string(who), millis(p.Message.DeliveryTime)
	}
	if len(ids) == 0 || who == "" || c.oaID != "" && e.Account != c.oaID {
		return []channels.Event{{Kind: channels.KindUnknown, Account: e.Account, Time: e.Time}}
	}
	var out []channels.Event
	for _, id := range ids {
		if id == "" {
			continue
		}
		one := e
		one.Kind, one.RefersTo = channels.KindStatus, string(id)
		one.Status = &channels.Status{MessageID: string(id), State: state}
		one.DedupeID = string(id) + ":" + state
		addData(&one, "tracking_id", p.Message.TrackingID)
		out = append(out, one)
	}
	return out
}

// addData adds a word to the data of an event, unless there is none.
func addData(e *channels.Event, name string, value word) {
	if value == "" {
		return
	}
	if e.Data == nil {
		e.Data = map[string]any{}
	}
	e.Data[name] = string(value)
}

// maxMillis is the last millisecond of the year 9999, beyond which a time is no JSON.
const maxMillis = 253402300799999

func millis(w word) time.Time {
	n, err := strconv.ParseInt(string(w), 10, 64)
	if err != nil || n <= 0 || n > maxMillis {
		return time.Time{}
	}
	return time.UnixMilli(n).UTC()
}
