package expression

import (
	"encoding/json"
	"strconv"
	"strings"
)

// jsonPathCall reads a value out of a JSON text. What is not there, or no JSON,
// reads as unset does: empty.
func jsonPathCall(r *run, args []any) (any, error) {
	text := textArg(args, 0)
	if err := r.spend(len(text)); err != nil { // decoding is far from free
		return nil, err
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return "", nil
	}
	for _, key := range jsonKeys(textArg(args, 1)) {
		switch at := v.(type) {
		case map[string]any:
			v = at[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(at) {
				return "", nil
			}
			v = at[i]
		default:
			return "", nil
		}
	}
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return cutText(v), nil
	}
	out, err := json.Marshal(v)
	if err != nil {
		return "", nil
	}
	return cutText(string(out)), nil
}

// jsonKeys splits "$.order.lines[0]" into order, lines, 0.
func jsonKeys(path string) []string {
	path = strings.TrimPrefix(path, "$")
	return strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' })
}
