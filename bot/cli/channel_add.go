package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/terminal"
	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/flows/botyaml"
	"github.com/parley-chat/parley/flows/language"
)

// usualWait is how long a person is waited for who writes the first message.
const usualWait = 5 * time.Minute

// An addition is a channel on its way into bot.yaml.
type addition struct {
	a   *app
	q   *asker
	say io.Writer // for people
	t   target

	src, env []byte            // bot.yaml and .env as they are
	inFile   map[string]string // the variables of env
	bot      *flows.Bot        // as it is

	factory channels.Factory
	name    string
	// values are those of settings, with variables filled in; refs are what stands in
	// bot.yaml for those that are variables of the environment already.
	values, refs map[string]string
	lists        map[string][]string
	common       []botyaml.Setting

	o      addOptions
	result addResult
}

// addOptions are the flags of add.
type addOptions struct {
	name, public, listen   string
	sets                   []string
	yes, unchecked, asJSON bool
	wait                   time.Duration
}

// An addResult is what came of it, as programs read it.
type addResult struct {
	Name string `json:"name"`
	Type string `json:"type"`
	// Account is what the platform says whose credentials they are.
	Account string `json:"account,omitempty"`
	// Variables are those that were written into .env.
	Variables []string `json:"variables,omitempty"`
	registration
	// Handshakes counts the checks of the address by the platform; FirstFrom is who
	// wrote first, empty when nobody was waited for or nobody came.
	Handshakes int       `json:"handshakes,omitempty"`
	FirstFrom  string    `json:"first_message_from,omitempty"`
	Findings   []finding `json:"findings,omitempty"`
}

func (a *app) channelAdd() *cobra.Command {
	t, o := target{}, addOptions{}
	cmd := &cobra.Command{
		Use:   "add [TYPE] [--bot DIR]",
		Short: "Connect the bot to a platform",
		Long: "Add asks for what the platform needs and checks it there. It writes the channel into bot.yaml,\n" +
			"with comments and order as they are, and secrets into .env beside it, which bot.yaml reads as\n" +
			"${ env.NAME }. Then it registers the webhook, or says where to paste it, and waits for the first\n" +
			"message: at the bot that runs on this folder, which loads the channel by itself, or else at one\n" +
			"that it serves meanwhile. Without TYPE it lists the types.\n\n" +
			"Scripts give settings with --set and add --yes: nobody is asked then, and nobody waited for unless\n" +
			"--wait says so. A secret is better given in the environment, under the name that the platform's\n" +
			"README has, than with --set, where others on the machine can see it.",
		Example: "  parley channel add telegram --bot shop\n" +
			"  TELEGRAM_TOKEN=… parley channel add telegram --bot shop --public-url https://bot.example.com --yes\n" +
			"  parley channel add greenapi --bot shop --set mode=pull --set instance=9900000017",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return &usageError{fmt.Errorf("one type of channel is wanted, not %d words; see `%s --help`", len(args), cmd.CommandPath())}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("wait") && (o.yes || o.asJSON) {
				o.wait = 0
			}
			return a.addChannel(cmd.Context(), t, o, slices.Clone(args))
		},
	}
	botFlag(cmd, a, &t)
	f := cmd.Flags()
	f.StringVar(&t.state, "state", a.options.State, "store, instead of the one in bot.yaml: file:DIR or redis://HOST")
	f.StringVar(&o.name, "name", "", "the name of the channel; its type unless given")
	f.StringArrayVar(&o.sets, "set", nil, "key=value, a setting; more than once, of a list once for each entry")
	publicFlag(cmd, a, &o.public, "where platforms reach the bot; it is written into bot.yaml")
	f.BoolVarP(&o.yes, "yes", "y", false, "ask nothing")
	f.BoolVar(&o.unchecked, "unchecked", false, "do not ask the platform whether the settings work")
	f.DurationVar(&o.wait, "wait", usualWait, "how long to wait for the first message; 0 not at all")
	f.StringVar(&o.listen, "listen", bot.DefaultListen, "address to listen on while waiting, unless a bot runs")
	f.BoolVar(&o.asJSON, "json", false, "print what came of it as JSON; everything else goes to standard error")
	return cmd
}

// addChannel goes from the questions to the first message.
func (a *app) addChannel(ctx context.Context, t target, o addOptions, args []string) error {
	d := &addition{
		a: a, q: a.asker(o.yes), say: a.out, t: t, o: o,
		values: map[string]string{}, refs: map[string]string{}, lists: map[string][]string{},
	}
	if o.asJSON {
		d.say = a.err
	}
	err := d.prepare(ctx, args)
	for _, step := range []func(context.Context) error{d.settle, d.more, d.settle, d.check, d.address, d.write, d.connect} {
		if err == nil {
			err = step(ctx)
		}
	}
	switch {
	case ctx.Err() != nil && d.result.Name == "":
		return errors.New("stopped; nothing was written")
	case errors.Is(err, errNobody):
		return &usageError{errors.New("nobody answers: give the settings with --set, and add --yes")}
	case d.result.Name != "" && o.asJSON:
		return errors.Join(a.json(d.result), err)
	}
	return err
}

// prepare reads the bot, which must load, and finds type and name.
func (d *addition) prepare(ctx context.Context, args []string) (err error) {
	if err := hasBot(d.t.dir); err != nil {
		return err
	}
	if d.src, err = readIfThere(botPath(d.t.dir)); err != nil {
		return err
	}
	if d.env, err = readIfThere(envPath(d.t.dir)); err != nil {
		return err
	}
	d.inFile = envIn(d.t.dir)
	b, report := d.a.load(d.t.dir, flows.MissingEnvIgnore)
	if b == nil {
		if b = d.withAnyChannel(); b == nil {
			return report.Err()
		}
	}
	d.bot = b
	if err := d.chooseType(ctx, args); err != nil {
		return err
	}
	if err := d.chooseName(ctx); err != nil {
		return err
	}
	for _, text := range d.o.sets {
		if err := d.set(text); err != nil {
			return err
		}
	}
	if d.o.public != "" {
		if why := wrongPublic(d.o.public); why != "" {
			return &usageError{errors.New("--public-url " + why)}
		}
		d.o.public = strings.TrimSuffix(d.o.public, "/")
	}
	return nil
}

// types are those that a person can add: a terminal is that of `parley chat`.
func (a *app) types() []channels.Factory {
	return slices.DeleteFunc(slices.Clone(a.options.Factories), func(f channels.Factory) bool { return f.Type == terminal.Factory().Type })
}

// chooseType takes the type of the command line, or asks with a list.
func (d *addition) chooseType(ctx context.Context, args []string) error {
	all := d.a.types()
	names := make([]string, len(all))
	for i, f := range all {
		names[i] = f.Type
	}
	find := func(name string) bool {
		i := slices.Index(names, strings.ToLower(name))
		if i >= 0 {
			d.factory = all[i]
		}
		return i >= 0
	}
	if len(args) > 0 {
		if find(args[0]) {
			return nil
		}
		return &usageError{unknownType(args[0], names)}
	}
	if d.q.never {
		return &usageError{fmt.Errorf("name a type: %s", strings.Join(names, ", "))}
	}
	for _, f := range all {
		fmt.Fprintf(d.q.out, "  %-10s %s\n", f.Type, plain(f.Summary))
	}
	for {
		name, err := d.q.line(ctx, "Which type", "")
		if errors.Is(err, errNobody) {
			return &usageError{fmt.Errorf("name a type: %s", strings.Join(names, ", "))}
		}
		if err != nil {
			return err
		}
		if find(name) {
			return nil
		}
		fmt.Fprintln(d.q.out, plain(unknownType(name, names).Error()))
	}
}

func unknownType(name string, names []string) error {
	if s := language.Suggest(name, names); s != "" {
		return fmt.Errorf("there is no channel type %q; did you mean %s?", name, s)
	}
	return fmt.Errorf("there is no channel type %q; there are %s", name, strings.Join(names, ", "))
}

var channelName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// chooseName takes the name of the command line, or the type while that is free.
func (d *addition) chooseName(ctx context.Context) error {
	wrong := func(name string) string {
		switch {
		case !channelName.MatchString(name):
			return fmt.Sprintf("%q can't be a name: use small letters, digits and _, and begin with a letter", name)
		case slices.Contains(channelNames(d.bot), name):
			return fmt.Sprintf("bot.yaml has a channel %q already; choose another name with --name, or change that one in bot.yaml and .env", name)
		}
		return ""
	}
	d.name = cmp.Or(d.o.name, d.factory.Type)
	for why := wrong(d.name); why != ""; why = wrong(d.name) {
		if d.o.name != "" || d.q.never {
			return &usageError{errors.New(why)}
		}
		fmt.Fprintln(d.q.out, why)
		usual := d.factory.Type
		for n := 2; wrong(usual) != ""; n++ {
			usual = fmt.Sprintf("%s%d", d.factory.Type, n)
		}
		var err error
		if d.name, err = d.q.line(ctx, "Name of the channel", usual); err != nil {
			return err
		}
	}
	return nil
}

// check asks the platform whose credentials they are, and asks for others when it
// takes them for nobody's.
func (d *addition) check(ctx context.Context) error {
	for {
		client := channels.NewClient()
		ch, err := d.factory.New(d.config(client))
		if err != nil {
			return err // settle has made one
		}
		checker, can := ch.(channels.Checker)
		if !can || d.o.unchecked {
			return nil
		}
		fmt.Fprintf(d.say, "Asking %s …\n", platformName(d.factory))
		call, cancel := context.WithTimeout(ctx, checkTime)
		line, err := checker.Check(call)
		cancel()
		client.CloseIdleConnections()
		if err == nil {
			d.result.Account = plain(line)
			fmt.Fprintf(d.say, "%s says: %s\n", platformName(d.factory), plain(line))
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := d.refused(ctx, err); err != nil {
			return err
		}
		if d.o.unchecked {
			return nil
		}
	}
}

// refused says what the platform said, and gets other settings if those were wrong.
func (d *addition) refused(ctx context.Context, err error) error {
	found := askedInVain("credentials", err)
	fmt.Fprintf(d.a.err, "%s says no: %s\n", platformName(d.factory), plain(found.Text))
	wrong := channels.KindOf(err) == channels.ErrUnauthorized
	if d.q.never {
		if wrong {
			return fmt.Errorf("the credentials are wrong; nothing was written: %w", errFindings)
		}
		return fmt.Errorf("nothing was written: %s, or add --unchecked", found.Fix)
	}
	if !wrong {
		on, err := d.q.yes(ctx, "Go on without asking it?", false)
		if err != nil {
			return err
		}
		if !on {
			return fmt.Errorf("nothing was written: %s", found.Fix)
		}
		d.o.unchecked = true
		return nil
	}
	again, err := d.q.yes(ctx, "Enter them again?", true)
	if err != nil {
		return err
	}
	if !again {
		return errors.New("nothing was written; --unchecked adds the channel all the same")
	}
	for _, s := range d.factory.Settings {
		if _, given := d.values[s.Name]; given && !s.Own && (s.Required || s.Kind == channels.SettingSecret) {
			if err := d.ask(ctx, s); err != nil {
				return err
			}
		}
	}
	return d.settle(ctx)
}
