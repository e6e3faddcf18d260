package expression

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCoerceReadsDecodedJSON(t *testing.T) {
	maybe := func(t Type) Type { t.Maybe = true; return t }
	line := RecordOf(Field{"sku", Of(Text)}, Field{"qty", Of(Int)}, Field{"note", maybe(Of(Text))})
	for _, tt := range []struct {
		typ  Type
		in   any
		want any
		err  string
	}{
		{Of(Text), "a", "a", ""},
		{Of(Text), 3.0, nil, "is a number, not text"},
		{Of(Int), 3.0, 3, ""},
		{Of(Int), json.Number("3"), 3, ""},
		{Of(Int), json.Number("3e2"), 300, ""},
		{Of(Int), 3.5, nil, "is not a whole number"},
		{Of(Int), 1e300, nil, "is not a whole number"},
		{Of(Int), "3", nil, "is text, not a number"},
		{Of(Number), 3, 3.0, ""},
		{Of(Number), json.Number("2.5"), 2.5, ""},
		{Of(Bool), true, true, ""},
		{Of(Bool), "true", nil, "is text, not true or false"},
		{Of(Date), "2026-03-04", time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC), ""},
		{Of(Date), "2026-03-04T23:30:00-05:00", time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC), ""},
		{Of(Datetime), "2026-03-04T10:00:00Z", time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC), ""},
		{Of(Datetime), "2026-03-04", time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC), ""},
		{Of(Date), "soon", nil, "is not a date such as 2026-03-04"},
		{Of(Duration), "1h30m", 90 * time.Minute, ""},
		{Of(Duration), "2d", 48 * time.Hour, ""},
		{Of(Duration), "-1.5s", -1500 * time.Millisecond, ""},
		{Of(Duration), 3.0, nil, "is a number, not a duration"},
		{Type{Kind: Choice, IDs: []string{"a"}}, "a", "a", ""},
		{Type{Kind: Choice, IDs: []string{"a"}}, "b", nil, "is not one of the options"},
		{Type{Kind: Choices, IDs: []string{"a"}}, []any{"a", "b"}, nil, "[1] is not one of the options"},
		{ListOf(line), []any{map[string]any{"sku": "x", "qty": 2.0, "extra": true}}, []any{map[string]any{"sku": "x", "qty": 2}}, ""},
		{ListOf(line), []any{map[string]any{"sku": "x"}}, nil, "[0].qty is missing"},
		{RecordOf(Field{"lines", ListOf(line)}), map[string]any{"lines": []any{map[string]any{"sku": 1.0}}}, nil,
			"lines[0].sku is a number, not text"},
		{line, "x", nil, "is text, not a record"},
		{line, nil, nil, "is missing"},
		{maybe(line), nil, nil, ""},
		{Of(Image), map[string]any{"url": "https://x", "other": 1}, map[string]any{"url": "https://x"}, ""},
		{Of(Location), map[string]any{"latitude": 1, "longitude": 2.5}, map[string]any{"latitude": 1.0, "longitude": 2.5}, ""},
	} {
		got, err := tt.typ.Coerce(tt.in)
		if tt.err != "" {
			if err == nil || err.Error() != tt.err {
				t.Errorf("%s from %v: error %v, want %s", tt.typ, tt.in, err, tt.err)
			}
			continue
		}
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s from %v: got %#v %v, want %#v", tt.typ, tt.in, got, err, tt.want)
		}
	}
}

func TestEncodeIsReadBackExactly(t *testing.T) {
	typ := RecordOf(
		Field{"text", Of(Text)}, Field{"int", Of(Int)}, Field{"number", Of(Number)}, Field{"bool", Of(Bool)},
		Field{"date", Of(Date)}, Field{"datetime", Of(Datetime)}, Field{"duration", Of(Duration)},
		Field{"list", ListOf(Of(Date))}, Field{"place", Of(Location)}, Field{"gone", Type{Kind: Text, Maybe: true}},
	)
	value := map[string]any{
		"text": "a", "int": 1 << 53, "number": 0.1, "bool": true,
		"date":     time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC),
		"datetime": time.Date(2026, 3, 4, 10, 0, 0, 123456789, time.UTC),
		"duration": -(90*time.Minute + time.Nanosecond),
		"list":     []any{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)},
		"place":    map[string]any{"latitude": 52.5, "longitude": 13.4},
	}
	data, err := json.Marshal(typ.Encode(value))
	if err != nil {
		t.Fatal(err)
	}
	var decoded any
	if err := json.Unmarshal(data, &decoded); err != nil {
		t.Fatal(err)
	}
	got, err := typ.Coerce(decoded)
	if err != nil || !reflect.DeepEqual(got, value) {
		t.Errorf("got %#v %v\nwant %#v", got, err, value)
	}
}

func TestParseReadsPlainValues(t *testing.T) {
	zone := berlin()
	for _, tt := range []struct {
		typ  Type
		in   string
		want any
	}{
		{Of(Text), "0123", "0123"},
		{Of(Int), "3", 3},
		{Of(Int), "3.5", nil},
		{Of(Number), "1.10", 1.1},
		{Of(Number), "NaN", nil},
		{Of(Bool), "true", true},
		{Of(Bool), "yes", nil},
		{Of(Date), "2026-03-04", time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)},
		{Of(Date), "4.3.2026", nil},
		{Of(Datetime), "2026-03-04 17:00", time.Date(2026, 3, 4, 17, 0, 0, 0, zone)},
		{Of(Time), "9:05", "09:05"},
		{Of(Time), "24:00", nil},
		{Of(Duration), "15m", 15 * time.Minute},
		{Of(Duration), "15", nil},
		{Of(Email), "ann@example.com", "ann@example.com"},
		{Of(Email), "ann", nil},
		{Of(URL), "https://example.com/a", "https://example.com/a"},
		{Of(URL), "javascript:alert(1)", nil},
		{Type{Kind: Choice, IDs: []string{"a"}}, "b", nil},
		{Type{Kind: Choices, IDs: []string{"a", "b"}}, "a, b", []any{"a", "b"}},
		{Of(Location), "52.5, 13.4", map[string]any{"latitude": 52.5, "longitude": 13.4}},
		{Of(Location), "152.5, 13.4", nil},
		{Of(Image), "https://example.com/a.png", map[string]any{"url": "https://example.com/a.png"}},
		{ListOf(Of(Text)), "a", nil},
	} {
		got, err := tt.typ.Parse(tt.in, zone)
		if (err == nil) != (tt.want != nil) || err == nil && !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s from %q: got %#v %v, want %#v", tt.typ, tt.in, got, err, tt.want)
		}
	}
}

func TestJoinHoldsTheValuesOfBoth(t *testing.T) {
	for _, tt := range []struct {
		a, b Type
		want string // "" when there is none
	}{
		{Of(Int), Of(Number), "number"},
		{Of(Text), Of(Email), "text"},
		{Of(Text), Of(Int), ""},
		{ListOf(Of(Int)), ListOf(Of(Number)), "[number]"},
		{RecordOf(Field{"price", Of(Int)}), RecordOf(Field{"price", Of(Number)}), "{price: number}"},
		{RecordOf(Field{"sku", Of(Text)}), RecordOf(Field{"sku", Of(Text)}, Field{"note", Of(Text)}), "{sku: text, note: maybe text}"},
		{RecordOf(Field{"sku", Of(Text)}, Field{"note", Of(Text)}), RecordOf(Field{"sku", Of(Text)}), "{sku: text, note: maybe text}"},
		{RecordOf(Field{"sku", Of(Text)}), RecordOf(Field{"sku", Of(Int)}), ""},
	} {
		got, ok := Join(tt.a, tt.b)
		if ok != (tt.want != "") || ok && got.String() != tt.want {
			t.Errorf("%s and %s: %s %v, want %q", tt.a, tt.b, got, ok, tt.want)
		}
	}
}

func TestAssignable(t *testing.T) {
	sku := Field{"sku", Of(Text)}
	note := Field{"note", Type{Kind: Text, Maybe: true}}
	ab := Type{Kind: Choice, IDs: []string{"a", "b"}}
	for _, tt := range []struct {
		to, from Type
		want     bool
	}{
		{Of(Number), Of(Int), true},
		{Of(Int), Of(Number), false},
		{Of(Text), Of(Email), true},
		{Of(Email), Of(Text), false},
		{Of(Text), ab, true},
		{Of(Text), Of(Int), false},
		{ab, Type{Kind: Choice, IDs: []string{"a"}}, true},
		{ab, Type{Kind: Choice, IDs: []string{"c"}}, false},
		{ab, Of(Choice), false},
		{Of(Choice), ab, true},
		{Of(Date), Of(Datetime), false},
		{Of(Datetime), Of(Date), false},
		{Of(Text), Type{Kind: Text, Maybe: true}, true},
		{ListOf(Of(Number)), ListOf(Of(Int)), true},
		{ListOf(Of(Text)), ListOf(Of(nothing)), true},
		{ListOf(Of(Text)), Type{Kind: Choices, IDs: []string{"a"}}, true},
		{ListOf(Of(Text)), ListOf(Type{Kind: Text, Maybe: true}), false},
		{RecordOf(sku), RecordOf(sku, note), true},
		{RecordOf(sku, note), RecordOf(sku), true},
		{RecordOf(sku, Field{"note", Of(Text)}), RecordOf(sku, note), false},
		{RecordOf(sku), RecordOf(note), false},
		{Of(File), Of(Image), true},
		{Of(Location), RecordOf(sku), false},
		{Of(Bool), Of(Bool), true},
	} {
		if got := tt.to.Assignable(tt.from); got != tt.want {
			t.Errorf("%s from %s: got %v", tt.to, tt.from, got)
		}
	}
}

func TestZeroIsWhatUnsetReadsAs(t *testing.T) {
	for _, k := range Kinds() {
		if parsed, ok := ParseKind(string(k)); !ok || parsed != k {
			t.Errorf("%s is not read back", k)
		}
		zero := Of(k).Zero()
		unreadable := slices.Contains([]Kind{Date, Datetime, Duration, Location}, k)
		if (zero == nil) != unreadable {
			t.Errorf("%s: %#v", k, zero)
		}
	}
	for _, name := range []string{"list", "record", "any", "", "string", "Text"} {
		if _, ok := ParseKind(name); ok {
			t.Errorf("%q is a kind", name)
		}
	}
	got := RecordOf(Field{"a", Of(Int)}, Field{"b", Of(Date)}, Field{"c", RecordOf(Field{"d", Of(Text)})}).Zero()
	if !reflect.DeepEqual(got, map[string]any{"a": 0, "c": map[string]any{"d": ""}}) {
		t.Errorf("got %#v", got)
	}
}

func TestDurationsAreReadAndWritten(t *testing.T) {
	for src, want := range map[string]time.Duration{
		"90s": 90 * time.Second, "15m": 15 * time.Minute, "2h": 2 * time.Hour, "2d": 48 * time.Hour,
		"1w": 7 * 24 * time.Hour, "1h30m": 90 * time.Minute, "1w2d3h4m5s": 219*time.Hour + 4*time.Minute + 5*time.Second,
	} {
		got, err := ParseDuration(src)
		if err != nil || got != want {
			t.Errorf("%s: %v %v", src, got, err)
		}
		if back, err := ParseDuration(FormatDuration(want)); err != nil || back != want {
			t.Errorf("%s is written as %s", src, FormatDuration(want))
		}
	}
	for _, src := range []string{"", "5", "m", "-5m", "1.5h", "5 m", "0s", "5x", "99999999999w", "5m ago", strings.Repeat("9", 30) + "s"} {
		if d, err := ParseDuration(src); err == nil {
			t.Errorf("%q is %v", src, d)
		}
	}
	for d, want := range map[time.Duration]string{
		0: "0s", -time.Minute: "-1m", 36 * time.Hour: "1d12h", math.MinInt64: "-15250w1d23h47m16s",
	} {
		if got := FormatDuration(d); got != want {
			t.Errorf("%d: %s, want %s", d, got, want)
		}
	}
}
