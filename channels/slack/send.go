package slack

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// post is the body of chat.postMessage:
// https://docs.slack.dev/reference/methods/chat.postMessage.
type post struct {
	Channel  string  `json:"channel"`
	ThreadTS string  `json:"thread_ts,omitempty"`
	Text     string  `json:"text,omitempty"`
	Mrkdwn   *bool   `json:"mrkdwn,omitempty"`
	Blocks   []block `json:"blocks,omitempty"`
}

// block is a block, or an element in one:
// https://docs.slack.dev/reference/block-kit.
type block struct {
	Type     string   `json:"type"`
	Text     *text    `json:"text,omitempty"`
	Elements []block  `json:"elements,omitempty"`
	ActionID string   `json:"action_id,omitempty"`
	Value    string   `json:"value,omitempty"`
	URL      string   `json:"url,omitempty"`
	Options  []option `json:"options,omitempty"`
	ImageURL string   `json:"image_url,omitempty"`
	AltText  string   `json:"alt_text,omitempty"`
}

// Send posts a message. Options, links and images are blocks; the text beside them
// is for notifications and screen readers.
func (c *Channel) Send(ctx context.Context, m *channels.Message) (channels.Receipt, error) {
	p, err := c.render(m)
	if err != nil {
		return channels.Receipt{}, &channels.SendError{Kind: channels.ErrInvalid, Err: err}
	}
	var sent struct {
		TS string `json:"ts"`
	}
	if err := c.call(ctx, "chat.postMessage", p, &sent); err != nil {
		return channels.Receipt{}, err
	}
	if sent.TS == "" {
		return channels.Receipt{}, &channels.SendError{Kind: channels.ErrUnknown, Err: errors.New("the answer has no id of the message")}
	}
	return channels.Receipt{MessageID: sent.TS}, nil
}

func (c *Channel) render(m *channels.Message) (*post, error) {
	p, err := target(m.Conversation)
	if err != nil {
		return nil, err
	}
	p.Text = escape(m.Text)
	if !c.mrkdwn {
		p.Mrkdwn = new(bool)
	}
	if m.Media != nil {
		if m.Media.Kind != channels.Image {
			return nil, fmt.Errorf("no media of kind %q", m.Media.Kind)
		}
		alt := first(m.Media.Name, m.Text, "image")
		p.Blocks = append(p.Blocks, block{Type: "image", ImageURL: m.Media.URL, AltText: escape(cut(alt, maxAltText))})
		p.Text = first(p.Text, escape(cut(m.Media.Name, maxText)), "image")
	}
	actions := append(options(m), links(m)...)
	if m.Text != "" && (m.Media != nil || len(actions) > 0) {
		p.Blocks = append(p.Blocks, c.sections(m.Text)...)
	}
	// Rows of five, which every version of Slack has taken.
	for ; len(actions) > 0; actions = actions[min(len(actions), 5):] {
		p.Blocks = append(p.Blocks, block{Type: "actions", Elements: actions[:min(len(actions), 5)]})
	}
	if p.Text == "" {
		return nil, errors.New("nothing that Slack can send")
	}
	return p, nil
}

// target reads the key of a conversation: the channel, and maybe the thread.
func target(key string) (*post, error) {
	channel, thread, threaded := strings.Cut(key, ":")
	if !regexp.MustCompile(`^[A-Z0-9]{2,40}$`).MatchString(channel) {
		return nil, errors.New("the conversation is not a channel of Slack")
	}
	if threaded && !regexp.MustCompile(`^[0-9]{1,20}\.[0-9]{1,10}$`).MatchString(thread) {
		return nil, errors.New("the conversation is not a thread of Slack")
	}
	return &post{Channel: channel, ThreadTS: thread}, nil
}

// sections shows a text, in several parts where the escapes make it too long.
func (c *Channel) sections(s string) []block {
	kind := "plain_text"
	if c.mrkdwn {
		kind = "mrkdwn"
	}
	var out []block
	for limit := maxSection; ; limit /= 2 {
		fits := true
		out = nil
		for _, part := range channels.Split(s, channels.TextLimit{Max: limit, Unit: channels.UTF16}) {
			part = escape(part)
			fits = fits && channels.Measure(part, channels.UTF16) <= maxSection
			out = append(out, block{Type: "section", Text: &text{Type: kind, Text: part}})
		}
		if fits || limit < 2 {
			return out
		}
	}
}

// options are buttons, or one menu.
func options(m *channels.Message) []block {
	switch m.Form {
	case channels.FormButtons:
		var out []block
		for i, o := range m.Options {
			out = append(out, block{
				Type: "button", Text: plain(o.Label), ActionID: "option_" + strconv.Itoa(i+1), Value: optionValue(i+1, o.ID),
			})
		}
		return out
	case channels.FormList:
		menu := block{Type: "static_select", ActionID: "options"}
		for i, o := range m.Options {
			row := option{Text: *plain(o.Label), Value: optionValue(i+1, o.ID)}
			if o.Hint != "" {
				row.Description = plain(o.Hint)
			}
			menu.Options = append(menu.Options, row)
		}
		return []block{menu}
	default:
		return nil
	}
}

func links(m *channels.Message) []block {
	var out []block
	for i, l := range m.Links {
		out = append(out, block{
			Type: "button", Text: plain(cut(first(l.Label, l.URL), maxLabel)), ActionID: "link_" + strconv.Itoa(i+1), URL: l.URL,
		})
	}
	return out
}

// plain is a text object without markup.
func plain(s string) *text { return &text{Type: "plain_text", Text: escape(s)} }

// optionValue is the option's id, or its number where the id does not fit.
func optionValue(number int, id string) string {
	if id == "" || channels.Measure(id, channels.UTF16) > maxOptionValue || strings.HasPrefix(id, "#") {
		return "#" + strconv.Itoa(number)
	}
	return id
}

// cut shortens a text where there is no second message for the rest.
func cut(s string, limit int) string {
	if parts := channels.Split(s, channels.TextLimit{Max: limit, Unit: channels.UTF16}); len(parts) > 0 {
		return parts[0]
	}
	return ""
}
