package telegram

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// payload is the body of a method that sends.
type payload map[string]any

// Send sends a message with one method of the Bot API. Media go by their
// address, which Telegram fetches itself.
func (c *Channel) Send(ctx context.Context, m *channels.Message) (channels.Receipt, error) {
	method, p, err := c.render(m)
	if err != nil {
		return channels.Receipt{}, &channels.SendError{Kind: channels.ErrInvalid, Err: err}
	}
	var sent struct {
		MessageID channels.Integer `json:"message_id"`
	}
	if err := c.call(ctx, method, p, &sent); err != nil {
		return channels.Receipt{}, err
	}
	return channels.Receipt{MessageID: string(sent.MessageID)}, nil
}

// render makes the method and its body. Texts are sent as they are, with no
// parse_mode, so that nothing in them is markup.
func (c *Channel) render(m *channels.Message) (string, payload, error) {
	p, err := target(m.Conversation)
	if err != nil {
		return "", nil, err
	}
	if k := c.keyboard(m); k != nil {
		p["reply_markup"] = k
	}
	switch {
	case m.Media != nil:
		method, field, err := mediaMethod(m.Media.Kind)
		if err != nil {
			return "", nil, err
		}
		p[field] = m.Media.URL
		if m.Text != "" {
			p["caption"] = m.Text
		}
		return method, p, nil
	case m.Location != nil:
		return locationMethod(p, m.Location), p, nil
	case m.Contact != nil && len(m.Contact.Phones) > 0:
		addCard(p, m.Contact)
		return "sendContact", p, nil
	case m.Text != "":
		p["text"] = m.Text
		return "sendMessage", p, nil
	default:
		return "", nil, errors.New("nothing that Telegram can send")
	}
}

// target reads the key of a conversation: the chat, and maybe the topic.
func target(key string) (payload, error) {
	chat, thread, topic := strings.Cut(key, ":")
	if _, err := strconv.ParseInt(chat, 10, 64); err != nil {
		return nil, errors.New("the conversation is not a chat of Telegram")
	}
	p := payload{"chat_id": channels.Integer(chat)}
	if topic {
		if _, err := strconv.ParseInt(thread, 10, 64); err != nil {
			return nil, errors.New("the conversation is not a topic of Telegram")
		}
		p["message_thread_id"] = channels.Integer(thread)
	}
	return p, nil
}

func mediaMethod(k channels.MediaKind) (method, field string, err error) {
	switch k {
	case channels.Image:
		return "sendPhoto", "photo", nil
	case channels.Audio:
		return "sendAudio", "audio", nil
	case channels.Video:
		return "sendVideo", "video", nil
	case channels.File:
		return "sendDocument", "document", nil
	default:
		return "", "", fmt.Errorf("no media of kind %q", k)
	}
}

// locationMethod sends a venue where there is a name and an address, which it needs.
func locationMethod(p payload, l *channels.Location) string {
	p["latitude"], p["longitude"] = l.Latitude, l.Longitude
	if l.Name == "" || l.Address == "" {
		return "sendLocation"
	}
	p["title"], p["address"] = l.Name, l.Address
	return "sendVenue"
}

func addCard(p payload, c *channels.Contact) {
	first, last, _ := strings.Cut(strings.TrimSpace(c.Name), " ")
	p["phone_number"], p["first_name"] = c.Phones[0], first
	if first == "" {
		p["first_name"] = c.Phones[0]
	}
	if last != "" {
		p["last_name"] = last
	}
	if c.VCard != "" {
		p["vcard"] = c.VCard
	}
}

// keyboard shows options and links, or takes an earlier reply keyboard away; a
// message has one of these.
func (c *Channel) keyboard(m *channels.Message) any {
	if c.replyKeyboard && m.Form == channels.FormButtons {
		var rows [][]payload
		for _, o := range m.Options {
			rows = append(rows, []payload{{"text": o.Label}})
		}
		return payload{"keyboard": rows, "resize_keyboard": true, "one_time_keyboard": true}
	}
	var k inlineKeyboard
	if m.Form == channels.FormButtons {
		for i, o := range m.Options {
			k.Rows = append(k.Rows, []inlineButton{{Text: o.Label, CallbackData: callbackData(i+1, o.ID)}})
		}
	}
	for _, l := range m.Links {
		k.Rows = append(k.Rows, []inlineButton{{Text: l.Label, URL: l.URL}})
	}
	if k.Rows != nil {
		return k
	}
	if m.RemoveKeyboard {
		return payload{"remove_keyboard": true}
	}
	return nil
}

// callbackData is the option's id, or its number where the id does not fit. The
// tap then brings the number, and the label as the title of the choice.
func callbackData(number int, id string) string {
	if id == "" || len(id) > maxCallbackData || strings.HasPrefix(id, "#") {
		return "#" + strconv.Itoa(number)
	}
	return id
}

// Acknowledge stops the spinner of a tapped button.
func (c *Channel) Acknowledge(ctx context.Context, e *channels.Event) error {
	if e.Kind != channels.KindChoice {
		return nil
	}
	return c.call(ctx, "answerCallbackQuery", payload{"callback_query_id": e.ID}, nil)
}

// Typing shows for up to five seconds that the bot types.
func (c *Channel) Typing(ctx context.Context, _, conversation string) error {
	p, err := target(conversation)
	if err != nil {
		return &channels.SendError{Kind: channels.ErrInvalid, Err: err}
	}
	p["action"] = "typing"
	return c.call(ctx, "sendChatAction", p, nil)
}
