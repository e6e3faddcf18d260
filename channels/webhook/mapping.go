package webhook

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// eventKinds are the kinds that an item may have.
func eventKinds() []string {
	var out []string
	for _, k := range channels.Kinds() {
		// Those of programs come by POST /events.
		if k != channels.KindCustom && k != channels.KindAdminSend {
			out = append(out, string(k))
		}
	}
	return out
}

// nobody is the word of a line of owner that keeps those after it from counting.
const nobody = "none"

// ownerKinds are the kinds of what owner tells.
func ownerKinds() []string {
	return []string{
		string(channels.KindAssigned), string(channels.KindTakeOver), string(channels.KindGiveBack), string(channels.KindClosed), nobody,
	}
}

// A mapping says what an item is. It never changes.
type mapping struct {
	name          string
	events, owner []rule
	states        []rule
	at            map[string]expr
	dedupe        []expr
	digestOf      []expr
	data          []named
	media         []mediaAt
	hide          []string
}

// A named is a path with the name of its value.
type named struct {
	name string
	at   expr
}

// A mediaAt is where media of a kind are; kind is "" where something else tells it.
type mediaAt struct {
	kind channels.MediaKind
	at   expr
}

// mappedTexts are the settings that are one path each.
func mappedTexts() []string {
	return []string{
		"kind", "owner_id", "id", "conversation", "account", "sender_id", "sender_name", "sender_phone", "sender_email",
		"sender_language", "refers_to",
		"time", "status", "status_id", "status_error", "text", "media_kind", "media_mime", "media_name", "latitude", "longitude",
		"location_name", "location_address", "contacts", "contact_name", "contact_phone", "contact_vcard", "choice_id", "choice_title",
	}
}

func newMapping(s *settings) (mapping, error) {
	m := mapping{name: s.name, at: map[string]expr{}, hide: s.lists["hide"]}
	var err error
	for _, name := range mappedTexts() {
		if m.at[name], err = s.expr(name); err != nil {
			return m, err
		}
	}
	if len(m.at["conversation"]) == 0 {
		return m, errors.New(`setting "conversation" is missing: where webhooks have the key of the conversation`)
	}
	if m.events, err = s.rules("events", eventKinds()); err != nil {
		return m, err
	}
	if m.owner, err = s.rules("owner", ownerKinds()); err != nil {
		return m, err
	}
	if m.states, err = s.rules("states", stateNames()); err != nil {
		return m, err
	}
	if m.dedupe, err = s.exprs("dedupe"); err != nil {
		return m, err
	}
	if m.digestOf, err = s.exprs("digest_of"); err != nil {
		return m, err
	}
	if m.data, err = s.named("data"); err != nil {
		return m, err
	}
	err = m.readMedia(s)
	return m, err
}

func stateNames() []string { return []string{"sent", "delivered", "read", "failed"} }

// named reads a list of lines `name: path`.
func (s *settings) named(setting string) ([]named, error) {
	var out []named
	for i, line := range s.lists[setting] {
		r := &scanner{text: line}
		r.space()
		n := named{name: r.bare()}
		var err error
		if r.space(); n.name == "" || !r.take(":") {
			err = r.fail("a line is such as `name: path`")
		} else if n.at, err = r.expr(); err == nil && !r.end() {
			err = r.fail("this does not belong to the path")
		}
		if err != nil {
			return nil, fmt.Errorf("setting %q line %d %w", setting, i+1, err)
		}
		out = append(out, n)
	}
	return out, nil
}

// text is the value of a setting that is a path.
func (m *mapping) text(name string, d *document) string { return m.at[name].text(d) }

// read says what an item is: one event, and before it what it tells about who has
// the conversation. Digest stands for an id where there is none.
func (m *mapping) read(d *document, digest string) []channels.Event {
	kind := firstOf(m.events, d)
	e := m.event(d, kind, digest)
	owner := firstOf(m.owner, d)
	if owner == "" || owner == nobody || owner == e.Kind || kind == channels.KindUnknown || e.Conversation == "" {
		return []channels.Event{e}
	}
	key := e.ID
	if key == "" {
		key = m.digest(d, digest)
	}
	o := channels.Event{
		Kind: owner, Account: e.Account, Conversation: e.Conversation, Time: e.Time, DedupeID: string(owner) + ":" + key,
	}
	if id := m.text("owner_id", d); id != "" {
		o.Data = map[string]any{"agent_id": id}
	}
	return []channels.Event{o, e}
}

// event makes the event of an item. Kind is that of the rules, "" for none.
func (m *mapping) event(d *document, kind channels.Kind, digest string) channels.Event {
	e := channels.Event{
		Kind: m.kind(d, kind), Conversation: bounded(m.text("conversation", d)), Account: bounded(m.text("account", d)),
		ID: m.text("id", d), Time: moment(m.text("time", d)), RefersTo: m.text("refers_to", d),
	}
	if e.Account == "" {
		e.Account = d.own
	}
	if title := m.text("choice_title", d); e.Kind == channels.KindMessage || e.Kind == channels.KindChoice {
		if id := m.text("choice_id", d); id != "" || title != "" {
			e.Kind, e.Choice = channels.KindChoice, &channels.Choice{ID: id, Title: title}
		}
	}
	m.addContent(&e, d)
	if e.Choice != nil && e.Choice.Title != "" {
		e.Text = e.Choice.Title
	}
	switch e.Kind {
	case channels.KindStatus:
		m.addStatus(&e, d)
	case channels.KindChannel, channels.KindTemplate:
		// Those are of the account.
		e.Conversation = ""
	}
	if !complete(&e) {
		e.Kind = channels.KindUnknown
	}
	if hasSender(e.Kind) {
		m.addSender(&e, d)
	}
	if e.Kind != channels.KindUnknown {
		m.addData(&e, d)
	}
	e.DedupeID = m.dedupeID(&e, d, digest)
	return e
}

// kind is that of the rules, else the one that the item names itself, else, where
// the settings say nothing of kinds, the one that it looks like.
func (m *mapping) kind(d *document, ruled channels.Kind) channels.Kind {
	switch {
	case ruled != "":
		return ruled
	case len(m.at["kind"]) > 0:
		if k := m.text("kind", d); slices.Contains(eventKinds(), k) {
			return channels.Kind(k)
		}
		return channels.KindUnknown
	case len(m.events) > 0:
		return channels.KindUnknown
	case m.text("status", d) != "":
		return channels.KindStatus
	}
	return channels.KindMessage
}

// complete reports whether an event has what its kind needs. One that has not
// stays unknown, to be seen.
func complete(e *channels.Event) bool {
	switch e.Kind {
	case channels.KindMessage, channels.KindAgent:
		return e.Conversation != "" && (e.Text != "" || len(e.Media) > 0 || e.Location != nil || len(e.Contacts) > 0)
	case channels.KindChoice:
		return e.Conversation != "" && e.Choice != nil
	case channels.KindStatus:
		return e.Status != nil
	case channels.KindChannel, channels.KindTemplate, channels.KindUnknown:
		return true
	}
	return e.Conversation != ""
}

// hasSender reports whether a person brought an event about.
func hasSender(k channels.Kind) bool {
	return slices.Contains([]channels.Kind{
		channels.KindMessage, channels.KindChoice, channels.KindReaction, channels.KindEdited, channels.KindDeleted,
		channels.KindCall,
		channels.KindOptIn, channels.KindOptOut, channels.KindStarted, channels.KindUnknown,
	}, k)
}

func (m *mapping) addSender(e *channels.Event, d *document) {
	e.Sender = channels.Sender{
		ID: m.text("sender_id", d), Name: m.text("sender_name", d), Email: m.text("sender_email", d), Language: m.text("sender_language", d),
	}
	if e.Sender.ID == "" {
		e.Sender.ID = e.Conversation
	}
	if n := phone(m.text("sender_phone", d)); n != "" {
		e.Sender.Phone = "+" + n
	}
}

// addStatus adds what became of a message, by the platform's words for it.
func (m *mapping) addStatus(e *channels.Event, d *document) {
	state := string(firstOf(m.states, d))
	if word := strings.ToLower(m.text("status", d)); state == "" && slices.Contains(stateNames(), word) {
		state = word
	}
	id := m.text("status_id", d)
	if id == "" {
		id = e.ID
	}
	e.ID = ""
	if e.RefersTo = id; state == "" || id == "" {
		return
	}
	e.Status = &channels.Status{MessageID: id, State: state}
	if state == "failed" {
		e.Status.Error = m.text("status_error", d)
	}
}

func (m *mapping) addData(e *channels.Event, d *document) {
	add := func(name string, v any) {
		if e.Data == nil {
			e.Data = map[string]any{}
		}
		if t, ok := v.(string); ok {
			v = channels.Clean(t)
		}
		e.Data[name] = v
	}
	for _, n := range m.data {
		v := n.at.value(d)
		if object, ok := v.(map[string]any); ok && n.name == "*" {
			for name, v := range object {
				add(name, v)
			}
		} else if v != nil {
			add(n.name, v)
		}
	}
}
