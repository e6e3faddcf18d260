package reference

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// A column says one thing of a row.
type column struct {
	title string
	cell  func(r *row) string
}

// table writes rows with a name and columns.
func table(w io.Writer, rows []row, columns []column) {
	fmt.Fprint(w, "| |")
	for _, c := range columns {
		fmt.Fprintf(w, " %s |", c.title)
	}
	fmt.Fprint(w, "\n|---|"+strings.Repeat("---|", len(columns))+"\n")
	for _, same := range ofType(rows) {
		cells := func(r *row) []string {
			var line strings.Builder
			for _, c := range columns {
				fmt.Fprintf(&line, " %s |", cmp.Or(c.cell(r), "–"))
			}
			return []string{line.String()}
		}
		each(same, cells, func(variants, line string) {
			name := "[" + same[0].factory.Type + "](#" + same[0].factory.Type + ")"
			fmt.Fprintf(w, "| %s |%s\n", strings.TrimSpace(name+" "+variants), line)
		})
	}
}

// shown are the columns of what can be sent.
func shown() []column {
	return []column{
		{"text", func(r *row) string { return length(r.can.Text) }},
		{"under", func(r *row) string {
			if r.can.WithOptions.Max == 0 {
				return ""
			}
			return length(r.can.WithOptions)
		}},
		{"caption", func(r *row) string {
			if r.can.Caption.Max == 0 {
				return ""
			}
			return length(r.can.Caption) + " " + letters(or(r.can.Captions, r.can.Media))
		}},
		{"buttons", func(r *row) string { return options(r.can.Buttons.Max, r.can.Buttons.Label, channels.TextLimit{}) }},
		{"list", func(r *row) string { return options(r.can.List.Max, r.can.List.Label, r.can.List.Hint) }},
		{"links", func(r *row) string { return tick(r.can.Links) }},
		{"media", func(r *row) string { return letters(r.can.Media) }},
		{"place", func(r *row) string { return tick(r.can.Location) }},
		{"contact", func(r *row) string { return tick(r.can.Contact) }},
		{"template", func(r *row) string { return tick(r.can.Template) }},
		{"window", func(r *row) string { return duration(r.can.Window) }},
		{"pace", func(r *row) string { return pace(r.can.Pace) }},
	}
}

// delivered are the columns of how messages come and go.
func delivered() []column {
	return []column{
		{"handshake", func(r *row) string { return tick(r.corpus != nil && r.corpus.Simulation().Handshake != nil) }},
		{"register", func(r *row) string {
			if r.registers {
				return "(✓)"
			}
			return has[channels.Registrar](r)
		}},
		{"check", has[channels.Checker]},
		{"inspect", has[channels.Inspector]},
		{"typing", has[channels.Typer]},
		{"seen", has[channels.Acknowledger]},
		{"media", has[channels.MediaOpener]},
		{"poll", has[channels.Poller]},
		{"once", func(r *row) string { return tick(r.can.Repeatable) }},
		{"statuses", func(r *row) string {
			s := ""
			for _, state := range r.states {
				s += state[:1]
			}
			if s != "" && r.can.StatusByID {
				s += "*"
			}
			return s
		}},
		{"posted again", postedAgain},
		{"known", func(r *row) string { return duration(r.factory.DedupeWindow) }},
	}
}

// has says whether a channel has an ability.
func has[T any](r *row) string {
	_, ok := r.channel.(T)
	return tick(ok)
}

// postedAgain says in a few words when a webhook comes again.
func postedAgain(r *row) string {
	mark := ""
	if r.again.Assumed {
		mark = " ?"
	}
	switch {
	case r.corpus == nil:
		return ""
	case len(r.again.Waits) == 0:
		return "never"
	case r.again.For > 0:
		return "for " + duration(r.again.For) + mark
	default:
		return strconv.Itoa(len(r.again.Waits)) + " times" + mark
	}
}

func tick(yes bool) string {
	if yes {
		return "✓"
	}
	return ""
}

// length is the longest text.
func length(l channels.TextLimit) string {
	if l.Max <= 0 {
		return "∞"
	}
	return thousands(l.Max) + map[channels.Unit]string{channels.Runes: " c", channels.Graphemes: " g", channels.Bytes: " B"}[l.Unit]
}

func options(most int, label, hint channels.TextLimit) string {
	if most <= 0 {
		return ""
	}
	s := thousands(most) + " × " + length(label)
	if hint.Max > 0 {
		s += " + " + length(hint)
	}
	return s
}

// letters are the kinds of media.
func letters(kinds []channels.MediaKind) string {
	s := ""
	for _, k := range []channels.MediaKind{channels.Image, channels.Audio, channels.Video, channels.File} {
		if slices.Contains(kinds, k) {
			s += string(k[:1])
		}
	}
	return s
}

func or(kinds, otherwise []channels.MediaKind) []channels.MediaKind {
	if kinds != nil {
		return kinds
	}
	return otherwise
}

func pace(p channels.Pace) string {
	var parts []string
	if p.PerSecond > 0 {
		parts = append(parts, number(p.PerSecond)+"/s")
	}
	if p.BulkPerSecond > 0 {
		parts = append(parts, number(p.BulkPerSecond)+"/s in bulk")
	}
	if p.Recipient > 0 {
		parts = append(parts, duration(p.Recipient)+" after "+strconv.Itoa(max(p.RecipientBurst, 1)))
	}
	return strings.Join(parts, ", ")
}

// duration is in whole units: 24 h, 8 days.
func duration(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d <= 0:
		return ""
	case d >= 2*day && d%day == 0:
		return strconv.FormatInt(int64(d/day), 10) + " d"
	case d >= time.Hour:
		return strconv.FormatInt(int64((d+time.Hour-1)/time.Hour), 10) + " h"
	case d >= time.Minute:
		return strconv.FormatInt(int64(d/time.Minute), 10) + " min"
	}
	return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + " s"
}

// number is a rate, which may be less than one.
func number(f float64) string {
	if f == math.Trunc(f) {
		return thousands(int(f))
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func sorted(kinds map[channels.Kind]bool) []channels.Kind { return slices.Sorted(maps.Keys(kinds)) }
