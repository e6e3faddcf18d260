package expression

import (
	"fmt"
	"maps"
	"slices"
	"sync"
)

// A Scope holds the names that an expression may use: variables and functions.
// It is built by one goroutine; once built, it may compile in several.
type Scope struct {
	vars      map[string]Type
	outer     *Scope // has the names that are not in vars; may be nil
	functions map[string]*function
	// schedules and steps are nil while nothing is known about them.
	schedules, steps []string
	// disabled are all functions of expr itself.
	disabled map[string]bool
	// machines is shared by all that is compiled in a family of scopes.
	machines *sync.Pool
}

// NewScope returns a scope with all functions and no variables.
func NewScope() *Scope {
	s := &Scope{
		functions: map[string]*function{},
		disabled:  disabledBuiltins(),
		machines:  newMachines(),
	}
	for _, f := range builtins() {
		s.functions[f.name] = f
	}
	return s
}

// Declare adds a variable, or a record such as contact or event, or gives it
// another type.
func (s *Scope) Declare(name string, t Type) {
	if s.vars == nil {
		s.vars = map[string]Type{}
	}
	s.vars[name] = t
}

// Inner returns a scope with all that this one has, for names of its own. Many may
// share one, which declares nothing more from then on.
func (s *Scope) Inner() *Scope {
	child := *s
	child.vars, child.outer = nil, s
	return &child
}

// With returns a scope that also has this name, or has it with another type. The
// receiver is unchanged, and what it declares later is not seen.
func (s *Scope) With(name string, t Type) *Scope {
	child := *s
	child.vars = maps.Clone(s.vars)
	child.Declare(name, t)
	return &child
}

// Lookup returns the type of a name.
func (s *Scope) Lookup(name string) (Type, bool) {
	for ; s != nil; s = s.outer {
		if t, ok := s.vars[name]; ok {
			return t, true
		}
	}
	return Type{}, false
}

// Names returns the declared names, sorted.
func (s *Scope) Names() []string {
	var names []string
	for ; s != nil; s = s.outer {
		names = slices.AppendSeq(names, maps.Keys(s.vars))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// DeclareSchedules sets the names that open() and the like may use. Until it is
// called, they are not checked.
func (s *Scope) DeclareSchedules(names ...string) { s.schedules = append([]string{}, names...) }

// DeclareSteps sets the names that visits() may use. Until it is called, they
// are not checked.
func (s *Scope) DeclareSteps(names ...string) { s.steps = append([]string{}, names...) }

// AddFunction adds a function written in Go. It fails when the name is taken or
// no name, or when a type is none that authors can write.
func (s *Scope) AddFunction(f Function) error {
	switch {
	case !isName(f.Name):
		return fmt.Errorf("function %q: the name must be letters, digits and _", f.Name)
	case s.functions[f.Name] != nil || reserved(f.Name):
		return fmt.Errorf("function %q: the name is taken", f.Name)
	case f.Call == nil:
		return fmt.Errorf("function %q: there is nothing to call", f.Name)
	}
	for _, t := range append([]Type{f.Result}, f.Args...) {
		if err := known(t, 0); err != nil {
			return fmt.Errorf("function %q: %w", f.Name, err)
		}
	}
	s.functions = maps.Clone(s.functions) // a parent or child shares it
	s.functions[f.Name] = f.compile()
	return nil
}

// known fails for a type whose kind is none of those that exist.
func known(t Type, depth int) error {
	if depth > maxDepth {
		return errDeep
	}
	switch t.Kind {
	case List:
		if t.Elem == nil {
			return fmt.Errorf("a list needs the type of its elements")
		}
		return known(*t.Elem, depth+1)
	case Record:
		for _, f := range t.Fields {
			if err := known(f.Type, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	if _, ok := ParseKind(string(t.Kind)); !ok {
		return fmt.Errorf("%q is no type", t.Kind)
	}
	return nil
}

// isName reports whether expr reads s as one name.
func isName(s string) bool {
	for i, r := range s {
		letter := r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	switch s {
	case "", "true", "false", "nil", "not", "and", "or", "in", "matches", "contains", "startsWith", "endsWith",
		"let", "if", "else":
		return false
	}
	return true
}
