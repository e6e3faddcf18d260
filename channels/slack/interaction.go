package slack

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// form takes what Slack posts as a form: an interaction in its field payload, or a
// slash command.
func (c *Channel) form(body []byte) (*channels.Received, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, &channels.RequestError{Status: http.StatusBadRequest, Reason: "the form cannot be read"}
	}
	switch {
	case form.Get("ssl_check") == "1":
		// Slack looks whether the certificate is good, and wants a 200.
		return &channels.Received{}, nil
	case form.Has("payload"):
		return c.interaction([]byte(form.Get("payload"))), nil
	case form.Get("command") != "":
		return c.received(formJSON(form), command(form)), nil
	default:
		return c.received(formJSON(form), channels.Event{Kind: channels.KindUnknown, Account: form.Get("team_id")}), nil
	}
}

// formJSON is a form as an object, for people to look at.
func formJSON(form url.Values) []byte {
	flat := make(map[string]string, len(form))
	for k := range form {
		flat[k] = form.Get(k)
	}
	b, err := json.Marshal(flat)
	if err != nil {
		return []byte(`{}`)
	}
	return b
}

// command reads a slash command as the message that it is:
// https://docs.slack.dev/interactivity/implementing-slash-commands. It is never in a
// thread.
func command(form url.Values) channels.Event {
	e := channels.Event{
		Kind: channels.KindMessage, Account: form.Get("team_id"), Conversation: channels.Clean(form.Get("channel_id")),
		Sender: channels.Sender{ID: channels.Clean(form.Get("user_id")), Username: channels.Clean(form.Get("user_name"))},
	}
	name, rest := channels.Clean(form.Get("command")), channels.Clean(strings.TrimSpace(readable(form.Get("text"))))
	e.Text = strings.TrimSpace(name + " " + rest)
	e.Data = map[string]any{"command": strings.TrimPrefix(name, "/"), "payload": rest}
	if id := form.Get("trigger_id"); id != "" {
		e.DedupeID = "command:" + id
	}
	if e.Conversation == "" {
		e.Kind = channels.KindUnknown
	}
	return e
}

// interaction reads a tap: block_actions, with a choice for each of its actions.
// Shortcuts, modals and what lies on the Home tab are unknown.
func (c *Channel) interaction(payload []byte) *channels.Received {
	var in interaction
	if err := channels.Unmarshal(payload, &in); err != nil {
		if channels.Unmarshal(payload, &json.RawMessage{}) != nil {
			payload = formJSON(url.Values{"payload": {string(payload)}})
		}
		return c.received(payload, channels.Event{Kind: channels.KindUnknown})
	}
	channel := first(in.Channel.ID, in.Container.ChannelID)
	base := channels.Event{
		Kind: channels.KindUnknown, Account: in.Team.ID,
		Conversation: c.conversation(channel, "", first(in.Container.ThreadTS, in.Message.ThreadTS), ""),
		Sender: channels.Sender{
			ID: in.User.ID, Username: channels.Clean(first(in.User.Username, in.User.Name)),
		},
		RefersTo: first(in.Container.MessageTS, in.Message.TS),
	}
	var events []channels.Event
	if in.Type == "block_actions" {
		for i := range in.Actions {
			events = append(events, tapped(base, &in.Actions[i], in.TriggerID, i))
		}
	}
	if events == nil {
		events = []channels.Event{base}
	}
	return c.received(payload, events...)
}

// tapped reads one action. A button that opens a link reports its tap too: that is
// no choice.
func tapped(e channels.Event, a *action, trigger string, number int) channels.Event {
	choice := channels.Choice{ID: a.Value, Title: unescape(a.Text.Text)}
	if a.SelectedOption != nil {
		choice = channels.Choice{ID: a.SelectedOption.Value, Title: unescape(a.SelectedOption.Text.Text)}
	}
	choice.ID, choice.Title = channels.Clean(choice.ID), channels.Clean(choice.Title)
	e.Time = when(a.ActionTS)
	if trigger != "" {
		e.DedupeID = "action:" + trigger + ":" + strconv.Itoa(number)
	}
	if choice.ID == "" || e.Conversation == "" {
		return e
	}
	e.Kind, e.Choice, e.Text = channels.KindChoice, &choice, choice.Title
	return e
}
