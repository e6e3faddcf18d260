package webhook

import "github.com/parley-chat/parley/channels"

func sendSettings() []channels.Setting {
	request := "A request: the method and the path, which may have a query, and on the lines below a body: JSON, or lines `name=value` for a form. "
	return []channels.Setting{
		{
			Name: "api_url", Kind: channels.SettingURL,
			Doc:     "The address that the paths of requests go on from. Needed unless the preset has it.",
			Example: "https://crm.example.test/api",
		},
		secret("api_key", "The key or password of the platform's API, {api_key} in requests and headers.", "${ env.CRM_API_KEY }"),
		text("api_user", "The user of the platform's API, {api_user}. {basic_auth} is user and key as the header Authorization: Basic has them.", "parley"),
		list("headers", "The headers of every request, each as `Name: value`. {api_key}, {api_user}, {basic_auth} and {from} are filled in.", `["Authorization: Bearer {api_key}"]`),
		text("ref_header", "The header that takes Parley's reference of a message as an idempotency key. Set it only where the platform promises to send no second copy: a message whose outcome is unknown is sent again then. none takes that of a preset away.", "Idempotency-Key"),
		text("send", request+"It sends every message that has no request of its own below. What it fills in decides what can be sent.",
			`'POST /messages {"to": "{conversation}", "text": "{text}"}'`),
		text("send_text", "The request of a text.", `'POST /send/text {"to": "{conversation}", "text": "{text}"}'`),
		text("send_buttons", "The request of a text with buttons.", `'POST /send/buttons {"to": "{conversation}", "text": "{text}", "buttons": ["{each options}", {"id": "{option.id}", "title": "{option.label}"}]}'`),
		text("send_list", "The request of a text with a list.", `'POST /send/list {"to": "{conversation}", "text": "{text}", "rows": ["{each options}", {"id": "{option.id}", "title": "{option.label}", "description": "{option.hint?}"}]}'`),
		text("send_media", "The request of an image, a sound, a video or a file.", `'POST /send/{media.kind} {"to": "{conversation}", "url": "{media.url}", "caption": "{text?}"}'`),
		text("send_location", "The request of a place.", `'POST /send/location {"to": "{conversation}", "lat": "{location.latitude}", "lng": "{location.longitude}"}'`),
		text("send_contact", "The request of a card.", `'POST /send/contact {"to": "{conversation}", "name": "{contact.name}", "phone": "{contact.phone}"}'`),
		text("send_template", "The request of a template.", `'POST /send/template {"to": "{conversation}", "name": "{template.name}", "values": "{template.values}"}'`),
		list("success", "What the answer of a success has, beside a status of 2xx: `path=value`. Another value is a refusal; an answer without it leaves the outcome unknown.", `["ok=true"]`),
		text("message_id", "Where the answer has the id of the message; {ref} when the platform knows it by the reference that the request had. Without this setting any 2xx is a success, and statuses can't be matched.", "data.id"),
		list("failures", "What answers mean, each line as `429: rate_limited` or `400, error.code=131047: window_closed`; the first that fits counts. Kinds: rate_limited, unavailable, unknown, invalid, unauthorized, blocked, window_closed.",
			`["error.code=131047: window_closed", "error.message~blocked: blocked"]`),
		text("error_code", "Where an answer that is no success has the platform's code or word for it.", "error.code"),
		text("check", "A GET for checking the settings. Without it nothing is asked.", `"GET /me"`),
	}
}

func capabilitySettings() []channels.Setting {
	return []channels.Setting{
		number("text_limit", "The longest text; longer ones become several. Without it there is no limit.", "4096"),
		{
			Name: "text_unit", Kind: channels.SettingEnum, Values: []string{"runes", "utf16", "bytes", "graphemes"},
			Doc: "What the platform counts texts in. Without it runes.", Example: "utf16",
		},
		number("options_text_limit", "The longest text with buttons or a list. Without it text_limit.", "1024"),
		number("caption_limit", "The longest caption of media. Without it, or with 0, the text is a message of its own.", "1024"),
		list("captions", "The kinds of media that have a caption. Without it all.", "[image, video]"),
		list("media_kinds", "The kinds of media that can be sent. Without it image, audio, video and file, if a request fills in {media.url}.", "[image, file]"),
		number("buttons", "How many buttons fit, if a request fills in options. Without it 3; 0 is none.", "10"),
		number("button_label", "The longest label of a button. Without it 20; 0 is no limit.", "24"),
		number("list_rows", "How many rows a list has, if there is send_list. Without it 10.", "20"),
		number("list_label", "The longest label of a row. Without it 24; 0 is no limit.", "60"),
		number("list_hint", "The longest hint of a row. Without it 72; 0 is none.", "60"),
		number("option_id", "The longest id of an option in bytes. Without it there is no limit.", "256"),
		number("window_hours", "How many hours after the person's last message a text may be sent. Without it always.", "24"),
		{
			Name: "status_by_id", Kind: channels.SettingBool,
			Doc: "Whether statuses name the message and no conversation. Without it false.", Example: "true",
		},
	}
}

func pollSettings() []channels.Setting {
	return []channels.Setting{
		text("poll", "The request that asks for events, in mode pull. {cursor} is where to go on.", `"GET /queue?after={cursor}&limit=50"`),
		list("poll_items", "Where its answer has the events. Without it as items says; else the whole answer is one.", `["events[*]"]`),
		number("poll_interval", "How many seconds to wait after an answer without events. Without it 5; 0 where the platform itself waits for events.", "1"),
		text("poll_cursor", "Where the answer has the cursor of the next request, once its events are durable; the last of several counts.", "$.next_cursor"),
		text("poll_start", "The cursor after a start. Without it empty: the platform begins where it likes, and what was seen before is a duplicate.", "0"),
		text("poll_receipt", "Where an event, or with $ the answer, has the receipt for poll_done.", "receipt_id"),
		text("poll_done", "The request that tells the platform that an event is durable, with {receipt}.", `"DELETE /queue/{receipt}"`),
	}
}
