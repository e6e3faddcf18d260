package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/flows/botyaml"
	"github.com/parley-chat/parley/flows/envfile"
	"github.com/parley-chat/parley/flows/spec"
)

// withAnyChannel loads a bot that has no channel yet as if it had one; nil when that
// is not what it lacks.
func (d *addition) withAnyChannel() *flows.Bot {
	for _, f := range d.a.options.Factories {
		if slices.ContainsFunc(f.Settings, func(s channels.Setting) bool { return s.Required }) {
			continue
		}
		src, err := botyaml.AddChannel(d.src, botyaml.Channel{Name: "any", Type: f.Type})
		if err != nil {
			return nil
		}
		if b, _ := d.load(src, d.env); b != nil {
			b.Channels = nil
			return b
		}
	}
	return nil
}

// load loads the bot with other files than those that are there.
func (d *addition) load(src, env []byte) (*flows.Bot, *spec.Report) {
	o := d.a.options.LoadOptions(flows.MissingEnvIgnore)
	o.Files = map[string][]byte{"bot.yaml": src, envfile.Name: env}
	b, report := flows.Load(d.t.dir, o)
	report.Under(d.t.dir)
	return b, report
}

// wrongPublic says why an address can't be the public one.
func wrongPublic(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "is an address such as https://bot.example.com"
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		return "begins with https://: platforms send to no other"
	}
	return ""
}

// address finds where the platform reaches the bot, and asks if nobody said so yet.
func (d *addition) address(ctx context.Context) error {
	c, err := d.connection()
	if err != nil {
		return err
	}
	if c.way() != wayPush {
		return nil
	}
	known := cmp.Or(d.o.public, d.bot.PublicURL)
	if known != "" || d.q.never {
		d.o.public = known
		return nil
	}
	port := d.o.listen[strings.LastIndexByte(d.o.listen, ':')+1:]
	fmt.Fprintf(d.q.out, "%s delivers to a public https address. To get one now, in another terminal: cloudflared tunnel --url http://127.0.0.1:%s, or ngrok http %s\n",
		c.platform(), port, port)
	if polls(d.factory) {
		fmt.Fprintf(d.q.out, "Or call again with --set mode=pull, which needs none.\n")
	}
	for {
		address, err := d.q.line(ctx, "Public address (nothing: later)", "")
		if err != nil && !errors.Is(err, errNobody) {
			return err
		}
		why := ""
		if address != "" {
			why = wrongPublic(address)
		}
		if why == "" {
			d.o.public = strings.TrimSuffix(address, "/")
			return nil
		}
		fmt.Fprintf(d.q.out, "It %s.\n", why)
	}
}

// polls reports whether channels of a type can ask the platform, instead of being
// called.
func polls(f channels.Factory) bool {
	return slices.ContainsFunc(f.Settings, func(s channels.Setting) bool { return s.Name == "mode" && slices.Contains(s.Values, wayPull) })
}

// connection is the channel with the settings of now.
func (d *addition) connection() (*connection, error) {
	config := d.config(channels.NewClient())
	ch, err := d.factory.New(config)
	if err != nil {
		return nil, err
	}
	s := flows.ChannelSpec{Name: d.name, Factory: d.factory, Config: config.Values, Lists: config.Lists}
	return &connection{ChannelSpec: s, channel: ch, dir: d.t.dir}, nil
}

// A draft is what the files are to become.
type draft struct {
	src, env  []byte
	variables []string
}

// draft writes the channel and its secrets, into memory.
func (d *addition) draft() (draft, error) {
	out := draft{src: d.src, env: d.env}
	c := botyaml.Channel{Name: d.name, Type: d.factory.Type}
	for _, s := range d.factory.Settings {
		value, given := d.values[s.Name]
		switch ref := d.refs[s.Name]; {
		case s.Kind == channels.SettingList && len(d.lists[s.Name]) > 0:
			c.Settings = append(c.Settings, botyaml.Setting{Name: s.Name, List: d.lists[s.Name]})
			continue
		case !given:
			continue
		case ref != "":
			value = ref
		case s.Kind == channels.SettingSecret:
			name := d.freeVariable(usualVariable(d.factory.Type, d.name, s), value)
			out.env = envfile.Set(out.env, name, value)
			out.variables = append(out.variables, name)
			value = "${ env." + name + " }"
		}
		c.Settings = append(c.Settings, botyaml.Setting{Name: s.Name, Value: value})
	}
	c.Settings = append(c.Settings, d.common...)
	var err error
	out.src, err = botyaml.AddChannel(d.src, c)
	if err == nil && d.o.public != "" && d.o.public != d.bot.PublicURL {
		err = d.publish(&out)
	}
	if errors.Is(err, botyaml.ErrByHand) {
		err = fmt.Errorf("%w. Nothing was written. Put this into it, below channels:, and secrets into %s\n\n%s", err, envPath(d.t.dir), c.Text(2, 2))
	}
	return out, err
}

// publish writes the public address where bot.yaml has it from.
func (d *addition) publish(out *draft) (err error) {
	if name := variableIn(botyaml.Get(d.src, "public_url")); name != "" {
		if v, ok := d.a.options.LoadOptions(flows.MissingEnvIgnore).Env(name); ok && v != "" && v != d.o.public {
			return fmt.Errorf("public_url is %s, which is set to another address in the environment: change it there", name)
		}
		out.env = envfile.Set(out.env, name, d.o.public)
		out.variables = append(out.variables, name)
		return nil
	}
	out.src, err = botyaml.SetKey(out.src, "public_url", d.o.public)
	return err
}

// freeVariable is a name for a secret under which the bot finds no other value.
func (d *addition) freeVariable(name, value string) string {
	for n, try := 2, name; ; n++ {
		v, set := d.lookup(try)
		if !set || v == "" || v == value {
			return try
		}
		if old, file := d.inFile[try]; file && old == v && !strings.Contains(string(d.src), "env."+try) {
			return try // in .env alone, and nobody reads it
		}
		try = fmt.Sprintf("%s_%d", name, n)
	}
}

// write checks what the files would be, shows it, asks, and writes it: .env first, so
// that no bot ever loads a channel without its secrets.
func (d *addition) write(ctx context.Context) error {
	out, err := d.draft()
	if err != nil {
		return err
	}
	if b, report := d.load(out.src, out.env); b == nil {
		fmt.Fprintln(d.a.err, "Nothing was written: the bot would not load.")
		return report.Err()
	}
	d.result.Variables = out.variables
	ignore, err := readIfThere(filepath.Join(d.t.dir, ".gitignore"))
	if err != nil {
		return err
	}
	files := []rewrite{{path: botPath(d.t.dir), old: d.src, now: out.src}}
	if len(out.variables) > 0 {
		files = []rewrite{
			{path: filepath.Join(d.t.dir, ".gitignore"), old: ignore, now: ignored(ignore)},
			{path: envPath(d.t.dir), old: d.env, now: out.env, private: true},
			files[0],
		}
	}
	shown := d.say
	if !d.q.never {
		shown = d.q.out
	}
	d.show(shown, out.src)
	if len(out.variables) > 0 {
		fmt.Fprintf(shown, "%s, which only you can read, gets %s.\n", envPath(d.t.dir), strings.Join(out.variables, ", "))
	}
	if !d.q.never {
		yes, err := d.q.yes(ctx, "Write it?", true)
		if errors.Is(err, errNobody) || err == nil && !yes {
			return errors.New("nothing was written")
		}
		if err != nil {
			return err
		}
	}
	for _, f := range files {
		if f.changes() {
			if err := f.write(); err != nil {
				return err
			}
		}
	}
	d.src, d.env, d.result.Name, d.result.Type = out.src, out.env, d.name, d.factory.Type
	fmt.Fprintf(d.say, "Wrote %s.\n", botPath(d.t.dir))
	return nil
}

// show prints the lines of bot.yaml that change, and where. Those around them are not
// shown, and of those that change no secret: people have tokens in bot.yaml, too.
func (d *addition) show(w io.Writer, src []byte) {
	hide := []string{}
	for _, secret := range d.bot.Secrets() {
		if len(secret) > 3 {
			hide = append(hide, secret, "•••")
		}
	}
	cover := strings.NewReplacer(hide...)
	fmt.Fprintf(w, "\n%s changes:\n", botPath(d.t.dir))
	for i, line := range strings.Split(string(diff.Diff("", d.src, "", src)), "\n") {
		if i > 2 && (strings.HasPrefix(line, "+") || strings.HasPrefix(line, "-")) {
			fmt.Fprintln(w, plain(cover.Replace(line)))
		}
	}
}

// publicOf says where the platform reaches the bot that was written.
func (d *addition) publicOf() string { return cmp.Or(d.o.public, d.bot.PublicURL) }
