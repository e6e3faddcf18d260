package mmp

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// defaultBody is the body of a message where the settings have none. The request
// of Send Conversation Message is not published; these are the names that the
// published webhooks have for the same things.
const defaultBody = `{"publicId": "{account}", "from": "{conversation}", "clientMessageId": "{ref}", "message": "{message}"}`

// wholeMessage is the text of a body that becomes the message, an object.
const wholeMessage = "{message}"

// A request is the settings of Send Conversation Message, ready to be filled in.
// It never changes.
type request struct {
	path   string
	header [][2]string // name and value
	body   any
	hasRef bool
}

// newRequest reads the settings, and finds out now what could not be filled in.
func newRequest(at string, headers []string, body string) (request, error) {
	r := request{path: at}
	if at == "" {
		return r, errors.New(`setting "send_path" is missing: MMP does not publish the path of "Send Conversation Message"; ` +
			`copy it from the documentation that you were given`)
	}
	if !strings.HasPrefix(at, "/") {
		return r, errors.New(`setting "send_path" does not begin with a slash`)
	}
	if err := expandable(at, "account", "conversation", "ref", "api_key"); err != nil {
		return r, fmt.Errorf(`setting "send_path" %w`, err)
	}
	keyed := strings.Contains(at, "{api_key}")
	for _, h := range headers {
		name, value, ok := strings.Cut(h, ":")
		value = strings.TrimSpace(value)
		if !ok || !isToken(name) || strings.ContainsAny(value, "\r\n\x00") {
			return r, errors.New(`setting "headers" has a line that is not Name: value`)
		}
		if err := expandable(value, "api_key"); err != nil {
			return r, fmt.Errorf(`setting "headers" %w`, err)
		}
		keyed = keyed || strings.Contains(value, "{api_key}")
		r.header = append(r.header, [2]string{http.CanonicalHeaderKey(name), value})
	}
	if !keyed {
		return r, errors.New(`setting "headers" has no {api_key}: MMP does not publish which header takes the key; ` +
			`copy it from the documentation that you were given, such as X-Api-Key: {api_key}`)
	}
	err := r.setBody(body)
	r.hasRef = r.hasRef || strings.Contains(at, "{ref}")
	return r, err
}

func (r *request) setBody(body string) error {
	if body == "" {
		body = defaultBody
	}
	if err := channels.Decode([]byte(body), &r.body); err != nil {
		return errors.New(`setting "body" is not JSON`)
	}
	messages := 0
	err := eachText(r.body, func(s string) error {
		if s == wholeMessage {
			messages++
			return nil
		}
		r.hasRef = r.hasRef || strings.Contains(s, "{ref}")
		return expandable(s, "account", "conversation", "ref")
	})
	if err == nil && messages != 1 {
		err = errors.New(`has not one text "{message}", which becomes the message`)
	}
	if err != nil {
		return fmt.Errorf(`setting "body" %w`, err)
	}
	return nil
}

// values are what is filled in, by name.
type values map[string]string

// url fills in the address. A value stays one segment of the path, or one value
// of the query.
func (r *request) url(v values) (string, error) {
	before, query, has := strings.Cut(r.path, "?")
	out, err := expand(before, func(name string) (string, error) {
		s, err := v.get(name)
		if s == "." || s == ".." {
			return "", errors.New("the " + name + " is no part of a path")
		}
		return url.PathEscape(s), err
	})
	if err != nil || !has {
		return out, err
	}
	query, err = expand(query, func(name string) (string, error) {
		s, err := v.get(name)
		return url.QueryEscape(s), err
	})
	return out + "?" + query, err
}

// headers fills in the headers.
func (r *request) headers(v values) (http.Header, error) {
	h := http.Header{}
	for _, line := range r.header {
		value, err := expand(line[1], v.get)
		if err != nil {
			return nil, err
		}
		h.Add(line[0], value)
	}
	return h, nil
}

// fill fills in the body.
func (r *request) fill(v values, message payload) (any, error) { return fill(r.body, v, message) }

func fill(part any, v values, message payload) (any, error) {
	switch part := part.(type) {
	case string:
		if part == wholeMessage {
			return message, nil
		}
		return expand(part, v.get)
	case map[string]any:
		out := make(map[string]any, len(part))
		for k, p := range part {
			filled, err := fill(p, v, message)
			if err != nil {
				return nil, err
			}
			out[k] = filled
		}
		return out, nil
	case []any:
		out := make([]any, len(part))
		for i, p := range part {
			filled, err := fill(p, v, message)
			if err != nil {
				return nil, err
			}
			out[i] = filled
		}
		return out, nil
	default:
		return part, nil
	}
}

func (v values) get(name string) (string, error) {
	if v[name] == "" {
		return "", errors.New("the message has no " + name)
	}
	return v[name], nil
}

// expand fills in what stands in braces.
func expand(text string, value func(name string) (string, error)) (string, error) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			return "", errors.New("has a { without a }")
		}
		v, err := value(name)
		if err != nil {
			return "", err
		}
		b.WriteString(v)
		text = after
	}
}

// expandable says whether a setting has nothing in braces but these names.
func expandable(text string, names ...string) error {
	_, err := expand(text, func(name string) (string, error) {
		if !slices.Contains(names, name) {
			return "", fmt.Errorf("has braces around something else than %s", strings.Join(names, ", "))
		}
		return "", nil
	})
	return err
}

// eachText calls f for every text of a JSON value, names aside.
func eachText(v any, f func(s string) error) error {
	switch v := v.(type) {
	case string:
		return f(v)
	case map[string]any:
		for _, e := range v {
			if err := eachText(e, f); err != nil {
				return err
			}
		}
	case []any:
		for _, e := range v {
			if err := eachText(e, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// isToken says whether a header can have this name.
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

// A keyPath leads to a value of a JSON document, by names, and places of arrays from
// 0 to 9.
type keyPath []string

func newPath(s string) (keyPath, error) {
	p := strings.Split(s, ".")
	if slices.Contains(p, "") || strings.ContainsAny(s, " \t{}") {
		return nil, errors.New("is not a path such as data.messageId")
	}
	return p, nil
}

// text returns the text, number or truth value that a keyPath leads to; "" when
// there is none.
func (p keyPath) text(v any) string {
	for _, name := range p {
		switch at := v.(type) {
		case map[string]any:
			v = at[name]
		case []any:
			i := slices.Index([]string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}, name)
			if i < 0 || i >= len(at) {
				return ""
			}
			v = at[i]
		default:
			return ""
		}
	}
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return fmt.Sprint(v)
	default:
		return ""
	}
}
