package spec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/parley-chat/parley/flows/language"
)

// A decoded is what a node gave for a table, so that decoding it again is free
// and says nothing twice.
type decoded struct {
	report *Report
	table  *Table
	values *Values
}

// Decode reads a map against a table. It reports what is no map, unknown,
// repeated and missing keys, and values of the wrong form, in the map and in the
// maps within it. It never returns nil; what was wrong is left out.
func Decode(r *Report, n *Node, t *Table) *Values {
	return decode(r, n, t, "")
}

// DecodeBare is Decode for a map that may also be written as one word: `- end`
// is `- end:`. The value of that key may be missing.
func DecodeBare(r *Report, n *Node, t *Table, word string) *Values {
	return decode(r, n, t, word)
}

// Decoded returns what Decode has read of a map that is the value of a key, or an
// item of one, with the table of its shape: whoever decoded the map around it has
// decoded it as well. There is nothing in it when the map was never decoded.
func Decoded(r *Report, n *Node) *Values {
	if n != nil {
		for _, d := range n.tables {
			if d.report == r {
				return d.values
			}
		}
	}
	return &Values{node: n}
}

func decode(r *Report, n *Node, t *Table, bare string) *Values {
	if n == nil {
		return &Values{}
	}
	for _, d := range n.tables {
		if d.report == r && d.table == t {
			return d.values
		}
	}
	v := &Values{node: n}
	// Kept before the values are read: what is within asks which table it is in.
	n.tables = append(n.tables, decoded{r, t, v})
	d := decoder{r: r, n: n, t: t, v: v, bare: bare}
	switch {
	case n.broken:
	case n.kind == Map:
		d.pairs()
		d.missing()
	case bare != "" && n.kind == Scalar && n.text == bare:
		v.entries = []entry{{key: n, value: n, ok: true}}
		d.missing()
	default:
		d.notMap()
	}
	return v
}

// A decoder reads one map.
type decoder struct {
	r    *Report
	n    *Node
	t    *Table
	v    *Values
	bare string
}

// pairs checks every key and its value.
func (d *decoder) pairs() {
	d.v.entries = make([]entry, 0, min(len(d.n.pairs), len(d.t.Fields)))
	for _, p := range d.n.pairs {
		key := p.Key.text
		f := d.t.field(key)
		if f == nil {
			if !d.t.Open {
				d.unknown(p)
			} else {
				d.v.extra = append(d.v.extra, p)
			}
			continue
		}
		ok := key == d.bare && p.Value.kind == Null
		if !ok && (f.Refuse == nil || !f.Refuse(d.r, p.Value)) {
			ok = checkField(d.r, p.Value, key, f)
		}
		d.v.entries = append(d.v.entries, entry{key: p.Key, value: p.Value, ok: ok})
		if ok && !d.named(key) {
			d.v.extra = append(d.v.extra, p)
		}
	}
}

// named reports whether the table names the key itself.
func (d *decoder) named(key string) bool {
	for _, f := range d.t.Fields {
		if f.Name == key {
			return true
		}
	}
	return false
}

// missing reports required keys that are not there.
func (d *decoder) missing() {
	for _, f := range d.t.Fields {
		if _, there := d.v.entry(f.Name); there || !f.Required || slices.Contains(d.v.meant, f.Name) {
			continue
		}
		fix := fmt.Sprintf("Add `%s:`.", f.Name)
		if f.Example != "" && !strings.Contains(f.Example, "\n") {
			fix = fmt.Sprintf("Add it, such as `%s: %s`.", f.Name, f.Example)
		}
		d.r.Error(d.n.Pos(), "E121", fix, "%s needs %q", d.title(), f.Name)
	}
}

// title names the map in messages.
func (d *decoder) title() string {
	if d.t.Name == "" {
		return "this map"
	}
	return d.t.Name
}

// notMap reports a value of another form.
func (d *decoder) notMap() {
	wrongForm(d.r, d.n, Shape{Kind: Nested, Table: d.t}, "this", "")
}

// unknown reports a key that no field names, and where it may belong.
func (d *decoder) unknown(p Pair) {
	if p.Key.broken || d.t.Unknown != nil && d.t.Unknown(d.r, p) {
		return
	}
	key := p.Key.text
	d.r.Error(p.Key.Pos(), "E120", d.unknownFix(key), "%s has no key %q", d.title(), key)
}

// unknownFix guesses what was meant: a slip of the finger, else a key of the map
// around or of one within, indented wrongly.
func (d *decoder) unknownFix(key string) string {
	if meant := d.t.Instead[key]; meant != "" && d.n.Get(meant) == nil {
		d.v.meant = append(d.v.meant, meant)
		return fmt.Sprintf("Write `%s:`.", meant)
	}
	for up := d.n.parent; up != nil; up = up.parent {
		for _, t := range up.tables {
			if t.report != d.r || t.table.field(key) == nil {
				continue
			}
			return fmt.Sprintf("It is a key of %s, which begins at line %d: indent it like the keys there.", title(t.table), up.Pos().Line)
		}
	}
	for _, p := range d.n.pairs {
		f := d.t.field(p.Key.text)
		if f == nil || p.Key.text == key {
			continue
		}
		if inner := nestedTable(f.Shape); inner != nil && inner.field(key) != nil {
			return fmt.Sprintf("It is a key of %s: indent it to stand below `%s:`.", title(inner), p.Key.text)
		}
	}
	if s := language.Suggest(key, d.t.names()); s != "" {
		d.v.meant = append(d.v.meant, s)
		return fmt.Sprintf("Did you mean %q?", s)
	}
	if names := d.t.names(); len(names) > 0 && len(names) <= 12 {
		return "The keys are " + strings.Join(names, ", ") + "."
	}
	return ""
}

// title names a table in messages.
func title(t *Table) string {
	if t.Name == "" {
		return "the map"
	}
	return t.Name
}

// nestedTable returns the table of the maps that a shape holds, if any.
func nestedTable(s Shape) *Table {
	switch s.Kind {
	case Nested:
		return s.Table
	case ListOf, OneOrList, MapOf:
		return nestedTable(*s.Of)
	case OneOf:
		for _, one := range s.Shapes {
			if t := nestedTable(one); t != nil {
				return t
			}
		}
	}
	return nil
}
