package flows

import (
	"github.com/parley-chat/parley/flows/envfile"
	"github.com/parley-chat/parley/flows/spec"
)

// A Place is where the conversations of a bot are kept: what of bot.yaml people
// need who mend something while the rest of it is broken.
type Place struct {
	// Bot is the name of the bot, State the address of its store.
	Bot, State string
	// Retention is how long the store keeps things.
	Retention Retention
}

// LoadPlace reads what of bot.yaml names the store. Mistakes anywhere else, in
// flows or in other keys, are not looked for; the report fails when the file, the
// name or the address can't be read.
func LoadPlace(dir string, o LoadOptions) (Place, *spec.Report) {
	r := spec.NewReport()
	d := newReader(r, dir, o)
	if d.bot(dir); len(d.sources) == 0 {
		return Place{}, r
	}
	src := d.sources[0]
	hideSecrets(r, o.Factories, src)
	root := spec.Parse(r, src.name, src.data)
	if root == nil || root.Broken() {
		return Place{}, r
	}
	own := spec.NewReport() // without what was found in the rest of the file
	hideSecrets(own, o.Factories, src)
	o.MissingEnv = MissingEnvError
	v := spec.Decode(own, root, placeTable())
	env := d.env()
	// A mistake in .env counts when something is missing then.
	l := &configLoader{loader: &loader{r: own, o: o, dotenv: envfile.Read(spec.NewReport(), env)}, root: root, v: v}
	p := Place{Bot: v.Text("bot"), State: l.state(), Retention: l.retention()}
	if own.Failed() {
		envfile.Read(own, env)
	}
	return p, own
}

// placeTable has the keys of bot.yaml that name the store.
func placeTable() *spec.Table {
	return &spec.Table{Name: "bot.yaml", Open: true, Fields: []spec.Field{botTableField("bot"), botTableField("state"), botTableField("retention")}}
}
