package corpus

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// A form is how a scalar is written in a payload.
type form int

const (
	quoted   form = iota // a text of JSON
	number               // a number of JSON
	urlValue             // a value of a form
	field                // a field that is not there yet, at the beginning of an object
)

// A scalar is a text or a number in a payload; true, false and null are none.
type scalar struct {
	start, end int // where it is in the payload, quotes included
	form       form
	key        string // of the object that it is in
	text       string // decoded
}

// scan finds the scalars of a payload, which is JSON or a form. Of anything else there
// are none.
func scan(body []byte) []scalar {
	switch {
	case json.Valid(body):
		return scanJSON(body)
	case isForm(body):
		return scanForm(body)
	}
	return nil
}

// isForm reports whether a payload is a form, and no JSON, broken or not.
func isForm(body []byte) bool {
	text := bytes.TrimSpace(body)
	return len(text) > 0 && !strings.ContainsRune("{[\"", rune(text[0])) && bytes.ContainsRune(text, '=')
}

// scanJSON walks over JSON that is valid.
func scanJSON(body []byte) []scalar {
	var found []scalar
	key := ""
	for i := 0; i < len(body); {
		switch c := body[i]; {
		case c == '"':
			end := endOfText(body, i)
			var text string
			if json.Unmarshal(body[i:end], &text) != nil {
				return nil
			}
			if isKey(body, end) {
				key = text
			} else {
				found = append(found, scalar{i, end, quoted, key, text})
			}
			i = end
		case c == '-' || c >= '0' && c <= '9':
			end := i + 1
			for end < len(body) && strings.IndexByte("+-.eE0123456789", body[end]) >= 0 {
				end++
			}
			found = append(found, scalar{i, end, number, key, string(body[i:end])})
			i = end
		default:
			i++
		}
	}
	return found
}

// objects finds where a field could be added to the objects of JSON. Its text is what
// then follows.
func objects(body []byte) []scalar {
	if !json.Valid(body) {
		return nil
	}
	var found []scalar
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '"':
			i = endOfText(body, i) - 1
		case '{':
			comma := ","
			if rest := bytes.TrimLeft(body[i+1:], " \t\r\n"); rest[0] == '}' {
				comma = ""
			}
			found = append(found, scalar{i + 1, i + 1, field, "", comma})
		}
	}
	return found
}

// endOfText returns what follows the text of JSON that begins at i.
func endOfText(body []byte, i int) int {
	for i++; body[i] != '"'; i++ {
		if body[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// isKey reports whether a colon follows.
func isKey(body []byte, i int) bool {
	rest := bytes.TrimLeft(body[i:], " \t\r\n")
	return len(rest) > 0 && rest[0] == ':'
}

func scanForm(body []byte) []scalar {
	var found []scalar
	at := 0
	for part := range strings.SplitSeq(string(body), "&") {
		name, value, ok := strings.Cut(part, "=")
		start := at + len(name) + 1
		at += len(part) + 1
		value = strings.TrimRight(value, "\r\n")
		key, errName := url.QueryUnescape(name)
		text, err := url.QueryUnescape(value)
		if ok && err == nil && errName == nil {
			found = append(found, scalar{start, start + len(value), urlValue, key, text})
		}
	}
	return found
}

// An edit is what takes the place of a scalar.
type edit struct {
	scalar
	to string
}

// write returns the payload with edits, which do not overlap. It is false when one is
// no number and takes the place of one.
func write(body []byte, edits []edit) ([]byte, bool) {
	slices.SortFunc(edits, func(a, b edit) int { return a.start - b.start })
	var out bytes.Buffer
	at := 0
	for _, e := range edits {
		out.Write(body[at:e.start])
		switch e.form {
		case number:
			if !json.Valid([]byte(e.to)) || strings.Trim(e.to, "-.0123456789") != "" {
				return nil, false
			}
			out.WriteString(e.to)
		case field:
			out.WriteString(`"simulated":"` + e.to + `"` + e.text)
		case urlValue:
			out.WriteString(url.QueryEscape(e.to))
		default:
			out.Write(text(e.to))
		}
		at = e.end
	}
	out.Write(body[at:])
	return out.Bytes(), true
}

// text writes a text of JSON as platforms do: <, > and & as they are.
func text(s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(channels.Clean(s)) != nil {
		return []byte(`""`) // no text fails to encode
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
