package expression

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// maxText bounds every text that an expression makes, in bytes.
const maxText = 64 << 10

// Display writes a value as it reads inside a text: dates and durations as
// people read them in the language of the turn (English, German, French,
// Spanish, Portuguese; ISO dates in others), numbers without a needless
// fraction, media as their address, the elements of a list with commas. What is
// unset is empty. The result has at most 64 kB.
func Display(v any, t Type, rt *Runtime) string {
	switch v := v.(type) { // the common ones need no builder
	case nil:
		return ""
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	}
	d := display{rt: rt}
	d.write(v, t, 0)
	return cutText(d.String())
}

type display struct {
	strings.Builder
	rt *Runtime
}

func (d *display) write(v any, t Type, depth int) {
	if depth > maxDepth || d.Len() > maxText {
		return
	}
	switch v := v.(type) {
	case string:
		d.WriteString(v)
	case int:
		d.WriteString(strconv.Itoa(v))
	case float64:
		d.WriteString(numberText(v))
	case bool:
		d.WriteString(strconv.FormatBool(v))
	case time.Duration:
		d.WriteString(localeOf(d.rt.Language).duration(v))
	case time.Time:
		d.moment(v, t)
	case []any:
		elem, _ := t.elem()
		for i, e := range v {
			if i > 0 {
				d.WriteString(", ")
			}
			d.write(e, elem, depth+1)
			if d.Len() > maxText {
				return
			}
		}
	case map[string]any:
		d.record(v, t, depth)
	}
}

func (d *display) moment(v time.Time, t Type) {
	l := localeOf(d.rt.Language)
	if t.Kind == Date {
		d.WriteString(l.date(v))
		return
	}
	v = v.In(d.rt.zone())
	d.WriteString(l.date(v) + " " + v.Format("15:04"))
}

func (d *display) record(v map[string]any, t Type, depth int) {
	switch t.Kind {
	case Image, File, Audio, Video:
		d.write(v["url"], Of(Text), depth+1)
		return
	case Location:
		d.location(v)
		return
	}
	first := true
	for _, f := range t.fields() {
		e, ok := v[f.Name]
		if !ok || e == nil {
			continue
		}
		if !first {
			d.WriteString(", ")
		}
		first = false
		d.WriteString(f.Name + ": ")
		d.write(e, f.Type, depth+1)
	}
}

func (d *display) location(v map[string]any) {
	for _, name := range []string{"address", "name"} {
		if s, ok := v[name].(string); ok && s != "" {
			d.WriteString(s)
			return
		}
	}
	d.write(v["latitude"], Of(Number), 0)
	d.WriteString(", ")
	d.write(v["longitude"], Of(Number), 0)
}

// numberText writes a number without an exponent where people would not.
func numberText(f float64) string {
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e15) {
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	// 0.1 + 0.2 is 0.3 to everybody but a computer.
	return strconv.FormatFloat(math.Round(f*1e9)/1e9, 'f', -1, 64)
}

// cutText cuts at a rune.
func cutText(s string) string {
	if len(s) <= maxText {
		return s
	}
	return strings.ToValidUTF8(s[:maxText], "")
}

func (rt *Runtime) zone() *time.Location {
	if rt.Zone == nil {
		return time.UTC
	}
	return rt.Zone
}
