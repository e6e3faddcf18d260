// Package cli is the command parley: one file per command.
//
// Exit codes are 0 for fine, 1 for findings, 2 for wrong usage, 3 for what could
// not run. Colour is used on a terminal only, and not with NO_COLOR.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

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

// An app is what commands share: where they read and write.
type app struct {
	in       io.Reader
	out, err io.Writer
}

// Main runs a command line and returns the exit code. It ends early, in order,
// at an interrupt or SIGTERM; a second one ends at once.
func Main(args []string, in io.Reader, out, errOut io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return Run(ctx, args, in, out, errOut)
}

// Run is Main without signals.
func Run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	a := &app{in: in, out: out, err: errOut}
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
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return &usageError{fmt.Errorf("there is no command %q; `parley help` lists them", args[0])}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &usageError{fmt.Errorf("%w; see `%s --help`", err, cmd.CommandPath())}
	})
	root.AddCommand(a.serve(), a.check(), a.chat(), a.initBot(), a.explain(), a.version())
	return root
}

// folder takes the one argument that names the bot folder; none is the folder
// that one stands in.
func folder(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return &usageError{fmt.Errorf("one bot folder is wanted, not %d; see `%s --help`", len(args), cmd.CommandPath())}
	}
	return nil
}

func dirOf(args []string) string {
	if len(args) == 0 {
		return "."
	}
	return args[0]
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
