package expression

import (
	"slices"
	"time"
)

// Kinds that no author writes.
const (
	unknown Kind = ""               // declared without a type: nothing can be said about it
	invalid Kind = "invalid"        // a problem was reported, so nothing more is said
	nothing Kind = "nothing"        // the element of an empty list
	anyKind Kind = "any"            // a parameter that takes every type
	scalar  Kind = "text or number" // a parameter that takes all but lists and records
)

// Broken is the kind of a name whose declaration was reported already. What reads
// it compiles to nothing, without another problem.
const Broken = invalid

// Kinds returns the kinds that authors may write, in the order of the reference.
// Lists and records are written as [T] and {name: T} and are not among them.
func Kinds() []Kind {
	return []Kind{
		Text, Int, Number, Bool, Date, Time, Datetime, Duration, Email, Phone, URL,
		Choice, Choices, Location, Image, File, Audio, Video,
	}
}

// ParseKind returns the kind of that name, and false when authors may not write
// it.
func ParseKind(name string) (Kind, bool) {
	k := Kind(name)
	return k, slices.Contains(Kinds(), k)
}

// Zero returns what a name of this type reads as while it has no value: "", 0,
// false, an empty list, or a record of such values. It is nil for a date,
// datetime, duration and location, which cannot be read before they have a
// value.
func (t Type) Zero() any {
	switch {
	case t.isText():
		return ""
	case t.isList():
		return []any{}
	}
	switch t.Kind {
	case Int:
		return 0
	case Number:
		return float64(0)
	case Bool:
		return false
	case Record, Image, File, Audio, Video:
		zero := map[string]any{}
		for _, f := range t.fields() {
			if z := f.Type.Zero(); z != nil {
				zero[f.Name] = z
			}
		}
		return zero
	}
	return nil
}

// Assignable reports whether a value of type from may be stored as t. The
// caller then passes the value through [Type.Coerce], which makes a number of an
// int.
func (t Type) Assignable(from Type) bool {
	switch {
	case from.Kind == nothing || from.Kind == invalid || t.Kind == anyKind:
		return true
	case t.Kind == scalar:
		return !from.isList() && !from.isRecord()
	case t.Kind == Choice:
		return from.Kind == Choice && within(from.IDs, t.IDs)
	case t.Kind == Choices:
		elem, ok := from.elem()
		return ok && (elem.Kind == nothing || elem.Kind == Choice && within(elem.IDs, t.IDs))
	case t.Kind == List:
		elem, ok := from.elem()
		return ok && (t.Elem.Maybe || !elem.Maybe || t.Elem.Kind == anyKind) && t.Elem.Assignable(elem)
	case t.isRecord():
		return from.isRecord() && t.assignableRecord(from)
	case t.Kind == Text:
		return from.isText()
	case t.Kind == Number:
		return from.isNumber()
	}
	return t.Kind == from.Kind
}

func (t Type) assignableRecord(from Type) bool {
	for _, f := range t.fields() {
		other, ok := from.Field(f.Name)
		switch {
		case !ok && !f.Type.Maybe:
			return false
		case ok && other.Maybe && !f.Type.Maybe:
			return false
		case ok && !f.Type.Assignable(other):
			return false
		}
	}
	return true
}

// within reports whether all ids are among those allowed; an open choice (no
// ids) fits only another open one.
func within(ids, allowed []string) bool {
	if len(allowed) == 0 {
		return true
	}
	if len(ids) == 0 {
		return false
	}
	for _, id := range ids {
		if !slices.Contains(allowed, id) {
			return false
		}
	}
	return true
}

// isText reports whether the value is a Go string.
func (t Type) isText() bool {
	switch t.Kind {
	case Text, Time, Email, Phone, URL, Choice:
		return true
	}
	return false
}

func (t Type) isNumber() bool { return t.Kind == Int || t.Kind == Number }
func (t Type) isMoment() bool { return t.Kind == Date || t.Kind == Datetime }
func (t Type) isList() bool   { return t.Kind == List || t.Kind == Choices }

// isRecord reports whether the value has fields.
func (t Type) isRecord() bool {
	switch t.Kind {
	case Record, Location, Image, File, Audio, Video:
		return true
	}
	return false
}

// elem returns the type of the elements of a list.
func (t Type) elem() (Type, bool) {
	switch {
	case t.Kind == List && t.Elem != nil:
		return *t.Elem, true
	case t.Kind == Choices:
		return Type{Kind: Choice, IDs: t.IDs}, true
	}
	return Type{}, false
}

// same reports whether values of both types can be compared and mixed as they
// are, with no conversion.
func same(a, b Type) bool {
	switch {
	case a.Kind == nothing || b.Kind == nothing:
		return true
	case a.isText() && b.isText():
		return true
	case a.isList() && b.isList():
		ae, _ := a.elem()
		be, _ := b.elem()
		return same(ae, be)
	case a.isRecord() && b.isRecord():
		return sameFields(a, b)
	}
	return a.Kind == b.Kind
}

func sameFields(a, b Type) bool {
	af, bf := a.fields(), b.fields()
	if len(af) != len(bf) {
		return false
	}
	for _, f := range af {
		other, ok := b.Field(f.Name)
		if !ok || !same(f.Type, other) {
			return false
		}
	}
	return true
}

// Join returns the type that holds values of both, such as Number for an Int and
// a Number; records are joined field by field, and a field that one of them does
// not have may be missing. It is false when there is no such type.
func Join(a, b Type) (Type, bool) { return join(a, b, true) }

// unify returns the type that holds values of both: the type of `c ? a : b`.
// Where it is Number or Datetime, an int or a date has to be converted. Records
// need the same fields: another one is a slip of the finger.
func unify(a, b Type) (Type, bool) { return join(a, b, false) }

func join(a, b Type, missing bool) (Type, bool) {
	switch {
	case a.Kind == nothing || a.isList() && b.isList() && emptyList(a):
		return b, true
	case b.Kind == nothing || a.isList() && b.isList() && emptyList(b):
		return a, true
	case a.Kind == b.Kind && (a.Kind == Choice || a.Kind == Choices):
		return Type{Kind: a.Kind, IDs: union(a.IDs, b.IDs)}, true
	case a.Kind == Record && b.Kind == Record:
		return joinRecords(a, b, missing)
	case a.isList() && b.isList():
		ae, _ := a.elem()
		be, _ := b.elem()
		elem, ok := join(ae, be, missing)
		return ListOf(elem), ok
	case a.Kind == b.Kind:
		return Type{Kind: a.Kind}, true
	case a.isText() && b.isText():
		return Of(Text), true
	case a.isNumber() && b.isNumber():
		return Of(Number), true
	case a.isMoment() && b.isMoment():
		return Of(Datetime), true
	case same(a, b):
		a.Maybe = false
		return a, true
	}
	return Type{}, false
}

// joinRecords joins records field by field.
func joinRecords(a, b Type, missing bool) (Type, bool) {
	out := Of(Record)
	for _, f := range a.Fields {
		other, both := b.Field(f.Name)
		maybe := f.Type.Maybe || other.Maybe || !both
		if both {
			t, ok := join(f.Type, other, missing)
			if !ok {
				return Type{}, false
			}
			f.Type = t
		} else if !missing {
			return Type{}, false
		}
		f.Type.Maybe = maybe
		out.Fields = append(out.Fields, f)
	}
	for _, f := range b.Fields {
		if _, both := a.Field(f.Name); both {
			continue
		}
		if !missing {
			return Type{}, false
		}
		f.Type.Maybe = true
		out.Fields = append(out.Fields, f)
	}
	return out, true
}

func emptyList(t Type) bool {
	elem, ok := t.elem()
	return ok && elem.Kind == nothing
}

// union joins the ids of two choices; an open one stays open.
func union(a, b []string) []string {
	if len(a) == 0 || len(b) == 0 {
		return nil
	}
	out := slices.Clone(a)
	for _, id := range b {
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// midnight returns the day of t as a Date is kept: at 00:00 UTC, so that dates
// compare as days whatever the zone.
func midnight(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
