// Package webhook is the channel for any platform that has no channel of its own:
// where its webhooks have what, how they are signed, and how a message is sent are
// settings, and a preset is a named set of them. README.md begins with a complete
// example. Nothing here is a fact of one platform, save for the presets, whose
// facts are those of the channels that they stand for.
package webhook

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// The values of the setting mode.
const (
	push = "push"
	pull = "pull"
)

// Factory describes the channel.
func Factory() channels.Factory {
	return channels.Factory{
		Type:    "webhook",
		Summary: "Any other platform, or a program of your own, by a mapping of its webhooks and requests.",
		Settings: slices.Concat(commonSettings(), verifySettings(), eventSettings(), contentSettings(),
			sendSettings(), capabilitySettings(), pollSettings()),
		Capabilities: capabilities,
		Variants:     variants(),
		Sources:      sources(),
		// How long an unknown platform tries again is unknown; three days are more than
		// most do.
		DedupeWindow: 96 * time.Hour,
		Setup:        setup,
		Simulation:   simulation,
		New:          newChannel,
	}
}

// setup is what is left to a person at the platform.
func setup(c *channels.Config) string {
	if c.Text("mode") == pull {
		return ""
	}
	s, text := resolve(c), "At the platform, set the address of its webhooks to\n{webhook}"
	switch s.text("verify") {
	case "query":
		return text + "?" + s.or("signature_param", "token") + "={webhook_secret}"
	case "header":
		return text + "\nand have it send {webhook_secret} in the header " + s.or("signature_header", "Authorization (behind Bearer)") + "."
	case "hmac", "standard":
		return text + "\nand have it sign with {webhook_secret}."
	}
	return text
}

// settings are those of a channel, with what its preset fills in.
type settings struct {
	name   string
	values map[string]string
	lists  map[string][]string
	preset preset
}

// resolve fills in the preset. Lists of rules go before those of the preset, so
// that they decide first; everything else takes the place of the preset's.
func resolve(c *channels.Config) *settings {
	s := &settings{name: c.Name, preset: presets()[c.Text("preset")], values: map[string]string{}, lists: map[string][]string{}}
	maps.Copy(s.values, s.preset.values)
	maps.Copy(s.lists, s.preset.lists)
	if c.Text("mode") == pull {
		maps.Copy(s.values, s.preset.pull)
	}
	for name, value := range c.Values {
		if value != "" {
			s.values[name] = value
		}
	}
	for name, list := range c.Lists {
		switch {
		case len(list) == 0:
		case slices.Contains([]string{"events", "owner", "states", "failures"}, name):
			s.lists[name] = slices.Concat(list, s.preset.lists[name])
		default:
			s.lists[name] = list
		}
	}
	return s
}

// text returns a setting; "" when it has no value.
func (s *settings) text(name string) string { return s.values[name] }

// or returns a setting, or a default.
func (s *settings) or(name, value string) string {
	if v := s.values[name]; v != "" {
		return v
	}
	return value
}

// refHeader is the setting ref_header, which may take that of a preset away.
func (s *settings) refHeader() string {
	if h := s.text("ref_header"); h != "none" {
		return h
	}
	return ""
}

// number returns a whole number within bounds.
func (s *settings) number(name string, value, least, most int) (int, error) {
	text := s.values[name]
	if text == "" {
		return value, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("setting %q is a whole number from %d to %d", name, least, most)
	}
	return n, nil
}

// A Channel is a platform that is described by settings. Beside the two methods of
// every channel it can answer a handshake and check its settings, where the
// settings say how.
type Channel struct {
	name, from string
	proof      proof
	format     string
	items      []expr
	mapping    mapping
	answer     *channels.Answer
	shake      handshake

	sender
}

// Every ability that the bot may ask for.
var (
	_ channels.Channel    = (*Channel)(nil)
	_ channels.Handshaker = (*Channel)(nil)
	_ channels.Checker    = (*Channel)(nil)
)

// newChannel makes a Channel, or in pull mode a Puller: two types, since each has
// an ability that the other must not have.
func newChannel(c *channels.Config) (channels.Channel, error) {
	s := resolve(c)
	ch := &Channel{name: c.Name, from: s.text("from"), format: s.or("format", "auto")}
	if err := ch.readInbound(s); err != nil {
		return nil, err
	}
	var err error
	if ch.sender, err = newSender(s, c.HTTP); err != nil {
		return nil, err
	}
	if c.Text("mode") == pull {
		return newPuller(s, ch)
	}
	if ch.proof, err = newProof(s); err != nil {
		return nil, err
	}
	if ch.shake, err = newHandshake(s); err != nil {
		return nil, err
	}
	ch.secrets = append(ch.secrets, ch.proof.secrets...)
	return ch, nil
}

// readInbound reads how webhooks are understood, and answered.
func (c *Channel) readInbound(s *settings) (err error) {
	if c.items, err = s.exprs("items"); err != nil {
		return err
	}
	if c.mapping, err = newMapping(s); err != nil {
		return err
	}
	if body := s.text("answer"); body != "" {
		c.answer = &channels.Answer{Status: http.StatusOK, ContentType: "text/plain; charset=utf-8", Body: []byte(body)}
		if strings.HasPrefix(body, "{") || strings.HasPrefix(body, "[") {
			c.answer.ContentType = "application/json"
		}
	}
	return nil
}

// expr reads a setting that is a path, or several.
func (s *settings) expr(name string) (expr, error) {
	x, err := newExpr(s.text(name))
	if err != nil {
		return nil, fmt.Errorf("setting %q %w", name, err)
	}
	return x, nil
}

// exprs reads a list of them.
func (s *settings) exprs(name string) ([]expr, error) {
	var out []expr
	for i, line := range s.lists[name] {
		x, err := newExpr(line)
		if err == nil && x == nil {
			err = errors.New("is empty")
		}
		if err != nil {
			return nil, fmt.Errorf("setting %q line %d %w", name, i+1, err)
		}
		out = append(out, x)
	}
	return out, nil
}

// rules reads a list of rules.
func (s *settings) rules(name string, kinds []string) ([]rule, error) {
	rules, err := newRules(s.lists[name], kinds)
	if err != nil {
		return nil, fmt.Errorf("setting %q %w", name, err)
	}
	return rules, nil
}

// newSender reads how messages are sent.
func newSender(s *settings, client *http.Client) (sender, error) {
	out := sender{
		client: client, apiURL: strings.TrimSuffix(s.text("api_url"), "/"), refHeader: s.refHeader(),
		fixed: values{"from": s.text("from"), "api_key": s.text("api_key"), "api_user": s.text("api_user")},
	}
	basic := base64.StdEncoding.EncodeToString([]byte(s.text("api_user") + ":" + s.text("api_key")))
	out.fixed["basic_auth"] = basic
	out.secrets = []string{s.text("api_key"), basic}
	if err := out.checkAddress(s); err != nil {
		return out, err
	}
	var err error
	if out.header, err = newHeaders(s.lists["headers"]); err != nil {
		return out, err
	}
	if out.refHeader != "" && !isToken(out.refHeader) {
		return out, errors.New(`setting "ref_header" is not the name of a header`)
	}
	if out.requests, err = newRequests(s); err != nil {
		return out, err
	}
	if out.check, err = newRequest(s.text("check"), checkNames()); err != nil {
		return out, fmt.Errorf(`setting "check" %w`, err)
	}
	if err = out.checkGiven(append(slices.Collect(maps.Values(out.requests)), out.check)); err != nil {
		return out, err
	}
	err = out.readAnswers(s)
	return out, err
}

// checkGiven says which setting is missing that requests or headers fill in.
func (o *sender) checkGiven(requests []*request) (err error) {
	see := func(p piece, _ bool) {
		name := p.name
		if name == "basic_auth" {
			name = "api_key"
		}
		if err == nil && !p.optional && slices.Contains(checkNames(), name) && o.fixed[name] == "" {
			err = fmt.Errorf("setting %q is missing: requests or headers fill it in", name)
		}
	}
	for _, r := range requests {
		r.each(see)
	}
	for _, h := range o.header {
		eachPiece(textNode(h.value), false, see)
	}
	return err
}

func (o *sender) checkAddress(s *settings) error {
	u, err := url.Parse(o.apiURL)
	if err != nil || u.RawQuery != "" || u.Fragment != "" || o.apiURL != "" && u.Host == "" {
		return errors.New(`setting "api_url" is an address without a query; what follows the host may be in the requests`)
	}
	for _, name := range []string{"from", "api_key", "api_user"} {
		if strings.ContainsFunc(s.text(name), func(r rune) bool { return r < ' ' || r == 0x7f }) ||
			strings.TrimSpace(s.text(name)) != s.text(name) {
			return fmt.Errorf("setting %q has white space at an end, or control characters, which a header cannot carry", name)
		}
	}
	if o.apiURL == "" {
		return errors.New(`setting "api_url" is missing: the address that messages are sent to`)
	}
	return nil
}

// newPuller makes a channel that asks a queue.
func newPuller(s *settings, ch *Channel) (channels.Channel, error) {
	p := &Puller{channel: ch}
	seconds, err := s.number("poll_interval", 5, 0, 60)
	if err != nil {
		return nil, err
	}
	p.interval = time.Duration(seconds) * time.Second
	return p, p.read(s)
}
