package spec

import (
	"slices"
	"strconv"
	"time"
)

// An entry is a key that was found.
type entry struct {
	key, value *Node
	ok         bool
}

// Values are the values of a map that fit its table. What was missing or wrong
// reads as the zero value.
type Values struct {
	node    *Node
	entries []entry
	extra   []Pair
	// meant are the keys that unknown ones were probably meant to be.
	meant []string
}

// Node returns the value of a key; nil when it is missing or wrong.
func (v *Values) Node(name string) *Node {
	if e, _ := v.entry(name); e.ok {
		return e.value
	}
	return nil
}

// entry finds a key. There are few, so that to look through them takes less than a
// map would.
func (v *Values) entry(name string) (e entry, there bool) {
	for _, e := range v.entries {
		if e.key.text == name {
			return e, true
		}
	}
	return entry{}, false
}

// Has reports whether the key is there and its value is right.
func (v *Values) Has(name string) bool { return v.Node(name) != nil }

// Given reports whether the key is there, also when its value is wrong, or when
// it was reported as mistyped.
func (v *Values) Given(name string) bool {
	_, there := v.entry(name)
	return there || slices.Contains(v.meant, name)
}

// Text returns a scalar as written; empty when it is missing or wrong.
func (v *Values) Text(name string) string { return v.Node(name).Text() }

// Int returns a whole number.
func (v *Values) Int(name string) (int, bool) {
	i, err := strconv.Atoi(v.Text(name))
	return i, err == nil
}

// Number returns the value of a Number field; false when it is not given.
func (v *Values) Number(name string) (float64, bool) {
	n, err := strconv.ParseFloat(v.Node(name).Text(), 64)
	return n, err == nil
}

// Bool returns a boolean and whether it is there.
func (v *Values) Bool(name string) (value, ok bool) {
	text := v.Text(name)
	return text == "true", text == "true" || text == "false"
}

// Duration returns a duration.
func (v *Values) Duration(name string) (time.Duration, bool) {
	return ParseDuration(v.Text(name))
}

// List returns the elements of a list; a single value counts as a list of one.
func (v *Values) List(name string) []*Node {
	n := v.Node(name)
	switch n.Kind() {
	case Null:
		return nil
	case List:
		return n.Items()
	}
	return []*Node{n}
}

// Map returns the entries of a map in the order they were written.
func (v *Values) Map(name string) []Pair { return v.Node(name).Pairs() }

// Pos returns the place of the map.
func (v *Values) Pos() Pos { return v.node.Pos() }

// KeyPos returns the place of a key, also of one whose value is wrong; that of
// the map when the key is missing.
func (v *Values) KeyPos(name string) Pos {
	if e, there := v.entry(name); there {
		return e.key.Pos()
	}
	return v.Pos()
}

// Extra returns the entries that no field of the table names: those that its
// Extra knows, when they are right, and all others when it is open.
func (v *Values) Extra() []Pair { return v.extra }
