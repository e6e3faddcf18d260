package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/flows/spec"
	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/filestore"
)

// From where on somebody should look.
const (
	slowAccept   = 50 * time.Millisecond
	clockOff     = time.Second
	largeBacklog = 1000
)

// checkStore looks whether the store can be reached, and how it does.
func (a *app) checkStore(ctx context.Context, t target) []state.Finding {
	o := a.optionsOf(t)
	op, err := bot.OpenOperator(ctx, o)
	if err != nil {
		return storeTrouble(o, err)
	}
	defer func() { _ = op.Close() }() // nothing was changed
	info := op.Info()
	r, err := op.Examine(ctx)
	if err != nil {
		return append(r.Findings, fail("", "look into the log of the bot and of the store", "it does not do what it should: %v", err))
	}
	reached := ok("", "%s, answers", info.Kind)
	switch {
	case info.Running:
		reached.Text = "file, held by the bot that runs"
	case info.Dir != "":
		reached.Text = "file; no bot runs on it"
	}
	all := append([]state.Finding{reached}, r.Findings...)
	return append(all, judgeAccept(r.Accept), judgeClock(r.Ahead), judgeLetters(r), judgeBacklog(r.Backlog, info))
}

// storeTrouble says what to do about a store that can't be opened.
func storeTrouble(o bot.Options, err error) []state.Finding {
	switch _, broken := errors.AsType[*spec.Error](err); {
	case errors.Is(err, bot.ErrNoData):
		found := []state.Finding{ok("", "no data yet: the bot never ran")}
		if p, err := bot.PlaceOf(o); err == nil {
			found = append(found, filestore.InspectDisk(existing(p.Dir)))
		}
		return found
	case errors.Is(err, bot.ErrInMemory):
		return []state.Finding{warn("", "state: file:data in bot.yaml keeps conversations", "memory: a restart loses every conversation")}
	case broken:
		return []state.Finding{fail("", "parley check "+quote(o.Dir), "bot.yaml does not say which it is")}
	case errors.Is(err, filestore.ErrDamaged):
		return []state.Finding{fail("", "parley restore a backup, with --replace", "%v", err)}
	case errors.Is(err, filestore.ErrInUse):
		return []state.Finding{fail("", "stop that process, or start it again if it is the bot", "%v, and it does not answer operators", err)}
	}
	return []state.Finding{fail("", "start the store, or mend the address in state:", "%v", err)}
}

// checkProfile tells whether the store keeps what bot.yaml asks for.
func (a *app) checkProfile(ctx context.Context, t target, profile string) []state.Finding {
	if profile == "" {
		return []state.Finding{ok("", "not set: the bot takes what the store keeps")}
	}
	if err := bot.CheckProfile(ctx, a.optionsOf(t), profile); err != nil {
		return []state.Finding{fail("", "see what it says, or set another profile in bot.yaml", "%v", err)}
	}
	return []state.Finding{ok("", "%s, which the store keeps", profile)}
}

func judgeAccept(took time.Duration) state.Finding {
	text := took.Round(10 * time.Microsecond)
	if took > slowAccept {
		return warn("latency", "a faster disk, or a store that is nearer", "%s until a message is durable: every webhook waits that long", text)
	}
	return ok("latency", "%s until a message is durable", text)
}

func judgeClock(ahead time.Duration) state.Finding {
	off := ahead.Abs().Round(time.Millisecond)
	switch {
	case ahead > clockOff:
		return warn("clock", "have both machines keep time (chrony, systemd-timesyncd)", "that of the store is %s ahead of this machine's", off)
	case ahead < -clockOff:
		return warn("clock", "have both machines keep time (chrony, systemd-timesyncd)", "that of the store is %s behind this machine's", off)
	}
	return ok("clock", "within a second of this machine's")
}

func judgeLetters(r bot.StoreReport) state.Finding {
	if r.Letters == 0 {
		return ok("dead letters", "none")
	}
	return warn("dead letters", "parley dead list", "%d, the oldest of %s", r.Letters, r.Oldest.Local().Format(timeForm))
}

func judgeBacklog(n int, info bot.StoreInfo) state.Finding {
	switch {
	case info.Dir != "" && !info.Running && n > 0:
		return warn("backlog", "start the bot", "%s waits for the bot", count(n, "conversation"))
	case n > largeBacklog:
		return warn("backlog", "see in the log what is slow; with Redis, add processes", "%d conversations wait: more comes in than is handled", n)
	}
	return ok("backlog", "%s to look at", count(n, "conversation"))
}

// existing is the folder, or the nearest above it that there is.
func existing(dir string) string {
	for {
		if _, err := os.Stat(dir); err == nil || dir == filepath.Dir(dir) {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}
