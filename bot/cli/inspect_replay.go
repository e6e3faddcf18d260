package cli

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/parley-chat/parley/bot/inspect"
)

func (a *app) inspectReplay(in *inspection) *cobra.Command {
	var to string
	var replay inspect.Replay
	cmd := &cobra.Command{
		Use:   "replay N|N-M… [--to URL] [--bot DIR]",
		Short: "Send webhooks again",
		Long: "Replay sends webhooks again, in the order in which they are named, each after the answer to the\n" +
			"one before, byte for byte with their headers. They go where they were passed on to, to --to, or\n" +
			"to " + botAddress + ", and are kept as webhooks of their own.\n\n" +
			"A signature that covers the time gets old: --resign signs again, with the secrets of the bot folder.\n" +
			"A bot takes a message that it has seen for a repeat, and does nothing: --fresh gives messages new ids\n" +
			"and the time of now, and signs them. It ends with 1 when one was refused or did not arrive.",
		Example: "  parley inspect replay 12 --bot shop\n  parley inspect replay 12-15 --fresh --to http://127.0.0.1:8080 --bot shop",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &usageError{fmt.Errorf("name webhooks by number: 12, or 12-15; see `%s --help`", cmd.CommandPath())}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			target, err := botURL("to", to)
			if err != nil {
				return err
			}
			log, err := in.log(a)
			if err != nil {
				return err
			}
			chosen, err := chooseWebhooks(log, args)
			if err != nil {
				return err
			}
			b, err := in.load(a, false)
			if err != nil {
				return err
			}
			var failed error
			lines := &webhookLines{out: a.out, err: a.err, colored: colored(a.out), mask: in.mask(b)}
			i, err := inspect.New(inspect.Options{Bot: b, PublicURL: in.public, Log: log, Observe: func(r *inspect.Record, err error) {
				lines.observe(r, err)
				if was := log.Get(r.ReplayOf); was != nil && (was.Answer.Status != r.Answer.Status || was.Answer.Body != r.Answer.Body) {
					fmt.Fprintf(a.out, "%16s the answer to #%d was another one, %d: see `parley inspect show`\n", "", was.N, was.Answer.Status)
				}
				if r.Failed() {
					failed = errFindings
				}
			}})
			if err != nil {
				return err
			}
			for _, r := range chosen {
				replay.To = target
				if target == nil {
					if replay.To, err = replayTo(r); err != nil {
						return err
					}
				}
				if _, err := i.Replay(cmd.Context(), r, replay); err != nil {
					return err
				}
			}
			return failed
		},
	}
	f := cmd.Flags()
	f.StringVar(&to, "to", "", "address of the bot to send to, without /webhooks/NAME")
	f.BoolVar(&replay.Resign, "resign", false, "sign again, for now")
	f.BoolVar(&replay.Fresh, "fresh", false, "give messages new ids and sign them, so that the bot handles them again")
	return cmd
}

// replayTo is where a webhook goes unless somebody says otherwise.
func replayTo(r *inspect.Record) (*url.URL, error) {
	to := botAddress
	if r.Forward != nil {
		to = r.Forward.To
	}
	u, err := url.Parse(to)
	if err != nil || strings.Contains(to, "@") {
		return nil, errors.New("where it was passed on to has a password, which is not kept: name the address with --to")
	}
	return u, nil
}
