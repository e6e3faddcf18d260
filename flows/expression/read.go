package expression

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A path reads a variable or a field below it.
type path struct {
	name string // "order.eta"
	keys []string
	typ  Type
	zero any
	// place is how many keys lead to a location, whose fields cannot be read
	// before it has a value; 0 when there is none on the way.
	place int
}

// find walks to the value; nil when there is none.
func (p *path) find(env *Env) (any, error) {
	v, ok := env.Vars[p.keys[0]]
	if !ok && env.Outer != nil {
		v = env.Outer(p.keys[0])
	}
	for i, key := range p.keys[1:] {
		if v == nil {
			if p.place > i {
				return nil, failure(strings.Join(p.keys[:p.place], ".") + " is unset")
			}
			return nil, nil
		}
		record, ok := v.(map[string]any)
		if !ok {
			return nil, errBad
		}
		v = record[key]
	}
	return v, nil
}

// read returns the value, or the zero of its type; an error for what has no
// zero.
func (p *path) read(r *run, _ []any) (any, error) {
	v, err := p.find(r.env)
	if err != nil {
		return nil, err
	}
	if v == nil {
		if p.zero == nil {
			return nil, p.unset()
		}
		return p.zero, nil
	}
	return adapt(v, p.typ)
}

// value is read as a whole run.
func (p *path) value(env *Env) (any, error) {
	r := run{env: env, work: maxWork}
	v, err := p.read(&r, nil)
	if err == nil {
		err = r.measure(v, 0)
	}
	if err != nil {
		return nil, err
	}
	return v, nil
}

// given returns the value, or nil when it is unset: what ?? and filled() see.
func (p *path) given(r *run, _ []any) (any, error) {
	v, err := p.find(r.env)
	if v == nil || err != nil {
		return nil, nil // also below an unset location
	}
	if v, err = adapt(v, p.typ); err != nil {
		return nil, err
	}
	return orNil(v), nil
}

func (p *path) unset() error { return failure(p.name + " is unset") }

// orNil makes an empty text or list unset.
func orNil(v any) any {
	switch v := v.(type) {
	case string:
		if v == "" {
			return nil
		}
	case []any:
		if len(v) == 0 {
			return nil
		}
	}
	return v
}

// A member reads a field of a record that was computed, such as an element of a
// list.
type member struct {
	name string
	typ  Type
	zero any
}

func (m *member) read(_ *run, args []any) (any, error) {
	v := m.find(args[0])
	if v == nil {
		if m.zero == nil {
			return nil, failure(m.name + " is unset")
		}
		return m.zero, nil
	}
	return adapt(v, m.typ)
}

func (m *member) given(_ *run, args []any) (any, error) {
	v := m.find(args[0])
	if v == nil {
		return nil, nil
	}
	v, err := adapt(v, m.typ)
	return orNil(v), err
}

func (m *member) find(base any) any {
	record, _ := base.(map[string]any)
	return record[m.name]
}

// adapt makes sure that a value is of its type before expr computes with it, and
// cuts long lists. It mends what JSON does to numbers.
func adapt(value any, t Type) (any, error) {
	if t.Kind == Text && t.Open {
		return openText(value), nil
	}
	switch v := value.(type) {
	case string:
		if t.isText() {
			return value, nil // v would be boxed anew
		}
	case int:
		switch t.Kind {
		case Int:
			return value, nil
		case Number:
			return float64(v), nil
		}
	case float64:
		switch {
		case t.Kind == Number:
			return value, nil
		case t.Kind == Int && v == float64(int(v)):
			return int(v), nil
		}
	case bool:
		if t.Kind == Bool {
			return value, nil
		}
	case []any:
		if t.isList() && len(v) <= MaxList {
			return value, nil
		}
		if t.isList() {
			return v[:MaxList:MaxList], nil
		}
	case map[string]any:
		if t.isRecord() {
			return value, nil
		}
	case time.Time:
		return adaptMoment(v, t)
	case time.Duration:
		if t.Kind == Duration {
			return value, nil
		}
	}
	return nil, errBad
}

// openText writes a value of any kind as a text: lists and records as JSON.
func openText(value any) any {
	switch v := value.(type) {
	case string:
		return value
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case time.Time:
		return v.Format(time.RFC3339)
	case time.Duration:
		return v.String()
	case []any, map[string]any:
		data, err := json.Marshal(v)
		if err != nil {
			return ""
		}
		return string(data)
	}
	return fmt.Sprint(value)
}

// adaptMoment keeps dates at midnight UTC, so that they compare as days.
func adaptMoment(v time.Time, t Type) (any, error) {
	switch t.Kind {
	case Datetime:
		return v, nil
	case Date:
		return midnight(v), nil
	}
	return nil, errBad
}

func cutList(list []any) []any {
	if len(list) > MaxList {
		return list[:MaxList]
	}
	return list
}

// showValue writes a value into a trace, short.
func showValue(v any, t Type) string {
	const most = 40
	if v == nil {
		return "unset"
	}
	s := Display(t.Encode(v), Of(t.Kind), &Runtime{Language: "en", Zone: time.UTC})
	switch {
	case t.isText():
		s = fmt.Sprintf("%q", cutRunes(s, most))
	case t.isList():
		list, _ := v.([]any)
		s = fmt.Sprintf("a list of %d", len(list))
	case t.isRecord():
		s = "a record"
	}
	return s
}

func cutRunes(s string, most int) string {
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}
