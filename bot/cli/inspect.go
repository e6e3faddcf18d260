package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/bot/inspect"
	"github.com/parley-chat/parley/flows"
)

// Where inspect listens unless told otherwise: this machine alone.
const (
	inspectListen = "127.0.0.1:8081"
	inspectPage   = "127.0.0.1:8082"
	inspectFile   = "inspect.jsonl"
	inspectFolder = ".parley" // for the file of a bot without a data folder: a bot does not watch what is hidden
)

// An inspection is the flags of inspect. Those of the first line are of its
// commands too.
type inspection struct {
	dir, file, public     string
	secrets               bool
	listen, page, forward string
}

func (a *app) inspect() *cobra.Command {
	in := &inspection{}
	cmd := &cobra.Command{
		Use:   "inspect [DIR] | list|show|replay",
		Short: "Show every webhook that comes in; replay them",
		Long: "Inspect stands where platforms call, and shows each request: headers, whether the signature\n" +
			"holds, what the channel reads in it, the answer, the time; here and on a page. With --forward\n" +
			"it passes requests on to the bot, byte for byte, and gives its answers back; while the bot is\n" +
			"down the platform gets a 502 and comes again. Without, it answers as the bot would. Without a\n" +
			"bot folder it shows requests of any kind, and answers 200.\n\n" +
			"It is a tool for developers: what people write is shown. The newest 1,000 webhooks, of 64 MB at\n" +
			"most, are kept in a file, " + inspectFile + " in the folder of the embedded store, readable for you\n" +
			"alone, with the secrets of their requests; delete it when you are done. On the screen, on the\n" +
			"page and in --json secrets are masked.\n\n" +
			"Webhooks and the page have addresses of their own, so that a tunnel to the one does not show\n" +
			"the other. The page opens with the token in the address that is printed.",
		Example: "  parley inspect shop --forward http://127.0.0.1:8080\n" +
			"  parley inspect list --last 20 --failed --bot shop\n" +
			"  parley inspect show 12 --bot shop\n" +
			"  parley inspect replay 12-15 --to http://127.0.0.1:8080 --bot shop",
		Args: folder,
		RunE: func(cmd *cobra.Command, args []string) error {
			named := cmd.Flags().Changed("bot")
			if len(args) > 0 && named {
				return &usageError{errors.New("name the bot folder once: as DIR or with --bot")}
			}
			if len(args) > 0 {
				in.dir = args[0]
			}
			return a.runInspect(cmd.Context(), in, len(args) > 0 || named)
		},
	}
	p := cmd.PersistentFlags()
	p.StringVar(&in.dir, "bot", cmp.Or(a.options.Dir, "."), "the bot folder")
	p.StringVar(&in.file, "file", "", "where webhooks are kept, instead of "+inspectFile+" in the folder of the embedded store, or in "+inspectFolder+" of the bot folder")
	p.StringVar(&in.public, "public-url", a.options.PublicURL, "where platforms reach the bot, instead of public_url in bot.yaml: some signatures cover it")
	p.BoolVar(&in.secrets, "secrets", false, "show secrets")
	f := cmd.Flags()
	f.StringVar(&in.listen, "listen", inspectListen, "address for webhooks, to which a tunnel or a proxy leads")
	f.StringVar(&in.page, "page", inspectPage, "address of the page; off for none")
	f.StringVar(&in.forward, "forward", "", "pass requests on to the bot at this address: http://127.0.0.1:8080")
	cmd.AddCommand(a.inspectList(in), a.inspectShow(in), a.inspectReplay(in))
	for _, c := range cmd.Commands() {
		c.DisableFlagsInUseLine = true
	}
	return cmd
}

// hasBot reports whether there is a bot folder.
func (in *inspection) hasBot() bool {
	_, err := os.Stat(filepath.Join(in.dir, "bot.yaml"))
	return !errors.Is(err, fs.ErrNotExist)
}

// log opens the record.
func (in *inspection) log(a *app) (*inspect.Log, error) {
	if in.file != "" {
		return inspect.OpenLog(in.file)
	}
	o := a.options
	o.Dir = in.dir
	path := filepath.Join(in.dir, inspectFolder, inspectFile)
	if place, err := bot.PlaceOf(o); err == nil && place.Dir != "" {
		path = filepath.Join(place.Dir, inspectFile)
	}
	return inspect.OpenLog(path)
}

// mask hides secrets, unless they were asked for.
func (in *inspection) mask(b *flows.Bot) *inspect.Mask {
	if in.secrets {
		return nil
	}
	return inspect.NewMask(b)
}

// botURL reads the address of a bot that a flag names; nil for none.
func botURL(flag, text string) (*url.URL, error) {
	if text == "" {
		return nil, nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" {
		return nil, &usageError{fmt.Errorf("--%s can't be %q: write http://127.0.0.1:8080", flag, text)}
	}
	return u, nil
}

// load reads the bot folder, if there is one.
func (in *inspection) load(a *app, named bool) (*flows.Bot, error) {
	if !in.hasBot() {
		if named {
			return nil, &usageError{fmt.Errorf("there is no bot.yaml in %s; the commands are list, show and replay", in.dir)}
		}
		return nil, nil
	}
	b, report := a.load(in.dir, flows.MissingEnvWarning)
	if b == nil {
		return nil, report.Err()
	}
	return b, nil
}

// runInspect takes webhooks in until the context ends.
func (a *app) runInspect(ctx context.Context, in *inspection, named bool) error {
	forward, err := botURL("forward", in.forward)
	if err != nil {
		return err
	}
	if forward != nil && forward.Host == in.listen {
		return &usageError{errors.New("--forward is where inspect itself listens: name the address of the bot")}
	}
	b, err := in.load(a, named)
	if err != nil {
		return err
	}
	log, err := in.log(a)
	if err != nil {
		return err
	}
	lines := &webhookLines{out: a.out, err: a.err, colored: colored(a.out), mask: in.mask(b)}
	i, err := inspect.New(inspect.Options{Bot: b, PublicURL: in.public, Forward: forward, Log: log, Observe: lines.observe})
	if err != nil {
		return err
	}
	listener, err := listenOn(ctx, "listen", in.listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	servers := []*http.Server{i.Server(quiet())}
	listeners := []net.Listener{inspect.Listener{Listener: listener}}
	pageAt := ""
	if in.page != "off" {
		l, err := listenOn(ctx, "page", in.page)
		if err != nil {
			return err
		}
		defer l.Close()
		host, _, _ := net.SplitHostPort(in.page)
		page := &inspect.Page{Inspector: i, Mask: in.mask(b), Token: inspect.NewToken(), Host: host}
		server := bot.NewServer(page.Handler(), quiet())
		server.BaseContext = func(net.Listener) context.Context { return ctx }
		servers, listeners, pageAt = append(servers, server), append(listeners, l), page.Address(l.Addr())
	}
	a.inspectBanner(i, b, log, listener.Addr(), pageAt, forward)
	return serveAll(ctx, servers, listeners)
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// listenOn takes an address that a flag names.
func listenOn(ctx context.Context, flag, at string) (net.Listener, error) {
	if _, _, err := net.SplitHostPort(at); err != nil {
		return nil, &usageError{fmt.Errorf("--%s can't be %q: write 127.0.0.1:8081, or :8081 for all addresses of this machine", flag, at)}
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", at)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("listen on %s: the address is in use; stop what listens there, or choose another one with --%s", at, flag)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", at, err)
	}
	return l, nil
}

// serveAll serves until the context ends or a server fails.
func serveAll(ctx context.Context, servers []*http.Server, listeners []net.Listener) error {
	failed := make(chan error, len(servers))
	for n, s := range servers {
		go func() { failed <- s.Serve(listeners[n]) }()
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	for _, s := range servers {
		if s.Shutdown(late) != nil {
			_ = s.Close() // what did not end in time is cut
		}
	}
	return err
}

// inspectBanner says where everything is.
func (a *app) inspectBanner(i *inspect.Inspector, b *flows.Bot, log *inspect.Log, at net.Addr, page string, forward *url.URL) {
	line := func(name, text string) { fmt.Fprintf(a.out, "  %-10s %s\n", name, text) }
	fmt.Fprint(a.out, "\n")
	base := strings.TrimSuffix(address(at), "/")
	switch {
	case b == nil:
		line("webhooks", base+"/…   any path; there is no bot folder here, so that nothing is verified")
	default:
		line("webhooks", base+"/webhooks/NAME   "+strings.Join(i.Webhooks(), ", "))
	}
	if page != "" {
		line("page", page)
	}
	if forward != nil {
		line("passed on", "to "+forward.Redacted())
	} else {
		line("answered", "here; nothing is passed on without --forward")
	}
	line("kept", log.Path()+"   with texts of people and secrets, for you alone")
	if b != nil {
		off := i.Off()
		for _, name := range slices.Sorted(maps.Keys(off)) {
			line("off", name+": "+off[name])
		}
	}
	fmt.Fprint(a.out, "  Ctrl-C ends it.\n\n")
}

// webhookLines prints a line for each webhook.
type webhookLines struct {
	mu       sync.Mutex
	out, err io.Writer
	colored  bool
	dates    bool // of webhooks that need not be of today
	mask     *inspect.Mask
}

func (l *webhookLines) observe(r *inspect.Record, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		fmt.Fprintf(l.err, "parley: %v\n", err)
	}
	l.print(l.mask.Summarize(r))
}
