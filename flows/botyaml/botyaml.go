// Package botyaml changes bot.yaml as a person would: at the place where the change
// belongs, with comments, order, indentation and line ends of the rest as they are.
//
// Each change is read back before it is returned: the file says what it said before
// and the change, and nothing else.
package botyaml

import (
	"bytes"
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/flows/spec"
)

// ErrByHand: the file is written in a way that can't be changed here. The text that
// [Channel.Text] returns can be put into it by hand.
var ErrByHand = errors.New("bot.yaml is written in a way that only a person can change safely")

// ErrTaken: the file has a channel of that name.
var ErrTaken = errors.New("there is a channel of that name already")

// A Channel is one that is to be added. Its settings are written in their order.
type Channel struct {
	Name, Type string
	Settings   []Setting
}

// A Setting is a key of a channel: with one value, or with a list of them.
type Setting struct {
	Name, Value string
	List        []string
}

// Text is the channel as a block, whose name stands so many spaces from the left and
// its settings step more.
func (c Channel) Text(indent, step int) string {
	at := strings.Repeat(" ", indent)
	if len(c.Settings) == 0 {
		return at + c.inline() + "\n"
	}
	in := at + strings.Repeat(" ", step)
	var b strings.Builder
	b.WriteString(at + c.Name + ":\n" + in + "type: " + c.Type + "\n")
	for _, s := range c.Settings {
		if s.List != nil {
			b.WriteString(in + s.Name + ": " + inlineList(s.List) + "\n")
			continue
		}
		b.WriteString(in + s.Name + ": " + scalar(s.Value, false) + "\n")
	}
	return b.String()
}

// inline is the channel on one line.
func (c Channel) inline() string {
	parts := []string{"type: " + c.Type}
	for _, s := range c.Settings {
		if s.List != nil {
			parts = append(parts, s.Name+": "+inlineList(s.List))
			continue
		}
		parts = append(parts, s.Name+": "+scalar(s.Value, true))
	}
	return c.Name + ": {" + strings.Join(parts, ", ") + "}"
}

func inlineList(list []string) string {
	parts := make([]string, len(list))
	for i, v := range list {
		parts[i] = scalar(v, true)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

var (
	plainWord = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9_.-]*|https?://[A-Za-z0-9._/-]*[A-Za-z0-9/](:[0-9]+[A-Za-z0-9._/-]*)?)$`)
	// otherWord is what YAML takes for no text.
	otherWord = regexp.MustCompile(`^(?i:null|y|n|yes|no|nan|inf)$`)
	variable  = regexp.MustCompile(`^\$\{ env\.[A-Za-z_][A-Za-z0-9_]* \}$`)
)

// scalar writes a value: bare where that is safe, else in double quotes.
func scalar(v string, inline bool) string {
	if plainWord.MatchString(v) && !otherWord.MatchString(v) || !inline && variable.MatchString(v) {
		return v
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range v {
		switch {
		case c == '"' || c == '\\':
			b.WriteString(`\` + string(c))
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case c < ' ' || c == 0x7f:
			b.WriteString(`\x` + strconv.FormatInt(0x100+int64(c), 16)[1:])
		default:
			b.WriteRune(c)
		}
	}
	return b.String() + `"`
}

// AddChannel adds a channel behind those there are. It is [ErrTaken] or [ErrByHand]
// when that can't be; a file with mistakes is ErrByHand.
func AddChannel(src []byte, c Channel) ([]byte, error) {
	root, f := read(src)
	if root == nil {
		return nil, ErrByHand
	}
	if has(root.Get("channels"), c.Name) {
		return nil, ErrTaken
	}
	out, ok := f.addChannel(root, c)
	if !ok {
		return nil, ErrByHand
	}
	after, _ := read(out)
	if after == nil || !without(after, "channels", c.Name).equal(without(root, "channels", c.Name)) || !c.isIn(after) {
		return nil, ErrByHand
	}
	return out, nil
}

// SetKey sets a key of the file itself that has one value, such as public_url. A new
// one stands behind the name of the bot. It is [ErrByHand] when that can't be.
func SetKey(src []byte, key, value string) ([]byte, error) {
	root, f := read(src)
	if root == nil {
		return nil, ErrByHand
	}
	out, ok := f.setKey(root, key, value)
	if !ok {
		return nil, ErrByHand
	}
	after, _ := read(out)
	if after == nil || after.Get(key).Text() != value || !without(after, "", key).equal(without(root, "", key)) {
		return nil, ErrByHand
	}
	return out, nil
}

// Get returns the text of a value as it is written, by the keys that lead to it: so
// with ${ env.NAME } as such. It is "" when there is none.
func Get(src []byte, keys ...string) string {
	n := spec.Parse(spec.NewReport(), "bot.yaml", src)
	for _, k := range keys {
		n = n.Get(k)
	}
	return n.Text()
}

// read parses a file without mistakes.
func read(src []byte) (*spec.Node, *file) {
	r := spec.NewReport()
	root := spec.Parse(r, "bot.yaml", src)
	if root == nil || r.Failed() || root.Kind() != spec.Map {
		return nil, nil
	}
	eol := "\n"
	if bytes.Contains(src, []byte("\r\n")) {
		eol = "\r\n"
	}
	return root, newFile(src, eol)
}

func has(n *spec.Node, key string) bool {
	for _, p := range n.Pairs() {
		if p.Key.Text() == key {
			return true
		}
	}
	return false
}

// isIn reports whether a file has the channel as it was meant.
func (c Channel) isIn(root *spec.Node) bool {
	n := root.Get("channels").Get(c.Name)
	if n.Get("type").Text() != c.Type || len(n.Pairs()) != len(c.Settings)+1 {
		return false
	}
	for _, s := range c.Settings {
		v := n.Get(s.Name)
		if s.List == nil && (v.Kind() != spec.Scalar || v.Text() != s.Value) || len(v.Items()) != len(s.List) {
			return false
		}
		for i, item := range v.Items() {
			if item.Text() != s.List[i] {
				return false
			}
		}
	}
	return true
}

// A value is what a node says, to be compared.
type value struct {
	kind  spec.Kind
	text  string
	keys  []string
	parts []*value
}

// without is a file but for a key: one of the map of that name, or of the file. A map
// that is empty then counts as none.
func without(n *spec.Node, section, key string) *value {
	v := &value{kind: n.Kind(), text: n.Text()}
	for _, p := range n.Pairs() {
		part := valueOf(p.Value)
		switch name := p.Key.Text(); {
		case section == "" && name == key:
			continue
		case section != "" && name == section:
			if part = without(p.Value, "", key); len(part.keys) == 0 {
				continue
			}
		}
		v.keys, v.parts = append(v.keys, p.Key.Text()), append(v.parts, part)
	}
	return v
}

func valueOf(n *spec.Node) *value {
	v := &value{kind: n.Kind(), text: n.Text()}
	for _, p := range n.Pairs() {
		v.keys, v.parts = append(v.keys, p.Key.Text()), append(v.parts, valueOf(p.Value))
	}
	for _, item := range n.Items() {
		v.parts = append(v.parts, valueOf(item))
	}
	return v
}

func (v *value) equal(w *value) bool {
	if v.kind != w.kind || v.text != w.text || len(v.parts) != len(w.parts) || strings.Join(v.keys, "\n") != strings.Join(w.keys, "\n") {
		return false
	}
	for i := range v.parts {
		if !v.parts[i].equal(w.parts[i]) {
			return false
		}
	}
	return true
}
