package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/flows/spec"
)

func (a *app) check() *cobra.Command {
	format := "text"
	cmd := &cobra.Command{
		Use:     "check [DIR]",
		Short:   "Find every mistake of a bot",
		Long:    "Check reads a bot folder and prints every mistake and warning of all its files,\neach with file, line and column, and hints at what its channels show in another way.\nFiles are named as seen from where it is called. It starts nothing and sends nothing.",
		Example: "  parley check shop\n  parley check shop --format github",
		Args:    folder,
		RunE: func(_ *cobra.Command, args []string) error {
			_, report := a.load(a.dirOf(args), flows.MissingEnvWarning)
			if err := a.print(report, format); err != nil {
				return err
			}
			if report.Failed() {
				return errFindings
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&format, "format", format, "text, json, sarif or github")
	return cmd
}

func (a *app) print(r *spec.Report, format string) error {
	switch format {
	case "json":
		return r.JSON(a.out)
	case "sarif":
		return r.SARIF(a.out)
	case "github":
		return r.GitHub(a.out)
	case "text":
		if len(r.Diagnostics()) == 0 {
			_, err := fmt.Fprintln(a.out, "No mistakes found.")
			return err
		}
		return r.Text(a.out, colored(a.out))
	}
	return &usageError{fmt.Errorf("there is no format %q; use text, json, sarif or github", format)}
}
