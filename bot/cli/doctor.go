package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/flows/envfile"
	"github.com/parley-chat/parley/flows/spec"
	"github.com/parley-chat/parley/state"
)

// checkTime bounds each check of doctor. Those that do not end by then are left
// behind.
const checkTime = 10 * time.Second

// A finding is what a check has to say.
type finding struct {
	Check string `json:"check"`
	state.Finding
}

// A check looks at one thing.
type check struct {
	name string
	run  func(ctx context.Context) []state.Finding
}

func ok(what, format string, args ...any) state.Finding {
	return state.Finding{Level: state.OK, What: what, Text: fmt.Sprintf(format, args...)}
}

func warn(what, fix, format string, args ...any) state.Finding {
	return state.Finding{Level: state.Warn, What: what, Fix: fix, Text: fmt.Sprintf(format, args...)}
}

func fail(what, fix, format string, args ...any) state.Finding {
	return state.Finding{Level: state.Fail, What: what, Fix: fix, Text: fmt.Sprintf(format, args...)}
}

func (a *app) doctor() *cobra.Command {
	t := target{}
	var public, local string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor [DIR | --bot DIR]",
		Short: "Check everything that a bot needs to run",
		Long: "Doctor looks at the bot folder, the store, each platform and the public address, and says\n" +
			"of each finding how to mend it. It sends no message and changes nothing; to measure the store\n" +
			"it writes to a conversation of its own that it erases again. It ends with 1 when something failed.",
		Example: "  parley doctor shop\n  parley doctor shop --json",
		Args:    folder,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				if cmd.Flags().Changed("bot") {
					return &usageError{errors.New("name the bot folder once: as DIR or with --bot")}
				}
				t.dir = args[0]
			}
			return a.sayChecks(cmd.Context(), a.checks(t, public, local), asJSON)
		},
	}
	t.flags(cmd, a)
	cmd.Flags().StringVar(&local, "url", "", "where this machine reaches the bot, http://127.0.0.1:8080, to ask it which channels pause; one of several processes answers for itself")
	cmd.Flags().StringVar(&public, "public-url", a.options.PublicURL, "where platforms reach the bot, instead of public_url in bot.yaml")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// sayChecks runs checks and prints what they find, as soon as it is there.
func (a *app) sayChecks(ctx context.Context, checks []check, asJSON bool) error {
	failed := false
	var list []finding
	for c := range runChecks(ctx, checks) {
		for _, f := range c {
			failed = failed || f.Level == state.Fail
			if list = append(list, f); !asJSON {
				a.sayFinding(f)
			}
		}
	}
	if asJSON {
		if err := a.json(list); err != nil {
			return err
		}
	}
	if failed {
		return errFindings
	}
	return nil
}

// checks are those of a bot. What of its folder can't be read is not checked.
func (a *app) checks(t target, public, local string) []check {
	b, report := a.load(t.dir, flows.MissingEnvError)
	off := map[string]string{}
	if b != nil {
		for _, s := range b.Channels {
			if s.Off != "" {
				off[s.Name] = s.Off
			}
		}
	}
	all := []check{
		{"bot", func(context.Context) []state.Finding {
			return checkFolder(t.dir, b, report.Count(spec.SeverityError)+report.Count(spec.SeverityWarning))
		}},
		{"store", func(ctx context.Context) []state.Finding { return a.checkStore(ctx, t, off) }},
		{"server", func(context.Context) []state.Finding { return checkServer() }},
	}
	if local != "" {
		all = append(all, check{"url", func(ctx context.Context) []state.Finding { return checkURL(ctx, local) }})
	}
	if b == nil {
		return append(all, check{"channels", func(context.Context) []state.Finding {
			return []state.Finding{warn("", "parley check "+quote(t.dir), "not checked: the bot folder has mistakes")}
		}})
	}
	public = cmp.Or(public, b.PublicURL)
	all = append(all,
		check{"public_url", func(ctx context.Context) []state.Finding { return checkPublic(ctx, public, local) }},
		check{"profile", func(ctx context.Context) []state.Finding { return a.checkProfile(ctx, t, b.Profile) }},
		check{"media", func(ctx context.Context) []state.Finding { return a.checkMedia(ctx, t) }},
		check{"api_token", func(context.Context) []state.Finding { return checkToken(b.APIToken) }})
	for _, s := range b.Channels {
		all = append(all, check{"channel " + s.Name, func(ctx context.Context) []state.Finding { return checkChannel(ctx, s, public) }})
	}
	return all
}

// runChecks runs all checks at once and gives the findings of each, in order, as
// soon as those before are there.
func runChecks(ctx context.Context, checks []check) func(yield func([]finding) bool) {
	answers := make([]chan []state.Finding, len(checks))
	late := make([]context.Context, len(checks))
	var cancels []context.CancelFunc
	for i, c := range checks {
		answer := make(chan []state.Finding, 1) // taken also by one that nobody waits for
		bound, cancel := context.WithTimeout(ctx, checkTime)
		cancels = append(cancels, cancel)
		answers[i], late[i] = answer, bound
		go func() { answer <- c.run(bound) }()
	}
	return func(yield func([]finding) bool) {
		defer func() {
			for _, cancel := range cancels {
				cancel()
			}
		}()
		for i, c := range checks {
			if !yield(named(c.name, await(late[i], answers[i]))) {
				return
			}
		}
	}
}

// await takes what a check found; one that knows that its time is over has a moment
// to say what it knows.
func await(ctx context.Context, answer <-chan []state.Finding) []state.Finding {
	select {
	case found := <-answer:
		return found
	case <-ctx.Done():
	}
	grace := time.NewTimer(time.Second)
	defer grace.Stop()
	select {
	case found := <-answer:
		return found
	case <-grace.C:
		return []state.Finding{fail("", "see whether it hangs", "no answer within %s", checkTime)}
	}
}

func named(check string, found []state.Finding) []finding {
	out := make([]finding, len(found))
	for i, f := range found {
		out[i] = finding{Check: check, Finding: f}
	}
	return out
}

// sayFinding prints a line, and one with what mends it.
func (a *app) sayFinding(f finding) { sayFinding(a.out, f) }

func sayFinding(w io.Writer, f finding) {
	name := f.Check
	if f.What != "" {
		name += ", " + f.What
	}
	level := fmt.Sprintf("%-4s", f.Level)
	if colored(w) {
		level = map[state.Level]string{state.OK: "\x1b[32m", state.Warn: "\x1b[33m", state.Fail: "\x1b[31m"}[f.Level] + level + "\x1b[0m"
	}
	fmt.Fprintf(w, "%s  %s: %s\n", level, plain(name), plain(f.Text))
	if f.Fix != "" {
		fmt.Fprintf(w, "      fix: %s\n", plain(f.Fix))
	}
}

// checkFolder tells whether the bot loads.
func checkFolder(dir string, b *flows.Bot, mistakes int) []state.Finding {
	if b == nil {
		return []state.Finding{fail("", "parley check "+quote(dir), "it does not load: %s", count(mistakes, "mistake"))}
	}
	found := []state.Finding{ok("", "%s loads: %s, %s", b.Name, count(len(b.IDs()), "flow"), count(len(b.Channels), "channel"))}
	if mistakes > 0 {
		found[0] = warn("", "parley check "+quote(dir), "%s loads, with %s", b.Name, count(mistakes, "warning"))
	}
	if path := envfile.Exposed(dir); path != "" {
		found = append(found, warn("secrets", "chmod 600 "+quote(path), "others on this machine can read %s", path))
	}
	return found
}

// checkServer tells the limits by which slow clients can't hold the server.
func checkServer() []state.Finding {
	s := bot.NewServer(http.NotFoundHandler(), slog.New(slog.DiscardHandler))
	for name, limit := range map[string]time.Duration{
		"header": s.ReadHeaderTimeout, "request": s.ReadTimeout, "answer": s.WriteTimeout, "idle": s.IdleTimeout,
	} {
		if limit <= 0 {
			return []state.Finding{fail("limits", "serve with bot.NewServer", "no time limit for %s", name)}
		}
	}
	return []state.Finding{ok("limits", "a request has %s to arrive and %s to be answered; a proxy in front should wait longer, and keep connections under %s", s.ReadTimeout, s.WriteTimeout, s.IdleTimeout)}
}

// shortToken is the length under which a token could be longer, in characters.
const shortToken = 24

func checkToken(token string) []state.Finding {
	switch n := len([]rune(token)); {
	case n == 0:
		return []state.Finding{ok("", "none: POST /events is closed")}
	case n < shortToken:
		return []state.Finding{warn("", "use 32 random characters: openssl rand -hex 16", "%d characters; POST /events is open to who guesses them", n)}
	default:
		return []state.Finding{ok("", "%d characters", n)}
	}
}
