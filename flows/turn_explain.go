package flows

import (
	"slices"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/flows/expression"
)

// maxOffers bounds the candidates in a trace.
const maxOffers = 200

// offer traces one candidate and returns whether it took the event.
func (t *turn) offer(stage int, taken bool, to, why string) bool {
	if len(t.out.Trace.Offers) < maxOffers || taken {
		t.out.Trace.Offers = append(t.out.Trace.Offers, Offer{To: to, Stage: stage, Taken: taken, Why: why})
	}
	return taken
}

func (t *turn) taken(by string) { t.out.Trace.Taken = by }

func questionName(r *run) string { return "question " + r.top().Step }

func quote(s string) string { return strconv.Quote(s) }

// parts writes the parts of a condition with their values, when asked to explain.
// They may hold what was written, so they are left out while that is secret.
func (t *turn) parts(p *expression.Program) string {
	if p == nil || !t.in.Explain || t.out.Secret {
		return ""
	}
	var b strings.Builder
	for i, part := range p.Explain(t.env()) {
		sep := ", "
		if i == 0 {
			sep = " ("
		}
		b.WriteString(sep + part.Source + " is " + part.Value)
	}
	if b.Len() > 0 {
		b.WriteString(")")
	}
	return b.String()
}

// explainOthers says of the flows that were not asked why they were not: those
// that another was before, and those whose starts do not fit.
func (t *turn) explainOthers(candidates []candidate, asked int) {
	if !t.in.Explain {
		return
	}
	for _, c := range candidates[asked:] {
		t.offer(stageFlow, false, "flow "+c.start.flow.ID, c.why+" fits, but another flow comes first")
	}
	for _, id := range t.b.ids {
		f := t.b.flows[id]
		if len(f.starts) == 0 || slices.ContainsFunc(candidates, func(c candidate) bool { return c.start.flow == f }) ||
			slices.ContainsFunc(f.starts, func(s *start) bool { return s.fallback }) {
			continue
		}
		t.offer(stageFlow, false, "flow "+id, "none of its words or patterns is in the message")
	}
}
