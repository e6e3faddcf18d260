package examples

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf16"
)

// strictly decodes a request that has nothing but documented fields.
func strictly(body []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// units counts as most platforms do.
func units(s string) int { return len(utf16.Encode([]rune(s))) }

// fits says what of a message is over the limits of WhatsApp, which most of the
// platforms pass on: 1 to most characters, over options 1,024; 3 buttons of 20 or a
// list of 10 rows with 24 and 72; no label or id twice.
func fits(m sent, most int) error {
	buttons, label := 3, 20
	if m.list {
		buttons, label = 10, 24
	}
	if len(m.buttons) > 0 {
		most = 1024
	}
	if n := units(m.text); n == 0 || n > most {
		return fmt.Errorf("a text of %d characters", n)
	}
	if len(m.buttons) > buttons {
		return fmt.Errorf("%d options", len(m.buttons))
	}
	seen := map[string]bool{}
	for _, b := range m.buttons {
		if n := units(b.Text); n == 0 || n > label || units(b.Hint) > 72 || b.Hint != "" && !m.list {
			return fmt.Errorf("an option %q with %q", b.Text, b.Hint)
		}
		if b.Data == "" || len(b.Data) > 200 || seen[b.Data] || seen["label "+b.Text] {
			return fmt.Errorf("an option with the id %q, or one of two that are alike", b.Data)
		}
		seen[b.Data], seen["label "+b.Text] = true, true
	}
	return nil
}

// fill is the text of an approved template.
func fill(name string, values []string) (string, error) {
	if name != "refund_paid" || len(values) != 1 {
		return "", fmt.Errorf("the template %s with %d values was not approved", name, len(values))
	}
	return "Your refund " + values[0] + " was paid.", nil
}
