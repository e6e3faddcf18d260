package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/corpus"
	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/flows/spec"
)

// A player is a platform that posts to one channel.
type player struct {
	*corpus.Corpus
	name, kind string // of the channel
	public     string // public_url of its bot
}

// aim is where requests go.
type aim struct {
	to *url.URL
	// called is the address as the platform calls it, which some sign: the public one
	// where there is one.
	called *url.URL
}

// botOf loads the bot folder; nil when there is no bot.yaml in it.
func (a *app) botOf(s *simulation) (*flows.Bot, error) {
	if _, err := os.Stat(filepath.Join(s.dir, "bot.yaml")); errors.Is(err, fs.ErrNotExist) {
		if s.dir != cmp.Or(a.options.Dir, ".") {
			return nil, &usageError{fmt.Errorf("there is no bot.yaml in %s", s.dir)}
		}
		return nil, nil
	}
	b, report := a.load(s.dir, flows.MissingEnvIgnore)
	if b == nil {
		return nil, &spec.Error{Report: report}
	}
	return b, nil
}

// play finds the channel and opens its corpus.
func (a *app) play(s *simulation) (*player, error) {
	b, err := a.botOf(s)
	if err != nil {
		return nil, err
	}
	c, f, p, err := a.channelOf(b, s)
	if err != nil {
		return nil, err
	}
	off := ""
	if b != nil {
		p.public = b.PublicURL
		for _, spec := range b.Channels {
			if spec.Name == p.name {
				off = spec.Off
			}
		}
	}
	p.Corpus, err = corpus.Open(f, c, rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())))
	switch {
	case errors.Is(err, corpus.ErrNoWebhooks):
		return nil, &usageError{fmt.Errorf("nothing can be posted to %s: %s", p.name, noWebhooks(f, c))}
	case err != nil && off != "":
		return nil, fmt.Errorf("the channel %s is off, since %s; set it, or give the settings with --set: %w", p.name, off, err)
	case err != nil:
		return nil, fmt.Errorf("the channel %s can't be made: %w; --set KEY=VALUE gives a setting", p.name, err)
	}
	if off != "" {
		fmt.Fprintf(a.err, "Note: the channel %s is off here: %s.\n", p.name, off)
	}
	return p, nil
}

// noWebhooks says what to do about a channel that has none.
func noWebhooks(f channels.Factory, c *channels.Config) string {
	if f.Simulation != nil && c.Text("mode") == "pull" {
		return "it fetches its events from the platform's queue; add --set mode=push to post to a bot whose channel takes webhooks, or talk to the flows with `parley chat`"
	}
	if unplayed(f, c) {
		return "the channel does not say how its platform posts, so nobody can play it (Simulation of its factory); talk to the flows with `parley chat`"
	}
	return f.Type + " has no webhooks; talk to the flows with `parley chat`, or on the page of the bot"
}

// unplayed tells a type whose platform posts webhooks, and that has no simulation, from
// one that has no webhooks.
func unplayed(f channels.Factory, c *channels.Config) bool {
	if f.Simulation != nil || f.DedupeWindow == 0 {
		return false
	}
	made, err := f.New(&channels.Config{Name: c.Name, Values: c.Values, Lists: c.Lists, Log: slog.New(slog.DiscardHandler)})
	_, serves := made.(channels.Server)
	return err != nil || !serves
}

// channelOf finds the settings of a channel by its name in bot.yaml, else by its type.
func (a *app) channelOf(b *flows.Bot, s *simulation) (*channels.Config, channels.Factory, *player, error) {
	var of []flows.ChannelSpec
	if b != nil {
		for _, c := range b.Channels {
			if c.Name == s.channel {
				of = []flows.ChannelSpec{c}
				break
			}
			if c.Factory.Type == s.channel {
				of = append(of, c)
			}
		}
	}
	if len(of) > 1 {
		var names []string
		for _, c := range of {
			names = append(names, c.Name)
		}
		return nil, channels.Factory{}, nil, &usageError{fmt.Errorf("there are several channels of type %s: name %s", s.channel, strings.Join(names, " or "))}
	}
	if len(of) == 1 {
		c := of[0]
		values, lists, err := settings(c.Factory, s.set, c.Config, c.Lists)
		p := &player{name: c.Name, kind: c.Factory.Type}
		return &channels.Config{Name: c.Name, Values: values, Lists: lists}, c.Factory, p, err
	}
	i := slices.IndexFunc(a.options.Factories, func(f channels.Factory) bool { return f.Type == s.channel })
	if i < 0 {
		return nil, channels.Factory{}, nil, &usageError{fmt.Errorf("there is no channel and no type of channels %q; `parley simulate` lists them", s.channel)}
	}
	f := a.options.Factories[i]
	values, lists, err := settings(f, s.set, nil, nil)
	if err != nil {
		return nil, f, nil, err
	}
	c := corpus.Config(f, f.Type, values, lists)
	a.sayInvented(f, values, c)
	return c, f, &player{name: f.Type, kind: f.Type}, nil
}

// sayInvented tells which secrets nobody gave.
func (a *app) sayInvented(f channels.Factory, given map[string]string, c *channels.Config) {
	var names []string
	for _, s := range f.Settings {
		if _, ok := given[s.Name]; !ok && s.Kind == channels.SettingSecret && c.Text(s.Name) != "" {
			names = append(names, s.Name)
		}
	}
	if len(names) > 0 {
		fmt.Fprintf(a.err, "Note: no bot.yaml here has this channel, so these are of the samples: %s. A program that verifies webhooks has its own: --set NAME=VALUE.\n",
			strings.Join(names, ", "))
	}
}

// settings are those of a channel with those of --set on top.
func settings(f channels.Factory, set []string, values map[string]string, lists map[string][]string) (map[string]string, map[string][]string, error) {
	values, lists = maps.Clone(values), maps.Clone(lists)
	if values == nil {
		values = map[string]string{}
	}
	if lists == nil {
		lists = map[string][]string{}
	}
	known := slices.Clone(f.Settings)
	if f.Simulation != nil {
		if sim := f.Simulation(&channels.Config{Values: values, Lists: lists}); sim != nil {
			known = append(known, sim.Secrets...)
		}
	}
	fresh := map[string]bool{}
	for _, kv := range set {
		key, value, ok := strings.Cut(kv, "=")
		i := slices.IndexFunc(known, func(s channels.Setting) bool { return s.Name == key })
		switch {
		case !ok:
			return nil, nil, &usageError{fmt.Errorf("--set is KEY=VALUE, not %q", kv)}
		case i < 0:
			return nil, nil, unknownSetting(f.Type, key, known)
		case known[i].Kind == channels.SettingList:
			if !fresh[key] {
				lists[key] = nil
			}
			fresh[key] = true
			lists[key] = append(lists[key], value)
		default:
			values[key] = value
		}
	}
	return values, lists, nil
}

// aim says where requests go: to the bot that is named, or to a whole address.
func (a *app) aim(p *player, s *simulation) (aim, error) {
	address := s.address
	if address == "" {
		address = "http://" + local(cmp.Or(a.options.Listen, bot.DefaultListen))
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return aim{}, &usageError{fmt.Errorf("%q is no address: write http://127.0.0.1:8080", address)}
	}
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return aim{u, u}, nil
	}
	full, err := bot.WebhookURL(address, p.name)
	if err != nil {
		return aim{}, &usageError{err}
	}
	to, err := url.Parse(full)
	if err != nil {
		return aim{}, &usageError{err}
	}
	called := to
	if p.public != "" {
		if full, err = bot.WebhookURL(p.public, p.name); err == nil {
			called, err = url.Parse(full)
		}
		if err != nil {
			return aim{}, fmt.Errorf("the public address: %w", err)
		}
	}
	return aim{to, called}, nil
}

// local is an address to listen on as one to call.
func local(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
