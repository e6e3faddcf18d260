package inspect

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows"
)

// The limits. Those of the intake are the ones of package bot.
const (
	maxBody    = 1 << 20
	maxHeaders = 36 << 10 // where a bot answers 431: 32 kB, and what net/http adds
	decodeTime = time.Second
	readTime   = 10 * time.Second // for a whole request

	maxAnyHeaders = 1 << 20          // that are still read, to be shown
	keepCut       = 64 << 10         // of a body that is too large
	keepAnswer    = 1 << 20          // of the body of an answer
	maxAnswer     = 16 << 20         // that is passed back
	forwardTime   = 30 * time.Second // for an answer
	maxInHand     = 64               // bodies that are read at once
)

// Options say what an Inspector does with requests.
type Options struct {
	// Bot has the channels that verify and decode; nil shows requests as they are and
	// answers 200 to any.
	Bot *flows.Bot
	// PublicURL takes the place of public_url in bot.yaml: signatures may cover it.
	PublicURL string
	// Forward is where requests are passed on to; nil answers as the bot would.
	Forward *url.URL
	// Log keeps the records. It is needed.
	Log *Log
	// Observe is told of each record once it is kept, and of an error to keep one; nil
	// is told nothing. It may be called by several goroutines at once.
	Observe func(r *Record, err error)
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// An Inspector takes requests, as an [http.Handler], and replays them.
type Inspector struct {
	o        Options
	public   *url.URL
	channels map[string]*channel
	client   *http.Client
	inHand   chan struct{}
}

// A channel is one of bot.yaml. Without a value it is off, and off says why.
type channel struct {
	channels.Channel
	spec flows.ChannelSpec
	off  string
}

// New makes an Inspector. A channel that can't be made, since its settings are
// missing, is off: its requests are shown with the reason.
func New(o Options) (*Inspector, error) {
	if o.Log == nil {
		return nil, errors.New("inspect: there is no log")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Observe == nil {
		o.Observe = func(*Record, error) {}
	}
	i := &Inspector{o: o, channels: map[string]*channel{}, client: newClient(), inHand: make(chan struct{}, maxInHand)}
	if o.Bot == nil {
		return i, nil
	}
	if address := cmp.Or(o.PublicURL, o.Bot.PublicURL); address != "" {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return nil, errors.New("public_url: not an address that begins with http:// or https://")
		}
		i.public = u
	}
	for _, s := range o.Bot.Channels {
		i.channels[s.Name] = newChannel(s)
	}
	return i, nil
}

func newChannel(s flows.ChannelSpec) *channel {
	c := &channel{spec: s, off: s.Off}
	if c.off != "" || s.Factory.New == nil {
		return c
	}
	err := guarded(func() (err error) {
		c.Channel, err = s.Factory.New(c.config())
		return err
	})
	if err != nil {
		c.off = "it can't be made: " + err.Error()
	}
	return c
}

// config is that of the channel, as a bot makes it.
func (c *channel) config() *channels.Config {
	return &channels.Config{
		Name: c.spec.Name, Values: c.spec.Config, Lists: c.spec.Lists,
		HTTP: channels.NewClient(), Log: slog.New(slog.DiscardHandler),
	}
}

// Webhooks are the names of the channels that take webhooks, in the order of
// bot.yaml.
func (i *Inspector) Webhooks() []string {
	var names []string
	if i.o.Bot == nil {
		return nil
	}
	for _, s := range i.o.Bot.Channels {
		if _, sim, err := i.platform(s.Name); err == nil && sim != nil {
			names = append(names, s.Name)
		}
	}
	return names
}

// Off says of each channel that is off why.
func (i *Inspector) Off() map[string]string {
	off := map[string]string{}
	for name, c := range i.channels {
		if c.off != "" {
			off[name] = c.off
		}
	}
	return off
}

// guarded turns a panic of a channel into an error.
func guarded(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the channel panicked: %T", v)
		}
	}()
	return f()
}

// newClient returns the client that passes requests on: it changes nothing, follows
// no redirects, and keeps no connection, which a bot that is started again would
// have closed.
func newClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
			DisableCompression: true, DisableKeepAlives: true, ResponseHeaderTimeout: forwardTime,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Server returns a server for an Inspector. It reads more than a bot does, so that
// what a bot would refuse can be shown, and it keeps connections on which no
// request could be read as records too.
func (i *Inspector) Server(log *slog.Logger) *http.Server {
	s := bot.NewServer(i, log)
	s.MaxHeaderBytes = maxAnyHeaders
	s.WriteTimeout = readTime + forwardTime + 5*time.Second
	s.ConnContext, s.ConnState = connContext, i.connState
	return s
}

// ServeHTTP takes a request in, answers it or passes it on, and keeps it.
func (i *Inspector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	requestArrived(r.Context())
	rec := &Record{
		Time: i.o.Now(),
		Request: Request{
			Method: r.Method, Target: Text(r.RequestURI), Proto: r.Proto, Host: r.Host, Remote: r.RemoteAddr, Header: headerOf(r.Header),
		},
	}
	select {
	case i.inHand <- struct{}{}:
	case <-r.Context().Done():
		return // the caller went away before there was room for its body
	}
	refused := i.readBody(w, r, rec)
	<-i.inHand
	if !rec.Request.Cut {
		// What was for the body would cut a long answer off; where there is no such
		// deadline, nothing is.
		_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	}
	i.handle(r.Context(), rec, refused, i.o.Forward, w)
}

// bodyLimit is the largest body that the bot would take of a request.
func (i *Inspector) bodyLimit(rec *Record) int64 {
	if name, isWebhook := channelName(rec); isWebhook && i.channels[name] != nil {
		return bot.WebhookLimit(&i.channels[name].spec.Factory)
	}
	return maxBody
}

// readBody reads the body, and says what is wrong with it.
func (i *Inspector) readBody(w http.ResponseWriter, r *http.Request, rec *Record) *channels.RequestError {
	limit := i.bodyLimit(rec)
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	rec.Request.Body = Text(body)
	if err == nil {
		return nil
	}
	rec.Request.Cut = true
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		rec.Request.Body = Text(body[:min(len(body), keepCut)])
		return &channels.RequestError{Status: http.StatusRequestEntityTooLarge, Reason: fmt.Sprintf("body over %d MB", limit>>20)}
	}
	if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
		return &channels.RequestError{Status: http.StatusBadRequest, Reason: "the body did not arrive within " + readTime.String()}
	}
	return &channels.RequestError{Status: http.StatusBadRequest, Reason: "the body could not be read"}
}
