package expression

import (
	"strings"
)

// A Template is a compiled text with ${ } in it. It is immutable and safe for
// concurrent use.
type Template struct {
	parts []TemplatePart
	reads []string
}

// A TemplatePart is a run of plain text, or one ${ }.
type TemplatePart struct {
	// Literal is the text as it is sent; empty for a ${ }.
	Literal string
	// Program is that of a ${ }, else nil.
	Program *Program
	// From and To are the place in the source, in runes, braces included.
	From, To int
}

// Text compiles a text with ${ } in it. A $${ is a literal ${. The template is
// nil when there are problems, or when it reads what is Broken.
func (s *Scope) Text(src string) (*Template, []Problem) {
	pieces, problems := scanText([]rune(src))
	t := &Template{}
	names := map[string]bool{}
	broken := false
	for _, piece := range pieces {
		part := TemplatePart{Literal: piece.literal, From: piece.from, To: piece.to}
		if piece.isExpression {
			program, found := s.compile(piece.expression)
			for _, p := range found {
				p.From += piece.offset
				p.To += piece.offset
				problems = append(problems, p)
			}
			part.Program = program
			broken = broken || program == nil
			if program != nil {
				for _, name := range program.reads {
					names[name] = true
				}
			}
		}
		t.parts = append(t.parts, part)
	}
	if len(problems) > 0 {
		sortProblems(problems)
		return nil, problems
	}
	if broken {
		return nil, nil
	}
	t.reads = sortedKeys(names)
	return t, nil
}

// Type returns the type of the expression when the text is exactly one ${ }, and
// Text else.
func (t *Template) Type() Type {
	if p := t.sole(); p != nil {
		return p.typ
	}
	return Of(Text)
}

// Reads returns the names that are read, sorted, as paths.
func (t *Template) Reads() []string { return append([]string{}, t.reads...) }

// Literal returns the text when it has no ${ }.
func (t *Template) Literal() (string, bool) {
	var b strings.Builder
	for _, part := range t.parts {
		if part.Program != nil {
			return "", false
		}
		b.WriteString(part.Literal)
	}
	return b.String(), true
}

// Parts returns the parts in their order.
func (t *Template) Parts() []TemplatePart { return append([]TemplatePart{}, t.parts...) }

// Text fills the text in, of at most 64 kB. What is unset reads as its zero. An
// expression that fails, such as an unset date, is empty; its error, in words for
// a trace, is returned beside the text.
func (t *Template) Text(env *Env) (string, []error) {
	if len(t.parts) == 1 && t.parts[0].Program == nil {
		return t.parts[0].Literal, nil
	}
	var room [256]byte
	b := room[:0]
	var errs []error
	for _, part := range t.parts {
		if part.Program == nil {
			b = append(b, part.Literal...)
			continue
		}
		v, err := part.Program.Value(env)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		b = append(b, Display(v, part.Program.typ, env.Runtime)...)
	}
	return cutText(string(b)), errs
}

// Value returns the value of the expression when the text is exactly one ${ },
// nil when that is an unset variable. Else it returns the text, and an error
// when one of its expressions failed.
func (t *Template) Value(env *Env) (any, error) {
	p := t.sole()
	if p == nil {
		text, errs := t.Text(env)
		if len(errs) > 0 {
			return text, errs[0]
		}
		return text, nil
	}
	if p.unset(env) {
		return nil, nil
	}
	return p.Value(env)
}

// sole is the program of a text that is exactly one ${ }.
func (t *Template) sole() *Program {
	if len(t.parts) != 1 {
		return nil
	}
	return t.parts[0].Program
}
