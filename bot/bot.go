// Package bot is the running bot: it takes webhooks in, has each message handled
// by the flows, and sends what they say.
//
// One message lives like this, and dispatch.go reads like it:
//
//	webhook   verified and decoded by its channel
//	accept    durable in the inbox of its conversation; only then answered 200
//	turn      the flows decide; calls that they need are made under the lease
//	commit    state, replies, wake time and history, all or nothing
//	send      one reply at a time, in order
//	mark      what became of it
//
// A sweeper picks up what nobody holds: leases of dead processes, replies that
// wait, wake times.
//
// The stock binary and programs of your own use it alike:
//
//	b, err := bot.New(ctx, bot.Options{Dir: "support", Factories: builtin.Factories()})
//	if err != nil { … }
//	err = b.Run(ctx) // until ctx ends
//
// A program with a server of its own leaves Options.Listen empty and does not call
// [Bot.Run]: it calls [Bot.Start], mounts [Bot.Handler], and calls [Bot.Stop] in
// the end.
//
// # Events that no platform brings
//
// A refund was paid, a person of the team answers: such events come in by
// [Bot.Deliver], or over HTTP from programs that have the `api_token` of bot.yaml.
// Without an api_token there is no such page.
//
//	POST /events
//	Authorization: Bearer <api_token>
//	Content-Type: application/json
//
//	{"kind": "custom", "name": "refund_paid", "channel": "web", "account": "web",
//	 "conversation": "…", "data": {"reference": "R-1"}, "id": "refund-17"}
//
// The kinds are custom, with the name of an event that bot.yaml declares and data
// of the types declared there; agent_message, with the text that a person of the
// team says; take_over and give_back, for the conversation to be theirs and the
// bot's again; and admin_send, with a text that is sent and changes nothing.
// Channel, account and conversation are those that [HandedOver], [HandlerCall] and
// event.* in flows have. An event whose id was seen before in the conversation,
// within the time for which the platform of the channel repeats its own, is taken
// no second time; one without an id is new each time.
//
// The answer is 202 once the event is durable; 503 with Retry-After when the store
// can't say so within a second: send it again, with the same id. What is wrong is
// 400, 413 or 415, the token 401, each with {"error": "…"}.
//
// # Operators
//
// Dead letters, backups, conversations to be forgotten: an [Operator] does what
// people need who mend something, for pages of your own as for the commands of
// parley. [Bot.Operator] gives one within the process, [OpenOperator] one beside it.
// A bot with an embedded store listens to them at parley.sock in its folder, which
// only its own user can use.
//
// gin is used here and nowhere else.
package bot

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-chat/parley/bot/internal/failpoint"
	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/flows/envfile"
	"github.com/parley-chat/parley/flows/spec"
	"github.com/parley-chat/parley/state"
)

// The bounds of one process.
const (
	maxConversations = 1024 // that are worked on at once
	maxAccepts       = 4096 // that wait for the store at once

	stopTime  = 25 * time.Second // for stopping
	abortTime = 3 * time.Second  // of that for turns that are cut since they take too long
)

// ErrStopping is returned for what comes when the bot stops or has stopped.
var ErrStopping = errors.New("the bot is stopping")

// A Bot is a running bot. Its methods are safe for concurrent use.
type Bot struct {
	o       Options
	log     *slog.Logger
	load    loader
	store   state.Store
	opened  []any   // what the log says of the store
	first   *loaded // what it was opened with
	process string
	began   time.Time
	client  *http.Client // for the platforms' APIs
	media   *keeper      // of what people send

	version   atomic.Pointer[version]
	refused   atomic.Bool // a conversation has seen newer flows
	crowded   atomic.Bool // too much waits: nothing is taken in
	bodies    atomic.Int64
	refusals  refusals
	arrivals  *arrivals
	reloading sync.Mutex
	broken    bool // what was loaded last did not take the place of the version

	handler  http.Handler
	server   *http.Server
	listener net.Listener
	failed   chan error // what ended the server

	slots    chan struct{} // one for each conversation that is worked on
	accepts  chan struct{} // one for each Accept that waits for the store
	under    *underWay     // calls of flows
	suspects chan struct{} // one turn at a time of those that took a process down
	leases   *leases
	sweeper  *sweeper
	watchers *watchers
	life     *lifetime
	at       StorePlace
	// operators are served on the socket of the embedded store.
	operators *operators
}

// New loads the bot, opens its store and makes its channels. Nothing runs yet.
// Mistakes in the bot folder are a [spec.Error].
func New(ctx context.Context, o Options) (*Bot, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	return newBot(ctx, o, loaderOf(o))
}

func newBot(ctx context.Context, o Options, load loader) (*Bot, error) {
	l, report := load()
	if report.Failed() {
		return nil, &spec.Error{Report: report}
	}
	b := &Bot{
		o: o, log: o.Log, load: load, process: rand.Text(), began: time.Now(), client: channels.NewClient(),
		failed: make(chan error, 1),
		slots:  make(chan struct{}, maxConversations), accepts: make(chan struct{}, maxAccepts), suspects: make(chan struct{}, 1),
		under: newUnderWay(), sweeper: newSweeper(), watchers: newWatchers(), arrivals: newArrivals(), life: newLifetime(),
	}
	b.leases = newLeases(func(partition uint8) {
		b.log.Error("store_went_back: it has lost what it had acknowledged; messages since then may be lost, or be sent twice", "partition", partition)
	})
	b.first = l
	var err error
	if b.store, b.opened, err = b.openStore(ctx, l); err != nil {
		return nil, err
	}
	b.at, err = placeAt(b.o, flows.Place{Bot: l.name, State: l.state, Retention: l.retention, Media: l.media})
	if err == nil {
		b.media, err = b.openMedia(ctx, l)
	}
	v, err2 := b.newVersion(l, nil)
	if err = cmp.Or(err, err2); err == nil {
		err = b.number(ctx, v)
	}
	if err != nil {
		if b.media != nil {
			b.media.close()
		}
		return nil, errors.Join(err, b.store.Close())
	}
	b.version.Store(v)
	b.handler = b.newHandler()
	return b, nil
}

// Start begins to work: it listens if an address was given, sweeps, registers
// webhooks and watches the bot folder. It returns at once; the bot runs until
// [Bot.Stop], which must be called after an error too. It is called once. Without
// an address the pages are those of [Bot.Handler], for a server of your own.
func (b *Bot) Start(ctx context.Context) error {
	if b.o.Listen != "" {
		if err := b.listen(ctx); err != nil {
			return err
		}
	}
	v := b.version.Load()
	b.log.InfoContext(ctx, "store is open", b.opened...)
	b.media.announce(ctx, v)
	b.serveOperators(ctx)
	b.announce(ctx, v)
	if path := envfile.Exposed(b.o.Dir); path != "" && b.o.Bot == nil {
		b.log.WarnContext(ctx, "others on this machine can read the secrets: chmod 600", "file", path)
	}
	if b.listener != nil {
		b.serve(ctx)
	}
	b.life.always(func(ctx context.Context) { b.sweep(ctx) })
	b.life.always(func(ctx context.Context) { b.measureAll(ctx) })
	b.life.always(func(ctx context.Context) { b.liveOn(ctx) })
	b.life.always(func(ctx context.Context) { b.pollAll(ctx) })
	b.keepMedia()
	b.register(ctx, v, nil)
	if b.o.Dir != "" && b.o.Bot == nil {
		b.life.always(func(ctx context.Context) { b.watch(ctx) })
	}
	return nil
}

// Run starts the bot and serves until the context ends or the server fails, then
// stops it. It returns nil when the bot was told to end and could do so in order.
// It listens by itself, always; with a server of your own call [Bot.Start] and
// [Bot.Stop] instead.
func (b *Bot) Run(ctx context.Context) error {
	if b.o.Listen == "" {
		b.o.Listen = DefaultListen
	}
	err := b.Start(ctx)
	if err == nil {
		select {
		case <-ctx.Done():
		case err = <-b.failed:
		}
	}
	return errors.Join(err, b.Stop(context.WithoutCancel(ctx)))
}

// Stop ends the bot in order: it is no longer ready, goes on for
// [Options.DrainDelay], stops to listen, finishes the turns in hand, gives back
// what it holds of the rest, and closes the store. What takes longer than 22 s, or
// than the context, is cut, and the store has 3 s to hear of it. It may be called more
// than once.
func (b *Bot) Stop(ctx context.Context) error {
	if !b.life.leave() {
		<-b.life.over.Done()
		return nil
	}
	defer b.life.end()
	ctx, cancel := context.WithTimeout(ctx, stopTime-abortTime)
	defer cancel()
	b.log.InfoContext(ctx, "stopping")
	if b.server != nil || b.o.Listen == "" { // else nobody could send anything
		sleepFor(ctx, b.o.DrainDelay)
	}
	b.life.stopNow()
	b.watchers.close()
	var errs []error
	if b.server != nil {
		if err := b.server.Shutdown(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop serving: %w", err), b.server.Close())
		}
	}
	failpoint.Hit(failpoint.DuringShutdown)
	if err := b.operators.stop(ctx); err != nil {
		errs = append(errs, err)
	}
	left := b.life.drain(ctx, abortTime)
	if left > 0 {
		b.log.WarnContext(ctx, "stopped with work in hand", "conversations", left)
	}
	b.leave(ctx)
	b.client.CloseIdleConnections()
	b.version.Load().calls.close()
	b.media.close()
	if err := b.store.Close(); err != nil {
		errs = append(errs, fmt.Errorf("close the store: %w", err))
	}
	b.log.InfoContext(ctx, "stopped")
	return errors.Join(errs...)
}

// Handler returns the pages of the bot: webhooks, web chat, events, health. A
// program that serves them itself does so with [NewServer], or sets timeouts of
// its own. It calls [Bot.Start] first, else nobody looks after what waits, and
// [Bot.Stop] once it serves no more.
func (b *Bot) Handler() http.Handler { return b.handler }

// Failed gets the error that ended the server, should it end by itself.
func (b *Bot) Failed() <-chan error { return b.failed }

// Addr returns the address that the bot listens on, nil when it does not.
func (b *Bot) Addr() net.Addr {
	if b.listener == nil {
		return nil
	}
	return b.listener.Addr()
}

// announce tells the operator what runs.
func (b *Bot) announce(ctx context.Context, v *version) {
	b.log.InfoContext(ctx, "bot loaded", "bot", v.name, "flows", v.fingerprint)
	for _, s := range v.loaded.channels {
		if s.Off != "" {
			b.log.InfoContext(ctx, "channel is off", "channel", s.Name, "type", s.Factory.Type, "reason", s.Off)
			continue
		}
		if v.channels[s.Name].pages != nil {
			b.log.InfoContext(ctx, "channel is on", "channel", s.Name, "type", s.Factory.Type, "page", pagePath(s.Name))
			continue
		}
		b.log.InfoContext(ctx, "channel is on", "channel", s.Name, "type", s.Factory.Type, "webhook", webhookPath(s.Name))
	}
	if v.apiToken != "" {
		b.log.InfoContext(ctx, "events are taken", "page", eventsPath)
	}
}
