package cli

import (
	"bytes"
	"cmp"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/bot/inspect"
)

// botAddress is where a bot is unless somebody says otherwise.
const botAddress = "http://" + bot.DefaultListen

func (a *app) inspectShow(in *inspection) *cobra.Command {
	var asJSON, asCurl bool
	cmd := &cobra.Command{
		Use:   "show [N] [--bot DIR]",
		Short: "Show one webhook in full",
		Long: "Show prints all of a webhook: the request, whether its signature holds, the events that the\n" +
			"channel reads in it, and the answer. Without a number it is the newest one.",
		Example: "  parley inspect show 12 --bot shop\n  parley inspect show 12 --curl --secrets --bot shop",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return &usageError{fmt.Errorf("name one webhook by its number; see `%s --help`", cmd.CommandPath())}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			log, err := in.log(a)
			if err != nil {
				return err
			}
			if len(args) == 0 {
				all := log.Records()
				if len(all) == 0 {
					return a.noWebhooks(log)
				}
				args = []string{fmt.Sprint(all[len(all)-1].N)}
			}
			chosen, err := chooseWebhooks(log, args)
			if err != nil {
				return err
			}
			if len(chosen) > 1 {
				return &usageError{fmt.Errorf("%s are many: name one webhook by its number", args[0])}
			}
			mask := a.maskFor(in)
			r := mask.Record(chosen[0])
			switch {
			case asJSON:
				return a.json(r)
			case asCurl:
				to := botAddress
				if r.Forward != nil {
					to = r.Forward.To
				}
				_, err := fmt.Fprintln(a.out, inspect.Curl(r, to))
				return err
			}
			return a.showWebhook(r, mask.Summarize(chosen[0]))
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&asCurl, "curl", false, "print a curl command that posts it to the bot")
	return cmd
}

func (a *app) showWebhook(r *inspect.Record, s inspect.Summary) error {
	var b bytes.Buffer
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(&b, "%-11s %s\n", name, plain(text))
		}
	}
	line("number", fmt.Sprint(r.N))
	line("came", r.Time.Local().Format(timeForm+".000"))
	if r.ReplayOf > 0 {
		line("replay of", fmt.Sprint(r.ReplayOf))
	}
	line("from", r.Request.Remote)
	line("channel", cmp.Or(r.Channel, "none"))
	line("signature", string(r.Signature))
	line("problem", s.Problem)
	if r.Forward != nil {
		line("passed on", fmt.Sprintf("to %s, %.1f ms", r.Forward.To, r.Forward.Millis))
	}
	line("took", fmt.Sprintf("%.1f ms", r.Millis))

	fmt.Fprintf(&b, "\n%s %s %s\n", plain(r.Request.Method), plain(string(r.Request.Target)), r.Request.Proto)
	headers(&b, append([]inspect.Header{{Name: "Host", Value: r.Request.Host}}, inspect.Headers(r.Request.Header)...))
	body(&b, inspect.Pretty(r.Request.Body, r.Request.Header), r.Request.Cut)
	for n, e := range r.Events {
		fmt.Fprintf(&b, "\nEvent %d of %d\n%s\n", n+1, len(r.Events), lines(e.Indented()))
	}
	fmt.Fprintf(&b, "\nAnswer %d\n", r.Answer.Status)
	headers(&b, inspect.Headers(r.Answer.Header))
	body(&b, inspect.Pretty(r.Answer.Body, r.Answer.Header), r.Answer.Cut)
	_, err := b.WriteTo(a.out)
	return err
}

func headers(b *bytes.Buffer, list []inspect.Header) {
	for _, h := range list {
		fmt.Fprintf(b, "%s: %s\n", plain(h.Name), plain(h.Value))
	}
}

func body(b *bytes.Buffer, text string, cut bool) {
	if text != "" {
		fmt.Fprintf(b, "\n%s\n", lines(text))
	}
	if cut {
		fmt.Fprintln(b, "(the rest of it is not kept)")
	}
}

// lines is plain for a text of several lines.
func lines(text string) string {
	var b bytes.Buffer
	for n, l := range bytes.Split([]byte(text), []byte("\n")) {
		if n > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(plain(string(l)))
	}
	return b.String()
}
