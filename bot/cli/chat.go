package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/spec"
)

const chatHelp = `  text              what you write; the number of a button taps it
  /why              why the bot did what it did last
  /state            the state of the conversation
  +15m              lets time go by: 90s, 15m, 2h, 1d
  /as CHANNEL       goes on as if on another channel of bot.yaml
  /image URL        sends an image; also /audio /video /file
  /location 1.5 2   sends a place
  /event NAME {…}   an event with its data
  /agent TEXT       a person of the team writes; /close gives the conversation back
  /reset            forgets the conversation
  /quit             ends; so does Ctrl-D
`

func (a *app) chat() *cobra.Command {
	var channel string
	cmd := &cobra.Command{
		Use:   "chat [DIR]",
		Short: "Talk to a bot here in the terminal",
		Long: "Chat talks to a bot without a server, a platform or a store. It loads the folder\n" +
			"again before each message when a file changed. Calls of the flows are made for real.\n\n" + chatHelp,
		Example: "  parley chat shop\n  printf 'help\\n1\\n' | parley chat shop",
		Args:    folder,
		RunE: func(cmd *cobra.Command, args []string) error {
			c := &chat{app: a, dir: a.dirOf(args)}
			if err := c.load(channel); err != nil {
				return err
			}
			return c.loop(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&channel, "as", "", "the channel or type of channel to talk on; the first of bot.yaml unless given")
	return cmd
}

// A chat is a conversation in the terminal.
type chat struct {
	*app
	dir     string
	bot     *flows.Bot
	sim     *bot.Simulation
	options []channels.Option // of the last message that had some
	trace   *flows.Trace
}

func (c *chat) load(channel string) error {
	b, report := c.app.load(c.dir, flows.MissingEnvIgnore)
	if report.Failed() {
		return &spec.Error{Report: report}
	}
	if c.sim != nil {
		if b.Version != c.bot.Version {
			fmt.Fprintln(c.out, "  (the flows changed and were loaded again)")
			c.sim.Reload(b)
		}
		c.bot = b
		return nil
	}
	sim, err := bot.NewSimulation(b, channel, bot.Options{
		Handlers: c.app.options.Handlers, AllowHosts: c.app.options.AllowHosts, Now: c.app.options.Now, Random: c.app.options.Random,
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return &usageError{err}
	}
	c.sim, c.bot = sim, b
	fmt.Fprintf(c.out, "  Talking to %s on %s. /help lists what you can do, /quit ends.\n", b.Name, sim.Channel())
	return nil
}

// loop reads lines until there are no more. What the bot does by itself, a
// reminder say, shows with the next line, or at once after +15m.
func (c *chat) loop(ctx context.Context) error {
	lines := bufio.NewScanner(c.in)
	lines.Buffer(nil, 1<<20)
	for c.prompt(); lines.Scan() && ctx.Err() == nil; c.prompt() {
		line := strings.TrimSpace(lines.Text())
		if line == "" {
			continue
		}
		if line == "/quit" || line == "/exit" {
			return nil
		}
		if err := c.load(""); err != nil {
			var broken *spec.Error
			if !errors.As(err, &broken) {
				return err
			}
			c.report(broken.Report)
			fmt.Fprintln(c.out, "  (the flows have mistakes; going on with those from before)")
		}
		if err := c.line(ctx, line); err != nil {
			fmt.Fprintf(c.out, "  %v\n", err)
		}
	}
	fmt.Fprintln(c.out)
	return lines.Err()
}

func (c *chat) prompt() { fmt.Fprint(c.out, "> ") }

// line does what one line says.
func (c *chat) line(ctx context.Context, line string) error {
	if after, ok := strings.CutPrefix(line, "+"); ok {
		if d, err := expression.ParseDuration(after); err == nil {
			return c.advance(ctx, d)
		}
	}
	if err := c.advance(ctx, 0); err != nil {
		return err
	}
	word, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	switch word {
	case "/help":
		_, err := io.WriteString(c.out, chatHelp)
		return err
	case "/why":
		return c.why()
	case "/state":
		var b bytes.Buffer
		data, err := flows.StateJSON(c.sim.State())
		if err != nil {
			return err
		}
		if err := json.Indent(&b, data, "  ", "  "); err != nil {
			return errors.New("there is no state yet")
		}
		fmt.Fprintf(c.out, "  %s\n", b.String())
		return nil
	case "/as":
		return c.sim.Switch(rest)
	case "/reset":
		c.sim.Reset()
		c.options, c.trace = nil, nil
		return nil
	}
	e, err := c.event(word, rest, line)
	if err != nil {
		return err
	}
	m, err := c.sim.Take(ctx, e)
	if err != nil {
		return err
	}
	c.show(m)
	return nil
}

// event makes the event that a line stands for.
func (c *chat) event(word, rest, line string) (channels.Event, error) {
	e := channels.Event{Kind: channels.KindMessage, Sender: channels.Sender{ID: "you"}}
	switch word {
	case "/image", "/audio", "/video", "/file":
		e.Media = []channels.Media{{Kind: channels.MediaKind(word[1:]), URL: rest}}
	case "/location":
		e.Location = &channels.Location{}
		if _, err := fmt.Sscan(rest, &e.Location.Latitude, &e.Location.Longitude); err != nil {
			return e, errors.New("write /location LATITUDE LONGITUDE")
		}
	case "/agent":
		e.Kind, e.Text, e.Posted = channels.KindAgent, rest, true
	case "/close":
		e.Kind, e.Posted = channels.KindGiveBack, true
	case "/event":
		return c.customEvent(rest)
	default:
		if strings.HasPrefix(word, "/") && word != "/start" {
			return e, fmt.Errorf("there is no %s; /help lists what there is", word)
		}
		e.Text = line
		if n, err := strconv.Atoi(line); err == nil && n >= 1 && n <= len(c.options) {
			o := c.options[n-1]
			e.Kind, e.Text, e.Choice = channels.KindChoice, o.Label, &channels.Choice{ID: o.ID, Title: o.Label}
		}
	}
	return e, nil
}

// customEvent reads NAME {json}: a kind of event, or one of the bot's own.
func (c *chat) customEvent(text string) (channels.Event, error) {
	name, data, _ := strings.Cut(text, " ")
	e := channels.Event{Kind: channels.KindCustom, Name: name}
	for _, k := range channels.Kinds() {
		if string(k) == name {
			e.Kind, e.Name, e.Posted = k, "", k == channels.KindAgent || k == channels.KindTakeOver || k == channels.KindGiveBack
		}
	}
	if data != "" {
		if err := json.Unmarshal([]byte(data), &e.Data); err != nil {
			return e, errors.New(`write /event NAME {"field": "value"}`)
		}
	}
	if e.Kind == channels.KindCustom {
		return e, c.bot.CheckEvent(e.Name, e.Data)
	}
	return e, nil
}

func (c *chat) advance(ctx context.Context, d time.Duration) error {
	moments, err := c.sim.Advance(ctx, d)
	for _, m := range moments {
		if len(m.Messages) > 0 {
			fmt.Fprintf(c.out, "  (%s)\n", m.At.Format("Mon 15:04"))
		}
		c.show(m)
	}
	return err
}

// show prints what the bot said.
func (c *chat) show(m bot.Moment) {
	c.trace = m.Trace
	for _, msg := range m.Messages {
		mark := "bot: "
		for line := range strings.SplitSeq(msg.Text, "\n") {
			fmt.Fprintf(c.out, "%s%s\n", mark, line)
			mark = "     "
		}
		if msg.Media != nil {
			fmt.Fprintf(c.out, "     <%s %s>\n", msg.Media.Kind, msg.Media.URL)
		}
		if l := msg.Location; l != nil {
			fmt.Fprintf(c.out, "     <location %g %g %s>\n", l.Latitude, l.Longitude, l.Name)
		}
		if len(msg.Options) > 0 {
			c.options = msg.Options
		}
		if len(msg.Options) > 0 && msg.Form == channels.FormText {
			c.options = nil // its numbers are typed, as on the platform
		}
		for i, o := range msg.Options {
			if msg.Form == channels.FormText {
				break
			}
			hint := ""
			if o.Hint != "" {
				hint = "  " + o.Hint
			}
			fmt.Fprintf(c.out, "     [%d %s]%s\n", i+1, o.Label, hint)
		}
		for _, l := range msg.Links {
			fmt.Fprintf(c.out, "     [%s → %s]\n", l.Label, l.URL)
		}
	}
	if m.Handoff != nil {
		fmt.Fprintf(c.out, "  (handed over to %s: %s; /agent TEXT writes as a person, /close gives back)\n", m.Handoff.Team, m.Handoff.Note)
	}
}

func (c *chat) why() error {
	if c.trace == nil {
		return errors.New("nothing happened yet")
	}
	return printTrace(c.out, flows.Output{Trace: c.trace})
}
