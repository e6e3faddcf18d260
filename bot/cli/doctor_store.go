package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/flows/spec"
	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/filestore"
	"github.com/parley-chat/parley/state/redisstore"
)

// From where on somebody should look.
const (
	slowAccept   = 50 * time.Millisecond
	clockOff     = time.Second
	largeBacklog = 1000
	longWait     = 5 * time.Minute // for a message that should have left
	tooLongWait  = time.Hour
)

// checkStore looks whether the store can be reached, and how it does. Off are the
// channels that are off here, and why.
func (a *app) checkStore(ctx context.Context, t target, off map[string]string) []state.Finding {
	o := a.optionsOf(t)
	op, err := bot.OpenOperator(ctx, o)
	if err != nil {
		return append(storeTrouble(t, o, err), movedAway(ctx, o)...)
	}
	defer func() { _ = op.Close() }() // nothing was changed
	info := op.Info()
	var moved []state.Finding
	if !info.Running {
		moved = movedAway(ctx, o)
	}
	r, err := op.Examine(ctx)
	if err != nil {
		fix := "look into the log of the bot and of the store"
		if _, late := errors.AsType[*bot.NoAnswerError](err); late {
			fix = noAnswerFix
		}
		return append(append(commanded(t, r.Findings), moved...), fail("", fix, "it does not do what it should: %v", err))
	}
	reached := ok("", "%s, answers", info.Kind)
	switch {
	case info.Running:
		reached.Text = "file, held by the bot that runs"
	case info.Dir != "":
		reached.Text = "file; no bot runs on it"
	}
	all := append(append([]state.Finding{reached}, moved...), commanded(t, r.Findings)...)
	all = append(all, judgeAccept(r.Accept), judgeClock(r.Ahead), judgeLetters(t, r), judgeBacklog(r.Backlog, info))
	return append(all, judgeChannels(t, r.Channels, info, off)...)
}

// movedAway tells of a bot of this folder that runs on another store.
func movedAway(ctx context.Context, o bot.Options) []state.Finding {
	dir := bot.RunsElsewhere(ctx, o)
	if dir == "" {
		return nil
	}
	return []state.Finding{warn("place", "restart the bot, if state: was changed; else add --state "+quote("file:"+dir), "a bot of this folder runs on %s, another store than this", dir)}
}

// commanded completes the commands in findings of a store, which does not know how
// the bot was named.
func commanded(t target, found []state.Finding) []state.Finding {
	for i, f := range found {
		for _, words := range []string{"compact", "restore FILE --replace"} {
			if before, ends := strings.CutSuffix(f.Fix, "parley "+words); ends {
				found[i].Fix = before + t.command(words)
			}
		}
	}
	return found
}

const noAnswerFix = "end that process (kill -CONT lets one go on that was stopped), and start the bot again"

// storeTrouble says what to do about a store that can't be opened.
func storeTrouble(t target, o bot.Options, err error) []state.Finding {
	foreign, other := errors.AsType[*bot.ForeignError](err)
	_, late := errors.AsType[*bot.NoAnswerError](err)
	_, broken := errors.AsType[*spec.Error](err)
	switch {
	case other:
		return []state.Finding{fail("", "run this as that user: sudo -u "+quote(foreign.User)+" "+t.command("doctor"), "%s belongs to user %s", foreign.Dir, foreign.User)}
	case late:
		return []state.Finding{fail("", noAnswerFix, "%v", err)}
	case errors.Is(err, bot.ErrNoData):
		found := []state.Finding{ok("", "no data yet: the bot never ran")}
		if p, err := bot.PlaceOf(o); err == nil {
			if err := filestore.Try(p.Dir); err != nil {
				return []state.Finding{fail("", "name a folder that the bot may write, in state:", "no store can be made: %v", err)}
			}
			found = append(found, filestore.InspectDisk(existing(p.Dir)))
		}
		return found
	case errors.Is(err, bot.ErrInMemory):
		return []state.Finding{warn("", "state: file:data in bot.yaml keeps conversations", "memory: a restart loses every conversation")}
	case broken:
		return []state.Finding{fail("", "parley check "+quote(o.Dir), "bot.yaml does not say which it is")}
	case errors.Is(err, filestore.ErrDamaged):
		return []state.Finding{fail("", "put a backup in its place: "+t.command("restore FILE --replace"), "%v", err)}
	case errors.Is(err, filestore.ErrInUse):
		return []state.Finding{fail("", "stop that process, or start it again if it is the bot", "%v, and it does not answer operators", err)}
	case errors.Is(err, fs.ErrPermission):
		return []state.Finding{fail("", "let the user who runs the bot read and write the folder", "%v", err)}
	}
	if p, place := bot.PlaceOf(o); place == nil && p.Dir != "" {
		return []state.Finding{fail("", "name a folder that the bot may write, in state:", "%v", err)}
	}
	return []state.Finding{fail("", cmp.Or(redisstore.Fix(err), "start the store, or mend the address in state:"), "%v", err)}
}

// checkProfile tells whether the store keeps what bot.yaml asks for.
func (a *app) checkProfile(ctx context.Context, t target, profile string) []state.Finding {
	if profile == "" {
		return []state.Finding{ok("", "not set: the bot takes what the store keeps")}
	}
	err := bot.CheckProfile(ctx, a.optionsOf(t), profile)
	if err == nil {
		return []state.Finding{ok("", "%s, which the store keeps", profile)}
	}
	// Of what a store keeps it says itself what would do.
	if text, do, says := strings.Cut(err.Error(), ". "); says && strings.Contains(text, "profile: ") {
		return []state.Finding{fail("", strings.ToLower(do[:1])+do[1:], "%s", text)}
	}
	return []state.Finding{fail("", "mend the store first: see above", "not checked: %v", err)}
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

func judgeLetters(t target, r bot.StoreReport) state.Finding {
	if r.Letters == 0 {
		return ok("dead letters", "none")
	}
	return warn("dead letters", t.command("dead list"), "%d, the oldest of %s", r.Letters, r.Oldest.Local().Format(timeForm))
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

// judgeChannels tells what waits, due or not, and what holds it up.
func judgeChannels(t target, all []bot.ChannelReport, info bot.StoreInfo, off map[string]string) []state.Finding {
	var found []state.Finding
	soon := 0 // that wait no longer than they should
	for _, c := range all {
		if !info.Running {
			c.Off = off[c.Channel]
		}
		f, fine := judgeChannel(t, c, info)
		if fine {
			soon += c.Events + c.Rows
			continue
		}
		f.What = "channel " + c.Channel
		found = append(found, f)
	}
	switch {
	case soon > 0:
		return append(found, ok("waiting", "%s, for %s at most", count(soon, "message"), plainTime(longWait)))
	case len(found) > 0:
		return append(found, ok("waiting", "nothing else"))
	}
	return append(found, ok("waiting", "nothing"))
}

func judgeChannel(t target, c bot.ChannelReport, info bot.StoreInfo) (f state.Finding, fine bool) {
	since := time.Since(c.Since)
	text := "nothing waits"
	if c.Conversations > 0 {
		text = fmt.Sprintf("%s in %s, the first for %s", waitingText(c.Events, c.Rows), count(c.Conversations, "conversation"), plainTime(since))
	}
	stopped := info.Dir != "" && !info.Running
	switch {
	case c.Off != "" && c.Conversations > 0:
		return warn("", "turn the channel on: set what is missing, and restart the bot", "it is off (%s): %s", c.Off, text), false
	case c.Paused != "" && c.Conversations > 0 && since > tooLongWait:
		return fail("", pauseFix(c.Paused), "it pauses (%s): %s", c.Paused, text), false
	case c.Paused != "":
		return warn("", pauseFix(c.Paused), "it pauses (%s): %s", c.Paused, text), false
	case c.Conversations == 0 || since <= longWait || stopped:
		return f, true // of a bot that is stopped the backlog tells
	case since > tooLongWait:
		return fail("", waitFix(t), "%s", text), false
	}
	return warn("", waitFix(t), "%s", text), false
}

// plainTime writes a duration as people say it, as exact as it matters.
func plainTime(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours())/24)
}

// waitFix says where to look when something waits and nobody knows for what.
func waitFix(t target) string {
	return "see in the log why they are not sent (message not sent, turn failed), and what the channel says in " + t.command("doctor --url http://127.0.0.1:8080")
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
