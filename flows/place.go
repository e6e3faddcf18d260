package flows

import (
	"os"

	"github.com/parley-chat/parley/flows/spec"
)

// A Place is where the conversations of a bot are kept, and its media: what of bot.yaml people
// need who mend something while the rest of it is broken.
type Place struct {
	// Bot is the name of the bot, State the address of its store.
	Bot, State string
	// Retention is how long the store keeps things.
	Retention Retention
	// Media says where files are that people sent, unless MediaError says why that
	// can't be read.
	Media      Media
	MediaError error
}

// LoadPlace reads what of bot.yaml names the store. Mistakes anywhere else, in
// flows or in other keys, are not looked for; the report fails when the file, the
// name or the address can't be read.
func LoadPlace(dir string, o LoadOptions) (Place, *spec.Report) {
	r := spec.NewReport()
	d := &reader{r: r, root: os.DirFS(dir), whole: true}
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
	v := spec.Decode(own, root, placeTable("bot", "state", "retention"))
	l := &configLoader{loader: &loader{r: own, o: o}, root: root, v: v}
	p := Place{Bot: v.Text("bot"), State: l.state(), Retention: l.retention()}
	p.Media, p.MediaError = mediaAlone(o, src, root)
	return p, own
}

// mediaAlone reads media: with a report of its own: what is wrong with it keeps
// nobody from the conversations.
func mediaAlone(o LoadOptions, src source, root *spec.Node) (Media, error) {
	r := spec.NewReport()
	hideSecrets(r, o.Factories, src)
	l := &configLoader{loader: &loader{r: r, o: o}, root: root, v: spec.Decode(r, root, placeTable("media"))}
	m := l.media()
	return m, r.Err()
}

// placeTable has some keys of bot.yaml.
func placeTable(names ...string) *spec.Table {
	t := &spec.Table{Name: "bot.yaml", Open: true}
	for _, name := range names {
		t.Fields = append(t.Fields, botTableField(name))
	}
	return t
}
