package flows

import (
	"slices"

	"github.com/parley-chat/parley/flows/spec"
)

// Words of the language that this version does not have get an error of their
// own, since the author did not mistype.

func laterVerbs() []string { return []string{"review", "answer", "ticket", "each"} }

// laterFor reports the keys among words, for the table of a map.
func laterFor(words ...string) func(*spec.Report, spec.Pair) bool {
	return func(r *spec.Report, p spec.Pair) bool { return later(r, p.Key, words) }
}

// laterValue reports the values among words, for a field.
func laterValue(words ...string) func(*spec.Report, *spec.Node) bool {
	return func(r *spec.Report, n *spec.Node) bool {
		return n.Kind() == spec.Scalar && later(r, n, words)
	}
}

// later reports a node that is one of words.
func later(r *spec.Report, n *spec.Node, words []string) bool {
	if !slices.Contains(words, n.Text()) {
		return false
	}
	r.Error(n.Pos(), "E227", "", "`%s` is not in this version of Parley", n.Text())
	return true
}
