package greenapi

import (
	"encoding/json"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// How large an event may become, in bytes. The stores take 64 kB; what they do not
// take would come again without end, and hold back all that comes after it.
const (
	maxEvent  = 48 << 10
	maxRaw    = 32 << 10
	maxDedupe = 256
)

// tooLarge stands for a payload that cannot be kept.
const tooLarge = "too large to be kept"

// fit cuts an event to what can be kept: long ids, cards, a text that no person
// typed, the payload of what was not understood. Data says how long it was. Size
// is the length of the notification.
func fit(e *channels.Event, size int) {
	if len(e.DedupeID) > maxDedupe {
		e.DedupeID = digest([]byte(e.DedupeID))
	}
	if fits(e) {
		return
	}
	cut := map[string]any{"cut_from_bytes": size}
	if e.Kind != channels.KindUnknown {
		for i := range e.Contacts {
			e.Contacts[i].VCard = ""
		}
		e.Data = cut
		for n := len(e.Text) / 2; n > 1<<10 && !fits(e); n /= 2 {
			e.Text = strings.ToValidUTF8(e.Text[:n], "")
		}
	}
	if !fits(e) {
		*e = channels.Event{
			Kind: channels.KindUnknown, Channel: e.Channel, Account: e.Account, DedupeID: e.DedupeID, Time: e.Time,
			Text: tooLarge, Data: cut, Raw: json.RawMessage(`"` + tooLarge + `"`),
		}
	}
}

// fits reports whether an event can be kept, as long as it is when it is stored:
// longer than its texts where JSON escapes them.
func fits(e *channels.Event) bool {
	b, err := json.Marshal(e)
	return err == nil && len(b) <= maxEvent && len(e.Raw) <= maxRaw
}
