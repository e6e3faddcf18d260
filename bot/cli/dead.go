package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/flows/expression"
)

func (a *app) dead() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dead list|show|retry|drop",
		Short: "Look after dead letters: list, show, retry, drop",
		Long: "A dead letter is a message that could not be handled, or a reply that could not be\n" +
			"sent, with its cause. They are kept for 30 days. While the bot runs on an embedded\n" +
			"store, these commands ask it; else they open the store themselves.",
		Example: "  parley dead list --bot shop\n  parley dead show 000000000000002a --bot shop\n" +
			"  parley dead retry --all --cause \"not sent\" --bot shop\n  parley dead drop 000000000000002a --bot shop",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return &usageError{fmt.Errorf("there is no command %q; use list, show, retry or drop", args[0])}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.deadList(), a.deadShow(), a.deadRetry(), a.deadDrop())
	return cmd
}

// A letterChoice is the flags that choose dead letters.
type letterChoice struct {
	filter bot.LetterFilter
	since  string
}

func (c *letterChoice) flags(cmd *cobra.Command, limit int) {
	f := cmd.Flags()
	f.StringVar(&c.filter.Channel, "channel", "", "those of this channel")
	f.StringVar(&c.filter.Conversation, "conversation", "", "those of this conversation: channel/account/conversation, or the hash that lists and logs have")
	f.StringVar(&c.filter.Cause, "cause", "", "those whose cause has this text")
	f.StringVar(&c.since, "since", "", "those set aside in this time: 90m, 24h, 7d, 1w")
	f.IntVar(&c.filter.Limit, "limit", limit, "the newest so many; 0 for all")
}

// read returns the filter.
func (c *letterChoice) read() (bot.LetterFilter, error) {
	f := c.filter
	if f.Limit < 0 {
		return f, &usageError{fmt.Errorf("--limit can't be %d", f.Limit)}
	}
	if c.since != "" {
		d, err := expression.ParseDuration(c.since)
		if err != nil || d <= 0 {
			return f, &usageError{fmt.Errorf("--since can't be %q; write 90m, 24h, 7d or 1w", c.since)}
		}
		f.Since = time.Now().Add(-d)
	}
	return f, nil
}

// given reports whether any of the flags is there.
func (c *letterChoice) given() bool { return c.narrow() || c.filter.Limit != 0 }

// narrow reports whether a flag leaves some out for what they are.
func (c *letterChoice) narrow() bool {
	f := c.filter
	f.Limit = 0
	return c.since != "" || f != bot.LetterFilter{}
}

// none says that there are none, or none that the filters take.
func (a *app) none(ctx context.Context, op *bot.Operator, c letterChoice) error {
	all := 0
	if c.narrow() {
		letters, err := op.Letters(ctx, bot.LetterFilter{})
		if err != nil {
			return err
		}
		all = len(letters)
	}
	text := "No dead letters."
	if all > 0 {
		text = fmt.Sprintf("No dead letters that fit; there are %d in all.", all)
	}
	_, err := fmt.Fprintln(a.out, text)
	return err
}

// oneID wants the id of one dead letter.
func oneID(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return &usageError{fmt.Errorf("name one dead letter by its id; see `%s --help`", cmd.CommandPath())}
	}
	return nil
}

// noArgs wants flags only.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return &usageError{fmt.Errorf("%q is one word too many; name the bot folder with --bot; see `%s --help`", args[0], cmd.CommandPath())}
	}
	return nil
}
