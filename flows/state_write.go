package flows

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"time"
)

// maxNesting bounds values within values. Types bound them to less.
const maxNesting = 64

var errUnwritable = errors.New("it holds a value that can't be kept")

// A stateWriter appends a conversation in format 3. Whole numbers are varints, a text
// is its length and its bytes, a list its length and its elements, a map its
// length and its pairs, sorted by key. It leaves nothing out, so that the order of
// the calls is the layout; stateReader reads in the same order.
type stateWriter struct {
	b   []byte
	err error
}

func (w *stateWriter) conversation(c *conversation) {
	w.fields(c.Contact)
	w.fields(c.Session)
	w.time(c.LastIn)
	w.text(c.Owner)
	w.runs(c.Open)
	w.runs(c.Waiting)
	w.runs(c.Ready)
	w.count(len(c.Buttons))
	for _, label := range c.Buttons {
		w.text(label)
	}
	w.int(c.Serial)
	var room keyRoom
	w.count(len(c.Seen))
	for _, key := range appendSorted(room[:0], c.Seen) {
		w.text(key)
		w.time(c.Seen[key])
	}
	w.count(len(c.Once))
	for _, key := range appendSorted(room[:0], c.Once) {
		o := c.Once[key]
		w.text(key)
		w.time(o.At)
		w.int(o.Status)
		w.text(string(o.Body))
	}
}

// more appends what format 3 has beyond format 2. The length of Stored is one more
// than it is, and 0 when there is none.
func (w *stateWriter) more(c *conversation) {
	w.text(string(c.Holder))
	w.bool(c.Blocked)
	if c.Stored == nil {
		w.count(0)
		return
	}
	w.count(len(c.Stored) + 1)
	for _, name := range c.Stored {
		w.text(name)
	}
}

func (w *stateWriter) runs(list []*run) {
	w.count(len(list))
	for _, r := range list {
		w.run(r)
	}
}

func (w *stateWriter) run(r *run) {
	w.int(r.Number)
	w.frames(r.Frames)
	var room keyRoom
	w.count(len(r.Visits))
	for _, key := range appendSorted(room[:0], r.Visits) {
		w.text(key)
		w.int(r.Visits[key])
	}
	w.count(len(r.Answers))
	for _, a := range r.Answers {
		w.text(string(a))
	}
	w.rest(&r.Rest)
	w.bool(r.Error != nil)
	if e := r.Error; e != nil {
		w.text(e.Step)
		w.text(e.Kind)
		w.int(e.Status)
		w.text(e.Text)
	}
}

func (w *stateWriter) frames(list []frame) {
	w.count(len(list))
	for i := range list {
		f := &list[i]
		w.text(f.Flow)
		w.text(f.Step)
		w.text(f.Asked)
		w.fields(f.Vars)
	}
}

func (w *stateWriter) rest(r *rest) {
	w.text(string(r.Kind))
	w.text(r.Mark)
	w.text(r.Tag)
	w.int(r.Tries)
	w.count(len(r.Options))
	for _, o := range r.Options {
		w.text(o.ID)
		w.text(o.Label)
		w.text(o.Hint)
		w.value(o.Item, 0)
	}
	w.bool(r.Secret)
	w.time(r.Since)
	w.time(r.Until)
	w.int(r.Reminded)
	w.bool(r.Paused)
	w.text(r.Done)
	w.fields(r.Data)
}

// The kinds of values, as Type.Encode and encoding/json make them.
const (
	valueNone = iota
	valueFalse
	valueTrue
	valueInt
	valueFloat
	valueText
	valueList
	valueRecord
)

func (w *stateWriter) value(v any, depth int) {
	if depth > maxNesting {
		w.err = errUnwritable
		return
	}
	switch v := v.(type) {
	case nil:
		w.b = append(w.b, valueNone)
	case bool:
		kind := byte(valueFalse)
		if v {
			kind = valueTrue
		}
		w.b = append(w.b, kind)
	case int:
		w.b = append(w.b, valueInt)
		w.int(v)
	case float64:
		if v-v != 0 { // neither JSON nor people can do with infinity
			w.err = errUnwritable
		}
		w.b = binary.LittleEndian.AppendUint64(append(w.b, valueFloat), math.Float64bits(v))
	case string:
		w.b = append(w.b, valueText)
		w.text(v)
	case []any:
		w.b = append(w.b, valueList)
		w.count(len(v))
		for _, e := range v {
			w.value(e, depth+1)
		}
	case map[string]any:
		w.b = append(w.b, valueRecord)
		w.record(v, depth+1)
	default:
		w.err = errUnwritable
	}
}

func (w *stateWriter) fields(m map[string]any) { w.record(m, 0) }

func (w *stateWriter) record(m map[string]any, depth int) {
	var room keyRoom
	w.count(len(m))
	for _, key := range appendSorted(room[:0], m) {
		w.text(key)
		w.value(m[key], depth)
	}
}

// keyRoom is where the keys of most maps are sorted.
type keyRoom [16]string

// appendSorted appends the keys of a map, sorted.
func appendSorted[V any](keys []string, m map[string]V) []string {
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func (w *stateWriter) count(n int) { w.b = binary.AppendUvarint(w.b, uint64(n)) }

func (w *stateWriter) int(n int) { w.b = binary.AppendVarint(w.b, int64(n)) }

func (w *stateWriter) text(s string) {
	w.count(len(s))
	w.b = append(w.b, s...)
}

func (w *stateWriter) bool(b bool) {
	if b {
		w.count(1)
		return
	}
	w.count(0)
}

// time writes an instant: 0 for none, else one more than its nanoseconds, and its
// seconds.
func (w *stateWriter) time(t time.Time) {
	if t.IsZero() {
		w.count(0)
		return
	}
	w.count(t.Nanosecond() + 1)
	w.b = binary.AppendVarint(w.b, t.Unix())
}
