package expression

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// maxDepth bounds every walk over a value, which may hold itself.
const maxDepth = 32

var errDeep = errors.New("is nested too deep")

// Coerce turns a decoded JSON value into the Go value of the type: string, int,
// float64, bool, time.Time, time.Duration, []any or map[string]any. It takes
// the Go values too, so that what an expression returns fits as well.
//
// A date is "2006-01-02" or the day of an RFC 3339 time, and is kept at midnight
// UTC; a datetime is RFC 3339, or a day at midnight UTC. A number is an int only
// when it is whole. Fields that a record does not have are dropped; a missing
// one is an error unless it is Maybe, and then left out. A nil is an error too,
// unless the type is Maybe: then it stays nil. Errors are for authors and name
// the field.
func (t Type) Coerce(v any) (any, error) { return t.coerce(v, 0) }

func (t Type) coerce(v any, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errDeep
	}
	if v == nil {
		if t.Maybe {
			return nil, nil
		}
		return nil, errors.New("is missing")
	}
	switch {
	case t.isText():
		return t.coerceText(v)
	case t.isList():
		return t.coerceList(v, depth)
	case t.isRecord():
		return t.coerceRecord(v, depth)
	}
	switch t.Kind {
	case Int:
		return coerceInt(v)
	case Number:
		return coerceNumber(v)
	case Bool:
		if b, ok := v.(bool); ok {
			return b, nil
		}
	case Date, Datetime:
		return t.coerceMoment(v)
	case Duration:
		switch v := v.(type) {
		case time.Duration:
			return v, nil
		case string:
			if d, err := readDuration(v); err == nil {
				return d, nil
			}
		}
	}
	return nil, unfit(v, t)
}

func (t Type) coerceText(v any) (any, error) {
	s, ok := v.(string)
	if !ok {
		return nil, unfit(v, t)
	}
	if t.Kind == Choice && s != "" && len(t.IDs) > 0 && !slices.Contains(t.IDs, s) {
		return nil, errors.New("is not one of the options")
	}
	return v, nil // s would be boxed anew
}

func (t Type) coerceList(v any, depth int) (any, error) {
	list, ok := v.([]any)
	if !ok {
		return nil, unfit(v, t)
	}
	elem, _ := t.elem()
	out := make([]any, len(list))
	for i, e := range list {
		c, err := elem.coerce(e, depth+1)
		if err != nil {
			return nil, at(fmt.Sprintf("[%d]", i), err)
		}
		out[i] = c
	}
	return out, nil
}

func (t Type) coerceRecord(v any, depth int) (any, error) {
	record, ok := v.(map[string]any)
	if !ok {
		return nil, unfit(v, t)
	}
	fields := t.fields()
	out := make(map[string]any, len(fields))
	for _, f := range fields {
		e, ok := record[f.Name]
		if (!ok || e == nil) && (f.Type.Maybe || t.Kind != Record) {
			continue // what a provider does not say about media and places is left out
		}
		c, err := f.Type.coerce(e, depth+1)
		if err != nil {
			return nil, at("."+f.Name, err)
		}
		out[f.Name] = c
	}
	return out, nil
}

func coerceInt(v any) (any, error) {
	switch n := v.(type) {
	case int:
		return n, nil
	case json.Number:
		if i, err := n.Int64(); err == nil {
			return int(i), nil
		}
		if f, err := n.Float64(); err == nil {
			return coerceInt(f)
		}
	case float64:
		if n == math.Trunc(n) && math.Abs(n) < 1<<63 {
			return int(n), nil
		}
		return nil, errors.New("is not a whole number")
	}
	return nil, unfit(v, Of(Int))
}

func coerceNumber(v any) (any, error) {
	switch n := v.(type) {
	case float64:
		if !math.IsNaN(n) && !math.IsInf(n, 0) {
			return n, nil
		}
	case int:
		return float64(n), nil
	case json.Number:
		if f, err := n.Float64(); err == nil {
			return f, nil
		}
	}
	return nil, unfit(v, Of(Number))
}

func (t Type) coerceMoment(v any) (any, error) {
	moment, ok := v.(time.Time)
	if !ok {
		s, isText := v.(string)
		if !isText {
			return nil, unfit(v, t)
		}
		var err error
		if moment, err = time.Parse(time.RFC3339, s); err != nil {
			if moment, err = time.Parse(time.DateOnly, s); err != nil {
				return nil, fmt.Errorf("is not a %s such as %s", t.Kind, t.sample())
			}
		}
	}
	if t.Kind == Date {
		return midnight(moment), nil
	}
	return moment, nil
}

// Encode turns a Go value of the type into what encoding/json writes and
// [Type.Coerce] reads back exactly: dates as 2006-01-02, datetimes as RFC 3339
// with nanoseconds, durations as text. What does not fit the type is nil.
func (t Type) Encode(v any) any { return t.encode(v, 0) }

func (t Type) encode(v any, depth int) any {
	if depth > maxDepth {
		return nil
	}
	switch v := v.(type) {
	case string, int, bool:
		return v
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
		return v
	case time.Time:
		if t.Kind == Date {
			return v.Format(time.DateOnly)
		}
		return v.Format(time.RFC3339Nano)
	case time.Duration:
		return v.String()
	case []any:
		elem, _ := t.elem()
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = elem.encode(e, depth+1)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for _, f := range t.fields() {
			if e, ok := v[f.Name]; ok && e != nil {
				out[f.Name] = f.Type.encode(e, depth+1)
			}
		}
		return out
	}
	return nil
}

// A placeError is a mistake deep within a value; places come together on the way
// up, as in "lines[0].price is text, not a number".
type placeError struct {
	place string
	err   error
}

func (e *placeError) Error() string { return strings.TrimPrefix(e.place, ".") + " " + e.err.Error() }
func (e *placeError) Unwrap() error { return e.err }

func at(place string, err error) error {
	var inner *placeError
	if errors.As(err, &inner) {
		return &placeError{place: place + inner.place, err: inner.err}
	}
	return &placeError{place: place, err: err}
}

func unfit(v any, t Type) error {
	return fmt.Errorf("is %s, not %s", describeValue(v), describe(t))
}

// describeValue names what a decoded value is.
func describeValue(v any) string {
	switch v.(type) {
	case nil:
		return "missing"
	case string:
		return "text"
	case bool:
		return "true or false"
	case int, float64, json.Number:
		return "a number"
	case []any:
		return "a list"
	case map[string]any:
		return "a record"
	case time.Time:
		return "a date"
	case time.Duration:
		return "a duration"
	}
	return "something else"
}
