package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/state"
)

func (a *app) forget() *cobra.Command {
	var t target
	var yes bool
	cmd := &cobra.Command{
		Use:   "forget CHANNEL/ACCOUNT/CONVERSATION [--bot DIR]",
		Short: "Erase a conversation",
		Long: "Forget erases a conversation: its state with what is known of the person, its history,\n" +
			"the files that were sent in it, what waits in it, and its dead letters. `parley dead list --full` and the log with\n--verbose have addresses. It asks before, unless --yes is given.",
		Example: "  parley forget telegram/7000000017/15550100017 --bot shop",
		Args:    oneConversation,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.operate(cmd.Context(), t, func(op *bot.Operator) error {
				conv := conversationIn(args[0])
				if err := a.confirm(yes, "Erase this conversation for good?"); err != nil {
					return err
				}
				found, err := op.Forget(cmd.Context(), conv)
				if err != nil {
					return err
				}
				return a.sayForgotten(t, op.Info(), found)
			})
		},
	}
	t.flags(cmd, a)
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// sayForgotten says what remains, and for how long.
func (a *app) sayForgotten(t target, info bot.StoreInfo, found bool) error {
	if !found {
		fmt.Fprintf(a.out, "Nothing was known of this conversation. Check its address: `%s`, or the log with --verbose.\n", t.command("dead list --full"))
		return errFindings
	}
	rest := "and in its append-only file until Redis rewrites that (BGREWRITEAOF)"
	if info.Dir != "" {
		rest = "and in free pages of the data file until they are written over (parley compact)"
	}
	_, err := fmt.Fprintf(a.out, `The conversation is erased. What remains:
  a hash of the id of each of its messages, for the days in which the platform may repeat it
  the ids of messages that were sent to it, for %d days, where statuses need them
  what backups have, %s
  logs, which have its hash, and its address where --verbose was on
`, int(state.LinkTime.Hours()/24), rest)
	return err
}
