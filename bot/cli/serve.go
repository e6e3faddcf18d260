package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/bot/internal/failpoint"
)

func (a *app) serve() *cobra.Command {
	o := a.options
	o.Listen = cmp.Or(o.Listen, bot.DefaultListen)
	var verbose, jsonLog bool
	cmd := &cobra.Command{
		Use:   "serve [DIR]",
		Short: "Run a bot",
		Long: "Serve runs a bot: webhooks at /webhooks/NAME, web chat at /channels/NAME/, health at\n" +
			"/healthz and /readyz. It loads the folder again when a file changes, and keeps the\nversion that runs when the new one has mistakes.",
		Example: "  parley serve shop\n  parley serve shop --listen :8080 --public-url https://bot.example.com",
		Args:    folder,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Dir = a.dirOf(args)
			if _, _, err := net.SplitHostPort(o.Listen); err != nil {
				return &usageError{fmt.Errorf("--listen can't be %q: write 127.0.0.1:8080, or :8080 for all addresses of this machine", o.Listen)}
			}
			if o.Reports == nil {
				o.Reports = a.err
			}
			if o.Log == nil || verbose || jsonLog {
				o.Log = newLog(a.err, verbose, jsonLog)
			}
			if left := bot.EmbeddedBeside(o); left != "" {
				o.Log.Warn("an embedded store is left beside, and what is in it stays there: move it away when it is not needed any more", "folder", left)
			}
			o.Now = failpoint.Clock(o.Now)
			return Serve(cmd.Context(), o, a.out)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Listen, "listen", o.Listen, "address to listen on")
	f.StringVar(&o.State, "state", o.State, "store, instead of the one in bot.yaml: file:DIR, redis://HOST or memory:")
	f.StringVar(&o.PublicURL, "public-url", o.PublicURL, "where platforms reach the bot, instead of public_url in bot.yaml")
	f.DurationVar(&o.DrainDelay, "drain-delay", o.DrainDelay,
		"at SIGTERM, keep serving for so long while /readyz says no, for load balancers to notice: 5s, say")
	f.BoolVarP(&verbose, "verbose", "v", false, "log each turn: what was written, by whom, who took it, the steps that ran")
	f.BoolVar(&jsonLog, "log-json", false, "log as JSON")
	return cmd
}

// newLog makes the log of a server.
func newLog(w io.Writer, verbose, asJSON bool) *slog.Logger {
	level := slog.LevelInfo
	if verbose {
		level = slog.LevelDebug
	}
	o := &slog.HandlerOptions{Level: level}
	if asJSON {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// Serve runs a bot until the context ends, and tells on out where it is. Programs
// that embed Parley may use it for their own serve command.
func Serve(ctx context.Context, o bot.Options, out io.Writer) error {
	b, err := bot.New(ctx, o)
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return nil // told to end before it began
	}
	if err != nil {
		return err
	}
	debug.FreeOSMemory() // what reading the flows took
	if os.Getenv("GOGC") == "" {
		// Little lives on between messages: to collect less often costs some memory
		// and saves a sixth of the processor time.
		debug.SetGCPercent(400)
	}
	if err := b.Start(ctx); err != nil {
		_ = b.Stop(context.WithoutCancel(ctx))
		if ctx.Err() != nil && errors.Is(err, context.Canceled) {
			return nil
		}
		return err
	}
	fmt.Fprintf(out, "\n  Parley is running. Talk to the bot at  %s\n  Ctrl-C ends it; nothing is lost.\n\n", address(b.Addr()))
	select {
	case <-ctx.Done():
	case err = <-b.Failed():
	}
	return errors.Join(err, b.Stop(context.WithoutCancel(ctx)))
}

// address is what a browser on this machine opens.
func address(a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port) + "/"
}
