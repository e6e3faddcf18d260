package flows

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/parley-chat/parley/channels/builtin"
	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/spec"
)

// TestReferenceIsGenerated: REFERENCE.md and the schemas say what the tables say;
// -update writes them.
func TestReferenceIsGenerated(t *testing.T) {
	var reference bytes.Buffer
	if err := Reference(&reference, builtin.Factories()); err != nil {
		t.Fatal(err)
	}
	flow, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	bot, err := BotSchema(builtin.Factories())
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]byte{"REFERENCE.md": reference.Bytes(), "schema.json": flow, "bot.schema.json": bot} {
		if *update {
			if err := os.WriteFile(name, want, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); diff != "" {
			t.Errorf("%s is out of date; run make reference (-want +got):\n%s", name, diff)
		}
	}
}

// TestReferenceHasAHeadingForEveryVerb: the word is the heading.
func TestReferenceHasAHeadingForEveryVerb(t *testing.T) {
	data, err := os.ReadFile("REFERENCE.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range verbs() {
		if v.table.Name != v.name || v.table.Example == "" || !strings.Contains(string(data), "\n### "+v.name+"\n") {
			t.Errorf("%s has no heading of its own, or no example", v.name)
		}
	}
}

// allTables are the tables of the reference.
func allTables() []*spec.Table {
	return slices.Concat(slices.Concat(verbTables()...), slices.Concat(channelTables(builtin.Factories())...), tablesWithin(botTable()), tablesWithin(flowTable()))
}

// TestEveryFormOfTheReferenceIsExplained: each word for a form is in the list of
// forms, or has a heading of its own.
func TestEveryFormOfTheReferenceIsExplained(t *testing.T) {
	known := map[string]bool{}
	for _, f := range spec.Forms() {
		known[f.Form] = true
	}
	tables := allTables()
	for _, table := range tables {
		known[table.Name] = true
	}
	var look func(s spec.Shape)
	look = func(s spec.Shape) {
		switch s.Kind {
		case spec.ListOf, spec.OneOrList, spec.MapOf:
			look(*s.Of)
		case spec.OneOf:
			for _, one := range s.Shapes {
				look(one)
			}
		case spec.Enum:
		default:
			if !known[s.String()] {
				t.Errorf("nothing says what the form %q is", s)
			}
		}
	}
	for _, table := range tables {
		for _, f := range slices.Concat(table.Fields, table.Patterns) {
			look(f.Shape)
		}
	}
}

// TestCommandsAndTextsAreInTheReference: with their words, and as they are said.
func TestCommandsAndTextsAreInTheReference(t *testing.T) {
	data, err := os.ReadFile("REFERENCE.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range builtinCommands() {
		if want := "| `" + c.name + "` | `" + strings.Join(c.words, "` `") + "` |"; c.doc == "" || !strings.Contains(string(data), want) {
			t.Errorf("%s is not there", want)
		}
	}
	for _, text := range botTexts() {
		if want := "| `" + text.name + "` | " + text.text + " |"; text.doc == "" || !strings.Contains(string(data), want) {
			t.Errorf("%s is not there", want)
		}
	}
}

// TestEveryBlockOfTheReferenceLoads: what people copy from the reference is
// right. A block is a bot.yaml, a flow, or some steps; the steps and variables
// that it only names are put beside it.
func TestEveryBlockOfTheReferenceLoads(t *testing.T) {
	data, err := os.ReadFile("REFERENCE.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(data), -1)
	if len(blocks) < 20 {
		t.Fatalf("only %d blocks", len(blocks))
	}
	for _, m := range blocks {
		folder := map[string]string{"bot.yaml": referenceBot, "flows/hello.yaml": plainFlow, "flows/refund.yaml": referenceFlow}
		switch block := m[1]; {
		case strings.HasPrefix(block, "bot:"):
			folder["bot.yaml"] = block
			delete(folder, "flows/refund.yaml")
		case strings.HasPrefix(block, "flow: hello"):
			folder["flows/hello.yaml"] = block
		case strings.HasPrefix(block, "flow:"):
			folder["flows/block.yaml"] = block
		default:
			folder["flows/block.yaml"] = around(block)
		}
		if b, report := Load(writeBot(t, folder), referenceOptions()); b == nil {
			t.Errorf("%s\n%s", folder["flows/block.yaml"], text(t, report))
		}
	}
}

const (
	referenceBot = `bot: shop
channels:
  web: {type: webchat}
secrets: {SHOP_TOKEN: demo}
contact: {vip: bool}
constants: {brand: Acme}
events: {refund_paid: {reference: text}}
schedules:
  support:
    hours: {mon-fri: "09:00-17:00"}
`
	referenceFlow = "flow: refund\nparams: {came_from: text = \"\"}\nreturns: {made: {reference: text}}\nsteps:\n  - say: Hello!\n"
)

func referenceOptions() LoadOptions {
	o := brokenOptions()
	text := expression.Of(expression.Text)
	o.Handlers = append(o.Handlers, HandlerInfo{
		Name: "check_stock", With: expression.RecordOf(expression.Field{Name: "sku", Type: text}),
		Returns: expression.RecordOf(expression.Field{Name: "left", Type: expression.Of(expression.Int)}),
	})
	return o
}

// around makes a flow of some steps, with what they name and do not have.
func around(steps string) string {
	vars := "vars:\n"
	for name, typ := range map[string]string{
		"tries_left": "int = 3", "items": "[{sku: text, price: number}]", "line": "{sku: text, price: number}", "seats": "int",
		"topic": "text", "name": "text", "reason": "text", "reference": "text", "order_no": "text", "order": "{status: text, eta: date}",
	} {
		if !regexp.MustCompile(`(ask|save): ` + name + `\n`).MatchString(steps) {
			vars += "  " + name + ": " + typ + "\n"
		}
	}
	flow := "flow: block\n" + vars + "steps:\n" + indent(steps) + "  - end\n"
	for id, step := range map[string]string{"agent": "handoff: sales", "order_no": "say: Again", "bye": "say: Bye"} {
		if !strings.Contains(steps, "id: "+id+"\n") && !strings.Contains(steps, "ask: "+id+"\n") {
			flow += "  - id: " + id + "\n    " + step + "\n"
		}
	}
	return flow
}

func indent(block string) string {
	return regexp.MustCompile(`(?m)^(.)`).ReplaceAllString(block, "  $1")
}

// TestEveryExampleOfAFieldFits: the values that the reference shows have the form
// that the field wants.
func TestEveryExampleOfAFieldFits(t *testing.T) {
	tables := allTables()
	for _, table := range tables {
		for _, f := range slices.Concat(table.Fields, table.Patterns) {
			for _, value := range []string{f.Example, f.Default} {
				if value == "" {
					continue
				}
				r := spec.NewReport()
				n := spec.Parse(r, "example", []byte("key: "+value+"\n"))
				if f.Doc == "" || n == nil || value == f.Example && !spec.Check(r, n.Get("key"), f.Shape, f.Name) || r.Failed() {
					t.Errorf("%s of %s: %s\n%s", f.Name, table.Name, value, text(t, r))
				}
			}
		}
	}
}

// TestGoodBotsFitTheSchemas: an editor that uses the schemas does not object to
// what the loader takes.
func TestGoodBotsFitTheSchemas(t *testing.T) {
	schemas := map[bool]*jsonschema.Schema{false: schemaIn(t, "schema.json"), true: schemaIn(t, "bot.schema.json")}
	for _, dir := range []string{"../examples", "testdata/bots"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".yaml" {
				return err
			}
			if err := schemas[filepath.Base(path) == "bot.yaml"].Validate(asJSON(t, path)); err != nil {
				t.Errorf("%s: %v", path, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestSchemasRefuseWhatIsMistyped.
func TestSchemasRefuseWhatIsMistyped(t *testing.T) {
	flow, bot := schemaIn(t, "schema.json"), schemaIn(t, "bot.schema.json")
	for src, schema := range map[string]*jsonschema.Schema{
		"flow: a\nstpes: []\n":                                  flow,
		"flow: a\nsteps:\n  - sya: Hello\n":                     flow,
		"flow: a\nsteps:\n  - {say: Hello, timout: 5m}\n":       flow,
		"flow: a\nsteps:\n  - {http: GET https://x, on_200: a}": flow,
		"bot: a\nchannels: {w: {type: webchat, titel: A}}\n":    bot,
		"bot: a\nchannels: {w: {type: pigeon}}\n":               bot,
		"bot: a\n": bot,
	} {
		path := filepath.Join(t.TempDir(), "x.yaml")
		if err := os.WriteFile(path, []byte(src), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(asJSON(t, path)); err == nil {
			t.Errorf("the schema takes:\n%s", src)
		}
	}
}

func schemaIn(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(name, doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// asJSON reads a YAML file as an editor's language server does.
func asJSON(t *testing.T, path string) any {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return plainYAML(t, doc.Content[0])
}

func plainYAML(t *testing.T, n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i < len(n.Content); i += 2 {
			m[n.Content[i].Value] = plainYAML(t, n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			list[i] = plainYAML(t, item)
		}
		return list
	}
	if n.Tag == "!!timestamp" {
		return n.Value // JSON has no dates
	}
	var v any
	if err := n.Decode(&v); err != nil {
		t.Fatal(fmt.Errorf("line %d: %w", n.Line, err))
	}
	return v
}
