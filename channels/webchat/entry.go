package webchat

import (
	"time"

	"github.com/parley-chat/parley/channels"
)

// An entry is what pages see of the history: what was said, and nothing of what
// Parley or its operators know beside it.
type entry struct {
	Number uint64    `json:"n"`
	At     time.Time `json:"at"`
	// From is visitor or bot.
	From string `json:"from"`
	// ID is the id that the browser gave the visitor's message.
	ID     string           `json:"id,omitempty"`
	Text   string           `json:"text,omitempty"`
	Choice *channels.Choice `json:"choice,omitempty"`
	// Form is buttons or list when there are options to tap.
	Form     channels.Form      `json:"form,omitempty"`
	Options  []channels.Option  `json:"options,omitempty"`
	Media    []channels.Media   `json:"media,omitempty"`
	Location *channels.Location `json:"location,omitempty"`
	Contacts []channels.Contact `json:"contacts,omitempty"`
	Links    []channels.Link    `json:"links,omitempty"`
	Failed   bool               `json:"failed,omitempty"`
}

// visible returns an entry as pages see it. Events that nobody said, such as the
// start of the conversation, are not for them.
func visible(e *channels.Entry) (entry, bool) {
	shown := entry{Number: e.Number, At: e.At.UTC()}
	switch {
	case e.Message != nil:
		shown.addMessage(e.Message)
		shown.Failed = e.Status == "failed"
		return shown, true
	case e.Event != nil && (e.Event.Kind == channels.KindMessage || e.Event.Kind == channels.KindChoice):
		shown.addEvent(e.Event)
		return shown, true
	}
	return entry{}, false
}

func (e *entry) addMessage(m *channels.Message) {
	e.From = "bot"
	e.Text = m.Text
	e.Location = m.Location
	e.Links = m.Links
	if m.Form != channels.FormText {
		e.Form, e.Options = m.Form, m.Options
	}
	if m.Media != nil {
		e.Media = []channels.Media{*m.Media}
	}
	if m.Contact != nil {
		e.Contacts = []channels.Contact{*m.Contact}
	}
}

func (e *entry) addEvent(ev *channels.Event) {
	e.From = "visitor"
	e.ID = ev.ID
	e.Text = ev.Text
	e.Choice = ev.Choice
	e.Media = ev.Media
	e.Location = ev.Location
	e.Contacts = ev.Contacts
}
