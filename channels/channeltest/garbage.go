package channeltest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/parley-chat/parley/channels"
)

// garbage is what anybody may post.
func garbage() map[string]string {
	return map[string]string{
		"empty":             "",
		"one byte":          "x",
		"null":              "null",
		"a number":          "1",
		"a text":            `"x"`,
		"true":              "true",
		"an array":          "[1,2,{}]",
		"an object":         "{}",
		"open":              `{"a":`,
		"two values":        "{} {}",
		"nested arrays":     strings.Repeat("[", 20000),
		"nested objects":    strings.Repeat(`{"message":`, 20000),
		"closed nesting":    strings.Repeat("[", 5000) + strings.Repeat("]", 5000),
		"NUL":               "\x00\x00",
		"NUL in a text":     `{"a":"\u0000"}`,
		"invalid UTF-8":     "{\"a\":\"\xff\xfe\"}",
		"lone surrogates":   `{"a":"\ud800","b":"\udfff\ud800"}`,
		"byte order mark":   "\ufeff{}",
		"a huge number":     `{"update_id":1` + strings.Repeat("0", 5000) + `}`,
		"a huge exponent":   `{"update_id":1e999999}`,
		"a form":            "a=1&b=2",
		"HTML":              "<html></html>",
		"many equal keys":   "{" + strings.Repeat(`"a":1,`, 20000) + `"a":2}`,
		"a long text":       `{"a":"` + strings.Repeat("x", 100000) + `"}`,
		"a million of them": strings.Repeat(`"`, 1<<20),
	}
}

// testGarbage says that whatever is posted gives events or a refusal, and no
// secret in it.
func (s Spec) testGarbage(t *testing.T, c channels.Channel) {
	take := func(t *testing.T, body []byte) {
		t.Helper()
		got, err := c.Receive(t.Context(), s.Request(body))
		if problem := check(got, err); problem != "" {
			t.Errorf("%s, for %.300s", problem, body)
		}
		if err != nil {
			s.noSecrets(t, "the reason", err.Error())
		}
	}
	for name, body := range garbage() {
		t.Run(name, func(t *testing.T) { take(t, []byte(body)) })
	}
	for _, f := range s.payloads(t) {
		t.Run(f.name, func(t *testing.T) {
			for _, body := range s.mutations(t, f.body) {
				take(t, body)
			}
		})
	}
}

func (s Spec) mutations(t testing.TB, body []byte) [][]byte {
	t.Helper()
	if s.Inbound.Form {
		return formMutations(body)
	}
	return mutations(t, body)
}

// formMutations are a form cut short, with a field twice, and with the value of each of
// its fields replaced by others, escaped as they have to be and as they must not be.
func formMutations(body []byte) [][]byte {
	var out [][]byte
	for _, n := range []int{1, len(body) / 3, len(body) / 2, len(body) - 2} {
		out = append(out, body[:n])
	}
	fields := strings.Split(string(body), "&")
	out = append(out, []byte(strings.Join(append([]string{fields[0]}, fields...), "&")))
	with := []string{
		"", "-1", "1.5", "1e999", "123456789012345678901234567890", "%00", "%ff%fe", "%ed%a0%80", "%zz", "%", "a;b",
		"{", "%7B%22%22%3Anull%7D", strings.Repeat("x", 5000), strings.Repeat("%5B", 2000),
	}
	for i, f := range fields {
		name, _, _ := strings.Cut(f, "=")
		for _, v := range with {
			changed := slices.Clone(fields)
			changed[i] = name + "=" + v
			out = append(out, []byte(strings.Join(changed, "&")))
		}
		out = append(out, []byte(strings.Join(slices.Delete(slices.Clone(fields), i, i+1), "&")))
	}
	return out
}

// mutations are a payload cut short, with a key twice, and with each of its
// values replaced by others of every type.
func mutations(t testing.TB, body []byte) [][]byte {
	t.Helper()
	var out [][]byte
	for _, n := range []int{1, len(body) / 3, len(body) / 2, len(body) - 2} {
		out = append(out, body[:n])
	}
	out = append(out, bytes.Replace(body, []byte("{"), []byte(`{"a":1,"a":2,`), 1))
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var root any
	if err := d.Decode(&root); err != nil {
		t.Fatalf("the payload is not JSON: %v", err)
	}
	with := []any{
		nil, true, json.Number("-1"), json.Number("1.5"), json.Number("123456789012345678901234567890"),
		"", json.RawMessage(`"\ud800\u0000"`), strings.Repeat("x", 5000), []any{}, []any{nil}, map[string]any{}, map[string]any{"": nil},
	}
	replace(root, func(v any) { root = v }, func(set func(any), old any) {
		for _, v := range with {
			set(v)
			b, err := json.Marshal(root)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, b)
		}
		set(old)
	})
	return out
}

// replace visits a value and all values below it, each with a way to set it.
func replace(v any, set func(any), visit func(set func(any), old any)) {
	visit(set, v)
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			replace(e, func(n any) { v[k] = n }, visit)
		}
	case []any:
		for i, e := range v {
			replace(e, func(n any) { v[i] = n }, visit)
		}
	}
}

// FuzzReceive fuzzes a channel's decoding with signed requests, from the
// payloads in testdata and the garbage of the suite.
func FuzzReceive(f *testing.F, s Spec) {
	for _, c := range s.payloads(f) {
		f.Add(c.body)
	}
	for _, body := range garbage() {
		if len(body) < 10000 {
			f.Add([]byte(body))
		}
	}
	c := New(f, s, "")
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := c.Receive(t.Context(), s.Request(body))
		if problem := check(got, err); problem != "" {
			t.Error(problem)
		}
		if err == nil {
			if _, err := json.Marshal(got.Events); err != nil {
				t.Error(fmt.Errorf("the events are not JSON: %w", err))
			}
		}
	})
}
