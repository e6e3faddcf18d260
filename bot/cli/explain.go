package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/flows/spec"
)

func (a *app) explain() *cobra.Command {
	var channel, event string
	var after []string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "explain DIR TEXT",
		Short: "Say which flow takes a message, and why the others do not",
		Long: "Explain offers a message to a new conversation, in the order in which a running bot\n" +
			"does, and prints who was asked, with the value of every part of every condition.\nNothing is sent and no call is made.",
		Example: "  parley explain shop \"where is my order\"\n  parley explain shop hours --after refund",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 || len(args) == 1 && event != "" {
				return nil
			}
			return &usageError{fmt.Errorf("a bot folder and a text are wanted; see `%s --help`", cmd.CommandPath())}
		},
		RunE: func(_ *cobra.Command, args []string) error {
			b, report := a.load(args[0], flows.MissingEnvIgnore)
			if report.Failed() {
				return &spec.Error{Report: report}
			}
			e := channels.Event{Kind: channels.KindMessage}
			if len(args) == 2 {
				e.Text = args[1]
			}
			if event != "" {
				e.Kind = channels.Kind(event)
				if !slices.Contains(channels.Kinds(), e.Kind) {
					e.Kind, e.Name = channels.KindCustom, event
					if err := b.CheckEvent(event, nil); err != nil {
						return &usageError{fmt.Errorf("--event: %q is no kind of event, and %w", event, err)}
					}
				}
			}
			return a.explainEvent(b, channel, after, e, asJSON)
		},
	}
	f := cmd.Flags()
	f.StringVar(&channel, "channel", "", "the channel it comes in on; the first of bot.yaml unless given")
	f.StringVar(&event, "event", "", "a kind of event, or one of events: in bot.yaml, instead of a message")
	f.StringArrayVar(&after, "after", nil, "a message that came before; may be repeated")
	f.BoolVar(&asJSON, "json", false, "print the trace as JSON")
	return cmd
}

func (a *app) explainEvent(b *flows.Bot, channel string, after []string, e channels.Event, asJSON bool) error {
	if channel == "" {
		channel = b.Channels[0].Name
	}
	if _, ok := b.Channel(channel); !ok {
		return &usageError{fmt.Errorf("there is no channel %q in bot.yaml", channel)}
	}
	in := flows.Input{Channel: channel, Account: "explain", Conversation: "explain", Now: time.Now(), Seed: 1}
	for _, text := range after {
		in.Event = &channels.Event{Kind: channels.KindMessage, Text: text}
		out, err := b.Turn(in)
		if err != nil {
			return err
		}
		if out.Request != nil {
			return fmt.Errorf("the message %q needs a call, which explain does not make", text)
		}
		in.State = out.State
	}
	in.Event, in.Explain = &e, true
	out, err := b.Turn(in)
	if err != nil {
		return err
	}
	if asJSON {
		enc := json.NewEncoder(a.out)
		enc.SetIndent("", "  ")
		return enc.Encode(out.Trace)
	}
	return printTrace(a.out, out)
}

// printTrace prints a trace as a table.
func printTrace(w io.Writer, out flows.Output) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	by := out.Trace.Taken
	for _, o := range out.Trace.Offers {
		mark := " "
		if o.Taken {
			mark, by = "✓", o.To
		}
		fmt.Fprintf(tw, "%s %d %s\t%s\t%s\n", mark, o.Stage, flows.StageName(o.Stage), o.To, o.Why)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "\ntaken by: %s\n", by)
	for _, s := range out.Trace.Steps {
		fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("  %s:%d  %s  %s", s.Flow, s.Line, s.Step, s.Note), " "))
	}
	if out.Request != nil {
		fmt.Fprintln(w, "  … then it makes a call")
	}
	for _, p := range out.Trace.Problems {
		fmt.Fprintln(w, "  problem:", p)
	}
	for _, r := range out.Replies {
		fmt.Fprintf(w, "bot: %s\n", r.Text)
		for i, o := range r.Options {
			fmt.Fprintf(w, "     %d %s\n", i+1, o.Label)
		}
	}
	return nil
}
