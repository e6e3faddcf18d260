package flows

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-chat/parley/channels"
)

const contactBot = `
-- bot.yaml --
bot: test
channels: {web: {type: test}}
-- flows/mail.yaml --
flow: mail
start: {words: [mail]}
steps:
  - set: {contact.email: own@example.com, contact.language: de}
-- flows/call.yaml --
flow: call
start: {words: [name]}
steps:
  - ask: called
    text: Name?
    keep: contact.name
-- flows/forget.yaml --
flow: forget
start: {words: [forget]}
steps:
  - set: {contact.name: ""}
`

// contactOf reads the contact of a state as people see it.
func contactOf(t *testing.T, state []byte) map[string]any {
	t.Helper()
	data, err := StateJSON(state)
	if err != nil {
		t.Fatal(err)
	}
	var c struct{ Contact map[string]any }
	if err := json.Unmarshal(data, &c); err != nil {
		t.Fatal(err)
	}
	return c.Contact
}

// TestPlatformsUpdateWhatTheySaidAndNothingElse: of the same person, and never what
// a flow stored.
func TestPlatformsUpdateWhatTheySaidAndNothingElse(t *testing.T) {
	b := testBot(t, contactBot, "")
	said := func(text string, s channels.Sender) *channels.Event {
		return &channels.Event{Kind: channels.KindMessage, Text: text, Sender: s}
	}
	ann := channels.Sender{ID: "7", Name: "Ann Lee", Phone: "+15550100", Email: "ann@example.com", Language: "en"}
	new := channels.Sender{ID: "7", Name: "Ann Bell", Phone: "+15550199", Email: "bell@example.com", Language: "fr"}
	known := map[string]any{"id": "7", "name": "Ann Lee", "first_name": "Ann", "phone": "+15550100", "email": "ann@example.com", "language": "en"}
	with := func(changes ...string) map[string]any {
		m := map[string]any{}
		for name, v := range known {
			m[name] = v
		}
		for i := 0; i < len(changes); i += 2 {
			m[changes[i]] = changes[i+1]
		}
		return m
	}
	for name, c := range map[string]struct {
		events []*channels.Event
		want   map[string]any
	}{
		"said":                  {[]*channels.Event{said("hi", ann)}, known},
		"changed":               {[]*channels.Event{said("hi", ann), said("hi", new)}, with("name", "Ann Bell", "phone", "+15550199", "email", "bell@example.com", "language", "fr")},
		"not said any more":     {[]*channels.Event{said("hi", ann), said("hi", channels.Sender{ID: "7"})}, known},
		"by somebody else":      {[]*channels.Event{said("hi", ann), said("hi", channels.Sender{ID: "8", Name: "Bob"})}, known},
		"by nobody":             {[]*channels.Event{said("hi", ann), said("hi", channels.Sender{Name: "Bob"})}, known},
		"by an agent":           {[]*channels.Event{said("hi", ann), {Kind: channels.KindAgent, Text: "x", Sender: new}}, known},
		"stored by a flow":      {[]*channels.Event{said("mail", ann), said("hi", new)}, with("name", "Ann Bell", "phone", "+15550199", "email", "own@example.com", "language", "de")},
		"stored as an answer":   {[]*channels.Event{said("name", ann), said("Dana", ann), said("hi", new)}, with("name", "Dana", "phone", "+15550199", "email", "bell@example.com", "language", "fr")},
		"stored and taken back": {[]*channels.Event{said("name", ann), said("Dana", ann), said("forget", ann), said("hi", new), said("hi", ann)}, known},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(c.want, contactOf(t, chat(t, b, nil, c.events...).State)); d != "" {
				t.Error(d)
			}
		})
	}
	// A state of before does not say who knew it.
	old := []byte(`{"v":1,"contact":{"id":"7","name":"Dana"}}`)
	if d := cmp.Diff(with("name", "Dana"), contactOf(t, chat(t, b, old, said("hi", ann)).State)); d != "" {
		t.Error(d)
	}
}
