package webhook

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	pathpkg "path"
	"slices"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// A sender sends messages as the settings say. It never changes.
type sender struct {
	client    *http.Client
	apiURL    string
	refHeader string
	header    []header
	fixed     values
	secrets   []string
	// requests by the word behind send_; "" is that of send.
	requests map[string]*request
	check    *request

	success   conditions
	messageID expr
	byRef     string // "ref" or "uuid": the platform knows a message by our reference
	failures  []failureRule
	errorCode expr
}

// sendKinds are the words behind send_.
func sendKinds() []string {
	return []string{"text", "buttons", "list", "media", "location", "contact", "template"}
}

// newRequests reads the requests of messages.
func newRequests(s *settings) (map[string]*request, error) {
	out := map[string]*request{}
	for _, kind := range append(sendKinds(), "") {
		name := strings.TrimSuffix("send_"+kind, "_")
		r, err := newRequest(s.text(name), messageNames())
		if err != nil {
			return nil, fmt.Errorf("setting %q %w", name, err)
		}
		out[kind] = r
	}
	if r := of(out, "text"); r == nil || !r.uses("text") {
		return nil, errors.New(`setting "send" is missing, or has no {text}: the request that sends a message`)
	}
	return out, checkForTexts(out)
}

// checkForTexts says what a request that sends texts fills in that no text has: it
// could never be made.
func checkForTexts(requests map[string]*request) (err error) {
	name := "send_text"
	if requests["text"] == nil {
		name = "send"
	}
	of(requests, "text").each(func(p piece, repeated bool) {
		group, _, _ := strings.Cut(p.name, ".")
		ofText := !slices.Contains([]string{"media", "location", "contact", "template", "option", "form"}, group)
		if err == nil && !ofText && !repeated && !p.optional {
			err = fmt.Errorf("setting %q has {%s}, which a text has not: write {%s?}", name, p.name, p.name)
		}
	})
	return err
}

// of returns the request of a kind of message, nil when there is none.
func of(requests map[string]*request, kind string) *request {
	if r := requests[kind]; r != nil {
		return r
	}
	return requests[""]
}

// Send makes the request of a message. The receipt is no delivery.
func (o *sender) Send(ctx context.Context, m *channels.Message) (channels.Receipt, error) {
	call, client, err := o.render(m)
	if err != nil {
		return channels.Receipt{}, &channels.SendError{Kind: channels.ErrInvalid, Err: err}
	}
	var answer []byte
	call.Failure = func(status int, header http.Header, body []byte) *channels.SendError {
		answer = body
		return o.failure(status, header, body)
	}
	if err := call.Do(ctx, client); err != nil {
		return channels.Receipt{}, err
	}
	return o.receipt(answer, m)
}

// render makes the call of a message.
func (o *sender) render(m *channels.Message) (*channels.Call, *http.Client, error) {
	if m.Conversation == "" {
		return nil, nil, errors.New("the conversation is empty")
	}
	kind := kindOf(m)
	if m.Text == "" && slices.Contains([]string{"text", "buttons", "list"}, kind) {
		return nil, nil, errors.New("the text is empty")
	}
	r := of(o.requests, kind)
	if native := slices.Contains([]string{"media", "location", "contact", "template"}, kind); r == nil || native && !r.uses(kind) {
		return nil, nil, errors.New("nothing that the settings can send: there is no send_" + kind)
	}
	call, client, err := o.call(r, o.values(m))
	if err != nil {
		return nil, nil, err
	}
	if o.refHeader != "" {
		call.Header.Set(o.refHeader, m.Ref)
	}
	return call, client, nil
}

// kindOf is the word behind send_ for a message.
func kindOf(m *channels.Message) string {
	switch {
	case m.Template != nil:
		return "template"
	case m.Location != nil:
		return "location"
	case m.Contact != nil:
		return "contact"
	case m.Media != nil:
		return "media"
	case len(m.Options) > 0 && m.Form == channels.FormList:
		return "list"
	case len(m.Options) > 0 && m.Form == channels.FormButtons:
		return "buttons"
	}
	return "text"
}

// values are what the requests of a message fill in.
func (o *sender) values(m *channels.Message) values {
	v := values{"account": m.Account, "conversation": m.Conversation, "ref": m.Ref, "uuid": uuid(m.Ref), "text": m.Text}
	for name, value := range o.fixed {
		v[name] = value
	}
	if m.Media != nil {
		v["media.url"], v["media.kind"], v["media.mime"] = m.Media.URL, string(m.Media.Kind), m.Media.MIME
		v["media.name"], v["media.file_name"] = m.Media.Name, fileName(m.Media)
	}
	if l := m.Location; l != nil {
		v["location.latitude"], v["location.longitude"] = l.Latitude, l.Longitude
		v["location.name"], v["location.address"] = l.Name, l.Address
	}
	if c := m.Contact; c != nil {
		v.addContact(c)
	}
	if t := m.Template; t != nil {
		v["template.name"], v["template.language"], v["template.values"] = t.Name, t.Language, t.Values
		each := []values{}
		for i, value := range t.Values {
			v["template."+strconv.Itoa(i+1)+".value"] = value
			each = append(each, values{"value": value, "number": i + 1})
		}
		v["template.values.each"] = each
	}
	if len(m.Options) > 0 && (m.Form == channels.FormButtons || m.Form == channels.FormList) {
		v.addOptions(m)
	}
	return v
}

func (v values) addContact(c *channels.Contact) {
	v["contact.name"], v["contact.vcard"], v["contact.phones"] = c.Name, c.VCard, c.Phones
	each := []values{}
	for _, phone := range c.Phones {
		each = append(each, values{"phone": phone})
	}
	v["contact.phones.each"] = each
	if len(c.Phones) > 0 {
		v["contact.phone"] = c.Phones[0]
	}
	if len(c.Emails) > 0 {
		v["contact.email"] = c.Emails[0]
	}
}

func (v values) addOptions(m *channels.Message) {
	v["form"] = string(m.Form)
	each := []values{}
	for i, option := range m.Options {
		at := "option." + strconv.Itoa(i+1) + "."
		v[at+"id"], v[at+"label"], v[at+"hint"] = option.ID, option.Label, option.Hint
		each = append(each, values{
			"option.id": option.ID, "option.label": option.Label, "option.hint": option.Hint, "option.number": i + 1,
		})
	}
	v["options.each"] = each
}

// uuid writes 32 hexadecimal digits as platforms like them.
func uuid(ref string) string {
	if len(ref) != 32 {
		return ref
	}
	return ref[:8] + "-" + ref[8:12] + "-" + ref[12:16] + "-" + ref[16:20] + "-" + ref[20:]
}

// fileName names a file with an extension: its name, else the end of its address,
// else one for its kind.
func fileName(m *channels.Media) string {
	if pathpkg.Ext(m.Name) != "" {
		return m.Name
	}
	if u, err := url.Parse(m.URL); err == nil && u.Opaque == "" {
		if base := pathpkg.Base(u.Path); pathpkg.Ext(base) != "" {
			return base
		}
	}
	name := m.Name
	if name == "" {
		name = string(m.Kind)
	}
	extensions := map[channels.MediaKind]string{channels.Image: ".jpg", channels.Audio: ".mp3", channels.Video: ".mp4"}
	if ext := extensions[m.Kind]; ext != "" {
		return name + ext
	}
	return name + ".bin"
}

// capabilities are what the requests can say, within the limits of the settings.
func capabilities(config *channels.Config) channels.Capabilities {
	s := resolve(config)
	requests, err := newRequests(s)
	if err != nil {
		return channels.Capabilities{} // New says what is wrong
	}
	limit := func(name string, value int) int {
		n, err := s.number(name, value, 0, 1_000_000)
		if err != nil {
			return value
		}
		return n
	}
	unit := channels.Unit(s.or("text_unit", string(channels.Runes)))
	length := func(n int) channels.TextLimit { return channels.TextLimit{Max: n, Unit: unit} }
	c := channels.Capabilities{
		Text: length(limit("text_limit", 0)), WithOptions: length(limit("options_text_limit", 0)),
		Location: of(requests, "location").uses("location"), Contact: of(requests, "contact").uses("contact"),
		Template: of(requests, "template").uses("template"), Window: hours(limit("window_hours", 0)),
		OptionID: limit("option_id", 0), StatusByID: s.text("status_by_id") == "true",
		Repeatable: s.refHeader() != "", Pace: s.preset.pace,
	}
	buttons := usesOptions(of(requests, "buttons"))
	if buttons {
		c.Buttons.Max, c.Buttons.Label = limit("buttons", 3), length(limit("button_label", 20))
	}
	if usesOptions(requests["list"]) {
		c.List.Max, c.List.Label, c.List.Hint = limit("list_rows", 10), length(limit("list_label", 24)), length(limit("list_hint", 72))
	}
	media := of(requests, "media")
	if media.uses("media.url") {
		c.Media = kinds(s.lists["media_kinds"])
		if len(c.Media) == 0 {
			c.Media = allMedia()
		}
	}
	// Buttons hang on the message that carries the text: on media only where their
	// request fills in options too.
	if media.uses("text") && (c.Buttons.Max == 0 || usesOptions(media)) {
		c.Caption = length(limit("caption_limit", 0))
		c.Captions = kinds(s.lists["captions"])
	}
	return c
}

func usesOptions(r *request) bool { return r.uses("options") || r.uses("option") }

func kinds(words []string) []channels.MediaKind {
	var out []channels.MediaKind
	for _, w := range words {
		if k := channels.MediaKind(w); slices.Contains(allMedia(), k) {
			out = append(out, k)
		}
	}
	return out
}
