package cli

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/flows/botyaml"
	"github.com/parley-chat/parley/flows/envfile"
	"github.com/parley-chat/parley/flows/spec"
	"github.com/parley-chat/parley/state"
)

func (a *app) channel() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "channel add|list|check|register",
		Short: "Connect a bot to platforms: add, list, check, register",
		Long: "A channel is a place where people reach the bot: a Telegram bot, a WhatsApp number, a page.\n" +
			"Add asks for what the platform needs, checks it there, and waits for the first message.",
		Example: "  parley channel add telegram --bot shop\n  parley channel list --bot shop\n" +
			"  parley channel check telegram --bot shop\n  parley channel register --bot shop --public-url https://bot.example.com",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return &usageError{fmt.Errorf("there is no command %q; use add, list, check or register", args[0])}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.channelAdd(), a.channelList(), a.channelCheck(), a.channelRegister())
	return cmd
}

// A connection is a channel of bot.yaml with what it can do.
type connection struct {
	flows.ChannelSpec
	// channel is nil when it is off.
	channel channels.Channel
	// written is bot.yaml, in which secrets are names of variables.
	written []byte
	dir     string
}

// connect makes a channel that nobody has called yet. The function gives its
// connections back.
func connect(s flows.ChannelSpec, dir string, written []byte) (*connection, func(), error) {
	c := &connection{ChannelSpec: s, dir: dir, written: written}
	if s.Off != "" {
		return c, func() {}, nil
	}
	client := channels.NewClient()
	var err error
	c.channel, err = s.Factory.New(&channels.Config{Name: s.Name, Values: s.Config, Lists: s.Lists, HTTP: client, Log: slog.New(slog.DiscardHandler)})
	return c, client.CloseIdleConnections, err
}

// The ways in which messages come in.
const (
	wayPush = "webhook" // the platform calls the bot
	wayPull = "pull"    // the bot asks the platform
	wayPage = "page"    // people open a page of the bot
)

// way says how messages come in, of a channel that is off as its settings let guess.
func (c *connection) way() string {
	_, polls := c.channel.(channels.Poller)
	_, serves := c.channel.(channels.Server)
	switch {
	case serves:
		return wayPage
	case polls || c.Config["mode"] == wayPull:
		return wayPull
	}
	return wayPush
}

// path is where messages come in: a page, or a webhook; empty for a queue.
func (c *connection) path() string {
	switch c.way() {
	case wayPage:
		return "/channels/" + url.PathEscape(c.Name) + "/"
	case wayPull:
		return ""
	}
	return "/webhooks/" + url.PathEscape(c.Name)
}

// address is the path as people and platforms reach it from outside.
func (c *connection) address(public string) string {
	if c.way() == wayPush && public != "" {
		if full, err := bot.WebhookURL(public, c.Name); err == nil {
			return full
		}
	}
	if u, err := url.Parse(public); err == nil && public != "" && c.path() != "" {
		return strings.TrimSuffix(u.String(), "/") + c.path()
	}
	return c.path()
}

// platform names the platform at the beginning of a sentence.
func (c *connection) platform() string { return platformName(c.Factory) }

// platformName is the type as its summary spells it: greenapi is GREEN-API there.
func platformName(f channels.Factory) string {
	words := strings.FieldsFunc(f.Summary, func(r rune) bool { return strings.ContainsRune(" ,.:;()", r) })
	for n := 1; n <= 2; n++ {
		for i := range len(words) - n + 1 {
			name := strings.Join(words[i:i+n], " ")
			if strings.EqualFold(strings.NewReplacer(" ", "", "-", "").Replace(name), f.Type) {
				return name
			}
		}
	}
	return "The platform"
}

// byHand says what is left to a person at the platform; empty for nothing. Secrets are
// named, not shown.
func (c *connection) byHand(webhook string) string {
	if c.way() != wayPush {
		return ""
	}
	text := ""
	if c.Factory.Setup != nil {
		text = c.Factory.Setup(&channels.Config{Name: c.Name, Values: c.Config, Lists: c.Lists})
	} else if _, registers := c.channel.(channels.Registrar); !registers {
		text = "At the platform, set the address of its webhooks to\n{webhook}"
	}
	fill := []string{"{webhook}", webhook}
	for _, s := range c.Factory.Settings {
		value := c.Config[s.Name]
		if s.Kind == channels.SettingSecret {
			value = c.secretName(s.Name)
		}
		fill = append(fill, "{"+s.Name+"}", cmp.Or(value, "(not set)"))
	}
	return strings.NewReplacer(fill...).Replace(text)
}

// secretName says where the value of a secret is to be found.
func (c *connection) secretName(setting string) string {
	text := botyaml.Get(c.written, "channels", c.Name, setting)
	name := variableIn(text)
	switch {
	case text == "":
		return ""
	case name == "":
		return "<" + setting + " in bot.yaml>"
	case envIn(c.dir)[name] == c.Config[setting] && c.Config[setting] != "":
		return "<" + name + " in " + envPath(c.dir) + ">"
	}
	return "<" + name + " in the environment>"
}

// envIn reads .env of a bot folder; what can't be read is not there.
func envIn(dir string) map[string]string {
	src, err := readIfThere(envPath(dir))
	if err != nil {
		return nil
	}
	return envfile.Read(spec.NewReport(), src)
}

// account tells channels of a type apart: what is required and no secret.
func (c *connection) account() string {
	var parts []string
	for _, s := range c.Factory.Settings {
		if v := c.Config[s.Name]; s.Required && s.Kind != channels.SettingSecret && s.Kind != channels.SettingList && v != "" {
			parts = append(parts, s.Name+" "+v)
		}
	}
	return strings.Join(parts, ", ")
}

// channelsOf loads a bot and chooses channels by their names, all for none.
func (a *app) channelsOf(t target, names []string, missing flows.MissingEnv) (*flows.Bot, []flows.ChannelSpec, error) {
	if err := hasBot(t.dir); err != nil {
		return nil, nil, err
	}
	b, report := a.load(t.dir, missing)
	if b == nil {
		return nil, nil, report.Err()
	}
	if len(names) == 0 {
		return b, b.Channels, nil
	}
	var chosen []flows.ChannelSpec
	for _, name := range names {
		i := slices.IndexFunc(b.Channels, func(s flows.ChannelSpec) bool { return s.Name == name })
		if i < 0 {
			return nil, nil, &usageError{fmt.Errorf("bot.yaml has no channel %q; it has %s", name, strings.Join(channelNames(b), ", "))}
		}
		chosen = append(chosen, b.Channels[i])
	}
	return b, chosen, nil
}

func channelNames(b *flows.Bot) []string {
	names := make([]string, len(b.Channels))
	for i, s := range b.Channels {
		names[i] = s.Name
	}
	return names
}

func (a *app) channelCheck() *cobra.Command {
	t := target{}
	var public string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check [NAME…] [--bot DIR]",
		Short: "Ask the platforms whether the channels work",
		Long: "Check asks the platform of each channel whose credentials they are, where it delivers and what\n" +
			"keeps messages away, as `parley doctor` does, and says how to mend what it finds. It changes nothing.",
		Example: "  parley channel check --bot shop\n  parley channel check telegram --bot shop --json",
		RunE: func(cmd *cobra.Command, args []string) error {
			b, chosen, err := a.channelsOf(t, args, flows.MissingEnvWarning)
			if err != nil {
				return err
			}
			public = cmp.Or(public, b.PublicURL)
			all := []check{{"public_url", func(ctx context.Context) []state.Finding { return checkPublic(ctx, public, "") }}}
			for _, s := range chosen {
				all = append(all, check{"channel " + s.Name, func(ctx context.Context) []state.Finding { return checkChannel(ctx, s, public) }})
			}
			return a.sayChecks(cmd.Context(), all, asJSON)
		},
	}
	botFlag(cmd, a, &t)
	publicFlag(cmd, a, &public, "where platforms reach the bot, instead of public_url in bot.yaml")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// botFlag adds the flag that names the bot folder, and the name that people try for it
// who know `parley serve DIR`.
func botFlag(cmd *cobra.Command, a *app, t *target) {
	for _, name := range []string{"bot", "dir"} {
		cmd.Flags().StringVar(&t.dir, name, cmp.Or(a.options.Dir, "."), "the bot folder")
	}
	_ = cmd.Flags().MarkHidden("dir") // it is there
}

// publicFlag adds the flag that names the public address, under two names as well.
func publicFlag(cmd *cobra.Command, a *app, to *string, usage string) {
	for _, name := range []string{"public-url", "url"} {
		cmd.Flags().StringVar(to, name, a.options.PublicURL, usage)
	}
	_ = cmd.Flags().MarkHidden("url")
}
