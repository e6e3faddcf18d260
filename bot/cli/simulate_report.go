package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// noAnswer says why nothing came back.
func (o *poster) noAnswer(err error) (problem, fix string) {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Sprintf("no answer within %s, which is all that %s waits", brief(o.p.Simulation().Timeout), o.p.kind), "answer before the work is done, not after it"
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err // without the address, which may have a token in it
	}
	return fmt.Sprintf("no answer: %v", err), "start the program behind the address; `parley serve` runs a bot"
}

// refusal says what a status means to whoever looks for the cause.
func (o *poster) refusal(status int) (problem, fix string) {
	fixes := map[int]string{
		400: "the program can't read it; its log says why",
		401: "the secrets differ: those here are of bot.yaml and --set, and have to be those that the program has",
		403: "the secrets differ: those here are of bot.yaml and --set, and have to be those that the program has",
		404: fmt.Sprintf("nothing is at this path: is the channel named %s in bot.yaml there, and is it on?", o.p.name),
		405: "the address takes no such request: is the path right?",
		410: "many platforms switch a webhook off for this answer: never give it",
		413: "the body is over the limit of the program, or of a proxy in front of it",
		415: "the program wants another form of the body",
		429: "platforms take this for an outage: take what comes, and work later",
		503: "the program can't keep it now; its log says why, and `parley doctor`. The platform posts it again: see --retry",
	}
	fix, known := fixes[status]
	switch {
	case known:
	case status/100 == 3:
		fix = "platforms follow no redirects: give them the address at the end"
	case status >= 500:
		fix = "the program, or the proxy in front of it, failed; its log says why"
	}
	return strings.TrimSpace(fmt.Sprintf("answered with %d %s", status, http.StatusText(status))), fix
}

// report tells of an attempt, on a line, and of what to do about it.
func (o *poster) report(r posted) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.s.json {
		e := json.NewEncoder(o.a.out)
		e.SetEscapeHTML(false)
		o.err = errors.Join(o.err, e.Encode(r))
		return
	}
	level := "fail"
	switch {
	case r.OK:
		level = "ok"
	case r.Again != nil:
		level = "again"
	}
	line := fmt.Sprintf("%-5s %s: %s", level, r.Event, kindWords(r.Kinds))
	if r.Status != 0 {
		line += fmt.Sprintf(", %d in %.1f ms", r.Status, r.Millis)
	}
	if r.Attempt > 1 {
		line += fmt.Sprintf(", attempt %d", r.Attempt)
	}
	if r.Duplicate {
		line += ", duplicate"
	}
	if r.Problem != "" {
		line += ": " + r.Problem
	}
	if r.Again != nil {
		line += fmt.Sprintf("; again after %s", brief(time.Duration(*r.Again*float64(time.Second))))
	}
	fmt.Fprintln(o.a.out, line)
	if r.Fix != "" && r.Again == nil {
		fmt.Fprintf(o.a.out, "      fix: %s\n", r.Fix)
	}
}

// kindWords counts the kinds of a webhook's events.
func kindWords(kinds []channels.Kind) string {
	if len(kinds) == 0 {
		return "nothing for the bot"
	}
	n := map[channels.Kind]int{}
	for _, k := range kinds {
		n[k]++
	}
	var words []string
	for _, k := range slices.Sorted(maps.Keys(n)) {
		word := string(k)
		if n[k] > 1 {
			word = fmt.Sprintf("%d %s", n[k], k)
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}

// printCurl prints requests as commands for a shell.
func (a *app) printCurl(p *player, at aim, all []delivery) error {
	for _, d := range all {
		r, _, err := p.request(at, d, time.Now(), 0)
		if err != nil {
			return err
		}
		fmt.Fprintf(a.out, "# %s: %s\ncurl -sS -X %s %s", d.Event, kindWords(kindsOf(d.Events)), r.Method, shell(at.with(r.URL.RawQuery)))
		for _, name := range slices.Sorted(maps.Keys(r.Header)) {
			fmt.Fprintf(a.out, " \\\n  -H %s", shell(name+": "+r.Header.Get(name)))
		}
		if len(r.Body) > 0 {
			fmt.Fprintf(a.out, " \\\n  --data-binary %s", shell(string(r.Body)))
		}
		fmt.Fprint(a.out, "\n")
	}
	return nil
}

// shell quotes a word for a shell, whatever is in it.
func shell(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }
