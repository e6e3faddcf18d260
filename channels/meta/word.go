package meta

import (
	"encoding/json"

	"github.com/parley-chat/parley/channels"
)

// A Word is a text, or a number with its digits: Meta writes ids and times as the one
// or the other. true and false are words too. Anything else is no word, "", and does
// not take the rest of the payload with it.
type Word string

// UnmarshalJSON takes any value.
func (w *Word) UnmarshalJSON(b []byte) error {
	*w = ""
	switch c := b[0]; {
	case c == '"':
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*w = Word(channels.Clean(s))
	case c == '-' || c >= '0' && c <= '9' || c == 't' || c == 'f':
		*w = Word(b)
	}
	return nil
}
