package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows"
)

// A registration is what became of the address of a channel's webhook.
type registration struct {
	Name    string `json:"name"`
	Webhook string `json:"webhook,omitempty"`
	// Registered is true when the platform has the address now, Changed when it had
	// another one before.
	Registered bool `json:"registered"`
	Changed    bool `json:"changed"`
	// ByHand is what is left to a person at the platform.
	ByHand string `json:"by_hand,omitempty"`
	// Problem is why the platform did not take it.
	Problem string `json:"problem,omitempty"`
	Fix     string `json:"fix,omitempty"`
	// Note is why there is nothing to do.
	Note string `json:"note,omitempty"`
}

func (a *app) channelRegister() *cobra.Command {
	t := target{}
	var public string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "register [NAME…] [--bot DIR]",
		Short: "Tell the platforms where the bot is",
		Long: "Register tells each platform the address of its webhook, if it can be told, and says whether that\n" +
			"changed anything; of the others it says what to do there. A bot that starts does so by itself.",
		Example: "  parley channel register --bot shop\n  parley channel register telegram --bot shop --public-url https://bot.example.com",
		RunE: func(cmd *cobra.Command, args []string) error {
			b, chosen, err := a.channelsOf(t, args, flows.MissingEnvWarning)
			if err != nil {
				return err
			}
			return a.registerAll(cmd.Context(), t, b, chosen, public, asJSON)
		},
	}
	botFlag(cmd, a, &t)
	publicFlag(cmd, a, &public, "where platforms reach the bot, instead of public_url in bot.yaml")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) registerAll(ctx context.Context, t target, b *flows.Bot, chosen []flows.ChannelSpec, given string, asJSON bool) error {
	public := cmp.Or(given, b.PublicURL)
	if given != "" {
		if why := wrongPublic(given); why != "" {
			return &usageError{errors.New("--public-url " + why)}
		}
	}
	written, err := readIfThere(botPath(t.dir))
	if err != nil {
		return err
	}
	var all []registration
	failed := false
	for _, s := range chosen {
		r := registerOne(ctx, s, t.dir, written, public)
		failed = failed || r.Problem != ""
		if all = append(all, r); !asJSON {
			a.sayRegistration(r)
		}
	}
	if asJSON {
		if err := a.json(all); err != nil {
			return err
		}
	} else if given != "" && b.PublicURL != "" && given != b.PublicURL {
		fmt.Fprintf(a.out, "Note: bot.yaml has public_url %s, which the bot registers when it starts.\n", plain(b.PublicURL))
	}
	if failed {
		return errFindings
	}
	return nil
}

// registerOne tells one platform.
func registerOne(ctx context.Context, s flows.ChannelSpec, dir string, written []byte, public string) registration {
	r := registration{Name: s.Name}
	c, end, err := connect(s, dir, written)
	defer end()
	switch {
	case s.Off != "":
		r.Problem, r.Fix = "it is off: "+s.Off, "set what is missing"
		return r
	case err != nil:
		r.Problem, r.Fix = "it can't be made: "+err.Error(), "mend its settings"
		return r
	case c.way() == wayPull:
		r.Note = "the bot asks the platform for messages: no address is needed"
	case c.way() == wayPage:
		r.Note = "people open a page of the bot: no webhook is needed"
	case public == "":
		r.Problem, r.Fix = "there is no public address", "set public_url in bot.yaml, or add --public-url https://…"
	}
	if r.Note != "" || r.Problem != "" {
		return r
	}
	r.Webhook = c.address(public)
	r.ByHand = c.byHand(r.Webhook)
	registrar, can := c.channel.(channels.Registrar)
	if !can {
		return r
	}
	webhook, err := url.Parse(r.Webhook)
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, checkTime)
		defer cancel()
		r.Changed, err = registrar.Register(ctx, webhook)
	}
	if r.Registered = err == nil; err != nil {
		f := askedInVain("webhook", err)
		r.Problem, r.Fix = f.Text, f.Fix
	}
	return r
}

func (a *app) sayRegistration(r registration) {
	switch {
	case r.Problem != "":
		fmt.Fprintf(a.out, "%s: not registered: %s\n  fix: %s\n", r.Name, plain(r.Problem), plain(r.Fix))
	case r.Note != "":
		fmt.Fprintf(a.out, "%s: %s\n", r.Name, r.Note)
	case r.Registered && r.Changed:
		fmt.Fprintf(a.out, "%s: registered: %s\n", r.Name, plain(r.Webhook))
	case r.Registered:
		fmt.Fprintf(a.out, "%s: unchanged: the platform has %s already\n", r.Name, plain(r.Webhook))
	}
	if r.ByHand != "" {
		fmt.Fprintf(a.out, "%s: to do at the platform:\n%s", r.Name, indented(r.ByHand))
	}
}

// indented is a text of several lines, each two spaces from the left.
func indented(text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		b.WriteString("  " + plain(line) + "\n")
	}
	return b.String()
}
