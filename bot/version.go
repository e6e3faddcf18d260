package bot

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/flows/spec"
)

// An engine runs turns: a pure function, which [flows.Bot] is.
type engine interface {
	Turn(in flows.Input) (flows.Output, error)
}

// loaded is what came out of a bot folder, before anything is made of it.
type loaded struct {
	engine
	wantsStatus func(status string) bool
	// checkEvent says what is wrong with an event of the bot's own.
	checkEvent func(name string, data map[string]any) error

	name, fingerprint string
	// environment is another text for another .env.
	environment      string
	state, publicURL string
	// profile is what the store must keep; empty when bot.yaml does not say.
	profile   string
	retention flows.Retention
	// media says how files that people send are kept.
	media flows.Media
	// apiToken opens POST /events; empty when it is closed.
	apiToken string
	channels []flows.ChannelSpec
	allow    []string
	// apology is said when a turn could not be done.
	apology string
}

// A loader reads the bot. It returns nothing when the report has errors.
type loader func() (*loaded, *spec.Report)

// loaderOf returns how the bot of the options is loaded.
func loaderOf(o Options) loader {
	if o.Bot != nil {
		return func() (*loaded, *spec.Report) { return fromFlows(o.Bot), spec.NewReport() }
	}
	return func() (*loaded, *spec.Report) {
		b, report := flows.Load(o.Dir, o.LoadOptions(flows.MissingEnvError))
		report.Under(o.Dir)
		if b == nil {
			return nil, report
		}
		return fromFlows(b), report
	}
}

func fromFlows(b *flows.Bot) *loaded {
	return &loaded{
		engine: b, name: b.Name, fingerprint: b.Version, environment: b.Environment, state: b.State, profile: b.Profile,
		retention: b.Retention, media: b.Media, publicURL: b.PublicURL,
		channels: b.Channels, allow: b.HTTPAllow, apology: b.Apology(),
		apiToken: b.APIToken, checkEvent: b.CheckEvent,
		wantsStatus: func(string) bool { return b.WantsStatus() },
	}
}

// A version is everything that a reload replaces at once. It is immutable; a turn
// runs on one.
type version struct {
	*loaded
	// number is that of the flows in the store: see Bot.number.
	number   uint64
	channels map[string]*channel
	// order has the names of the channels as bot.yaml has them.
	order  []string
	public *url.URL
	calls  *caller
}

// A channel is one channel that is on.
type channel struct {
	channels.Channel
	name         string
	capabilities channels.Capabilities
	window       time.Duration
	maxBody      int64
	// settings tell whether a reload has to make it anew.
	settings string
	// pages are those of a channels.Server, else nil.
	pages   http.Handler
	health  channelHealth
	breaker *breaker
	tries   *tries
	pace    *pace
	// hold: a message whose outcome is unknown is set aside.
	hold bool
	// sends has a value for each message under way.
	sends chan struct{}
}

// defaultWindow is for platforms of which nobody knows how long they retry.
const defaultWindow = 3 * 24 * time.Hour

// newVersion makes a version of what was loaded. Channels whose settings did not
// change are taken over from old, which may be nil.
func (b *Bot) newVersion(l *loaded, old *version) (*version, error) {
	v := &version{loaded: l, channels: map[string]*channel{}, calls: b.newCaller(l.allow)}
	if address := cmp.Or(b.o.PublicURL, l.publicURL); address != "" {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return nil, fmt.Errorf("public_url: not an address that begins with http:// or https://")
		}
		v.public = u
	}
	for _, s := range l.channels {
		if s.Off != "" {
			continue
		}
		c, err := b.newChannel(s, old)
		if err != nil {
			return nil, fmt.Errorf("channel %s: %w", s.Name, err)
		}
		v.channels[s.Name] = c
		v.order = append(v.order, s.Name)
	}
	return v, nil
}

func (b *Bot) newChannel(s flows.ChannelSpec, old *version) (*channel, error) {
	settings, err := json.Marshal([]any{s.Factory.Type, s.Config, s.Lists, s.Pace, s.Hold})
	if err != nil {
		return nil, fmt.Errorf("compare the settings: %w", err)
	}
	if old != nil {
		if c, ok := old.channels[s.Name]; ok && c.settings == string(settings) {
			return c, nil
		}
	}
	config := &channels.Config{Name: s.Name, Values: s.Config, Lists: s.Lists, HTTP: b.client, Log: b.log}
	c := &channel{name: s.Name, settings: string(settings), window: cmp.Or(s.Factory.DedupeWindow, defaultWindow),
		maxBody: WebhookLimit(&s.Factory), sends: make(chan struct{}, maxSends)}
	err = guarded(func() (err error) {
		c.Channel, err = s.Factory.New(config)
		return err
	})
	if err != nil {
		return nil, err
	}
	if s.Factory.Capabilities != nil {
		c.capabilities = s.Factory.Capabilities(config)
	}
	c.hold = s.Hold && !c.capabilities.Repeatable
	c.breaker, c.tries = newBreaker(b.jitter), newTries()
	c.pace = newPace(s.Name, paceOf(c.capabilities.Pace, s.Pace), b.store)
	if server, ok := c.Channel.(channels.Server); ok {
		c.pages = server.Serve(host{bot: b, channel: s.Name})
	}
	return c, nil
}

// paceOf is what is known of a platform's limits, with what bot.yaml says instead.
func paceOf(known, set channels.Pace) channels.Pace {
	if set.PerSecond > 0 {
		known.PerSecond, known.Burst = set.PerSecond, 0
	}
	if set.BulkPerSecond > 0 {
		known.BulkPerSecond = set.BulkPerSecond
	}
	return known
}

// publicAddress is where platforms reach the bot; empty when nobody said.
func (v *version) publicAddress() string {
	if v.public == nil {
		return ""
	}
	return v.public.String()
}

// changed returns the channels that old does not have like this, in order.
func (v *version) changed(old *version) []*channel {
	var out []*channel
	for _, name := range v.order {
		if c := v.channels[name]; old == nil || old.channels[name] != c {
			out = append(out, c)
		}
	}
	return slices.Clip(out)
}
