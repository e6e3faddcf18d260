package bot

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/state"
)

// DefaultListen is where [Bot.Run] listens when no address is given: this
// machine alone.
const DefaultListen = "127.0.0.1:8080"

// Options say which bot runs and where. The zero value of each field but Dir and
// Bot, of which one is needed, is a sensible default.
type Options struct {
	// Dir is the bot folder. It is watched, and loaded again when it changes.
	Dir string
	// Bot is a bot that was loaded before. It is never loaded again.
	Bot *flows.Bot
	// Listen is the address to serve on. Run takes [DefaultListen] for none;
	// Start then serves nothing, and [Bot.Handler] is to be mounted elsewhere.
	Listen string
	// DrainDelay is how long the bot goes on working when it shall stop, while
	// /readyz says no: load balancers need a moment to notice. It counts towards the
	// 25 s of [Bot.Stop]. Zero is for a bot that has no load balancer in front.
	DrainDelay time.Duration
	// PublicURL and State take the place of those in bot.yaml.
	PublicURL, State string
	// Store takes the place of State. It is closed when the bot stops.
	Store state.Store
	// MediaDir is the folder for files that people send, unless bot.yaml names a
	// bucket. Empty is media in the folder of an embedded store and data/media of the
	// bot folder with Redis; other bots have one that ends with them.
	MediaDir string
	// Factories are the types of channels that bot.yaml may use.
	Factories []channels.Factory
	// Handlers are what `do` may call.
	Handlers []Handler
	// Functions are written in Go, for expressions.
	Functions []expression.Function
	// OnHandoff is told of each conversation that a flow hands over to people, and
	// OnTrack of each event of a `track` step. See [HandedOver] for when, and for
	// how sure it is.
	OnHandoff func(ctx context.Context, h HandedOver)
	OnTrack   func(ctx context.Context, t Tracked)
	// AllowHosts adds to http.allow of bot.yaml: private addresses that calls of
	// flows may reach, as host, host:port or range.
	AllowHosts []string
	// Log takes what the bot has to say; nil is slog.Default().
	Log *slog.Logger
	// Reports takes the mistakes of flows that could not be loaded while the bot
	// runs, as text for people; nil is os.Stderr.
	Reports io.Writer
	// Env looks up environment variables; nil is os.LookupEnv.
	Env func(string) (string, bool)
	// Now is the wall clock: timestamps of webhooks and links are compared with
	// it. Conversations live by the clock of the store. Nil is time.Now.
	Now func() time.Time
	// Random gives chance to turns and spreads retries; nil is math/rand/v2. It
	// must be safe for concurrent use.
	Random func() uint64
}

// LoadOptions say how the bot folder is loaded with these options: a program that
// checks its flows in a test does so with them, and flows.MissingEnvWarning.
func (o Options) LoadOptions(missing flows.MissingEnv) flows.LoadOptions {
	l := flows.LoadOptions{Factories: o.Factories, Env: o.Env, MissingEnv: missing, Functions: o.Functions}
	if l.Env == nil {
		l.Env = os.LookupEnv
	}
	for _, h := range o.Handlers {
		l.Handlers = append(l.Handlers, h.info())
	}
	return l
}

// maxDrainDelay leaves some of the time to stop.
const maxDrainDelay = 15 * time.Second

// withDefaults fills in what was left out.
func (o Options) withDefaults() (Options, error) {
	if o.Dir == "" && o.Bot == nil {
		return o, fmt.Errorf("options: neither a bot folder nor a bot is given")
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Reports == nil {
		o.Reports = os.Stderr
	}
	if o.Env == nil {
		o.Env = os.LookupEnv
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Uint64
	}
	if o.DrainDelay < 0 || o.DrainDelay > maxDrainDelay {
		return o, fmt.Errorf("options: the drain delay is %s; it can be %s at most, so that what is in hand can be finished", o.DrainDelay, maxDrainDelay)
	}
	seen := map[string]bool{}
	for _, h := range o.Handlers {
		if h.Name == "" || h.Call == nil {
			return o, fmt.Errorf("options: a handler without a name or a function")
		}
		if seen[h.Name] {
			return o, fmt.Errorf("options: two handlers are named %q", h.Name)
		}
		seen[h.Name] = true
	}
	return o, nil
}
