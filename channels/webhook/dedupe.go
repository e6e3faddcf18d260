package webhook

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// dedupeID is what tells an event from others on its account.
func (m *mapping) dedupeID(e *channels.Event, d *document, digest string) string {
	id := e.ID
	if id == "" {
		id = e.RefersTo
	}
	switch {
	case len(m.dedupe) > 0:
		var parts []string
		for _, x := range m.dedupe {
			if t := x.text(d); t != "" {
				parts = append(parts, t)
			}
		}
		own := m.text("id", d) != "" || m.text("status_id", d) != ""
		if own && len(parts) > 0 {
			return strings.Join(parts, ":")
		}
	case e.Kind == channels.KindStatus:
		// As the platform has it: two of its words may be one of ours.
		return strings.Join([]string{string(e.Kind), id, m.text("status", d)}, ":")
	case e.ID != "" && isMessage(e):
		return string(e.Kind) + ":" + e.ID
	}
	if e.Kind == channels.KindUnknown || len(m.dedupe) > 0 {
		return digest
	}
	return string(e.Kind) + ":" + m.digest(d, digest)
}

// digest stands for the id of an item that has none: it is of the parts that the
// settings name, where the first is there, else of all of it.
func (m *mapping) digest(d *document, whole string) string {
	if len(m.digestOf) == 0 || m.digestOf[0].text(d) == "" {
		return whole
	}
	sum := sha256.New()
	for _, x := range m.digestOf {
		sum.Write([]byte(x.text(d)))
		sum.Write([]byte{0})
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// isMessage reports whether an event is a message, which has its id for itself. An
// edit or a conversation that is closed may come twice with the same.
func isMessage(e *channels.Event) bool {
	switch e.Kind {
	case channels.KindMessage, channels.KindChoice, channels.KindEcho, channels.KindAgent:
		return true
	case channels.KindTakeOver:
		return e.Text != "" || len(e.Media) > 0
	}
	return false
}

// bounded returns a key; one that is too long for a store is none.
func bounded(s string) string {
	if len(s) > 256 {
		return ""
	}
	return s
}
