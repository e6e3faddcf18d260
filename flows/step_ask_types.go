package flows

import (
	"strings"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/language"
)

// parse reads a message as the type of the answer.
func (a *ask) parse(t *turn, e *channels.Event, text string) (any, bool) {
	l := language.Locale{Language: t.rt.Language, Zone: t.rt.Zone, Now: t.now}
	switch a.typ.Kind {
	case expression.Text, expression.Choice:
		s := strings.TrimSpace(text)
		return s, s != ""
	case expression.Int:
		return boxed(language.Int(text, l))
	case expression.Number:
		return boxed(language.Number(text, l))
	case expression.Bool:
		return boxed(language.Bool(text, l))
	case expression.Date:
		return boxed(language.Date(text, l))
	case expression.Time:
		return boxed(language.Time(text, l))
	case expression.Datetime:
		return boxed(language.Datetime(text, l))
	case expression.Duration:
		return boxed(language.Duration(text, l))
	case expression.Email:
		if len(e.Contacts) > 0 && len(e.Contacts[0].Emails) > 0 {
			text = e.Contacts[0].Emails[0]
		}
		return boxed(language.Email(text))
	case expression.Phone:
		if len(e.Contacts) > 0 && len(e.Contacts[0].Phones) > 0 {
			text = e.Contacts[0].Phones[0]
		}
		return boxed(language.Phone(text, l))
	case expression.URL:
		return boxed(language.URL(text))
	case expression.Location:
		if e.Location == nil {
			return nil, false
		}
		return locationValue(*e.Location), true
	}
	return media(a.typ.Kind, e)
}

// media takes the first medium of the wanted form. Any form is a file, and a
// file may hold an image, a sound or a video.
func media(want expression.Kind, e *channels.Event) (any, bool) {
	for _, m := range e.Media {
		if want == expression.File || string(m.Kind) == string(want) ||
			m.Kind == channels.File && strings.HasPrefix(m.MIME, string(want)+"/") {
			return mediaValue(m), true
		}
	}
	return nil, false
}

func boxed[T any](v T, ok bool) (any, bool) { return v, ok }
