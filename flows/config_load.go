package flows

import (
	"cmp"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/language"
	"github.com/parley-chat/parley/flows/spec"
)

// A configLoader reads bot.yaml into a bot.
type configLoader struct {
	*loader
	root *spec.Node
	v    *spec.Values
}

// load reads what of bot.yaml the flows need. The node is nil when the file
// can't be read.
func (l *configLoader) load(n *spec.Node) {
	l.root, l.v = n, spec.Decode(l.r, n, botTable())
	for _, f := range botTable().Fields {
		l.broken[f.Name] = n == nil || l.v.Given(f.Name) && !l.v.Has(f.Name)
	}
	b := l.b
	b.Name, b.Language, b.Zone = l.v.Text("bot"), l.language(), l.zone(l.v.Node("zone"))
	b.State, b.Profile, b.PublicURL, b.APIToken = l.state(), l.v.Text("profile"), l.publicURL(), l.apiToken()
	b.Retention, b.Media = l.retention(), l.media()
	l.profile()
	l.secrets()
	l.constants()
	b.contact, b.session = l.fields("contact", builtinContact()), l.fields("session", nil)
	b.contactTypes, b.sessionTypes = fieldTypes(b.contact), fieldTypes(b.session)
	l.events()
	l.schedules()
	l.channels()
	l.limits()
	l.http()
	l.words()
	b.onUpgrade, b.moved = l.v.Text("on_upgrade"), map[string]string{}
	for _, p := range l.v.Map("moved") {
		b.moved[p.Key.Text()] = p.Value.Text()
	}
}

// section returns the entries of a map, those of a map with a mistake in another
// entry as well.
func (l *configLoader) section(name string) []spec.Pair {
	return slices.DeleteFunc(slices.Clone(l.root.Get(name).Pairs()), func(p spec.Pair) bool { return p.Key.Broken() || p.Value.Broken() })
}

// link checks what bot.yaml says of flows, once they are known.
func (l *configLoader) link() {
	l.commands()
	l.texts()
	if n := l.v.Node("on_error"); n != nil {
		l.b.onError = l.flowAt(n)
	}
	for _, p := range l.v.Map("moved") {
		l.flowAt(p.Value)
	}
	for _, n := range l.v.List("interrupts") {
		if f := l.flowAt(n); f != nil {
			l.b.defaultInterrupts = append(l.b.defaultInterrupts, f.ID)
		}
	}
}

// didYouMean is the fix for a word that is not among those there are.
func didYouMean(word string, candidates []string) string {
	slices.Sort(candidates)
	if s := language.Suggest(word, candidates); s != "" {
		return fmt.Sprintf("Did you mean %q?", s)
	}
	switch {
	case len(candidates) == 1:
		return fmt.Sprintf("There is only %q.", candidates[0])
	case len(candidates) > 1 && len(candidates) <= 12:
		return "There are " + strings.Join(candidates, ", ") + "."
	}
	return ""
}

var languageForm = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)

func (l *configLoader) language() string {
	n := l.v.Node("language")
	tag := cmp.Or(l.env(n), "en")
	if !languageForm.MatchString(tag) {
		l.r.Error(n.Pos(), "E231", "Write en, de or pt-BR.", "%q is not the code of a language", tag)
	}
	return tag
}

func (l *configLoader) zone(n *spec.Node) *time.Location {
	name := l.env(n)
	if name == "" {
		return time.UTC
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		l.r.Error(n.Pos(), "E231", "Use a name such as Europe/Berlin or UTC.", "there is no time zone %q", name)
		return time.UTC
	}
	return zone
}

// state is the address of the store.
func (l *configLoader) state() string {
	n := l.v.Node("state")
	address := cmp.Or(l.env(n), "file:data")
	switch scheme, rest, _ := strings.Cut(address, ":"); {
	case scheme == "memory", scheme == "file" && rest != "":
	case slices.Contains([]string{"redis", "rediss", "redis+cluster", "redis+sentinel"}, scheme) && len(rest) > len("//"):
	default:
		l.r.Error(n.Pos(), "E222", "Write file:data, redis://HOST, or memory: to keep nothing.", "this is not the address of a store")
	}
	return address
}

// profile checks what must be kept against what the store that is written beside it
// can keep at all. Another one may be named when the bot is started.
func (l *configLoader) profile() {
	n, scheme := l.v.Node("profile"), strings.SplitN(l.b.State, ":", 2)[0]
	switch profile := l.b.Profile; {
	case n == nil, !l.v.Has("state"):
	case scheme == "memory" && profile != "memory":
		l.r.Error(n.Pos(), "E222", "Write state: file:data, or profile: memory.", "state: memory: keeps nothing, and profile: %s wants more", profile)
	case scheme == "file" && profile == "replicated":
		l.r.Error(n.Pos(), "E222", "Write profile: strict, or keep conversations in Redis.", "state: file: is on one disk, and profile: replicated wants several")
	}
}

var urlForm = regexp.MustCompile(`^https?://[^\s/]+`)

func (l *configLoader) publicURL() string {
	n := l.v.Node("public_url")
	address := l.env(n)
	if address != "" && !urlForm.MatchString(address) {
		l.r.Error(n.Pos(), "E222", "Write it with https://.", "%q is not an address", address)
	}
	return address
}

// minAPIToken is the shortest token: what is shorter can be guessed.
const minAPIToken = 16

// apiToken reads the token of POST /events. An empty one closes the page.
func (l *configLoader) apiToken() string {
	n := l.v.Node("api_token")
	token, missing := l.lookup(n)
	for _, m := range missing {
		l.missing(m)
	}
	switch {
	case len(missing) > 0 || token == "":
		return ""
	case utf8.RuneCountInString(token) < minAPIToken:
		l.r.Error(n.Pos(), "E222", fmt.Sprintf("Use at least %d characters.", minAPIToken), "the token is too short to be safe")
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
		l.r.Error(n.Pos(), "E222", "Use letters, digits and punctuation.", "the token has characters that a header can't carry")
	}
	return token
}

func (l *configLoader) secrets() {
	l.b.secrets = map[string]any{}
	for _, p := range l.section("secrets") {
		if l.fieldName(p.Key) {
			l.b.secrets[p.Key.Text()] = l.env(p.Value)
		}
	}
}

func (l *configLoader) constants() {
	l.b.constants = map[string]any{}
	for _, p := range l.section("constants") {
		if l.fieldName(p.Key) {
			l.b.constants[p.Key.Text()] = l.constant(p.Value)
		}
	}
}

// fields reads declared fields on top of built-in ones.
func (l *configLoader) fields(key string, fields []field) []field {
	for _, p := range l.root.Get(key).Pairs() {
		f, ok := parseField(l.r, p, l.b.Zone)
		if !ok {
			continue
		}
		if slices.ContainsFunc(fields, func(g field) bool { return g.name == f.name }) {
			l.r.Error(p.Key.Pos(), "E207", "Leave it out.", "%s.%s is always there", key, f.name)
			continue
		}
		fields = append(fields, f)
	}
	return fields
}

// builtinContact are the fields that every contact has.
func builtinContact() []field {
	text := expression.Of(expression.Text)
	fields := []field{{name: "tags", typ: expression.ListOf(text)}, {name: "opted_out", typ: expression.Of(expression.Bool)}}
	for _, name := range []string{"id", "name", "first_name", "last_name", "username", "language", "zone"} {
		fields = append(fields, field{name: name, typ: text})
	}
	return append(fields, field{name: "phone", typ: expression.Of(expression.Phone)}, field{name: "email", typ: expression.Of(expression.Email)})
}

// events reads events of the bot's own.
func (l *configLoader) events() {
	l.b.events = map[string]expression.Type{}
	for _, p := range l.section("events") {
		name := p.Key.Text()
		switch {
		case !l.identName(p.Key):
		case slices.Contains(eventKinds(), name) || isInnerKind(name):
			l.r.Error(p.Key.Pos(), "E207", "Choose another name.", "%q is an event of Parley's own", name)
		}
		l.b.events[name] = parseRecord(l.r, p.Value)
	}
}

func (l *configLoader) limits() {
	n := l.v.Node("limits")
	if n == nil {
		return
	}
	v := spec.Decode(l.r, n, botTableField("limits").Shape.Table)
	lim := &l.b.limits
	for name, to := range map[string]*int{"steps": &lim.Steps, "call_depth": &lim.CallDepth, "runs": &lim.Runs, "variables": &lim.Variables} {
		if i, ok := v.Int(name); ok {
			*to = i
			l.positive(v, name, i > 0)
		}
	}
	for name, to := range map[string]*time.Duration{"question": &lim.Question, "session": &lim.Session, "once": &lim.Once} {
		if d, ok := v.Duration(name); ok {
			*to = d
			l.positive(v, name, d > 0)
		}
	}
}

// usualHistory is how long stores keep an entry of a history: state.HistoryTime,
// which this package does not know.
const usualHistory = 90 * 24 * time.Hour

// retention reads how long things are kept.
func (l *configLoader) retention() (r Retention) {
	n := l.v.Node("retention")
	if n == nil {
		return r
	}
	v := spec.Decode(l.r, n, botTableField("retention").Shape.Table)
	if d, ok := v.Duration("conversation"); ok {
		r.Conversation = d
		if d < time.Hour {
			l.r.Error(v.Node("conversation").Pos(), "E233", "Write 1h or more.", "a conversation can't be kept for %s only", v.Text("conversation"))
		}
	}
	if d, ok := v.Duration("history"); ok {
		r.History = d
		l.positive(v, "history", d > 0)
	}
	if history := cmp.Or(r.History, usualHistory); r.Conversation > 0 && history > r.Conversation {
		r.History = r.Conversation // what is gone has no history
	}
	return r
}

func (l *loader) positive(v *spec.Values, name string, ok bool) {
	if !ok {
		l.r.Error(v.Node(name).Pos(), "E233", "Leave it out, or use more.", "%q can't be %s", name, v.Text(name))
	}
}

// http reads which private addresses calls may reach.
func (l *configLoader) http() {
	if n := l.v.Node("http"); n != nil {
		v := spec.Decode(l.r, n, botTableField("http").Shape.Table)
		for _, n := range v.List("allow") {
			if address, ok := l.allowed(n); ok {
				l.b.HTTPAllow = append(l.b.HTTPAllow, address)
			}
		}
	}
}

// allowForm is a host, with or without its port. IPv6 stands in [ ] before a port
// only.
var allowForm = regexp.MustCompile(`^([A-Za-z0-9_][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\]:[0-9]{1,5}|[A-Za-z0-9_][A-Za-z0-9._-]*:[0-9]{1,5})$`)

// allowed reads one address that calls may reach; false when there is none.
func (l *configLoader) allowed(n *spec.Node) (string, bool) {
	address, missing := l.lookup(n)
	for _, m := range missing {
		l.missing(m)
	}
	if len(missing) > 0 {
		return "", false
	}
	_, noRange := netip.ParsePrefix(address)
	_, noIP := netip.ParseAddr(address)
	if noRange != nil && noIP != nil && !allowForm.MatchString(address) {
		l.r.Error(n.Pos(), "E222", "Write a host, host:port or a range such as 10.1.0.0/16.", "%q is nothing that a call could reach", address)
	}
	return address, true
}

// botTableField returns a field of bot.yaml.
func botTableField(name string) spec.Field {
	for _, f := range botTable().Fields {
		if f.Name == name {
			return f
		}
	}
	return spec.Field{}
}

// identName checks a name that expressions and addresses use.
func (l *loader) identName(key *spec.Node) bool {
	if identPattern.MatchString(key.Text()) {
		return true
	}
	fix := "Use small letters, digits and _, and begin with a letter."
	if better := identOf(key.Text()); better != "" {
		fix = "Write " + better + "."
	}
	l.r.Error(key.Pos(), "E128", fix, "%q can't be a name", key.Text())
	return false
}

// fieldName checks a name behind a dot, which may have capitals.
func (l *loader) fieldName(key *spec.Node) bool {
	if fieldPattern.MatchString(key.Text()) {
		return true
	}
	l.r.Error(key.Pos(), "E128", "Use letters, digits and _, and begin with a letter.", "%q can't be a name", key.Text())
	return false
}
