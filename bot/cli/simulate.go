package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-chat/parley/channels/corpus"
)

// The bounds of what one command posts.
const (
	maxDeliveries  = 10_000
	maxBatch       = 1_000
	maxConcurrency = 256
)

// A simulation is what the command line asks for.
type simulation struct {
	dir         string
	set         []string
	want        corpus.Want
	count       int
	batch       int
	concurrency int
	status      []string
	duplicate   bool
	reorder     bool
	retry       bool
	fast        bool
	print       bool
	json        bool

	channel string
	events  []string
	address string
}

func (a *app) simulate() *cobra.Command {
	s := &simulation{}
	cmd := &cobra.Command{
		Use:   "simulate [CHANNEL [EVENT…] [URL]]",
		Short: "Post what a platform posts to a webhook",
		Long: "Simulate posts what a platform posts: messages, taps, statuses and everything else that it documents,\n" +
			"signed with the secrets of bot.yaml, each a new message. Without arguments it lists the channels,\n" +
			"with a channel its events. CHANNEL is a name in bot.yaml or, without one, a type. EVENT is one of the\n" +
			"list, a kind (message, choice, status), a file with a payload of your own, handshake, odd (what bots have\n" +
			"to bear) or all. URL is where the bot is, or a whole webhook address of any program. It ends with 1 when\n" +
			"an answer was not what the platform wants.",
		Example: "  parley simulate\n" +
			"  parley simulate telegram\n" +
			"  parley simulate telegram text --text \"Where is my order?\" http://127.0.0.1:8080\n" +
			"  parley simulate whatsapp --status sent,delivered,read --message wamid.1 http://127.0.0.1:8080\n" +
			"  parley simulate whatsapp text --count 20 --batch 5 --duplicate http://127.0.0.1:8080\n" +
			"  parley simulate slack message --retry --fast http://127.0.0.1:8080\n" +
			"  parley simulate line all --set channel_secret=s3cret http://127.0.0.1:3000/my/webhook",
		Args: func(_ *cobra.Command, args []string) error { return s.read(args) },
		RunE: func(cmd *cobra.Command, _ []string) error {
			if s.channel == "" {
				return a.listChannels(s)
			}
			p, err := a.play(s)
			if err != nil {
				return err
			}
			if len(s.events) == 0 {
				return a.listEvents(p, s)
			}
			return a.postAll(cmd.Context(), p, s)
		},
	}
	s.flags(cmd, a)
	return cmd
}

func (s *simulation) flags(cmd *cobra.Command, a *app) {
	f := cmd.Flags()
	f.StringVar(&s.dir, "dir", cmp.Or(a.options.Dir, "."), "the bot folder, whose bot.yaml has the channels and their secrets")
	f.StringArrayVar(&s.set, "set", nil, "a setting of the channel, KEY=VALUE, instead of the one in bot.yaml; may come again")
	f.StringVar(&s.want.From, "from", "", "who writes: the platform's id of a person")
	f.StringVar(&s.want.Text, "text", "", "what was written")
	f.StringVar(&s.want.Choice, "choice", "", "the id of the option that was tapped")
	f.StringVar(&s.want.Message, "message", "", "the platform's id of the message that is answered or reported on")
	f.StringSliceVar(&s.status, "status", nil, "post statuses of one message, in this order: sent,delivered,read,failed")
	f.IntVar(&s.count, "count", 1, "so many of each event, each new")
	f.BoolVar(&s.duplicate, "duplicate", false, "post each webhook twice, the same to the byte")
	f.IntVar(&s.batch, "batch", 1, "so many in one webhook, for platforms that do so")
	f.BoolVar(&s.reorder, "reorder", false, "post the last webhook first")
	f.BoolVar(&s.retry, "retry", false, "post again until it is taken, when and as often as the platform does")
	f.BoolVar(&s.fast, "fast", false, "with --retry, do not wait as long as the platform does")
	f.IntVar(&s.concurrency, "concurrency", 1, "so many webhooks at once")
	f.BoolVar(&s.print, "print", false, "print the requests as curl commands, and post nothing; secrets that the platform sends are in them")
	f.BoolVar(&s.json, "json", false, "print JSON, an object a line")
}

// read takes the arguments: a channel, events, an address.
func (s *simulation) read(args []string) error {
	if len(args) > 0 {
		s.channel, args = args[0], args[1:]
	}
	if n := len(args); n > 0 && strings.Contains(args[n-1], "://") {
		s.address, args = args[n-1], args[:n-1]
	}
	s.events = args
	wants := s.want != (corpus.Want{}) || s.address != "" || len(s.status) > 0 || s.print
	switch {
	case strings.Contains(s.channel, "://"):
		return &usageError{errors.New("name a channel before the address; `parley simulate` lists them")}
	case len(s.status) > 0 && len(args) > 0:
		return &usageError{fmt.Errorf("--status says what is posted: leave %q out", args[0])}
	case len(s.status) > 0:
		s.events = []string{"--status"}
	case len(args) == 0 && s.channel != "" && wants:
		s.events = []string{everything}
	}
	for _, b := range []struct {
		flag        string
		value, most int
	}{{"count", s.count, maxDeliveries}, {"batch", s.batch, maxBatch}, {"concurrency", s.concurrency, maxConcurrency}} {
		if b.value < 1 || b.value > b.most {
			return &usageError{fmt.Errorf("--%s is 1 to %d", b.flag, b.most)}
		}
	}
	if s.fast && !s.retry {
		return &usageError{errors.New("--fast goes with --retry")}
	}
	return nil
}

// postAll makes what is to be posted, and posts or prints it.
func (a *app) postAll(ctx context.Context, p *player, s *simulation) error {
	at, err := a.aim(p, s)
	if err != nil {
		return err
	}
	all, err := p.deliveries(s)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return &usageError{fmt.Errorf("there is nothing to post to %s: name a file with a payload of your own", p.name)}
	}
	if _, _, err := p.request(at, all[0], time.Now(), 0); err != nil {
		return err
	}
	if s.print {
		return a.printCurl(p, at, all)
	}
	return a.post(ctx, p, s, at, all)
}
