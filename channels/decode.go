package channels

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxDepth bounds nesting: far above what platforms send, far below what costs.
const maxDepth = 100

// Unmarshal is [Decode] for a v that has no any in it, so that no number can lose
// digits: it costs half.
func Unmarshal(data []byte, v any) error {
	if err := checkDepth(data); err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("decode JSON: %w", plain(err))
	}
	return nil
}

// Decode reads one JSON value that came from outside into v. It refuses more
// than one value and nesting deeper than 100; numbers read into any keep their
// digits. Identities are read into [Integer] or into texts, never into float64.
func Decode(data []byte, v any) error {
	if err := checkDepth(data); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("decode JSON: %w", plain(err))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("decode JSON: more than one value")
	}
	return nil
}

// plain leaves out what a JSON error quotes of the input, and Go's type names.
func plain(err error) error {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("wrong type at %q", e.Field)
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("bad syntax at byte %d", e.Offset)
	}
	return err
}

func checkDepth(data []byte) error {
	depth, quoted := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			if depth++; depth > maxDepth {
				return errors.New("decode JSON: nested too deeply")
			}
		case c == ']' || c == '}':
			depth--
		}
	}
	return nil
}

// An Integer is a whole number of JSON with all its digits, such as an id above
// 2^53; "" is null or absent.
type Integer string

// UnmarshalJSON takes a number without fraction or exponent, of at most 40
// digits, or null.
func (n *Integer) UnmarshalJSON(b []byte) error {
	s := string(b)
	if s == "null" {
		*n = ""
		return nil
	}
	digits := strings.TrimPrefix(s, "-")
	if digits == "" || len(digits) > 40 || strings.Trim(digits, "0123456789") != "" {
		return errors.New("not a whole number")
	}
	*n = Integer(s)
	return nil
}

// MarshalJSON writes the number.
func (n Integer) MarshalJSON() ([]byte, error) {
	if n == "" {
		return []byte("null"), nil
	}
	return []byte(n), nil
}

// Clean returns a text as valid UTF-8 without NUL, which stores and other
// platforms refuse.
func Clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}
