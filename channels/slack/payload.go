package slack

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// The payloads, as far as they are read. Names are those of
// https://docs.slack.dev/reference/events,
// https://docs.slack.dev/reference/interaction-payloads and
// https://docs.slack.dev/reference/objects.
type (
	// envelope is what the Events API posts.
	envelope struct {
		Type      string `json:"type"`
		TeamID    string `json:"team_id"`
		EventID   string `json:"event_id"`
		EventTime int64  `json:"event_time"`
		Event     *event `json:"event"`
		// Authorizations has one of those who can see the event: this app's.
		Authorizations []authorization `json:"authorizations"`
		// Challenge is that of url_verification, MinuteRateLimited of app_rate_limited.
		Challenge         string `json:"challenge"`
		MinuteRateLimited int64  `json:"minute_rate_limited"`
	}

	authorization struct {
		UserID string `json:"user_id"`
		IsBot  bool   `json:"is_bot"`
	}

	// event is any event: what most have, and what single ones add.
	event struct {
		message
		ChannelType     string   `json:"channel_type"`
		EventTS         string   `json:"event_ts"`
		Message         *message `json:"message"`
		PreviousMessage *message `json:"previous_message"`
		DeletedTS       string   `json:"deleted_ts"`
		Reaction        string   `json:"reaction"`
		Item            item     `json:"item"`
		Tab             string   `json:"tab"`
		AssistantThread struct {
			UserID    string `json:"user_id"`
			ChannelID string `json:"channel_id"`
			ThreadTS  string `json:"thread_ts"`
		} `json:"assistant_thread"`
	}

	message struct {
		Type     string  `json:"type"`
		Subtype  string  `json:"subtype"`
		Channel  ident   `json:"channel"`
		User     ident   `json:"user"`
		Username string  `json:"username"`
		Profile  profile `json:"user_profile"`
		BotID    string  `json:"bot_id"`
		Text     string  `json:"text"`
		TS       string  `json:"ts"`
		ThreadTS string  `json:"thread_ts"`
		Edited   *edited `json:"edited"`
		Files    []file  `json:"files"`
	}

	edited struct {
		TS string `json:"ts"`
	}

	profile struct {
		FirstName   string `json:"first_name"`
		RealName    string `json:"real_name"`
		DisplayName string `json:"display_name"`
	}

	item struct {
		Type    string `json:"type"`
		Channel string `json:"channel"`
		TS      string `json:"ts"`
	}

	// file is https://docs.slack.dev/reference/objects/file-object.
	file struct {
		ID          string `json:"id"`
		Name        string `json:"name"`
		Title       string `json:"title"`
		MIME        string `json:"mimetype"`
		Size        int64  `json:"size"`
		Mode        string `json:"mode"`
		Access      string `json:"file_access"`
		IsExternal  bool   `json:"is_external"`
		URL         string `json:"url_private"`
		DownloadURL string `json:"url_private_download"`
	}

	// interaction is what a tap posts, in the field payload of a form.
	interaction struct {
		Type string `json:"type"`
		Team struct {
			ID string `json:"id"`
		} `json:"team"`
		User struct {
			ID       string `json:"id"`
			Username string `json:"username"`
			Name     string `json:"name"`
		} `json:"user"`
		TriggerID string `json:"trigger_id"`
		Container struct {
			ChannelID string `json:"channel_id"`
			MessageTS string `json:"message_ts"`
			ThreadTS  string `json:"thread_ts"`
		} `json:"container"`
		Channel struct {
			ID string `json:"id"`
		} `json:"channel"`
		Message message  `json:"message"`
		Actions []action `json:"actions"`
	}

	action struct {
		ActionTS       string  `json:"action_ts"`
		Value          string  `json:"value"`
		Text           text    `json:"text"`
		SelectedOption *option `json:"selected_option"`
	}

	// option is that of a select menu.
	option struct {
		Text        text   `json:"text"`
		Value       string `json:"value"`
		Description *text  `json:"description,omitempty"`
	}

	// text is a text object: plain_text or mrkdwn.
	text struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
)

// ident is an id. Some events have the whole channel or user in its place.
type ident string

// UnmarshalJSON takes a text, or an object with an id.
func (i *ident) UnmarshalJSON(b []byte) error {
	if bytes.HasPrefix(b, []byte("{")) {
		var o struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(b, &o); err != nil {
			return err
		}
		*i = ident(o.ID)
		return nil
	}
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	*i = ident(s)
	return nil
}

// secretKeys are credentials at the top of payloads, which nobody needs to see.
func secretKeys() []string {
	return []string{"token", "response_url", "response_urls", "trigger_id", "bot_access_token", "function_data", "interactivity"}
}

// withoutCredentials returns a payload for people to look at.
func withoutCredentials(body []byte) json.RawMessage {
	raw := json.RawMessage(bytes.ToValidUTF8(bytes.TrimSpace(body), []byte("\uFFFD")))
	var fields map[string]json.RawMessage
	if err := channels.Unmarshal(raw, &fields); err != nil {
		return raw
	}
	before := len(fields)
	for _, k := range secretKeys() {
		delete(fields, k)
	}
	if len(fields) == before {
		return raw
	}
	clean, err := json.Marshal(fields)
	if err != nil {
		return json.RawMessage(`{}`)
	}
	return clean
}

// maxUnix is the last second of the year 9999, beyond which a time is no JSON.
const maxUnix = 253402300799

// when reads a timestamp, such as 1355517523.000005: seconds, and what tells
// messages of a channel apart.
func when(ts string) time.Time {
	whole, fraction, _ := strings.Cut(ts, ".")
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || seconds <= 0 || seconds > maxUnix {
		return time.Time{}
	}
	micros, err := strconv.ParseInt(fraction, 10, 64)
	if err != nil || len(fraction) != 6 || micros < 0 {
		micros = 0
	}
	return time.Unix(seconds, micros*1000).UTC()
}
