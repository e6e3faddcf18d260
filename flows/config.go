package flows

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/language"
	"github.com/parley-chat/parley/flows/spec"
)

// botTable describes bot.yaml.
func botTable() *spec.Table {
	name := spec.Shape{Kind: spec.Name}
	text := spec.Shape{Kind: spec.Text}
	duration := spec.Shape{Kind: spec.Duration}
	words := spec.Shape{Kind: spec.OneOrList, Of: &name}
	number := spec.Shape{Kind: spec.Int}
	anyMap := spec.Shape{Kind: spec.MapOf, Of: &spec.Shape{Kind: spec.Any}}
	types := spec.Shape{Kind: spec.MapOf, Of: &spec.Shape{Kind: spec.TypeSpec}}
	return &spec.Table{Name: "bot.yaml", Doc: "What the whole bot shares: channels, secrets, fields, schedules, commands, limits.", Fields: []spec.Field{
		{Name: "bot", Shape: spec.Shape{Kind: spec.Ident}, Required: true, Doc: "The name of the bot.", Example: "support"},
		{Name: "language", Shape: name, Default: "en", Doc: "The language that texts are written in, as a BCP 47 tag.", Example: "en"},
		{Name: "zone", Shape: name, Default: "UTC", Doc: "The time zone of dates and times, unless the contact has one.", Example: "Africa/Lagos"},
		{Name: "state", Shape: name, Default: "file:data", Doc: "Where conversations are kept: `file:DIR` or `memory:`.", Example: "file:data"},
		{Name: "public_url", Shape: name, Doc: "Where platforms reach the bot from outside.", Example: "https://bot.example.com"},
		{Name: "channels", Shape: anyMap, Required: true, Doc: "Channels by name: a `type`, its settings, and `optional: true` for one that is left out while a variable of its environment is missing."},
		{Name: "secrets", Shape: spec.Shape{Kind: spec.MapOf, Of: &name}, Doc: "Values that `http` and `do` read as `secret.NAME`; they never show.", Example: "{SHOP_TOKEN: \"${ env.SHOP_TOKEN }\"}"},
		{Name: "constants", Shape: anyMap, Doc: "Values that flows read as `constants.NAME`.", Example: "{brand: Acme, refund_days: 14}"},
		{Name: "contact", Shape: types, Doc: "Fields of your own about a person, kept for good, read as `contact.NAME`.", Example: "{plan: text, vip: bool = false}"},
		{Name: "session", Shape: types, Doc: "Fields that end at `restart`, or 24 h after the last message.", Example: "{came_from: text}"},
		{Name: "events", Shape: anyMap, Doc: "Events of your own and the types of their data.", Example: "{refund_paid: {reference: text}}"},
		{Name: "schedules", Shape: spec.Shape{Kind: spec.MapOf, Of: &spec.Shape{Kind: spec.Nested, Table: scheduleTable()}}, Doc: "Opening hours by name."},
		{Name: "interrupts", Shape: words, Doc: "Flows that may cut in while a question is open, in every flow that has no list of its own.", Example: "[hours]"},
		{Name: "commands", Shape: anyMap, Doc: "Words that work in any conversation. A list replaces the words of a built-in command (cancel, back, repeat, restart, agent, skip), an empty one removes it; a map adds one: `words`, and `flow` to start or `handoff` to a team."},
		{Name: "opt_out", Shape: words, Default: "stop, unsubscribe", Doc: "Words that end everything and silence the bot.", Example: "[stop, unsubscribe]"},
		{Name: "opt_in", Shape: words, Default: "start, subscribe", Doc: "Words that undo an opt-out.", Example: "[start]"},
		{Name: "texts", Shape: spec.Shape{Kind: spec.MapOf, Of: &text}, Doc: "The bot's own sentences: " + strings.Join(slices.Sorted(maps.Keys(defaultTexts())), ", ") + "."},
		{Name: "limits", Shape: spec.Shape{Kind: spec.Nested, Table: &spec.Table{Name: "limits", Fields: []spec.Field{
			{Name: "steps", Shape: number, Default: "200", Doc: "Steps of one turn.", Example: "200"},
			{Name: "call_depth", Shape: number, Default: "16", Doc: "Calls within calls.", Example: "16"},
			{Name: "runs", Shape: number, Default: "20", Doc: "Runs of one conversation that wait.", Example: "20"},
			{Name: "variables", Shape: number, Default: "65536", Doc: "Bytes of variables of one run.", Example: "65536"},
			{Name: "question", Shape: duration, Default: "24h", Doc: "How long a question without a timeout stays open.", Example: "24h"},
			{Name: "session", Shape: duration, Default: "24h", Doc: "How long `session.*` lasts after the last message.", Example: "24h"},
			{Name: "once", Shape: duration, Default: "30d", Doc: "How long a `once_per` key is remembered.", Example: "30d"},
		}}}, Doc: "What a conversation may take at most."},
		{Name: "http", Shape: spec.Shape{Kind: spec.Nested, Table: &spec.Table{Name: "http", Fields: []spec.Field{
			{Name: "allow", Shape: words, Doc: "Hosts that calls may reach although their address is private: `host`, `host:port` or a range such as `10.1.0.0/16`.", Example: "[\"127.0.0.1:8090\"]"},
		}}}, Doc: "What calls of flows may reach."},
		{Name: "moved", Shape: spec.Shape{Kind: spec.MapOf, Of: &name}, Doc: "Old flow id to new flow id, for conversations that wait in a flow that is gone.", Example: "{returns: refund}"},
		{Name: "on_upgrade", Shape: spec.Shape{Kind: spec.Enum, Values: upgrades()}, Default: "ask_again", Doc: "What happens to a conversation that waits at a step that is gone."},
		{Name: "on_error", Shape: spec.Shape{Kind: spec.Ident}, Doc: "The flow that takes over when a step fails and nothing nearer handles it.", Example: "trouble"},
	}}
}

func upgrades() []string { return []string{"ask_again", "restart", "handoff"} }

func scheduleTable() *spec.Table {
	name := spec.Shape{Kind: spec.Name}
	return &spec.Table{Name: "schedule", Doc: "Opening hours.", Fields: []spec.Field{
		{Name: "hours", Shape: spec.Shape{Kind: spec.MapOf, Of: &spec.Shape{Kind: spec.OneOrList, Of: &name}}, Required: true, Doc: "Days and their hours.", Example: "{mon-fri: \"09:00-17:00\"}"},
		{Name: "holidays", Shape: spec.Shape{Kind: spec.ListOf, Of: &spec.Shape{Kind: spec.Date}}, Doc: "Days that are closed.", Example: "[2026-12-25]"},
		{Name: "zone", Shape: name, Doc: "Its time zone; the bot's unless given.", Example: "Europe/Berlin"},
	}}
}

// defaultTexts are the sentences that the bot says by itself.
func defaultTexts() map[string]string {
	return map[string]string{
		"apology":   "Sorry, something went wrong here. Please try again in a moment.",
		"opted_out": "You will get no more messages from us. Write \"start\" to undo this.",
		"opted_in":  "Welcome back. You will get our messages again.",
		"cancelled": "OK, cancelled.",
		"agent":     "A colleague will answer here.",
		"returned":  "The bot is back.",
	}
}

// A configLoader reads bot.yaml into a bot.
type configLoader struct {
	b *Bot
	r *spec.Report
	o LoadOptions
	v *spec.Values
}

func (l *configLoader) load(n *spec.Node) {
	v := spec.Decode(l.r, n, botTable())
	l.v = v
	b := l.b
	b.Name, b.Language = v.Text("bot"), cmp.Or(v.Text("language"), "en")
	b.State, b.PublicURL = cmp.Or(l.env(v.Node("state")), "file:data"), l.env(v.Node("public_url"))
	b.Zone = l.zone(v.Node("zone"))
	b.secrets, b.constants = map[string]any{}, map[string]any{}
	for _, p := range v.Map("secrets") {
		b.secrets[p.Key.Text()] = l.env(p.Value)
	}
	for _, p := range v.Map("constants") {
		b.constants[p.Key.Text()] = l.constant(p.Value)
	}
	b.contact = l.fields("contact", builtinContact())
	b.session = l.fields("session", nil)
	b.contactTypes, b.sessionTypes = fieldTypes(b.contact), fieldTypes(b.session)
	b.events = map[string]expression.Type{}
	for _, p := range v.Map("events") {
		b.events[p.Key.Text()] = parseRecord(l.r, p.Value)
	}
	l.schedules()
	l.channels()
	l.limits()
	b.onUpgrade = v.Text("on_upgrade")
	b.moved = map[string]string{}
	for _, p := range v.Map("moved") {
		b.moved[p.Key.Text()] = p.Value.Text()
	}
	if h := v.Node("http"); h != nil {
		hv := spec.Decode(l.r, h, botTableField("http").Shape.Table)
		for _, n := range hv.List("allow") {
			b.HTTPAllow = append(b.HTTPAllow, l.env(n))
		}
	}
	l.words()
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

// defaults makes the bot usable for flows even when bot.yaml is broken.
func (l *configLoader) defaults() {
	b := l.b
	if l.v == nil {
		l.v = &spec.Values{}
		b.contact = builtinContact()
	}
	if b.Zone == nil {
		b.Zone = time.UTC
	}
	if b.Language == "" {
		b.Language = "en"
	}
}

// link checks what bot.yaml says of flows, once they are known.
func (l *configLoader) link() {
	if l.v == nil {
		return
	}
	l.commandTable()
	l.texts()
	if n := l.v.Node("on_error"); n != nil {
		l.b.onError = l.flow(n)
	}
	for _, p := range l.v.Map("moved") {
		l.flow(p.Value)
	}
	for _, n := range l.v.List("interrupts") {
		if f := l.flow(n); f != nil {
			l.b.defaultInterrupts = append(l.b.defaultInterrupts, f.ID)
		}
	}
}

// flow finds a flow that bot.yaml names.
func (l *configLoader) flow(n *spec.Node) *Flow {
	f, ok := l.b.flows[n.Text()]
	if !ok {
		l.r.Error(n.Pos(), "E208", didYouMean(n.Text(), slices.Collect(maps.Keys(l.b.flows))), "there is no flow %q", n.Text())
	}
	return f
}

// didYouMean is the fix for a word that is not among those there are.
func didYouMean(word string, candidates []string) string {
	slices.Sort(candidates)
	if s := language.Suggest(word, candidates); s != "" {
		return fmt.Sprintf("Did you mean %q?", s)
	}
	if len(candidates) > 0 && len(candidates) <= 12 {
		return "There are " + strings.Join(candidates, ", ") + "."
	}
	return ""
}

func (l *configLoader) zone(n *spec.Node) *time.Location {
	if n == nil {
		return time.UTC
	}
	zone, err := time.LoadLocation(n.Text())
	if err != nil || n.Text() == "Local" {
		l.r.Error(n.Pos(), "E231", "Use a name such as Europe/Berlin or UTC.", "there is no time zone %q", n.Text())
		return time.UTC
	}
	return zone
}

// fields reads declared fields on top of built-in ones.
func (l *configLoader) fields(key string, fields []field) []field {
	for _, p := range l.v.Map(key) {
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

func (l *configLoader) schedules() {
	l.b.schedules = map[string]*expression.Schedule{}
	for _, p := range l.v.Map("schedules") {
		v := spec.Decode(l.r, p.Value, scheduleTable())
		s := &expression.Schedule{Zone: l.b.Zone, Holidays: map[string]bool{}}
		if z := v.Node("zone"); z != nil {
			s.Zone = l.zone(z)
		}
		for _, h := range v.List("holidays") {
			s.Holidays[h.Text()] = true
		}
		for _, day := range v.Map("hours") {
			l.hours(s, day)
		}
		l.b.schedules[p.Key.Text()] = s
	}
}

func (l *configLoader) hours(s *expression.Schedule, day spec.Pair) {
	days, err := expression.ParseDays(day.Key.Text())
	if err != nil {
		l.r.Error(day.Key.Pos(), "E232", "Write days as mon-fri or sat.", "%v", err)
		return
	}
	spans := day.Value.Items()
	if day.Value.Kind() == spec.Scalar {
		spans = []*spec.Node{day.Value}
	}
	for _, n := range spans {
		span, err := expression.ParseSpan(n.Text())
		if err != nil {
			l.r.Error(n.Pos(), "E232", `Write hours as "09:00-17:00".`, "%v", err)
			continue
		}
		for _, d := range days {
			s.Week[d] = append(s.Week[d], span)
		}
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
			if i < 1 {
				l.r.Error(v.Node(name).Pos(), "E233", "Use a number from 1 up.", "the limit %s can't be %d", name, i)
				continue
			}
			*to = i
		}
	}
	for name, to := range map[string]*time.Duration{"question": &lim.Question, "session": &lim.Session, "once": &lim.Once} {
		if d, ok := v.Duration(name); ok {
			*to = d
		}
	}
}

var envPattern = regexp.MustCompile(`\$\{\s*env\.([A-Za-z_][A-Za-z0-9_]*)\s*(?:\?\?\s*"([^"]*)"\s*)?\}`)

// env fills in variables of the environment: ${ env.NAME } or
// ${ env.NAME ?? "default" }.
func (l *configLoader) env(n *spec.Node) string {
	text, missing := l.lookup(n)
	for _, name := range missing {
		l.missing(n, name)
	}
	return text
}

// lookup fills in what is there and returns the names of what is not.
func (l *configLoader) lookup(n *spec.Node) (text string, missing []string) {
	if n == nil {
		return "", nil
	}
	src := n.Text()
	text = envPattern.ReplaceAllStringFunc(src, func(m string) string {
		parts := envPattern.FindStringSubmatch(m)
		if l.o.Env != nil {
			if v, ok := l.o.Env(parts[1]); ok && v != "" {
				return v
			}
		}
		if !strings.Contains(m, "??") {
			missing = append(missing, parts[1])
		}
		return parts[2]
	})
	if i := strings.Index(envPattern.ReplaceAllString(src, ""), "${"); i >= 0 {
		l.r.Error(n.Pos(), "E219", `Write ${ env.NAME } or ${ env.NAME ?? "default" }.`, "bot.yaml computes nothing but variables of the environment")
	}
	return text, missing
}

func (l *configLoader) missing(n *spec.Node, name string) {
	fix := fmt.Sprintf("Set it, or write a default: ${ env.%s ?? \"…\" }.", name)
	switch l.o.MissingEnv {
	case MissingEnvError:
		l.r.Error(n.Pos(), "E220", fix, "the environment variable %s is not set", name)
	case MissingEnvWarning:
		l.r.Warn(n.Pos(), "W220", fix, "the environment variable %s is not set", name)
	}
}

// channels reads the channels and checks their settings against the tables of
// their types.
func (l *configLoader) channels() {
	for _, p := range l.v.Map("channels") {
		if !regexp.MustCompile(`^[a-z][a-z0-9_]*$`).MatchString(p.Key.Text()) {
			l.r.Error(p.Key.Pos(), "E121", "Use lower case letters, digits and _.", "%q can't be the name of a channel: it is part of addresses", p.Key.Text())
			continue
		}
		if c, ok := l.channel(p); ok {
			l.b.Channels = append(l.b.Channels, c)
		}
	}
}

func (l *configLoader) channel(p spec.Pair) (ChannelSpec, bool) {
	c := ChannelSpec{Name: p.Key.Text(), Config: map[string]string{}, Lists: map[string][]string{}}
	kind := p.Value.Get("type")
	types := make([]string, 0, len(l.o.Factories))
	for _, f := range l.o.Factories {
		types = append(types, f.Type)
	}
	if kind == nil {
		l.r.Error(p.Value.Pos(), "E123", "Add `type:`, one of "+strings.Join(types, ", ")+".", "the channel %s has no type", c.Name)
		return c, false
	}
	i := slices.Index(types, kind.Text())
	if i < 0 {
		l.r.Error(kind.Pos(), "E221", didYouMean(kind.Text(), types), "there is no channel type %q", kind.Text())
		return c, false
	}
	c.Factory = l.o.Factories[i]
	v := spec.Decode(l.r, p.Value, settingsTable(c.Factory))
	optional, _ := v.Bool("optional")
	for _, s := range c.Factory.Settings {
		l.setting(&c, s, v, optional)
	}
	return c, true
}

// settingsTable makes the table of a channel's keys.
func settingsTable(f channels.Factory) *spec.Table {
	t := &spec.Table{Name: f.Type, Doc: f.Summary, Fields: []spec.Field{
		{Name: "type", Shape: spec.Shape{Kind: spec.Name}, Required: true, Doc: "The type of the channel.", Example: f.Type},
		{Name: "optional", Shape: spec.Shape{Kind: spec.Bool}, Default: "false", Doc: "Leaves the channel out while a variable of its environment is missing.", Example: "true"},
	}}
	for _, s := range f.Settings {
		shape := spec.Shape{Kind: spec.Name}
		if s.Kind == channels.SettingList {
			shape = spec.Shape{Kind: spec.OneOrList, Of: &spec.Shape{Kind: spec.Name}}
		}
		t.Fields = append(t.Fields, spec.Field{Name: s.Name, Shape: shape, Required: s.Required, Default: s.Default, Doc: s.Doc, Example: s.Example, Secret: s.Kind == channels.SettingSecret})
	}
	return t
}

func (l *configLoader) setting(c *ChannelSpec, s channels.Setting, v *spec.Values, optional bool) {
	if s.Kind == channels.SettingList {
		for _, n := range v.List(s.Name) {
			c.Lists[s.Name] = append(c.Lists[s.Name], l.env(n))
		}
		return
	}
	n := v.Node(s.Name)
	if n == nil {
		c.Config[s.Name] = s.Default
		return
	}
	text, missing := l.lookup(n)
	for _, name := range missing {
		if !optional {
			l.missing(n, name)
		} else if c.Off == "" {
			c.Off = name + " is not set"
		}
	}
	if len(missing) > 0 {
		return
	}
	if why, fix := checkSetting(s, text); why != "" {
		l.r.Error(n.Pos(), "E222", fix, "%s: %s", s.Name, why)
	}
	c.Config[s.Name] = text
}

// checkSetting says why a value does not fit the form of a setting.
func checkSetting(s channels.Setting, text string) (why, fix string) {
	switch s.Kind {
	case channels.SettingInt:
		if !regexp.MustCompile(`^-?[0-9]+$`).MatchString(text) {
			return "not a whole number", "An example is " + s.Example + "."
		}
	case channels.SettingBool:
		if text != "true" && text != "false" {
			return "neither true nor false", "Write true or false."
		}
	case channels.SettingURL:
		if !regexp.MustCompile(`^https?://[^\s/]+`).MatchString(text) {
			return "not an address", "Write it with http:// or https://."
		}
	case channels.SettingEnum:
		if !slices.Contains(s.Values, text) {
			return fmt.Sprintf("there is no %q", text), didYouMean(text, slices.Clone(s.Values))
		}
	}
	return "", ""
}

// interrupts are those of flows that have no list of their own. Flows that
// do not exist were reported.
func (b *Bot) interrupts() []string { return b.defaultInterrupts }
