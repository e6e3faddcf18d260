package reference

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// section says of a type of channel what the tables have no room for.
func section(w io.Writer, rows []row) {
	f := rows[0].factory
	fmt.Fprintf(w, "\n## %s\n\n%s\n", f.Type, f.Summary)
	if f.Settings != nil {
		fmt.Fprintf(w, "Setting it up, what comes in and goes out: [channels/%s](%s/README.md).\n", f.Type, f.Type)
	}
	lines := 0
	each(rows, func(r *row) []string { return r.incoming() }, func(variants, line string) {
		if variants != "" {
			variants += ": "
		}
		if lines++; lines == 1 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "- %s%s\n", variants, line)
	})
	if f.NoRetry {
		fmt.Fprintln(w, "- What comes while the bot or its store is down is lost.")
	}
	if len(f.Sources) > 0 {
		fmt.Fprint(w, "\n| where it is written | |\n|---|---|\n")
	}
	for _, s := range f.Sources {
		where := "not published"
		if s.URL != "" {
			where = "<" + s.URL + ">"
		}
		fmt.Fprintf(w, "| %s | %s |\n", strings.ReplaceAll(s.Fact, "|", `\|`), where)
	}
}

// ofType divides rows into those of one type each.
func ofType(rows []row) [][]row {
	var types [][]row
	for i := range rows {
		if i > 0 && rows[i].factory.Type == rows[i-1].factory.Type {
			types[len(types)-1] = append(types[len(types)-1], rows[i])
		} else {
			types = append(types, []row{rows[i]})
		}
	}
	return types
}

// each visits the lines of rows of one type, the same once, with the names of the
// variants that have it; none when all do.
func each(rows []row, lines func(r *row) []string, visit func(variants, line string)) {
	of := map[string][]string{}
	var order []string
	for i := range rows {
		for _, line := range lines(&rows[i]) {
			if of[line] == nil {
				order = append(order, line)
			}
			of[line] = append(of[line], rows[i].variant)
		}
	}
	for _, line := range order {
		variants := ""
		if len(of[line]) < len(rows) {
			variants = strings.Join(of[line], ", ")
		}
		visit(variants, line)
	}
}

// incoming says how webhooks come.
func (r *row) incoming() []string {
	var lines []string
	if _, polls := r.channel.(channels.Poller); polls {
		lines = append(lines, "Events are fetched from a queue.")
	}
	if r.corpus == nil {
		return lines
	}
	var kinds []string
	for _, k := range r.kinds {
		kinds = append(kinds, "`"+string(k)+"`")
	}
	if len(kinds) > 0 {
		lines = append(lines, "Events: "+strings.Join(kinds, ", ")+".")
	}
	return append(lines, fmt.Sprintf("The platform waits %s for an answer, and %s.", duration(r.corpus.Simulation().Timeout), r.schedules()))
}

// schedules say when what is posted again, that of messages first.
func (r *row) schedules() string {
	of := map[string][]string{r.again.String(): nil}
	order := []string{r.again.String()}
	for _, s := range r.corpus.Samples() {
		when := r.corpus.Retries(s.Body).String()
		if s.Odd() || when == order[0] {
			continue
		}
		if of[when] == nil {
			order = append(order, when)
		}
		for _, e := range s.Events {
			if k := "`" + string(e.Kind) + "`"; e.Kind != channels.KindUnknown && !slices.Contains(of[when], k) {
				of[when] = append(of[when], k)
			}
		}
	}
	out := order[0]
	for _, when := range order[1:] {
		if len(of[when]) > 0 {
			out += "; of " + strings.Join(of[when], ", ") + " it " + when
		}
	}
	return out
}
