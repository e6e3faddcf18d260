package discord

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// writeID is the custom id of the button that opens the form to write in, and of that
// form.
const writeID = "parley:write"

// interaction reads a command, a tap or a form, and answers it.
func (c *Channel) interaction(raw json.RawMessage, in *interaction) *channels.Received {
	e := channels.Event{
		Kind: channels.KindUnknown, Account: in.ApplicationID, Sender: sender(in), ID: in.ID, Time: made(in.ID),
	}
	if in.ID != "" {
		e.DedupeID = "interaction:" + in.ID
	}
	e.Conversation = c.conversation(in, e.Sender.ID)
	switch *in.Type {
	case typeComponent:
		if c.write != "" && in.Data.CustomID == writeID {
			return &channels.Received{Answer: c.form()}
		}
		c.keep(in, e.Conversation, false)
		return c.received(raw, answer(map[string]any{"type": answerDeferredUpdate}), tapped(e, in)...)
	case typeCommand:
		c.commanded(&e, &in.Data)
	case typeModal:
		submitted(&e, &in.Data)
	}
	if e.Kind == channels.KindUnknown || e.Conversation == "" {
		// Nobody will answer it: Discord says to the person that the app did not.
		e.Kind = channels.KindUnknown
		return c.received(raw, nil, e)
	}
	c.keep(in, e.Conversation, true)
	return c.received(raw, c.deferred(), e)
}

// keep remembers how the interaction is answered; open tells that its answer loads.
func (c *Channel) keep(in *interaction, conversation string, open bool) {
	if conversation == "" || in.Token == "" || !digits(in.ApplicationID) || c.viaChannels && !open {
		return
	}
	c.grants.add(conversation, grant{app: in.ApplicationID, id: in.ID, token: in.Token}, open)
}

// deferred shows that the bot is thinking: until its first message, or where messages
// go to the channel to the person alone, until Acknowledge.
func (c *Channel) deferred() *channels.Answer {
	if c.viaChannels {
		return answer(map[string]any{"type": answerDeferred, "data": map[string]any{"flags": flagEphemeral}})
	}
	return answer(map[string]any{"type": answerDeferred})
}

// form opens a form with one field: …/components/reference#text-input.
func (c *Channel) form() *channels.Answer {
	field := map[string]any{"type": componentText, "custom_id": "text", "style": 2, "max_length": maxInput}
	return answer(map[string]any{"type": answerModal, "data": map[string]any{
		"custom_id": writeID, "title": c.write,
		"components": []any{map[string]any{"type": componentLabel, "label": c.write, "component": field}},
	}})
}

// commanded reads a command as the message that it is: "/track 12" for the command
// track with the option 12. What is given to the command of the settings, or a message
// that a command was used on, is the text itself.
func (c *Channel) commanded(e *channels.Event, d *data) {
	if d.Name == "" {
		return
	}
	name, values, options := d.Name, []string{}, map[string]any{}
	level := d.Options
	for len(level) == 1 && level[0].Options != nil && level[0].Value == "" {
		name += " " + level[0].Name
		level = level[0].Options
	}
	for _, o := range level {
		if o.Type == optionAttachment {
			addMedia(e, d.Resolved.Attachments[string(o.Value)])
			continue
		}
		options[channels.Clean(o.Name)] = channels.Clean(string(o.Value))
		if o.Value != "" {
			values = append(values, string(o.Value))
		}
	}
	payload := strings.Join(values, " ")
	e.Kind, e.Text = channels.KindMessage, strings.TrimSpace("/"+name+" "+payload)
	e.Data = map[string]any{"command": channels.Clean(name), "payload": channels.Clean(payload), "options": options}
	if d.Type == commandSlash && name == c.command && (payload != "" || len(e.Media) > 0) {
		e.Text = payload
	}
	if d.TargetID == "" {
		return
	}
	e.Data["target"] = channels.Clean(d.TargetID)
	if d.Type != commandMessage {
		return
	}
	e.RefersTo = d.TargetID
	m := d.Resolved.Messages[d.TargetID]
	for _, a := range m.Attachments {
		addMedia(e, a)
	}
	if m.Content != "" {
		e.Text = m.Content
	}
}

// addMedia adds a file. Its address is signed and open to all for a while.
func addMedia(e *channels.Event, a attachment) {
	if a.URL == "" {
		return
	}
	m := channels.Media{
		Kind: channels.File, URL: channels.Clean(a.URL), MIME: channels.Clean(a.ContentType), Size: max(a.Size, 0), Name: channels.Clean(a.Filename),
	}
	switch kind, _, _ := strings.Cut(a.ContentType, "/"); kind {
	case "image":
		m.Kind = channels.Image
	case "audio":
		m.Kind = channels.Audio
	case "video":
		m.Kind = channels.Video
	}
	e.Media = append(e.Media, m)
}

// submitted reads a form: the text of its fields, one a line.
func submitted(e *channels.Event, d *data) {
	fields, lines := map[string]any{}, []string{}
	walk(d.Components, func(x *component) bool {
		v := first(string(x.Value), strings.Join(x.Values, ", "))
		if x.CustomID != "" && v != "" {
			fields[channels.Clean(x.CustomID)] = channels.Clean(v)
			lines = append(lines, v)
		}
		return false
	})
	if len(lines) == 0 {
		return
	}
	e.Kind, e.Text = channels.KindMessage, strings.Join(lines, "\n")
	e.Data = map[string]any{"form": channels.Clean(d.CustomID), "fields": fields}
}

// walk visits components, and those in them, until visit returns true.
func walk(list []component, visit func(*component) bool) bool {
	for i := range list {
		x := &list[i]
		inner := x.Components
		for _, one := range []*component{x.Component, x.Accessory} {
			if one != nil {
				inner = append(inner[:len(inner):len(inner)], *one)
			}
		}
		if visit(x) || walk(inner, visit) {
			return true
		}
	}
	return false
}

// tapped reads a button, or the rows that were chosen of a menu. Menus of users, roles
// and channels are not the bot's.
func tapped(e channels.Event, in *interaction) []channels.Event {
	d := &in.Data
	if in.Message != nil {
		e.RefersTo = in.Message.ID
	}
	ids := d.Values
	switch {
	case d.ComponentType == componentButton && d.CustomID != "":
		ids = []string{d.CustomID}
	case d.ComponentType != componentSelect:
		ids = nil
	}
	if e.Conversation == "" || len(ids) == 0 {
		return []channels.Event{e}
	}
	var out []channels.Event
	for i, id := range ids {
		one := e
		one.Text = title(in, id)
		one.Kind = channels.KindChoice
		one.Choice = &channels.Choice{ID: channels.Clean(id), Title: channels.Clean(one.Text)}
		if i > 0 && one.DedupeID != "" {
			one.DedupeID += ":" + strconv.Itoa(i)
		}
		out = append(out, one)
	}
	return out
}

// title finds what was written on a button or a row, in the message that it was on.
func title(in *interaction, id string) (found string) {
	if in.Message == nil {
		return ""
	}
	walk(in.Message.Components, func(x *component) bool {
		if in.Data.ComponentType == componentButton {
			if x.CustomID == id {
				found = x.Label
			}
			return found != ""
		}
		for _, o := range x.Options {
			if x.CustomID == in.Data.CustomID && o.Value == id {
				found = o.Label
			}
		}
		return found != ""
	})
	return found
}
