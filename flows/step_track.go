package flows

import (
	"maps"
	"slices"

	"github.com/parley-chat/parley/flows/spec"
)

// track is the step that writes an analytics event. It starts nothing.
type track struct {
	name string
	with map[string]value
}

func trackVerb() *verb {
	fields := append([]spec.Field{
		{Name: "track", Shape: spec.Shape{Kind: spec.Name}, Required: true, Doc: "The name of the event.", Example: "refund_requested"},
		{Name: "with", Shape: spec.Shape{Kind: spec.MapOf, Of: &spec.Shape{Kind: spec.Value}}, Doc: "Its data; unset values are left out.", Example: "{reason: \"${ reason }\"}"},
	}, commonFields()...)
	table := &spec.Table{Name: "track", Doc: "Writes an analytics event. It starts nothing, and never fails.", Fields: fields, Example: "- track: refund_requested\n  with:\n    reason: ${ reason }\n"}
	return &verb{name: "track", table: table, draft: func(c *compiler, d *draft) op {
		o := &track{name: d.v.Text("track"), with: map[string]value{}}
		d.finish = func() {
			for _, p := range d.v.Map("with") {
				o.with[p.Key.Text()] = c.anyValue(c.scope, p.Value)
			}
		}
		return o
	}}
}

func (o *track) run(t *turn, s *step) outcome {
	tracked := Tracked{Name: o.name, Data: map[string]any{}}
	for _, name := range slices.Sorted(maps.Keys(o.with)) {
		v := o.with[name]
		got, err := v.get(t.env())
		if err != nil {
			t.trouble("expression", "track %s: %v", name, err)
			continue
		}
		if !isSet(got) {
			continue
		}
		if v.template != nil {
			got = v.template.Type().Encode(got)
		}
		tracked.Data[name] = got
	}
	t.out.Tracked = append(t.out.Tracked, tracked)
	return goOn(s.next)
}
