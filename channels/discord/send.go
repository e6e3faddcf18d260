package discord

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/channels"
)

type (
	// post is the body of a message: …/resources/message#create-message. Nothing in a
	// text rings anybody's bell.
	post struct {
		Content    string          `json:"content,omitempty"`
		Embeds     []embed         `json:"embeds,omitempty"`
		Components []part          `json:"components,omitempty"`
		Mentions   allowedMentions `json:"allowed_mentions"`
		// Nonce makes that a second copy within "the past few minutes" is none. Answers
		// to interactions have none.
		Nonce   string `json:"nonce,omitempty"`
		Enforce bool   `json:"enforce_nonce,omitempty"`
	}

	allowedMentions struct {
		Parse []string `json:"parse"`
	}

	embed struct {
		Image struct {
			URL string `json:"url"`
		} `json:"image"`
	}

	// part is a component that is sent: …/components/reference.
	part struct {
		Type       int    `json:"type"`
		Components []part `json:"components,omitempty"`
		Style      int    `json:"style,omitempty"`
		Label      string `json:"label,omitempty"`
		CustomID   string `json:"custom_id,omitempty"`
		URL        string `json:"url,omitempty"`
		Options    []row  `json:"options,omitempty"`
	}

	row struct {
		Label       string `json:"label"`
		Value       string `json:"value"`
		Description string `json:"description,omitempty"`
	}
)

// Styles of buttons.
const (
	styleSecondary = 2
	styleLink      = 5
)

// Send sends a message: as the answer to an interaction of the conversation while this
// process has its token, else as a message of the bot to the channel.
func (c *Channel) Send(ctx context.Context, m *channels.Message) (channels.Receipt, error) {
	channel, err := target(m.Conversation)
	if err != nil {
		return channels.Receipt{}, &channels.SendError{Kind: channels.ErrInvalid, Err: err}
	}
	p, err := c.render(m)
	if err != nil {
		return channels.Receipt{}, &channels.SendError{Kind: channels.ErrInvalid, Err: err}
	}
	var sent object
	if gr, original, ok := c.granted(m); ok {
		method, rest := http.MethodPost, ""
		if original {
			method, rest = http.MethodPatch, "/messages/@original"
		}
		err = c.answerTo(ctx, gr, method, rest, p, &sent)
		c.grants.settle(m.Conversation, m.Ref, gr, original, err)
	} else {
		p.Nonce = nonce(m.Ref)
		p.Enforce = p.Nonce != ""
		err = c.call(ctx, http.MethodPost, "/channels/"+channel+"/messages", p, &sent)
	}
	if err != nil {
		return channels.Receipt{}, err
	}
	if sent.ID == "" {
		return channels.Receipt{}, &channels.SendError{Kind: channels.ErrUnknown, Err: errors.New("the answer has no id of the message")}
	}
	return channels.Receipt{MessageID: sent.ID}, nil
}

// granted finds an interaction to answer to.
func (c *Channel) granted(m *channels.Message) (gr grant, original, ok bool) {
	if c.viaChannels {
		return grant{}, false, false
	}
	return c.grants.take(m.Conversation, m.Ref)
}

// target reads the key of a conversation: the channel, and maybe the person.
func target(key string) (string, error) {
	channel, who, ok := strings.Cut(key, ":")
	if !digits(channel) || ok && !digits(who) {
		return "", errors.New("the conversation is not a channel of Discord")
	}
	return channel, nil
}

// nonce is the reference in the 25 characters that Discord takes.
func nonce(ref string) string {
	if ref == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(ref))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

func (c *Channel) render(m *channels.Message) (*post, error) {
	p := &post{Content: m.Text, Mentions: allowedMentions{Parse: []string{}}}
	if m.Media != nil {
		if m.Media.Kind != channels.Image {
			return nil, fmt.Errorf("no media of kind %q", m.Media.Kind)
		}
		var e embed
		e.Image.URL = m.Media.URL
		p.Embeds = []embed{e}
	}
	if p.Content == "" && p.Embeds == nil {
		return nil, errors.New("nothing that Discord can send")
	}
	p.Components = c.rows(m, &p.Content)
	return p, nil
}

// rows shows options and links in rows of five buttons, or a menu in a row of its own.
// A link that does not fit becomes a line of the text.
func (c *Channel) rows(m *channels.Message, content *string) []part {
	var rows []part
	var buttons []part
	for i, o := range m.Options {
		if m.Form == channels.FormButtons {
			buttons = append(buttons, part{Type: componentButton, Style: styleSecondary, Label: o.Label, CustomID: optionID(i+1, o.ID)})
		}
	}
	if m.Form == channels.FormList {
		rows = append(rows, menu(m.Options))
	}
	room := (maxRows - len(rows)) * maxRow
	if c.write != "" {
		room--
	}
	for _, l := range m.Links {
		if len(buttons) >= room || channels.Measure(l.URL, channels.UTF16) > maxLinkURL {
			*content = strings.TrimSpace(*content + "\n" + strings.TrimPrefix(l.Label+": ", ": ") + l.URL)
			continue
		}
		buttons = append(buttons, part{Type: componentButton, Style: styleLink, Label: cut(first(l.Label, l.URL), maxLabel), URL: l.URL})
	}
	if c.write != "" {
		buttons = append(buttons, part{Type: componentButton, Style: styleSecondary, Label: c.write, CustomID: writeID})
	}
	for ; len(buttons) > 0; buttons = buttons[min(len(buttons), maxRow):] {
		rows = append(rows, part{Type: componentRow, Components: buttons[:min(len(buttons), maxRow)]})
	}
	return rows
}

func menu(options []channels.Option) part {
	list := part{Type: componentSelect, CustomID: "options"}
	for i, o := range options {
		list.Options = append(list.Options, row{Label: o.Label, Value: optionID(i+1, o.ID), Description: o.Hint})
	}
	return part{Type: componentRow, Components: []part{list}}
}

// optionID is the option's id, or its number where the id does not fit.
func optionID(number int, id string) string {
	if id == "" || channels.Measure(id, channels.UTF16) > maxCustomID || strings.HasPrefix(id, "#") || id == writeID {
		return "#" + strconv.Itoa(number)
	}
	return id
}

// cut shortens a label.
func cut(s string, limit int) string {
	if parts := channels.Split(s, channels.TextLimit{Max: limit, Unit: channels.UTF16}); len(parts) > 0 {
		return parts[0]
	}
	return s
}

// Acknowledge takes away "the bot is thinking" where messages go to the channel.
func (c *Channel) Acknowledge(ctx context.Context, e *channels.Event) error {
	if !c.viaChannels || e.Kind != channels.KindMessage {
		return nil
	}
	gr, ok := c.grants.find(e.Conversation, e.ID)
	if !ok {
		return nil
	}
	if err := c.answerTo(ctx, gr, http.MethodDelete, "/messages/@original", nil, nil); err != nil {
		return fmt.Errorf("take away the answer that loads: %w", err)
	}
	return nil
}

// Typing shows for some seconds that the bot types: …/resources/channel#trigger-typing-indicator.
func (c *Channel) Typing(ctx context.Context, _, conversation string) error {
	channel, err := target(conversation)
	if err != nil {
		return &channels.SendError{Kind: channels.ErrInvalid, Err: err}
	}
	return c.call(ctx, http.MethodPost, "/channels/"+channel+"/typing", nil, nil)
}
