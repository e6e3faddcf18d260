package cli

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/flows/spec"
)

// A target is the bot that an operator means.
type target struct {
	dir, state string
}

// flags adds what names the bot.
func (t *target) flags(cmd *cobra.Command, a *app) {
	cmd.Flags().StringVar(&t.dir, "bot", cmp.Or(a.options.Dir, "."), "the bot folder")
	cmd.Flags().StringVar(&t.state, "state", a.options.State, "store, instead of the one in bot.yaml: file:DIR or redis://HOST")
}

// command is a command line as it is to be typed for the bot that is meant. A store
// whose address may hold a password is left for people to fill in.
func (t target) command(words string) string {
	line := "parley " + words
	if t.dir != "" && t.dir != "." {
		line += " --bot " + quote(t.dir)
	}
	switch {
	case t.state == "":
	case strings.ContainsAny(t.state, "@?"):
		line += " --state ADDRESS"
	default:
		line += " --state " + quote(t.state)
	}
	return line
}

// optionsOf are those that name the bot.
func (a *app) optionsOf(t target) bot.Options {
	o := a.options
	o.Dir, o.State = t.dir, t.state
	return o
}

// operate opens the store, or asks the bot that runs, and closes it in the end.
func (a *app) operate(ctx context.Context, t target, do func(*bot.Operator) error) error {
	o := a.optionsOf(t)
	op, err := bot.OpenOperator(ctx, o)
	if err != nil {
		return a.openError(ctx, t, err)
	}
	if !op.Info().Running {
		if other := bot.RunsElsewhere(ctx, o); other != "" {
			fmt.Fprintf(a.err, "Note: %s.\n", elsewhere(other))
		}
	}
	return errors.Join(do(op), op.Close())
}

// openError says what to do about a store that can't be opened.
func (a *app) openError(ctx context.Context, t target, err error) error {
	if other := bot.RunsElsewhere(ctx, a.optionsOf(t)); other != "" {
		return fmt.Errorf("%w; but %s", err, elsewhere(other))
	}
	if errors.Is(err, bot.ErrNoData) {
		return fmt.Errorf("%w; if you mean another bot, name its folder with --bot", err)
	}
	if _, broken := errors.AsType[*spec.Error](err); broken {
		if _, missing := os.Stat(filepath.Join(t.dir, "bot.yaml")); errors.Is(missing, fs.ErrNotExist) {
			return &usageError{fmt.Errorf("there is no bot.yaml in %s: name the bot folder with --bot", t.dir)}
		}
	}
	return err
}

// elsewhere says of a bot that runs on another store how to reach it.
func elsewhere(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	return fmt.Sprintf("a bot of this folder runs on %s: state: was changed since it started, or it was started with --state; add --state %s to ask it", dir, quote("file:"+dir))
}

// confirm asks before something that can't be undone, or that people will notice.
// Where nobody can be asked, --yes is needed.
func (a *app) confirm(yes bool, question string) error {
	if yes {
		return nil
	}
	if f, ok := a.in.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		return &usageError{errors.New("nobody can be asked here, since the input is no terminal: add --yes to go on")}
	}
	fmt.Fprintf(a.err, "%s [y/N] ", question)
	line, err := bufio.NewReader(a.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes":
		return nil
	}
	return errors.New("nothing was changed")
}

// A progress tells how far a long work is: with a bar on a terminal, which is wiped
// in the end, else with a line each second.
type progress struct {
	w     io.Writer
	bar   bool
	doing string
	total int
	told  time.Time
}

// barWidth is that of the bar, in characters.
const barWidth = 30

func (a *app) progress(doing string, total int) *progress {
	f, ok := a.err.(*os.File)
	return &progress{w: a.err, bar: ok && term.IsTerminal(int(f.Fd())), doing: doing, total: total, told: time.Now()}
}

// at tells that so many are done.
func (p *progress) at(done int) {
	every := time.Second
	if p.bar {
		every = 50 * time.Millisecond
	}
	if time.Since(p.told) < every {
		return
	}
	p.told = time.Now()
	p.tell(done)
}

func (p *progress) tell(done int) {
	if !p.bar {
		fmt.Fprintf(p.w, "%s: %d of %d\n", p.doing, done, p.total)
		return
	}
	full := barWidth * done / max(p.total, 1)
	fmt.Fprintf(p.w, "\r%s [%s%s] %d/%d", p.doing, strings.Repeat("#", full), strings.Repeat(".", barWidth-full), done, p.total)
}

// end wipes the bar.
func (p *progress) end() {
	if p.bar {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

// count writes a number of things: 1 dead letter, 2 dead letters.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
