package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/state"
)

const (
	lookEvery = 200 * time.Millisecond // at what arrived
	loadTime  = 15 * time.Second       // for a bot that runs to load the channel
)

// connect tells the platform where the bot is, or a person what to do there, and waits
// for the first message.
func (d *addition) connect(ctx context.Context) error {
	b, report := d.a.load(d.t.dir, flows.MissingEnvIgnore)
	if b == nil {
		return report.Err()
	}
	s, ok := b.Channel(d.name)
	if !ok {
		return errors.New("the channel is not in bot.yaml any more")
	}
	public := d.publicOf()
	c, end, err := connect(s, d.t.dir, d.src)
	end()
	if err != nil {
		return err
	}
	r := registration{Name: d.name, Webhook: c.address(public)}
	defer func() { d.result.registration = r }()
	if c.way() == wayPush && public == "" {
		r.Webhook, r.ByHand = "", c.byHand("https://…"+c.path())
		fmt.Fprintf(d.say, "%s does not know yet where the bot is. When it has a public address: %s\n",
			c.platform(), d.command("channel register "+d.name)+" --public-url https://…")
		return nil
	}
	if d.o.wait <= 0 {
		if c.way() == wayPush {
			if r = registerOne(ctx, s, d.t.dir, d.src, public); !d.o.asJSON {
				d.a.sayRegistration(r)
			}
			if r.Problem != "" {
				fmt.Fprintf(d.say, "The channel is in bot.yaml. When the bot runs, which some platforms want first: %s\n", d.command("channel register "+d.name))
				return errFindings
			}
		}
		return nil
	}
	r.ByHand = c.byHand(r.Webhook)
	return d.await(ctx, c, public, &r)
}

// command is a command line for this bot.
func (d *addition) command(words string) string {
	return target{dir: d.t.dir}.command(words)
}

// await waits for the first message, at the bot that runs or at one that it serves.
func (d *addition) await(ctx context.Context, c *connection, public string, r *registration) error {
	op, page, end, err := d.reach(ctx)
	if err != nil {
		return err
	}
	defer end()
	if public != "" {
		found := findingsOf(ctx, func(ctx context.Context) []state.Finding { return checkPublic(ctx, public, "") })
		for _, f := range found {
			if f.Level != state.OK {
				sayFinding(d.say, finding{Check: "public_url", Finding: f})
			}
		}
	}
	if r.ByHand != "" {
		fmt.Fprintf(d.say, "\nTo do at the platform:\n%s", indented(r.ByHand))
	}
	where := "Now write to it"
	if c.way() == wayPage {
		where = "Open " + page + c.path() + " and write"
	}
	fmt.Fprintf(d.say, "\n%s. Waiting for the first message for %s; Ctrl-C ends that.\n", where, plainTime(d.o.wait))
	w := &watching{say: d.say, platform: c.platform(), r: r, again: func() bool {
		r := registerOne(ctx, c.ChannelSpec, d.t.dir, d.src, public)
		return r.Registered && r.Changed
	}}
	err = w.wait(ctx, op, d.name, d.o.wait)
	d.result.Handshakes, d.result.FirstFrom = w.seen.Handshakes, w.seen.From
	switch {
	case ctx.Err() != nil:
		fmt.Fprintf(d.say, "Stopped waiting. The channel is in bot.yaml.\n")
		return nil
	case errors.Is(err, errNothingCame):
		return d.sayWhy(ctx, c, public, w)
	}
	return err
}

// reach finds the bot that runs, or serves one: the function stops it in order. Page
// is where its pages are, if that is known.
func (d *addition) reach(ctx context.Context) (op *bot.Operator, page string, end func(), err error) {
	o := d.a.optionsOf(d.t)
	if other := bot.RunsElsewhere(ctx, o); other != "" {
		o.State = "file:" + other
	}
	op, err = bot.OpenOperator(ctx, o)
	if err == nil && op.Info().Running {
		fmt.Fprintln(d.say, "The bot runs, and loads the channel by itself.")
		return op, "", func() { _ = op.Close() }, nil
	}
	if err == nil {
		err = op.Close()
	}
	if err != nil && !errors.Is(err, bot.ErrNoData) && !errors.Is(err, bot.ErrInMemory) {
		return nil, "", nil, err
	}
	o.Listen, o.Log, o.Reports = d.o.listen, slog.New(slog.DiscardHandler), io.Discard
	b, err := bot.New(ctx, o)
	if err != nil {
		fmt.Fprintln(d.say, "The channel is in bot.yaml, but the bot does not start.")
		return nil, "", nil, err
	}
	stop := func() { _ = b.Stop(context.WithoutCancel(ctx)) } // what it has to say of its end is in no log
	if err := b.Start(ctx); err != nil {
		stop()
		return nil, "", nil, fmt.Errorf("%w; the channel is in bot.yaml. If it is the bot that listens there, it loads the channel by itself", err)
	}
	fmt.Fprintf(d.say, "The bot is served here while you wait, at %s\n", address(b.Addr()))
	return b.Operator(), strings.TrimSuffix(address(b.Addr()), "/"), stop, nil
}

// sayWhy tells why nothing may have come.
func (d *addition) sayWhy(ctx context.Context, c *connection, public string, w *watching) error {
	fmt.Fprintf(d.say, "\nNo message came within %s. The channel is in bot.yaml; what can be seen from here:\n", plainTime(d.o.wait))
	var found []finding
	name := "channel " + d.name
	add := func(check string, more ...state.Finding) { found = append(found, named(check, more)...) }
	if w.seen.Refused > 0 {
		add(name, fail("webhooks", "let the secret at the platform be the one in "+envPath(d.t.dir), "%d were refused, the last with %s", w.seen.Refused, w.seen.Refusal))
	}
	if w.seen.Unregistered != "" {
		add(name, fail("webhook", d.command("channel register "+d.name), "the platform did not take the address: %s", w.seen.Unregistered))
	}
	add(name, findingsOf(ctx, func(ctx context.Context) []state.Finding { return checkChannel(ctx, c.ChannelSpec, public) })...)
	if public != "" {
		add("public_url", findingsOf(ctx, func(ctx context.Context) []state.Finding { return checkPublic(ctx, public, "") })...)
	}
	for _, f := range found {
		sayFinding(d.say, f)
	}
	d.result.Findings = found
	return errFindings
}

// findingsOf runs one check, for no longer than one may take.
func findingsOf(ctx context.Context, run func(context.Context) []state.Finding) []state.Finding {
	var out []state.Finding
	for found := range runChecks(ctx, []check{{"", run}}) {
		for _, f := range found {
			out = append(out, f.Finding)
		}
	}
	return out
}

// errNothingCame: the time to wait is over.
var errNothingCame = errors.New("no message came")

// watching tells what arrives as it does.
type watching struct {
	say      io.Writer
	platform string
	r        *registration
	seen     bot.Arrivals
	// again registers the webhook once more, and reports whether that changed anything.
	again func() bool
	tries int
}

// maxAgain is how often a webhook is registered again because another secret came.
const maxAgain = 3

// wait looks until a message came, and tells of everything else on the way.
func (w *watching) wait(ctx context.Context, op *bot.Operator, channel string, long time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, long, errNothingCame)
	defer cancel()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	began := time.Now()
	for {
		now, err := op.Arrivals(ctx, channel)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			return fmt.Errorf("ask the bot what arrived: %w", err)
		case !now.On && time.Since(began) > loadTime:
			return errors.New("the bot that runs has not loaded the channel: its log says why; the channel is in bot.yaml")
		}
		w.tell(now)
		if now.Refused > w.seen.Refused && strings.HasPrefix(now.Refusal, "401") && w.tries < maxAgain {
			// The platform may have a secret of before, of which it does not tell: when its
			// webhooks are refused it takes the one of now.
			if w.tries++; w.again() {
				fmt.Fprintf(w.say, "Registered again, with the secret of now.\n")
			}
		}
		if w.seen = now; now.Messages > 0 {
			fmt.Fprintf(w.say, "First message, from %s: it works.\n", plain(now.From))
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// tell says what is new.
func (w *watching) tell(now bot.Arrivals) {
	switch {
	case now.Webhook != "" && now.Webhook != w.seen.Webhook:
		w.r.Registered, w.r.Changed, w.r.Webhook = true, now.Changed, now.Webhook
		how := "registered"
		if !now.Changed {
			how = "unchanged: the platform has it already"
		}
		fmt.Fprintf(w.say, "Webhook %s %s.\n", plain(now.Webhook), how)
	case now.Unregistered != "" && now.Unregistered != w.seen.Unregistered:
		fmt.Fprintf(w.say, "%s does not take the address (%s); it is tried again.\n", w.platform, plain(now.Unregistered))
	}
	if now.Handshakes > w.seen.Handshakes {
		fmt.Fprintf(w.say, "%s checked the address, and got its answer.\n", w.platform)
	}
	if now.Refused > w.seen.Refused {
		fmt.Fprintf(w.say, "A webhook was refused with %s.\n", plain(now.Refusal))
	}
	if now.Others > w.seen.Others {
		fmt.Fprintf(w.say, "An event came that is no message: %s.\n", plain(now.Other))
	}
}
