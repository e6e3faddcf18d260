package channels_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/parley-chat/parley/channels"
)

func TestDecodeRefusesWhatIsNotOneValue(t *testing.T) {
	for _, in := range []string{
		"", "{", `{} {}`, `{}x`, strings.Repeat("[", 20000), strings.Repeat(`{"a":`, 200), `{"id": 1.5}`, `{"id": "1"}`, `{"id": 1e9}`,
	} {
		var v struct {
			ID channels.Integer `json:"id"`
		}
		if err := channels.Decode([]byte(in), &v); err == nil {
			t.Errorf("took %.20q", in)
		} else if strings.Contains(err.Error(), "Go ") {
			t.Errorf("the error speaks of Go: %v", err)
		}
	}
}

func TestDecodeKeepsEveryDigit(t *testing.T) {
	const in = `{"id": -9007199254740993, "other": 9007199254740993, "none": null, "text": "[[{\\\""}`
	var v map[string]any
	if err := channels.Decode([]byte(in), &v); err != nil {
		t.Fatal(err)
	}
	if v["other"] != json.Number("9007199254740993") {
		t.Errorf("other is %v", v["other"])
	}
	var ids struct {
		ID   channels.Integer `json:"id"`
		None channels.Integer `json:"none"`
	}
	if err := channels.Decode([]byte(in), &ids); err != nil {
		t.Fatal(err)
	}
	if out, err := json.Marshal(ids); err != nil || string(out) != `{"id":-9007199254740993,"none":null}` {
		t.Errorf("%s, %v", out, err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"id": 12, "a": [1, {"b": null}]}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		var v any
		if channels.Decode(in, &v) == nil && !json.Valid(in) {
			t.Errorf("took %q", in)
		}
	})
}

func TestCleanLeavesOnlyWhatEveryoneTakes(t *testing.T) {
	if got := channels.Clean("a\x00b\xffc"); got != "ab\uFFFDc" {
		t.Errorf("%q", got)
	}
}
