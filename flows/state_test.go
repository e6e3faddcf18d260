package flows

import (
	"encoding/json"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rogpeppe/go-internal/txtar"
	"pgregory.net/rapid"
)

// diffStates compares conversations as they are stored, where none and empty are
// the same.
func diffStates(a, b any) string {
	return cmp.Diff(a, b, cmpopts.IgnoreUnexported(frame{}), cmpopts.EquateEmpty())
}

// reencode writes a conversation and reads it back.
func reencode(t interface{ Fatal(...any) }, c *conversation) ([]byte, *conversation) {
	data, err := c.encode(0)
	if err != nil {
		t.Fatal("encode:", err)
	}
	back, err := decodeConversation(data)
	if err != nil {
		t.Fatal("decode what was encoded:", err)
	}
	return data, back
}

// TestStatesOfFormat1AreRead: stores hold JSON of versions before. It reads as
// ever, is kept in today's format without loss, and shows as the same JSON.
func TestStatesOfFormat1AreRead(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/states/format1.txtar")
	if err != nil || len(archive.Files) < 30 {
		t.Fatal("no states of format 1", err)
	}
	for _, f := range archive.Files {
		t.Run(f.Name, func(t *testing.T) {
			golden := strings.TrimSpace(string(f.Data))
			old, err := decodeConversation([]byte(golden))
			if err != nil {
				t.Fatal(err)
			}
			plain := &conversation{}
			if err := json.Unmarshal([]byte(golden), plain); err != nil {
				t.Fatal(err)
			}
			if diff := diffStates(plain, old); diff != "" {
				t.Errorf("it is not read as JSON (-JSON +read):\n%s", diff)
			}
			data, back := reencode(t, old)
			if diff := diffStates(old, back); diff != "" {
				t.Errorf("it is another one in the new format (-old +new):\n%s", diff)
			}
			shown, err := StateJSON(data)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(plainJSON(t, golden), plainJSON(t, string(shown))); diff != "" {
				t.Errorf("it shows as other JSON (-old +new):\n%s", diff)
			}
		})
	}
}

// plainJSON decodes JSON, with times as instants.
func plainJSON(t *testing.T, data string) any {
	var v any
	if err := json.Unmarshal([]byte(data), &v); err != nil {
		t.Fatal(err)
	}
	var walk func(v any) any
	walk = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			for name, e := range v {
				v[name] = walk(e)
			}
		case []any:
			for i, e := range v {
				v[i] = walk(e)
			}
		case string:
			if at, err := time.Parse(time.RFC3339Nano, v); err == nil {
				return at.UTC()
			}
		}
		return v
	}
	return walk(v)
}

// TestSnapshotsOfFormat1AreRead: a conversation that began under a version before
// goes back as far as one that began today.
func TestSnapshotsOfFormat1AreRead(t *testing.T) {
	frames := []frame{{Flow: "order", Step: "no", Asked: "no", Vars: map[string]any{"no": "A-1", "sure": true}}, {Flow: "confirm", Step: "pin"}}
	old, err := json.Marshal(frames)
	if err != nil {
		t.Fatal(err)
	}
	taken, err := takeSnapshot(frames)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []snapshot{snapshot(old), taken} {
		got, err := s.frames()
		if diff := diffStates(frames, got); err != nil || diff != "" {
			t.Errorf("%q: %v\n%s", s, err, diff)
		}
		if data, err := json.Marshal(s); err != nil || string(data) != string(old) {
			t.Errorf("%q shows as %s, %v", s, data, err)
		}
	}
	for _, bad := range []snapshot{"", "[]", "null", "{", "x", "\x02", "\x02\x00", taken[:len(taken)-1], taken + "\x00"} {
		if got, err := bad.frames(); err == nil {
			t.Errorf("%q is read as %v", bad, got)
		}
	}
}

// TestDamagedStatesAreRefused: what was cut off, has something behind it, or was
// written by a later version is an error that says so.
func TestDamagedStatesAreRefused(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/states/format1.txtar")
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == "everything.json" })
	c, err := decodeConversation(archive.Files[i].Data)
	if err != nil {
		t.Fatal(err)
	}
	data, _ := reencode(t, c)
	w := stateWriter{b: []byte{formatBefore}}
	w.conversation(c)
	if got, err := decodeConversation(w.b); err != nil || diffStates(c, got) != "" {
		t.Errorf("a state of format 2 is read as %v, %v", got, err)
	}
	for n := 1; n < len(data); n++ {
		if _, err := decodeConversation(data[:n]); err == nil {
			t.Fatalf("the first %d of %d bytes are read", n, len(data))
		}
	}
	deep := strings.Repeat(`[`, maxNesting+2) + strings.Repeat(`]`, maxNesting+2)
	for state, want := range map[string]string{
		string(data) + "\x00": "decode the state: it is damaged",
		"\x02\x01\x01a\x05\xff\xff\xff\xff\xff\xff\xff\xff\x7f": "decode the state: it is damaged",
		"\x00":                                 "decode the state: it is damaged",
		"\x01{}":                               "decode the state: it is damaged",
		"garbage":                              "decode the state: it is damaged",
		"\xff\xff":                             "decode the state: it is damaged",
		`{"v":1,"open":[null]}`:                "decode the state: it is damaged",
		`{"v":1,"open":[{"frames":[]}]}`:       "decode the state: it is damaged",
		`{"v":1,"contact":{"a":` + deep + `}}`: "decode the state: it is damaged",
		`{"v":1,"owner":"sup`:                  "decode the state: unexpected end of JSON input",
		`{"v":2}`:                              "decode the state: format 2 is of a newer version of Parley",
		"\x04anything":                         "decode the state: format 4 is of a newer version of Parley",
	} {
		if _, err := decodeConversation([]byte(state)); err == nil || err.Error() != want {
			t.Errorf("%.20q: the error is %v, not %s", state, err, want)
		}
		if _, err := StateJSON([]byte(state)); err == nil {
			t.Errorf("%.20q shows as JSON", state)
		}
	}
}

// TestLengthsThatLieCostNothing: memory is asked for by what is there, not by what
// a length says.
func TestLengthsThatLieCostNothing(t *testing.T) {
	// Lists within lists, each of which says that the whole rest are its elements.
	hostile := []byte("\x03\x01\x01a")
	for range maxNesting {
		hostile = append(hostile, valueList, 0xf0, 0x80, 0x38) // 917,616
	}
	hostile = append(hostile, make([]byte, maxState)...)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := decodeConversation(hostile); err == nil {
		t.Fatal("it is read")
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 100*maxState {
		t.Errorf("a state of %d bytes took %d bytes to refuse", len(hostile), got)
	}
}

// TestWhatCanNotBeKeptIsRefused before it is in a store.
func TestWhatCanNotBeKeptIsRefused(t *testing.T) {
	deep := any("bottom")
	for range maxNesting + 1 {
		deep = []any{deep}
	}
	for _, v := range []any{math.NaN(), math.Inf(-1), int64(1), []string{"x"}, time.Now(), map[string]any{"a": json.Number("1")}, deep} {
		c := &conversation{Contact: map[string]any{"x": v}}
		if _, err := c.encode(0); err == nil {
			t.Errorf("%T is written", v)
		}
	}
}

// The generators draw conversations of all that flows can hold.

func drawText(t *rapid.T, what string) string {
	return rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "a", "\xff\x00", "{", "2026-03-02"})).Draw(t, what)
}

func drawInt(t *rapid.T) int {
	return rapid.OneOf(rapid.Int(), rapid.IntRange(-200, 200), rapid.SampledFrom([]int{math.MinInt, math.MaxInt, 1<<53 + 1})).Draw(t, "int")
}

func drawTime(t *rapid.T) time.Time {
	if rapid.Bool().Draw(t, "no time") {
		return time.Time{}
	}
	at := time.Unix(rapid.Int64Range(-62135596801, 253402300799).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds"))
	return at.In(time.FixedZone("", rapid.IntRange(-50_000, 50_000).Draw(t, "zone")))
}

func drawValue(t *rapid.T, depth int) any {
	kinds := 7
	if depth > 3 {
		kinds = 5
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return nil
	case 1:
		return rapid.Bool().Draw(t, "bool")
	case 2:
		return drawInt(t)
	case 3:
		return rapid.OneOf(rapid.Float64Range(-math.MaxFloat64, math.MaxFloat64), rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 0.1, 2, 1 << 60, math.SmallestNonzeroFloat64})).Draw(t, "number")
	case 4:
		return drawText(t, "text")
	case 5:
		list := make([]any, rapid.IntRange(0, 4).Draw(t, "length"))
		for i := range list {
			list[i] = drawValue(t, depth+1)
		}
		return list
	}
	record := map[string]any{}
	for range rapid.IntRange(0, 4).Draw(t, "fields") {
		record[drawText(t, "field")] = drawValue(t, depth+1)
	}
	return record
}

// drawFields draws more of them than fit into the room for sorting, too.
func drawFields(t *rapid.T) map[string]any {
	n := rapid.SampledFrom([]int{0, 0, 1, 2, 20}).Draw(t, "fields")
	if n == 0 {
		return nil
	}
	m := map[string]any{}
	for i := range n {
		m[fmt.Sprint(drawText(t, "field"), i)] = drawValue(t, 0)
	}
	return m
}

func drawFrames(t *rapid.T) []frame {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) frame {
		return frame{Flow: drawText(t, "flow"), Step: drawText(t, "step"), Asked: drawText(t, "asked"), Vars: drawFields(t)}
	}), 1, 3).Draw(t, "frames")
}

func drawRun(t *rapid.T) *run {
	r := &run{
		Number: drawInt(t), Frames: drawFrames(t),
		Rest: rest{
			Kind: restKind(drawText(t, "kind")), Mark: drawText(t, "mark"), Tag: drawText(t, "tag"), Tries: drawInt(t),
			Secret: rapid.Bool().Draw(t, "secret"), Since: drawTime(t), Until: drawTime(t), Reminded: drawInt(t),
			Paused: rapid.Bool().Draw(t, "paused"), Done: drawText(t, "done"), Data: drawFields(t),
		},
	}
	for range rapid.IntRange(0, 3).Draw(t, "visits") {
		if r.Visits == nil {
			r.Visits = map[string]int{}
		}
		r.Visits[drawText(t, "visited")] = drawInt(t)
	}
	for range rapid.IntRange(0, 2).Draw(t, "answers") {
		s, err := takeSnapshot(drawFrames(t))
		if err != nil {
			t.Fatal(err)
		}
		r.Answers = append(r.Answers, s)
	}
	for range rapid.IntRange(0, 3).Draw(t, "options") {
		r.Rest.Options = append(r.Rest.Options, shown{ID: drawText(t, "id"), Label: drawText(t, "label"), Hint: drawText(t, "hint"), Item: drawValue(t, 0)})
	}
	if rapid.Bool().Draw(t, "failed") {
		r.Error = &stepError{Step: drawText(t, "step"), Kind: drawText(t, "error"), Status: drawInt(t), Text: drawText(t, "text")}
	}
	return r
}

func drawRuns(t *rapid.T, what string) []*run {
	var list []*run
	for range rapid.IntRange(0, 2).Draw(t, what) {
		list = append(list, drawRun(t))
	}
	return list
}

func drawConversation(t *rapid.T) *conversation {
	c := &conversation{
		Version: jsonVersion, Contact: drawFields(t), Session: drawFields(t), LastIn: drawTime(t), Owner: drawText(t, "owner"),
		Open: drawRuns(t, "open"), Waiting: drawRuns(t, "waiting"), Ready: drawRuns(t, "ready"), Serial: drawInt(t),
		Holder: holder(drawText(t, "holder")), Blocked: rapid.Bool().Draw(t, "blocked"),
	}
	if rapid.Bool().Draw(t, "stored") {
		c.Stored = []string{}
	}
	for range rapid.IntRange(0, 3).Draw(t, "fields stored") {
		c.Stored = append(c.Stored, drawText(t, "field"))
	}
	for range rapid.IntRange(0, 3).Draw(t, "buttons") {
		c.Buttons = append(c.Buttons, drawText(t, "button"))
	}
	for range rapid.IntRange(0, 3).Draw(t, "seen") {
		if c.Seen == nil {
			c.Seen, c.Once = map[string]time.Time{}, map[string]onceResult{}
		}
		c.Seen[drawText(t, "step")] = drawTime(t)
		o := onceResult{At: drawTime(t), Status: drawInt(t)}
		if body := drawText(t, "body"); body != "" {
			o.Body = json.RawMessage(body)
		}
		c.Once[drawText(t, "key")] = o
	}
	return c
}

// TestStatesRoundTrip: what was kept is what comes back, to the last bit, and a
// conversation has one encoding.
func TestStatesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConversation(t)
		data, back := reencode(t, c)
		if diff := cmp.Diff(c, back, cmpopts.IgnoreUnexported(frame{}), cmp.Comparer(sameBits)); diff != "" {
			t.Fatalf("another conversation comes back (-kept +read):\n%s", diff)
		}
		again, _ := reencode(t, back)
		if string(data) != string(again) {
			t.Fatalf("the same conversation has two encodings:\n%q\n%q", data, again)
		}
	})
}

func sameBits(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }

// FuzzStateCodec reads any bytes as a state. They are refused, or the
// conversation is the same once it was kept; what is in today's format is kept
// byte by byte.
func FuzzStateCodec(f *testing.F) {
	archive, err := txtar.ParseFile("testdata/states/format1.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, old := range archive.Files {
		c, err := decodeConversation(old.Data)
		if err != nil {
			f.Fatal(err)
		}
		data, _ := reencode(f, c)
		f.Add(old.Data)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := decodeConversation(data)
		if err != nil || len(data) == 0 {
			return
		}
		kept, back := reencode(t, c)
		if data[0] == formatBinary && string(kept) != string(data) {
			t.Fatalf("it is kept as other bytes:\n%q\n%q", data, kept)
		}
		if diff := diffStates(c, back); diff != "" {
			t.Fatalf("another conversation comes back:\n%s", diff)
		}
		for _, list := range [][]*run{c.Open, c.Waiting, c.Ready} {
			for _, r := range list {
				for _, s := range r.Answers {
					if frames, err := s.frames(); err == nil && len(frames) == 0 {
						t.Fatalf("%q has no frames", s)
					}
				}
			}
		}
		_, _ = StateJSON(data) // it may refuse a body that is no JSON, and must not panic
	})
}
