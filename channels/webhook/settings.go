package webhook

import (
	"strings"

	"github.com/parley-chat/parley/channels"
)

// Short forms for the tables.
func text(name, doc, example string) channels.Setting {
	return channels.Setting{Name: name, Kind: channels.SettingText, Doc: doc, Example: example}
}

func list(name, doc, example string) channels.Setting {
	return channels.Setting{Name: name, Kind: channels.SettingList, Doc: doc, Example: example}
}

func secret(name, doc, example string) channels.Setting {
	return channels.Setting{Name: name, Kind: channels.SettingSecret, Doc: doc, Example: example}
}

func number(name, doc, example string) channels.Setting {
	return channels.Setting{Name: name, Kind: channels.SettingInt, Doc: doc, Example: example}
}

func commonSettings() []channels.Setting {
	return []channels.Setting{
		{
			Name: "preset", Kind: channels.SettingEnum, Values: presetNames(), Default: "none",
			Doc:     "A named set of settings to begin with. What you write yourself takes its place; your events, owner, states and failures go before those of the preset.",
			Example: "standard",
		},
		{
			Name: "mode", Kind: channels.SettingEnum, Values: []string{push, pull}, Default: push,
			Doc:     "How messages come in: push is by webhooks, pull is from an address that is asked.",
			Example: pull,
		},
		text("from", "Your own number or name on the platform: {from} in requests and conditions, and the account of events whose payload names none.", `"4420000000"`),
		{
			Name: "format", Kind: channels.SettingEnum, Values: []string{"auto", "json", "form"},
			Doc:     "The form of webhooks. auto (the default) goes by Content-Type: a form where it says so, else JSON.",
			Example: "form",
		},
		text("answer", "The body of the answer to a webhook, for platforms that want one. Without it the answer is an empty 200.", `'{"ok":true}'`),
	}
}

func verifySettings() []channels.Setting {
	return []channels.Setting{
		{
			Name: "verify", Kind: channels.SettingEnum, Values: []string{"off", "header", "query", "hmac", "standard"},
			Doc: "How webhooks prove that they are the platform's. header: the secret is in a header; query: it is in the address; hmac: a header has an " +
				"HMAC of the body; standard: Standard Webhooks 1.0.0. off takes them from anybody.",
			Example: "hmac",
		},
		secret("webhook_secret", "The secret of verify. With standard, one that begins with whsec_ is base64.", "${ env.CRM_WEBHOOK_SECRET }"),
		secret("webhook_secret_old", "A secret that is taken as well, while you change it.", "${ env.CRM_WEBHOOK_SECRET_OLD }"),
		text("signature_header", "The header with the secret (Authorization without this setting) or the HMAC (needed).", "X-Signature"),
		text("signature_prefix", "What stands before the secret or the HMAC in the header. For Authorization it is `Bearer ` without this setting.", `"sha256="`),
		text("signature_param", "The parameter of the webhook's address that has the secret, with verify: query. Without it `token`.", "key"),
		{
			Name: "signature_hash", Kind: channels.SettingEnum, Values: []string{"sha1", "sha256", "sha512"},
			Doc: "The hash of the HMAC. Without it sha256.", Example: "sha512",
		},
		{
			Name: "signature_encoding", Kind: channels.SettingEnum, Values: []string{"hex", "base64"},
			Doc: "How the HMAC is written. Without it hex.", Example: "base64",
		},
		text("signature_over", "What the HMAC is of: a text with {body} and {timestamp}. Without it {body}, or {timestamp}.{body} where there is a timestamp_header.", `"v0:{timestamp}:{body}"`),
		text("timestamp_header", "The header with the time of the request in Unix seconds or milliseconds, which signature_over covers.", "X-Request-Timestamp"),
		number("timestamp_tolerance", "By how many seconds that time, or the one of standard, may differ from ours, in both directions. Without it 300.", "600"),
		text("handshake", "The parameter of a GET to the webhook's address that is sent back, by which some platforms check the address.", "hub.challenge"),
		secret("handshake_token", "The secret that such a GET has to have.", "${ env.CRM_HANDSHAKE_TOKEN }"),
		text("handshake_token_param", "The parameter of the GET with that secret. Without it `token`.", "hub.verify_token"),
	}
}

func eventSettings() []channels.Setting {
	return []channels.Setting{
		list("items", "Where a body has its events, where it has several: each becomes an item, in which the other paths begin. A body without any is the item.", `["messages[*]", "statuses[*]"]`),
		list("events", "What an item means, each line as `kind: path=value, path!=value`; the first that fits counts. Kinds: "+strings.Join(eventKinds(), ", ")+
			". Without lines, and without `kind`, an item with a status is a status, and everything else a message.", `["message: type=message.created", "conversation_closed: type=ticket.closed"]`),
		text("kind", "Where an item names its kind in Parley's own words, for items that no line of events fits.", "kind"),
		list("owner", "What an item tells beside itself about who has the conversation, each line as in events. Kinds: "+strings.Join(ownerKinds(), ", ")+
			". It silences the bot, or gives the conversation back, before the item counts.", `["conversation_assigned: ticket.agent_id!=null"]`),
		text("owner_id", "Who has the conversation, for event.data.agent_id of what owner tells.", "ticket.agent_id"),
		text("id", "The platform's id of the message.", "message.id"),
		list("dedupe", "What tells an item from others: paths whose values are joined. Without it kind, id and status. It counts where there is an id; else digest_of does.", `["event_id"]`),
		list("digest_of", "What tells an item without an id from others: paths whose values are hashed, where the first has one. Without it the whole item, which must then come the same a second time.", `["created_at", "chat.id", "text"]`),
		text("conversation", "The key of the conversation: what answers are sent to.", "chat.id | phone as phone"),
		text("account", "Your account that was written to. Without it, or without a value, `from`.", "channel.id"),
		text("sender_id", "The platform's id of the person. Without a value it is the conversation.", "from.id"),
		text("sender_name", "The name of the person.", "from.name"),
		text("sender_phone", "The number of the person with its country.", "from.phone"),
		text("sender_email", "The email address of the person.", "from.email"),
		text("sender_language", "The language of the person.", "from.locale"),
		text("refers_to", "The id of the message that this one answers, reacts to or edits.", "reply_to.id"),
		text("time", "When it happened: Unix seconds, milliseconds, or a date and time (UTC where it names no zone).", "created_at"),
		text("status", "The state of a message that went out.", "status.name"),
		text("status_id", "The id of that message. Without a value it is `id`.", "status.message_id"),
		list("states", "The platform's words for sent, delivered, read and failed, each line as `failed: path=value`. Those four words themselves are known.", `["failed: status.name=UNDELIVERABLE"]`),
		text("status_error", "The code or word for a failure.", "status.error.code"),
		list("data", "What flows read as event.data, each line as `name: path`; `*: path` takes all of an object.", `["order: metadata.order_id"]`),
		list("hide", "Names of keys whose values are never kept, wherever they are, because they are secrets.", `["credentials"]`),
	}
}

func contentSettings() []channels.Setting {
	return []channels.Setting{
		text("text", "What was written; with [*] several lines.", "message.text | message.caption"),
		list("media", "The addresses of media, each line as `image: path`; kinds are image, audio, video, file, and auto, which goes by media_kind or media_mime.", `["auto: attachments[*].url"]`),
		text("media_kind", "A word of the platform for the form of media of the kind auto. Words such as photo, voice, sticker and document are understood.", "attachments[*].type"),
		text("media_mime", "The type of media, such as image/png.", "attachments[*].mime"),
		text("media_name", "The name of the file.", "attachments[*].name"),
		text("latitude", "The latitude of a place.", "location.lat"),
		text("longitude", "Its longitude.", "location.lng"),
		text("location_name", "Its name.", "location.title"),
		text("location_address", "Its address.", "location.address"),
		text("contacts", "Cards of people, in which the three paths that follow begin.", "contacts[*]"),
		text("contact_name", "The name on a card.", "name"),
		text("contact_phone", "Its numbers. Without any, those of contact_vcard.", "phones[*].number"),
		text("contact_vcard", "The card as a vCard.", "vcard"),
		text("choice_id", "The id of the option that was tapped: a message with one is a choice.", "button.payload"),
		text("choice_title", "Its title.", "button.text"),
	}
}
