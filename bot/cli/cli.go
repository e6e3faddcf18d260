// Package cli is the command parley: one file per command.
//
// Exit codes are 0 for fine, 1 for findings, 2 for wrong usage, 3 for what could
// not run. Colour is used on a terminal only, and not with NO_COLOR.
//
// A program with handlers, functions or channels of its own has the same commands,
// which know them, with
//
//	os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, cli.With(bot.Options{
//		Handlers: []bot.Handler{stock},
//	})))
package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/channels/builtin"
	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/flows/spec"
)

// The exit codes.
const (
	exitFine = iota
	exitFindings
	exitUsage
	exitFailed
)

// errFindings ends a command that printed what it found.
var errFindings = errors.New("findings")

// usageError is a wrong flag or argument.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// An app is what commands share: where they read and write, and what the program
// brings along.
type app struct {
	in       io.Reader
	out, err io.Writer
	options  bot.Options
}

// An Option changes what the commands know.
type Option func(*app)

// With gives the commands the options of the program that they are part of: check,
// chat, explain and serve know its handlers, functions and types of channels, and
// serve all of the rest. Factories are those of package builtin unless given. Dir,
// Listen, State and PublicURL are what a command line that does not name them
// gets; Bot is not used.
func With(o bot.Options) Option {
	return func(a *app) {
		a.options = o
		a.options.Bot = nil
		if a.options.Factories == nil {
			a.options.Factories = builtin.Factories()
		}
	}
}

// Main runs a command line and returns the exit code. It ends early, in order,
// at an interrupt or SIGTERM; a second one ends at once.
func Main(args []string, in io.Reader, out, errOut io.Writer, options ...Option) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return Run(ctx, args, in, out, errOut, options...)
}

// Run is Main without signals.
func Run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer, options ...Option) int {
	a := &app{in: in, out: out, err: errOut}
	With(bot.Options{})(a)
	for _, o := range options {
		o(a)
	}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	err := root.ExecuteContext(ctx)
	var usage *usageError
	var broken *spec.Error
	switch {
	case err == nil:
		return exitFine
	case errors.Is(err, errFindings):
		return exitFindings
	case errors.As(err, &broken):
		a.report(broken.Report)
		return exitFindings
	case errors.As(err, &usage):
		fmt.Fprintf(errOut, "parley: %v\n", err)
		return exitUsage
	}
	fmt.Fprintf(errOut, "parley: %v\n", err)
	return exitFailed
}

// root is the command tree.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "parley",
		Short:         "Chatbots written in YAML, on any messaging platform",
		Long:          "Parley runs chatbots: flows in YAML, webhooks in from any messaging platform,\nconversations kept on disk, replies out through each platform's send API.",
		Example:       "  parley init shop      a bot to begin with\n  parley chat shop      talk to it here\n  parley serve shop     run it",
		SilenceErrors: true, SilenceUsage: true,
		Version: buildVersion(),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return &usageError{fmt.Errorf("there is no command %q; `parley help` lists them", args[0])}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &usageError{fmt.Errorf("%w; see `%s --help`", flagError(cmd, err), cmd.CommandPath())}
	})
	root.SetVersionTemplate(versionLine())
	root.AddCommand(a.serve(), a.check(), a.chat(), a.initBot(), a.explain(), a.inspect(),
		a.dead(), a.doctor(), a.backup(), a.restore(), a.compact(), a.show(), a.forget(), a.channel(), a.simulate(), a.version())
	root.DisableFlagsInUseLine = true // the flags are listed below
	for _, c := range root.Commands() {
		c.DisableFlagsInUseLine = true
	}
	return root
}

// flagError says in words what a flag takes, where the library shows what its parser
// said.
func flagError(cmd *cobra.Command, err error) error {
	parts := regexp.MustCompile(`^invalid argument (".*") for "(?:-., )?--([a-z-]+)" flag: `).FindStringSubmatch(err.Error())
	if parts == nil {
		return err
	}
	takes := ""
	if f := cmd.Flags().Lookup(parts[2]); f != nil {
		switch f.Value.Type() {
		case "int":
			takes = "; it is a number"
		case "duration":
			takes = "; write 5s or 2m"
		case "bool":
			takes = "; it is true or false"
		}
	}
	return fmt.Errorf("--%s can't be %s%s", parts[2], parts[1], takes)
}

// folder takes the one argument that names the bot folder; none is the folder
// that one stands in.
func folder(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return &usageError{fmt.Errorf("one bot folder is wanted, not %d; see `%s --help`", len(args), cmd.CommandPath())}
	}
	return nil
}

// dirOf is the folder that was named, else that of the program, else the one that
// one stands in.
func (a *app) dirOf(args []string) string {
	if len(args) > 0 {
		return args[0]
	}
	return cmp.Or(a.options.Dir, ".")
}

// load reads a bot folder. The report names files as seen from here.
func (a *app) load(dir string, missing flows.MissingEnv) (*flows.Bot, *spec.Report) {
	b, report := flows.Load(dir, a.options.LoadOptions(missing))
	report.Under(dir)
	return b, report
}

// report prints diagnostics for people.
func (a *app) report(r *spec.Report) {
	// What can't be written to a closed terminal has no other place to go.
	_ = r.Text(a.err, colored(a.err))
}

// colored reports whether a writer shows colours.
func colored(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && os.Getenv("NO_COLOR") == "" && term.IsTerminal(int(f.Fd()))
}
