package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/flows"
)

// A mending is what is done with dead letters.
type mending struct {
	verb, doing, done string
	about             string
	do                func(*bot.Operator, context.Context, string) error
}

func (a *app) deadRetry() *cobra.Command {
	return a.mend(mending{
		verb: "retry", doing: "retrying", done: "Put back", do: (*bot.Operator).Retry,
		about: "Retry puts dead letters back, as the last of their conversations: a message is\n" +
			"handled, a reply is sent. One that fails again is a new dead letter, which is not\nretried in the same run.",
	})
}

func (a *app) deadDrop() *cobra.Command {
	return a.mend(mending{
		verb: "drop", doing: "dropping", done: "Dropped", do: (*bot.Operator).Drop,
		about: "Drop deletes dead letters for good.",
	})
}

// mend makes the command of a mending.
func (a *app) mend(m mending) *cobra.Command {
	var t target
	var choice letterChoice
	var all, yes bool
	short := map[string]string{"retry": "Put dead letters back", "drop": "Delete dead letters"}[m.verb]
	cmd := &cobra.Command{
		Use:   m.verb + " ID… | --all [--bot DIR]",
		Short: short,
		Long: m.about + "\n\nName them by id, or take all with --all and the filters of `parley dead list`. It asks\n" +
			"before it begins, unless --yes is given. It ends with 1 when some could not be done.",
		Example: fmt.Sprintf("  parley dead %s 000000000000002a --bot shop\n  parley dead %s --all --cause \"not sent\" --since 24h --bot shop", m.verb, m.verb),
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case all && len(args) > 0:
				return &usageError{errors.New("name dead letters by id, or use --all, not both")}
			case !all && choice.given():
				return &usageError{errors.New("filters go with --all")}
			case !all && len(args) == 0:
				return &usageError{fmt.Errorf("name dead letters by id, or use --all; see `%s --help`", cmd.CommandPath())}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := choice.read()
			if err != nil {
				return err
			}
			return a.operate(cmd.Context(), t, func(op *bot.Operator) error {
				ids := args
				if all {
					letters, err := op.Letters(cmd.Context(), f)
					if err != nil {
						return err
					}
					// Those there are now: what fails again has another id.
					for _, l := range letters {
						ids = append(ids, l.ID)
					}
				}
				if len(ids) == 0 {
					return a.none(cmd.Context(), op, choice)
				}
				if m.verb == "retry" {
					a.sayOff(cmd.Context(), op, t, ids)
				}
				return a.mendAll(cmd.Context(), op, t, m, ids, yes)
			})
		},
	}
	t.flags(cmd, a)
	choice.flags(cmd, 0)
	cmd.Flags().BoolVar(&all, "all", false, "all that the filters take")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

func (a *app) mendAll(ctx context.Context, op *bot.Operator, t target, m mending, ids []string, yes bool) error {
	if err := a.confirm(yes, fmt.Sprintf("%s %s?", capital(m.verb), count(len(ids), "dead letter"))); err != nil {
		return err
	}
	p := a.progress(m.doing, len(ids))
	why := map[string]int{}
	done, tried := 0, 0
	for ; tried < len(ids) && ctx.Err() == nil; tried++ {
		if err := m.do(op, ctx, ids[tried]); err == nil {
			done++
		} else if ctx.Err() == nil {
			why[reasonOf(t, ids, tried, err)]++
		} else {
			break // it was cut: nobody knows
		}
		p.at(tried + 1)
	}
	p.end()
	fmt.Fprintf(a.out, "%s %d of %s.\n", m.done, done, count(len(ids), "dead letter"))
	for _, reason := range slices.SortedFunc(maps.Keys(why), func(x, y string) int {
		return cmp.Or(cmp.Compare(why[y], why[x]), cmp.Compare(x, y))
	}) {
		fmt.Fprintf(a.out, "  %d failed: %s\n", why[reason], reason)
	}
	if tried < len(ids) {
		fmt.Fprintf(a.out, "  %d were not tried: it was interrupted\n", len(ids)-tried)
	}
	if done < len(ids) {
		return errFindings
	}
	return nil
}

// sayOff tells of replies whose channel is off: to put them back has them wait for
// it. Where nobody knows it says nothing.
func (a *app) sayOff(ctx context.Context, op *bot.Operator, t target, ids []string) {
	off := a.channelsOff(t)
	if op.Info().Running {
		r, err := op.Channels(ctx)
		if err != nil {
			return
		}
		off = map[string]string{}
		for _, c := range r {
			if c.Off != "" {
				off[c.Channel] = c.Off
			}
		}
	}
	if len(off) == 0 {
		return
	}
	letters, err := op.Letters(ctx, bot.LetterFilter{})
	if err != nil {
		return
	}
	waits := map[string]int{}
	for _, l := range letters {
		if off[l.Conv.Channel()] != "" && slices.Contains(ids, l.ID) {
			waits[l.Conv.Channel()]++
		}
	}
	for _, name := range slices.Sorted(maps.Keys(waits)) {
		fmt.Fprintf(a.err, "Channel %s is off (%s): %s for it will wait until it is on.\n", name, off[name], count(waits[name], "dead letter"))
	}
}

// channelsOff are the channels that are off with the environment of this command,
// and why.
func (a *app) channelsOff(t target) map[string]string {
	b, _ := a.load(t.dir, flows.MissingEnvIgnore)
	if b == nil {
		return nil
	}
	off := map[string]string{}
	for _, c := range b.Channels {
		if c.Off != "" {
			off[c.Name] = c.Off
		}
	}
	return off
}

// reasonOf says why one of some failed; of many, without its id.
func reasonOf(t target, ids []string, i int, err error) string {
	id := ids[i]
	if len(ids) > 5 {
		id = "ID"
	}
	return letterError(t, id, err).Error()
}

func capital(word string) string { return string(word[0]-'a'+'A') + word[1:] }
