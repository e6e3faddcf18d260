package zalo

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// happened adds what is no message and no receipt: OA/webhook and ZBS/…/template-webhook.
func (c *Channel) happened(e *channels.Event, p *payload, body []byte) {
	switch p.Event {
	case "follow":
		about(e, channels.KindOptIn, p.Follower.ID)
		e.Block = e.Kind == channels.KindOptIn
		addData(e, "source", p.Source)
	case "unfollow":
		about(e, channels.KindOptOut, p.Follower.ID)
		e.Block = e.Kind == channels.KindOptOut
		addData(e, "source", p.Source)
	case "user_click_chatnow":
		about(e, channels.KindStarted, p.UserID)
	case "user_submit_info":
		e.Account = string(p.Recipient.ID)
		about(e, channels.KindMessage, p.Sender.ID)
		addInfo(e, &p.Info)
	case "user_reacted_message", "oa_reacted_message":
		addReaction(e, p)
	case "user_click_response_button":
		addAnswer(e, p, body)
	case "user_withdraw":
		// The person takes back a consent: what the bot knows has to go too, see README.md.
		about(e, channels.KindOptOut, p.UserID)
		addData(e, "event", p.Event)
	case "widget_interaction_accepted":
		about(e, channels.KindOptIn, p.Widget.UserID)
		addData(e, "event", p.Event)
	case "user_call_oa", "oa_call_user":
		if about(e, channels.KindCall, p.person()); e.Kind == channels.KindCall {
			addData(e, "event", p.Event)
			addRest(e, body)
		}
	default:
		c.aboutAccount(e, p, body)
	}
	if e.Kind != channels.KindUnknown {
		addData(e, "user_id_by_app", p.UserByApp)
	}
}

// aboutAccount adds what happens to the account, its templates, groups and people, with all
// that the webhook has.
func (c *Channel) aboutAccount(e *channels.Event, p *payload, body []byte) {
	name := string(p.Event)
	switch {
	case slices.Contains([]string{
		"change_template_status", "change_template_quality", "change_template_quota", "change_oa_template_tags", "user_feedback",
	}, name):
		e.Kind, e.Conversation = channels.KindTemplate, string(phoneOf(p.Message.TrackingID))
	case slices.Contains([]string{
		"create_group", "delete_group", "update_group_info", "user_join_group", "user_out_group", "user_leave_group",
		"user_request_join_group", "accept_request_join_group", "reject_request_join_group", "react_request_join_group_accept",
		"react_request_join_group_reject", "add_group_admin", "remove_group_admin",
	}, name):
		e.Kind = channels.KindChannel
		if c.groups && p.GroupID != "" {
			e.Conversation = groupPrefix + string(p.GroupID)
		}
	case slices.Contains([]string{"oa_send_consent", "user_reply_consent"}, name):
		e.Kind, e.Conversation = channels.KindChannel, string(p.person())
	case slices.Contains([]string{
		"change_oa_daily_quota", "event_journey_acknowledged", "event_journey_time_out", "extension_purchased",
		"add_user_to_tag", "remove_user_from_tag", "remove_tag", "update_user_info", "widget_failed_to_sync_user_external_id",
	}, name):
		e.Kind = channels.KindChannel
	default:
		return
	}
	addData(e, "event", p.Event)
	addRest(e, body)
}

// about says what an event is, if it names whom it is about.
func about(e *channels.Event, kind channels.Kind, who word) {
	if who == "" {
		return
	}
	e.Kind, e.Conversation = kind, string(who)
	if number, ok := strings.CutPrefix(string(who), phonePrefix); ok {
		e.Sender.Phone = number
		return
	}
	e.Sender.ID = string(who)
}

// person is whom a call or a request for one is about: by id, else by number.
func (p *payload) person() word {
	switch {
	case p.UserID != "":
		return p.UserID
	case p.Phone != "":
		return phonePrefix + p.Phone
	}
	return ""
}

// addReaction adds a reaction to a message: OA/webhook/tin-nhan. /-remove takes it back.
func addReaction(e *channels.Event, p *payload) {
	account, who := p.Recipient.ID, p.Sender.ID
	if p.Event == "oa_reacted_message" {
		account, who = who, account
	}
	if who == "" || p.Message.MsgID == "" {
		return
	}
	e.Account = string(account)
	about(e, channels.KindReaction, who)
	e.RefersTo = string(p.Message.MsgID)
	if p.Message.ReactIcon != "/-remove" {
		e.Text = string(p.Message.ReactIcon)
	}
	if p.Event == "oa_reacted_message" {
		e.Kind, e.Sender.ID = channels.KindEcho, string(account)
	}
}

// addInfo adds what a person shared as an answer to request_user_info.
func addInfo(e *channels.Event, i *info) {
	if e.Kind == channels.KindUnknown {
		return
	}
	card := channels.Contact{Name: string(i.Name)}
	if i.Phone != "" {
		card.Phones = []string{string(i.Phone)}
	}
	e.Sender.Name, e.Sender.Phone, e.Contacts = string(i.Name), string(i.Phone), []channels.Contact{card}
	for name, value := range map[string]word{
		"name": i.Name, "phone": i.Phone, "birth": i.Birth, "gender": i.Gender, "address": i.Address + i.Full.Address,
		"city": i.City + i.Full.City, "district": i.District, "ward": i.Ward + i.Full.Ward, "event": "user_submit_info",
	} {
		addData(e, name, value)
	}
}

// addAnswer adds a tap on the quick reply of a template. It names no person: one that was
// sent to a phone number is known by the tracking id that the channel gave it.
func addAnswer(e *channels.Event, p *payload, body []byte) {
	addData(e, "event", p.Event)
	addRest(e, body)
	e.Kind, e.RefersTo = channels.KindTemplate, string(p.MsgID)
	if who := phoneOf(p.Message.TrackingID); who != "" && p.Message.Data != "" {
		e.Kind, e.Conversation, e.Text = channels.KindChoice, string(who), string(p.Message.Data)
		e.Choice = &channels.Choice{ID: e.Text, Title: e.Text}
	}
}

// addRest adds every word of a webhook to the data of an event: those of objects as
// outer_inner, lists as words in one text, which of objects are their ids.
func addRest(e *channels.Event, body []byte) {
	var fields map[string]json.RawMessage
	if err := channels.Unmarshal(body, &fields); err != nil {
		return
	}
	for _, known := range []string{"event_name", "app_id", "oa_id", "oaId", "timestamp", "user_id_by_app"} {
		delete(fields, known)
	}
	addFields(e, "", fields)
}

func addFields(e *channels.Event, prefix string, fields map[string]json.RawMessage) {
	for name, raw := range fields {
		var (
			inner map[string]json.RawMessage
			items []json.RawMessage
			value word
		)
		switch {
		case json.Unmarshal(raw, &inner) == nil && inner != nil:
			addFields(e, prefix+name+"_", inner)
			continue
		case json.Unmarshal(raw, &items) == nil:
			value = listed(items)
		default:
			if err := json.Unmarshal(raw, &value); err != nil {
				continue
			}
		}
		addData(e, channels.Clean(prefix+name), value)
	}
}

// listed joins a list; flows read it as one text.
func listed(items []json.RawMessage) word {
	var parts []string
	for _, raw := range items {
		var one struct {
			ID word `json:"id"`
		}
		var w word
		if err := json.Unmarshal(raw, &one); err == nil {
			w = one.ID
		} else if err := json.Unmarshal(raw, &w); err != nil {
			continue
		}
		if w != "" {
			parts = append(parts, string(w))
		}
	}
	return word(strings.Join(parts, "; "))
}
