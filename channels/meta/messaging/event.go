package messaging

import (
	"encoding/json"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// item adds the events of an item of messaging or standby.
func (b *batch) item(en *entry, it *item, standby bool, raw func() json.RawMessage) {
	e, own, ok := b.envelope(en, it)
	if !ok {
		b.put(e, raw)
		return
	}
	switch {
	case it.Read != nil:
		b.receipts(e, it.Read, "read", own, raw)
		return
	case it.Delivery != nil:
		b.receipts(e, it.Delivery, "delivered", own, raw)
		return
	}
	if name, value := it.notice(); name != "" {
		if b.notice(&e, name, value) {
			e.Kind = channels.KindChannel
		}
		b.put(e, raw)
		return
	}
	if e.Conversation != "" {
		b.c.family(&e, it, own)
	}
	if standby {
		b.c.held(&e)
	}
	b.put(e, raw)
}

// envelope begins an event with whose it is; own tells that the business did it. An item
// of another account is not ok.
func (b *batch) envelope(en *entry, it *item) (e channels.Event, own, ok bool) {
	account, person := word(b.c.s.Account), it.Sender.ID
	e = channels.Event{Kind: channels.KindUnknown, Account: string(account), Time: when(en, it)}
	// The entry decides last, since some examples have the person's id in it.
	switch account {
	case it.Sender.ID:
		own, person = true, it.Recipient.ID
	case it.Recipient.ID, en.ID:
		// The business may have another id in an echo, as /me has two with Instagram Login.
		if own = it.Message != nil && it.Message.Echo == "true"; own && it.Recipient.ID != account {
			person = it.Recipient.ID
		}
	default:
		e.Account = string(en.ID)
		return e, false, false
	}
	if person == account {
		person = "" // written to itself
	}
	e.Conversation, e.Sender.ID = string(person), string(person)
	return e, own, true
}

// family reads the family that an item has.
func (c *Channel) family(e *channels.Event, it *item, own bool) {
	switch {
	case it.Message != nil && own:
		c.echo(e, it.Message)
	case it.Message != nil:
		e.ID = string(it.Message.Mid)
		c.message(e, it.Message)
	case it.Pass != nil:
		c.control(e, it.Pass, it.Timestamp, true)
	case it.Take != nil:
		c.control(e, it.Take, it.Timestamp, false)
	case own: // what the business did besides writing
		e.Kind, e.Sender = channels.KindEcho, channels.Sender{}
	case it.Postback != nil:
		c.postback(e, it.Postback)
	case it.Reaction != nil:
		addReaction(e, it.Reaction, it.Timestamp)
	case it.Edit != nil:
		if m := it.Edit; m.Mid != "" {
			e.Kind, e.Text, e.RefersTo = channels.KindEdited, string(m.Text), string(m.Mid)
			e.DedupeID = "edit:" + string(m.Mid) + ":" + string(m.Count)
		}
	case it.Optin != nil:
		addOptin(e, it.Optin)
	case it.Order != nil:
		addOrder(e, it.Order)
	case it.Referral != nil: // the person opened the chat by a link or an ad
		e.Kind = channels.KindStarted
		addReferral(e, it.Referral)
	}
}

// receipts adds what became of messages that went out. A watermark names no message:
// all that were sent up to it are meant, and only the bot knows which. Receipts of the
// business itself are echoes, which start nothing.
func (b *batch) receipts(e channels.Event, r *receipt, state string, own bool, raw func() json.RawMessage) {
	e.Sender = channels.Sender{}
	mids := r.Mids
	if r.Mid != "" {
		mids = append(mids, r.Mid)
	}
	added := false
	for _, mid := range mids {
		if mid == "" {
			continue
		}
		s := e
		s.Kind, s.RefersTo = channels.KindStatus, string(mid)
		s.Status = &channels.Status{MessageID: string(mid), State: state}
		s.DedupeID = "status:" + string(mid) + ":" + state
		if own {
			s.Kind, s.Status, s.DedupeID = channels.KindEcho, nil, "own:"+s.DedupeID
		}
		b.put(s, raw)
		added = true
	}
	if added {
		return
	}
	if r.Watermark != "" && e.Conversation != "" {
		e.DedupeID = strings.Join([]string{"watermark", e.Conversation, state, string(r.Watermark)}, ":")
		switch until := at(r.Watermark); {
		case own:
			e.Kind, e.DedupeID = channels.KindEcho, "own:"+e.DedupeID
		case !until.IsZero():
			e.Kind, e.Status = channels.KindStatus, &channels.Status{State: state, Until: until}
		}
		addData(&e, "event", word(state))
		addData(&e, "watermark", r.Watermark)
	}
	b.put(e, raw)
}

// postback is a tap on a button, an item of the menu, an ice breaker or Get Started.
// Without a payload, as for the buttons of other apps, it counts as what it says.
func (c *Channel) postback(e *channels.Event, p *postback) {
	e.ID, e.Text = string(p.Mid), string(p.Title)
	if p.Mid != "" {
		e.DedupeID = "postback:" + string(p.Mid)
	}
	switch {
	case p.Payload != "" && string(p.Payload) == c.s.GetStarted:
		e.Kind = channels.KindStarted
		addData(e, "payload", p.Payload)
	case p.Payload != "":
		e.Kind, e.Choice = channels.KindChoice, &channels.Choice{ID: string(p.Payload), Title: string(p.Title)}
	case p.Title != "":
		e.Kind = channels.KindMessage
	}
	if p.Referral != nil {
		addReferral(e, p.Referral)
	}
}

// addReaction adds a reaction; one that was taken back has no text.
func addReaction(e *channels.Event, r *reaction, stamp word) {
	if r.Mid == "" {
		return
	}
	switch r.Action {
	case "react":
		e.Text = string(r.Emoji)
		if e.Text == "" {
			e.Text = string(r.Reaction)
		}
	case "unreact":
	default:
		return
	}
	e.Kind, e.RefersTo = channels.KindReaction, string(r.Mid)
	e.DedupeID = strings.Join([]string{"reaction", string(r.Mid), e.Conversation, string(r.Action), string(stamp)}, ":")
	addData(e, "reaction", r.Reaction)
}

// addOptin adds that a person wants messages, or none any more. The token is the
// address of marketing messages.
func addOptin(e *channels.Event, o *optin) {
	e.Kind = channels.KindOptIn
	if strings.HasPrefix(strings.ToUpper(string(o.Status)), "STOP") {
		e.Kind = channels.KindOptOut
	}
	for _, d := range []struct {
		name  string
		value word
	}{
		{"type", o.Type}, {"ref", o.Ref}, {"payload", o.Payload}, {"title", o.Title}, {"status", o.Status},
		{"notification_messages_token", o.Token}, {"token_expires", o.Expires},
	} {
		addData(e, d.name, d.value)
	}
}

// addReferral adds where a person came from.
func addReferral(e *channels.Event, r *referral) {
	for _, d := range []struct {
		name  string
		value word
	}{
		{"ref", r.Ref}, {"referral_source", r.Source}, {"referral_type", r.Type}, {"referral_uri", r.URI}, {"ad_id", r.AdID},
		{"ad_title", r.Ad.Title}, {"ad_photo", r.Ad.Photo}, {"ad_video", r.Ad.Video}, {"ad_post", r.Ad.PostID},
		{"ad_product", r.Ad.ProductID}, {"ad_flow", r.Ad.FlowID}, {"product", r.Product.ID},
	} {
		addData(e, d.name, d.value)
	}
}

// addOrder adds a cart: a message with what was written to it.
func addOrder(e *channels.Event, o *order) {
	if len(o.Products) == 0 {
		return
	}
	e.Kind, e.Text = channels.KindMessage, string(o.Note)
	items := make([]any, len(o.Products))
	for i, p := range o.Products {
		items[i] = map[string]any{
			"product": string(p.ID), "retailer_id": string(p.RetailerID), "name": string(p.Name), "price": string(p.Price),
			"currency": string(p.Currency), "quantity": string(p.Quantity),
		}
	}
	e.Data = map[string]any{"order": map[string]any{"items": items}}
}

func addData(e *channels.Event, name string, value word) {
	if value == "" {
		return
	}
	if e.Data == nil {
		e.Data = map[string]any{}
	}
	e.Data[name] = string(value)
}
