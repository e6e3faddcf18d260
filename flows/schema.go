package flows

import (
	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows/spec"
)

// Schema writes the JSON Schema of flow files, with which editors complete keys.
// schema.json is what it writes.
func Schema() ([]byte, error) {
	var list []spec.Verb
	for _, v := range verbs() {
		list = append(list, spec.Verb{Name: v.name, Table: v.table, Bare: bareWord(v.name) != ""})
	}
	return spec.Schema("A flow of Parley", flowTable(), list)
}

// BotSchema writes the JSON Schema of bot.yaml, with the settings of these types
// of channels. bot.schema.json is what it writes.
func BotSchema(factories []channels.Factory) ([]byte, error) {
	t := botTable()
	kinds := make([]spec.Shape, len(factories))
	for i, f := range factories {
		kinds[i] = spec.Shape{Kind: spec.Nested, Table: settingsTable(f)}
	}
	for i, f := range t.Fields {
		if f.Name == "channels" && len(kinds) > 0 {
			t.Fields[i].Shape = spec.Shape{Kind: spec.MapOf, Of: &spec.Shape{Kind: spec.OneOf, Shapes: kinds}}
		}
	}
	return spec.Schema("The bot.yaml of Parley", t, nil)
}
