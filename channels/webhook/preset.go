package webhook

import "github.com/parley-chat/parley/channels"

// A preset is a named set of settings to begin with. Pull has those of mode pull.
type preset struct {
	values, pull map[string]string
	lists        map[string][]string
	pace         channels.Pace
}

// presetNames are the words of the setting preset, in the order of the reference.
func presetNames() []string { return []string{"none", "standard", "oneroute", "greenapi"} }

func presets() map[string]preset {
	return map[string]preset{"none": {}, "standard": standardPreset(), "oneroute": oneroutePreset(), "greenapi": greenapiPreset()}
}

// standardPreset is for people who write the other side themselves: the names are
// those of Parley's own events and messages, README.md describes them.
func standardPreset() preset {
	return preset{
		values: map[string]string{
			"verify": "standard", "kind": "kind | 'message'",
			"id": "id", "conversation": "conversation", "account": "account", "time": "time", "text": "text", "refers_to": "refers_to",
			"sender_id": "sender.id", "sender_name": "sender.name", "sender_phone": "sender.phone",
			"sender_email": "sender.email", "sender_language": "sender.language",
			"media_kind": "media[*].kind", "media_mime": "media[*].mime", "media_name": "media[*].name",
			"latitude": "location.latitude", "longitude": "location.longitude",
			"location_name": "location.name", "location_address": "location.address",
			"contacts": "contacts[*]", "contact_name": "name", "contact_phone": "phones[*]", "contact_vcard": "vcard",
			"choice_id": "choice.id", "choice_title": "choice.title",
			"status": "status.state", "status_id": "status.message_id", "status_error": "status.error",
			"send": `POST /messages
				{"ref": "{ref}", "account": "{account?}", "conversation": "{conversation}", "text": "{text?}", "form": "{form?}",
				 "options": ["{each options?}", {"id": "{option.id}", "label": "{option.label}", "hint": "{option.hint?}"}],
				 "media": {"kind": "{media.kind?}", "url": "{media.url?}", "mime": "{media.mime?}", "name": "{media.name?}"},
				 "location": {"latitude": "{location.latitude?}", "longitude": "{location.longitude?}",
				  "name": "{location.name?}", "address": "{location.address?}"},
				 "contact": {"name": "{contact.name?}", "phones": "{contact.phones?}", "emails": ["{contact.email?}"]}}`,
			"ref_header": "Idempotency-Key", "message_id": "id", "error_code": "error.code",
			"text_limit": "4096", "caption_limit": "4096", "buttons": "10", "button_label": "40", "status_by_id": "true",
		},
		lists: map[string][]string{
			"items": {"events[*]"}, "media": {"auto: media[*].url"}, "data": {"*: data"},
			"headers":  {"Authorization: Bearer {api_key}"},
			"failures": {"error.code=blocked: blocked", "error.code=window_closed: window_closed"},
		},
	}
}

// onerouteCustomer is where OneRoute has the customer's number, if it has it: that
// of a conversation in WhatsApp.
const onerouteCustomer = "conversation.customer.phone as phone when conversation.id!=null, conversation.Channel.medium=WHATSAPP | " +
	"conversation.customer.phone as phone when conversation.id!=null, conversation.Channel.medium=null"

// onerouteOwn are the conditions of what the workspace itself wrote.
const onerouteOwn = "event=newMessage, message.sender.authUser=true"

// onerouteCustomers are those of what the customer wrote.
const onerouteCustomers = "event=newMessage, message.sender.authUser!=true"

// onerouteRate is WhatsApp's own limit, see the channel oneroute.
const onerouteRate = 80

// oneroutePreset has the wire facts of the channel oneroute, and their sources are
// in its README.
func oneroutePreset() preset {
	return preset{
		values: map[string]string{
			"verify": "hmac", "signature_header": "X-Oneroute-Signature", "signature_hash": "sha512",
			"id": "message.externalId", "conversation": onerouteCustomer + " | conversation.id | message.conversation_id",
			"account":      "conversation.Channel.id",
			"owner_id":     "conversation.agent_id | conversation.agent.id | conversation.agent.name | conversation.agent",
			"sender_name":  "message.sender.name | conversation.customer.name",
			"sender_phone": onerouteCustomer, "sender_email": "conversation.customer.email", "refers_to": "message.quoted_message_id",
			"time": "conversation.lastMessageAt | message.sender.lastActivity", "text": "message.content",
			"api_url": "https://api.oneroute.io/api/public",
			"send_text": `POST /conversation/text
				{"from": "{from}", "to": "{conversation}", "message": "{text}"}`,
			"send_template": `POST /conversation/template
				{"from": "{from}", "messages": [{"to": "{conversation}", "save": true, "template": {"name": "{template.name}",
				 "parameters": ["{each template.values}", {"type": "text", "text": "{value}"}]}}]}`,
			"message_id": "data[0].response | data.response | data.externalId | data.id", "error_code": "data[0].status",
			"text_limit": "4096", "text_unit": "utf16", "window_hours": "24",
		},
		lists: map[string][]string{
			"events": {
				"unknown: conversation.Channel.phone!=null, conversation.Channel.phone!={from}",
				"take_over: " + onerouteOwn + ", conversation.agent_id!=null",
				"take_over: " + onerouteOwn + ", conversation.agent!=null",
				"echo: " + onerouteOwn,
				"message: " + onerouteCustomers,
			},
			"owner": {
				"conversation_assigned: " + onerouteCustomers + ", conversation.agent_id!=null",
				"conversation_assigned: " + onerouteCustomers + ", conversation.agent!=null",
			},
			"digest_of": {
				"conversation.lastMessageAt when event=newMessage", "conversation.id | message.conversation_id", "message.contentType",
				"message.content", "message.imageUrl", "message.videoUrl", "message.documentUrl", "message.audioUrl", "message.sender.authUser",
			},
			"media": {
				"image: message.imageUrl", "video: message.videoUrl", "file: message.documentUrl", "audio: message.audioUrl",
			},
			"data": {
				"conversation_id: conversation.id as text when " + onerouteCustomers, "medium: conversation.Channel.medium when " + onerouteCustomers,
				"agent: message.sender.name when " + onerouteOwn,
				"payload: $ when event!=newMessage",
			},
			"hide": {"credentials"}, "headers": {"apiKey: {api_key}"},
			"failures": {
				"400, message~'api key': unauthorized", "400, message~131047: window_closed", "400, message~'24 hour': window_closed",
				"400, message~24hour: window_closed", "404, success=null: unauthorized", "405, success=null: unauthorized",
				"2xx, message~131047, success=false: window_closed", "2xx, success=false: invalid",
				"2xx, data[0].status!=null, data[0].status!=success: invalid",
			},
		},
		pace: channels.Pace{PerSecond: onerouteRate},
	}
}
