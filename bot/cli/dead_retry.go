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
		Use:   m.verb + " ID… | " + m.verb + " --all",
		Short: short,
		Long: m.about + "\n\nName them by id, or take all with --all and the filters of `parley dead list`. It asks\n" +
			"before it begins, unless --yes is given. It ends with 1 when some could not be done.",
		Example: fmt.Sprintf("  parley dead %s 000000000000002a --bot shop\n  parley dead %s --all --cause \"held\" --since 24h --yes", m.verb, m.verb),
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
				return a.mendAll(cmd.Context(), op, m, ids, yes)
			})
		},
	}
	t.flags(cmd, a)
	choice.flags(cmd, 0)
	cmd.Flags().BoolVar(&all, "all", false, "all that the filters take")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

func (a *app) mendAll(ctx context.Context, op *bot.Operator, m mending, ids []string, yes bool) error {
	if len(ids) == 0 {
		_, err := fmt.Fprintln(a.out, "No dead letters that fit.")
		return err
	}
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
			why[reasonOf(ids, tried, err)]++
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

// reasonOf says why one of some failed; of many, without its id.
func reasonOf(ids []string, i int, err error) string {
	id := ids[i]
	if len(ids) > 5 {
		id = "of that id"
	}
	return letterError(id, err).Error()
}

func capital(word string) string { return string(word[0]-'a'+'A') + word[1:] }
