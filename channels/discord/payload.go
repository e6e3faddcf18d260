package discord

import (
	"encoding/json"
	"strconv"
	"time"
)

// The payloads, as far as they are read. Names are those of
// …/interactions/receiving-and-responding, …/components/reference and
// …/events/webhook-events.
type (
	// interaction is what a command, a tap or a form posts. A webhook event comes in
	// the same shape with an event instead.
	interaction struct {
		ID            string  `json:"id"`
		ApplicationID string  `json:"application_id"`
		Type          *int64  `json:"type"`
		Token         string  `json:"token"`
		GuildID       string  `json:"guild_id"`
		ChannelID     string  `json:"channel_id"`
		Channel       object  `json:"channel"`
		Context       *int64  `json:"context"`
		Locale        string  `json:"locale"`
		User          *user   `json:"user"`
		Member        *member `json:"member"`
		Message       *struct {
			ID         string      `json:"id"`
			Components []component `json:"components"`
		} `json:"message"`
		Data  data          `json:"data"`
		Event *webhookEvent `json:"event"`
	}

	object struct {
		ID string `json:"id"`
	}

	user struct {
		ID         string `json:"id"`
		Username   string `json:"username"`
		GlobalName string `json:"global_name"`
	}

	member struct {
		Nick string `json:"nick"`
		User *user  `json:"user"`
	}

	// data is that of commands, components and forms.
	data struct {
		Name          string      `json:"name"`
		Type          int64       `json:"type"`
		TargetID      string      `json:"target_id"`
		Options       []option    `json:"options"`
		Resolved      resolved    `json:"resolved"`
		CustomID      string      `json:"custom_id"`
		ComponentType int64       `json:"component_type"`
		Values        []string    `json:"values"`
		Components    []component `json:"components"`
	}

	option struct {
		Name    string   `json:"name"`
		Type    int64    `json:"type"`
		Value   scalar   `json:"value"`
		Options []option `json:"options"`
	}

	resolved struct {
		Attachments map[string]attachment `json:"attachments"`
		Messages    map[string]struct {
			Content     string       `json:"content"`
			Attachments []attachment `json:"attachments"`
		} `json:"messages"`
	}

	attachment struct {
		Filename    string `json:"filename"`
		ContentType string `json:"content_type"`
		Size        int64  `json:"size"`
		URL         string `json:"url"`
	}

	component struct {
		CustomID string   `json:"custom_id"`
		Label    string   `json:"label"`
		Value    scalar   `json:"value"`
		Values   []string `json:"values"`
		Options  []struct {
			Label string `json:"label"`
			Value string `json:"value"`
		} `json:"options"`
		Components []component `json:"components"`
		Component  *component  `json:"component"`
		Accessory  *component  `json:"accessory"`
	}

	webhookEvent struct {
		Type      string `json:"type"`
		Timestamp string `json:"timestamp"`
		Data      struct {
			User            *user  `json:"user"`
			UserID          string `json:"user_id"`
			SKU             string `json:"sku_id"`
			IntegrationType *int64 `json:"integration_type"`
			Guild           object `json:"guild"`
		} `json:"data"`
	}
)

// scalar is a text, a number with all its digits, or a truth, as text.
type scalar string

// UnmarshalJSON takes any value that is no list and no object.
func (s *scalar) UnmarshalJSON(b []byte) error {
	switch b[0] {
	case '"':
		var v string
		if err := json.Unmarshal(b, &v); err != nil {
			return err
		}
		*s = scalar(v)
	case 'n', '[', '{':
		*s = ""
	default:
		*s = scalar(b)
	}
	return nil
}

// Types of interactions, of their answers, of components and of commands.
const (
	typePing, typeCommand, typeComponent, typeModal = 1, 2, 3, 5

	answerPong, answerDeferred, answerDeferredUpdate, answerModal = 1, 5, 6, 9

	componentRow, componentButton, componentSelect, componentText, componentLabel = 1, 2, 3, 4, 18

	commandSlash, commandMessage = 1, 3

	optionText, optionAttachment = 3, 11

	contextBotDM = 1

	flagEphemeral = 1 << 6
)

// epoch is where snowflakes begin, in milliseconds: …/reference#snowflakes.
const epoch = 1420070400000

// made is when a snowflake was made.
func made(id string) time.Time {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(int64(n>>22) + epoch).UTC()
}
