package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/parley-chat/parley/bot/inspect"
	"github.com/parley-chat/parley/flows"
)

// webhookChoice is the flags that choose webhooks.
type webhookChoice struct {
	last    int
	channel string
	failed  bool
}

func (c webhookChoice) takes(r *inspect.Record) bool {
	return (c.channel == "" || r.Channel == c.channel) && (!c.failed || r.Failed())
}

func (a *app) inspectList(in *inspection) *cobra.Command {
	var choice webhookChoice
	var asJSON, follow bool
	cmd := &cobra.Command{
		Use:   "list [--bot DIR]",
		Short: "List the webhooks that were kept, the newest last",
		Long: "List shows the webhooks that inspect kept, the newest last, with what people wrote. --json\n" +
			"prints each as a JSON object on a line of its own, whole.",
		Example: "  parley inspect list --bot shop\n  parley inspect list --channel telegram --failed --bot shop\n" +
			"  parley inspect list -f --json --bot shop",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if choice.last < 0 {
				return &usageError{fmt.Errorf("--last can't be %d", choice.last)}
			}
			log, err := in.log(a)
			if err != nil {
				return err
			}
			mask := a.maskFor(in)
			lines := &webhookLines{out: a.out, err: a.err, colored: colored(a.out), dates: true, mask: mask}
			print := func(r *inspect.Record) error {
				if asJSON {
					return a.jsonLine(mask.Record(r))
				}
				lines.print(mask.Summarize(r))
				return nil
			}
			return a.listWebhooks(cmd.Context(), log, choice, follow, asJSON, print)
		},
	}
	f := cmd.Flags()
	f.IntVar(&choice.last, "last", 20, "the newest so many; 0 for all")
	f.StringVar(&choice.channel, "channel", "", "those of this channel")
	f.BoolVar(&choice.failed, "failed", false, "those that were refused, answered with an error, or not passed on")
	f.BoolVarP(&follow, "follow", "f", false, "go on with those that come")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) listWebhooks(ctx context.Context, log *inspect.Log, choice webhookChoice, follow, asJSON bool, print func(*inspect.Record) error) error {
	all := log.Records()
	var chosen []*inspect.Record
	for _, r := range all {
		if choice.takes(r) {
			chosen = append(chosen, r)
		}
	}
	if len(chosen) == 0 && !follow && !asJSON {
		return a.noWebhooks(log)
	}
	if choice.last > 0 && len(chosen) > choice.last {
		chosen = chosen[len(chosen)-choice.last:]
	}
	for _, r := range chosen {
		if err := print(r); err != nil {
			return err
		}
	}
	for seen := all; follow; {
		if err := log.Wait(ctx, seen); err != nil || ctx.Err() != nil {
			return err
		}
		now := log.Records()
		for _, r := range inspect.After(now, seen) {
			if !choice.takes(r) {
				continue
			}
			if err := print(r); err != nil {
				return err
			}
		}
		seen = now
	}
	return nil
}

// noWebhooks says that there are none.
func (a *app) noWebhooks(log *inspect.Log) error {
	text := fmt.Sprintf("No webhooks in %s: nothing came in yet, or parley inspect did not run here.", log.Path())
	if n := len(log.Records()); n > 0 {
		text = fmt.Sprintf("No webhooks that fit; there are %d in all.", n)
	}
	_, err := fmt.Fprintln(a.out, text)
	return err
}

// maskFor makes the mask of the bot folder. Where that can't be read, secrets are
// known by names alone.
func (a *app) maskFor(in *inspection) *inspect.Mask {
	if !in.hasBot() {
		return in.mask(nil)
	}
	b, _ := a.load(in.dir, flows.MissingEnvIgnore)
	if b == nil && !in.secrets {
		fmt.Fprintf(a.err, "Note: the bot folder has mistakes, so that secrets are known by the names of headers and fields alone; see `parley check %s`.\n", quote(in.dir))
	}
	return in.mask(b)
}

// jsonLine prints a value as JSON on one line.
func (a *app) jsonLine(v any) error {
	e := json.NewEncoder(a.out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// textWidth is that of what a webhook is about, in characters.
const textWidth = 58

// print prints the line of a webhook:
//
//	12:03:04  #12   telegram    message  Ann: hello            ok      200  3.1 ms
func (l *webhookLines) print(s inspect.Summary) {
	paint := func(color int, text string) string {
		if !l.colored {
			return text
		}
		return fmt.Sprintf("\x1b[%dm%s\x1b[0m", color, text)
	}
	const red, green, yellow, grey = 31, 32, 33, 90
	about := s.Kind + "  " + s.Text
	if s.ReplayOf > 0 {
		about = fmt.Sprintf("replay of #%d  %s", s.ReplayOf, about)
	}
	colors := map[inspect.Signature]int{
		inspect.SignatureOK: green, inspect.SignatureFailed: red, inspect.SignatureOff: yellow, inspect.SignatureNone: grey,
	}
	status := green
	if s.Status >= 400 {
		status = red
	}
	channel := s.Channel
	if channel == "" {
		channel = "-"
	}
	form := time.TimeOnly
	if l.dates {
		form = timeForm
	}
	fmt.Fprintf(l.out, "%s  %-5s %s  %s  %s  %s  %s\n",
		paint(grey, s.Time.Local().Format(form)), fmt.Sprintf("#%d", s.N), fit(channel, 10), fit(about, textWidth),
		paint(colors[s.Signature], fit(string(s.Signature), 6)), paint(status, fmt.Sprint(s.Status)), paint(grey, millis(s.Millis)))
	if s.Problem != "" && !strings.Contains(about, s.Problem) {
		fmt.Fprintf(l.out, "%*s%s\n", len(form)+8, "", paint(red, plain(s.Problem)))
	}
}

// millis shows a short time with a digit more.
func millis(ms float64) string {
	if ms < 10 {
		return fmt.Sprintf("%.1f ms", ms)
	}
	return fmt.Sprintf("%.0f ms", ms)
}

// fit makes a text as wide as a column.
func fit(text string, width int) string {
	text = plain(text)
	if n := utf8.RuneCountInString(text); n <= width {
		return text + strings.Repeat(" ", width-n)
	}
	return string([]rune(text)[:width-1]) + "…"
}

// chooseWebhooks finds what numbers and ranges name, in their order.
func chooseWebhooks(log *inspect.Log, args []string) ([]*inspect.Record, error) {
	var chosen []*inspect.Record
	for _, arg := range args {
		from, to, err := webhookRange(arg)
		if err != nil {
			return nil, &usageError{err}
		}
		before := len(chosen)
		for _, r := range log.Records() {
			if r.N >= from && r.N <= to {
				chosen = append(chosen, r)
			}
		}
		if len(chosen) == before {
			return nil, fmt.Errorf("there is no webhook %s (any more) in %s", arg, log.Path())
		}
	}
	return chosen, nil
}

// webhookRange reads N or N-M.
func webhookRange(arg string) (from, to int64, err error) {
	first, last, ranged := strings.Cut(arg, "-")
	if !ranged {
		last = first
	}
	from, err1 := strconv.ParseInt(first, 10, 64)
	to, err2 := strconv.ParseInt(last, 10, 64)
	if err1 != nil || err2 != nil || from <= 0 || from > to {
		return 0, 0, fmt.Errorf("%q names no webhooks: write 12, or 12-15", arg)
	}
	return from, to, nil
}
