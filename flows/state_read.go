package flows

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"time"
)

// A stateReader reads what a stateWriter wrote, in the same order. It may be given any
// bytes: at the first that no writer writes it turns bad, and everything that is
// read from there on is empty. It asks for memory by what was read, not by what
// a length says.
type stateReader struct {
	// rest is what is not read yet. Texts are parts of it, so it is not copied again.
	rest string
	bad  bool
}

// end is the error of the whole: nil when all was read, and good.
func (r *stateReader) end() error {
	if r.bad || r.rest != "" {
		return errDamaged
	}
	return nil
}

// fail turns the reader bad.
func (r *stateReader) fail() { r.rest, r.bad = "", true }

func (r *stateReader) conversation() *conversation {
	return &conversation{
		Version: jsonVersion,
		Contact: r.fields(),
		Session: r.fields(),
		LastIn:  r.time(),
		Owner:   r.text(),
		Open:    r.runs(),
		Waiting: r.runs(),
		Ready:   r.runs(),
		Buttons: readList(r, (*stateReader).text),
		Serial:  r.int(),
		Seen:    readMap(r, (*stateReader).time),
		Once:    readMap(r, (*stateReader).once),
	}
}

// more reads what format 3 has beyond format 2.
func (r *stateReader) more(c *conversation) {
	c.Holder, c.Blocked = holder(r.text()), r.bool()
	n := r.uvarint()
	if n == 0 || n-1 > uint64(len(r.rest)) {
		if n > 0 {
			r.fail()
		}
		return
	}
	c.Stored = make([]string, 0, room(int(n-1)))
	for ; n > 1 && !r.bad; n-- {
		c.Stored = append(c.Stored, r.text())
	}
}

func (r *stateReader) once() onceResult {
	o := onceResult{At: r.time(), Status: r.int()}
	if body := r.text(); body != "" {
		o.Body = json.RawMessage(body)
	}
	return o
}

func (r *stateReader) runs() []*run { return readList(r, (*stateReader).run) }

func (r *stateReader) run() *run {
	out := &run{
		Number:  r.int(),
		Frames:  r.frames(),
		Visits:  readMap(r, (*stateReader).int),
		Answers: readList(r, (*stateReader).snapshot),
		Rest:    r.restOf(),
	}
	if r.bool() {
		out.Error = &stepError{Step: r.text(), Kind: r.text(), Status: r.int(), Text: r.text()}
	}
	return out
}

func (r *stateReader) snapshot() snapshot { return snapshot(r.text()) }

// frames reads those of a run, which has at least one.
func (r *stateReader) frames() []frame {
	list := readList(r, (*stateReader).frame)
	if len(list) == 0 {
		r.fail()
	}
	return list
}

func (r *stateReader) frame() frame {
	return frame{Flow: r.text(), Step: r.text(), Asked: r.text(), Vars: r.fields()}
}

func (r *stateReader) restOf() rest {
	return rest{
		Kind:     restKind(r.text()),
		Mark:     r.text(),
		Tag:      r.text(),
		Tries:    r.int(),
		Options:  readList(r, (*stateReader).shown),
		Secret:   r.bool(),
		Since:    r.time(),
		Until:    r.time(),
		Reminded: r.int(),
		Paused:   r.bool(),
		Done:     r.text(),
		Data:     r.fields(),
	}
}

func (r *stateReader) shown() shown {
	return shown{ID: r.text(), Label: r.text(), Hint: r.text(), Item: r.value(0)}
}

func (r *stateReader) value(depth int) any {
	if depth > maxNesting {
		r.fail()
	}
	switch r.byte() {
	case valueNone:
	case valueFalse:
		return false
	case valueTrue:
		return true
	case valueInt:
		return r.int()
	case valueFloat:
		return r.float()
	case valueText:
		return r.text()
	case valueList:
		n := r.count()
		list := make([]any, 0, room(n))
		for i := 0; i < n && !r.bad; i++ {
			list = append(list, r.value(depth+1))
		}
		return list
	case valueRecord:
		return r.record(r.count(), depth+1)
	default:
		r.fail()
	}
	return nil
}

// fields reads a record; nil when it has none.
func (r *stateReader) fields() map[string]any {
	n := r.count()
	if n == 0 {
		return nil
	}
	return r.record(n, 0)
}

func (r *stateReader) record(n, depth int) map[string]any {
	m, last := make(map[string]any, room(n)), ""
	for i := 0; i < n && !r.bad; i++ {
		last = r.key(i, last)
		m[last] = r.value(depth)
	}
	return m
}

// key reads the next key of a map: keys are sorted, and each is there once.
func (r *stateReader) key(i int, last string) string {
	key := r.text()
	if i > 0 && key <= last {
		r.fail()
	}
	return key
}

// readList reads a list whose elements have a layout of their own; nil when it is
// empty.
func readList[V any](r *stateReader, read func(*stateReader) V) []V {
	n := r.count()
	if n == 0 {
		return nil
	}
	list := make([]V, 0, room(n))
	for i := 0; i < n && !r.bad; i++ {
		list = append(list, read(r))
	}
	return list
}

// readMap is readList for a map.
func readMap[V any](r *stateReader, read func(*stateReader) V) map[string]V {
	n := r.count()
	if n == 0 {
		return nil
	}
	m, last := make(map[string]V, room(n)), ""
	for i := 0; i < n && !r.bad; i++ {
		last = r.key(i, last)
		m[last] = read(r)
	}
	return m
}

// room is how many elements memory is asked for at first: a length may lie.
func room(n int) int { return min(n, 256) }

// count reads a length. What has a length takes a byte at least, so that one that
// is larger than the rest is wrong.
func (r *stateReader) count() int {
	n := r.uvarint()
	if n > uint64(len(r.rest)) {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *stateReader) int() int {
	n := r.varint()
	if int64(int(n)) != n {
		r.fail()
	}
	return int(n)
}

func (r *stateReader) varint() int64 {
	u := r.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

// uvarint reads a number as binary.AppendUvarint writes it, in as few bytes as can
// be.
func (r *stateReader) uvarint() (n uint64) {
	for i := 0; i < len(r.rest) && i < binary.MaxVarintLen64; i++ {
		b := r.rest[i]
		if i == binary.MaxVarintLen64-1 && b > 1 || i > 0 && b == 0 {
			break
		}
		n |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			r.rest = r.rest[i+1:]
			return n
		}
	}
	r.fail()
	return 0
}

func (r *stateReader) byte() byte {
	if r.rest == "" {
		r.fail()
		return valueNone
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

func (r *stateReader) bool() bool {
	b := r.byte()
	if b > 1 {
		r.fail()
	}
	return b == 1
}

func (r *stateReader) text() string {
	n := r.count()
	s := r.rest[:n]
	r.rest = r.rest[n:]
	return s
}

func (r *stateReader) float() float64 {
	if len(r.rest) < 8 {
		r.fail()
		return 0
	}
	f := math.Float64frombits(binary.LittleEndian.Uint64([]byte(r.rest[:8])))
	r.rest = r.rest[8:]
	if f-f != 0 {
		r.fail()
	}
	return f
}

func (r *stateReader) time() time.Time {
	nanos := r.uvarint()
	if nanos == 0 {
		return time.Time{}
	}
	t := time.Unix(r.varint(), int64(nanos-1)).UTC()
	if nanos > 1e9 || t.IsZero() {
		r.fail()
	}
	return t
}
