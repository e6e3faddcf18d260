package cli

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/filestore"
)

func (a *app) deadShow() *cobra.Command {
	var t target
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show ID [--bot DIR]",
		Short: "Show a dead letter with its payload",
		Long: "Show prints all that is kept of a dead letter: addresses and texts of people too.\n" +
			"Tokens are not among it: they are never stored.",
		Example: "  parley dead show 000000000000002a --bot shop",
		Args:    oneID,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.operate(cmd.Context(), t, func(op *bot.Operator) error {
				l, err := op.Letter(cmd.Context(), args[0])
				if err != nil {
					return letterError(t, args[0], err)
				}
				if asJSON {
					return a.showJSON(l)
				}
				return a.showLetter(l)
			})
		},
	}
	t.flags(cmd, a)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// letterError says in words what went wrong with a letter.
func letterError(t target, id string, err error) error {
	switch {
	case errors.Is(err, state.ErrNotFound):
		return fmt.Errorf("there is no dead letter %s (any more)", id)
	case errors.Is(err, state.ErrFull):
		return errors.New("its conversation has no room for it now")
	case errors.Is(err, state.ErrTooLarge):
		return fmt.Errorf("dead letter %s is too large to be put back: see what is in it with `%s`, then drop it with `%s`", id, t.command("dead show "+id), t.command("dead drop "+id))
	}
	return err
}

func (a *app) showJSON(l state.Letter) error {
	out := newJSONLetter(bot.DeadLetter{Letter: l, Size: len(l.Payload)}, true)
	if json.Valid(l.Payload) {
		out.Payload = l.Payload
	} else {
		out.Raw = l.Payload
	}
	return a.json(out)
}

func (a *app) showLetter(l state.Letter) error {
	what := "a message that came in"
	switch {
	case l.Wake:
		what = "a time that came, of a reminder or a timeout"
	case l.Direction == state.Out:
		what = "a message to be sent"
	}
	var b bytes.Buffer
	for _, line := range [][2]string{
		{"id", l.ID}, {"what", fmt.Sprintf("%s, number %d", what, l.Number)}, {"set aside", l.At.Local().Format(timeForm)},
		{"cause", plain(l.Cause)}, {"channel", plain(l.Conv.Channel())}, {"account", plain(l.Conv.Account())},
		{"conversation", plain(l.Conv.Key())}, {"in the log", "conversation_hash=" + bot.ConversationHash(l.Conv)},
		{"size", filestore.Size(int64(len(l.Payload)))},
	} {
		fmt.Fprintf(&b, "%-13s %s\n", line[0], line[1])
	}
	b.WriteByte('\n')
	showPayload(&b, l)
	_, err := b.WriteTo(a.out)
	return err
}

// showPayload prints the payload as far as it can be read.
func showPayload(w io.Writer, l state.Letter) {
	var into any = new(channels.Event)
	if l.Direction == state.Out {
		into = new(channels.Message)
	}
	var pretty bytes.Buffer
	switch {
	case len(l.Payload) == 0:
		fmt.Fprintln(w, "It has no payload.")
	case json.Indent(&pretty, l.Payload, "", "  ") != nil:
		fmt.Fprintf(w, "The payload is no JSON, so that it can't be read:\n%s", hex.Dump(l.Payload))
	default:
		fmt.Fprintf(w, "%s\n", pretty.String())
		if err := json.Unmarshal(l.Payload, into); err != nil {
			fmt.Fprintln(w, "\nThis version of Parley can't read it, and would set it aside again.")
		}
	}
}
