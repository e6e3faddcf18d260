package expression

import (
	"errors"
	"strings"
	"sync"

	"github.com/expr-lang/expr/vm"
)

// maxWork bounds what one run may do. A unit is about the work of one node of
// the syntax tree, 50 ns at most; whoever loops or walks over texts pays for it
// before. It counts work and not time so that a run has the same outcome on
// every machine.
const maxWork = 1_000_000

// A failure is an error of a run, in words for a trace.
type failure string

func (f failure) Error() string { return string(f) }

const (
	errWork  failure = "takes too long"
	errLarge failure = "makes too long a text or list"
	errBad   failure = "a value does not have its declared type"
)

// run is what the functions of one run share: the environment of expr's machine.
type run struct {
	env  *Env
	work int
}

// spend pays for work.
func (r *run) spend(units int) error {
	r.work -= units
	if r.work < 0 {
		return errWork
	}
	return nil
}

// spendText pays for a walk over texts.
func (r *run) spendText(texts ...string) error {
	n := 0
	for _, s := range texts {
		n += len(s)
	}
	return r.spend(n / 16)
}

// machine is the memory that a run needs; it is used again and again.
type machine struct {
	vm  vm.VM
	run run
}

func newMachines() *sync.Pool {
	return &sync.Pool{New: func() any {
		return &machine{vm: vm.VM{MemoryBudget: MaxMemory}}
	}}
}

// execute runs bytecode. It never panics: expr recovers what happens on its
// machine, functions of embedders included.
func execute(pool *sync.Pool, code *vm.Program, env *Env) (any, error) {
	m := pool.Get().(*machine)
	m.run = run{env: env, work: maxWork}
	out, err := m.vm.Run(code, &m.run)
	if err == nil {
		err = m.run.measure(out, 0)
	}
	m.run.env = nil
	clear(m.vm.Stack[:cap(m.vm.Stack)]) // it must not keep a conversation alive
	pool.Put(m)
	if err != nil {
		return nil, explainFailure(err)
	}
	return out, nil
}

// explainFailure keeps our own words and the ones of embedders, and replaces
// those of expr, which name Go types.
func explainFailure(err error) error {
	if f, ok := errors.AsType[failure](err); ok {
		return f
	}
	if c, ok := errors.AsType[*callError](err); ok {
		return c
	}
	if strings.Contains(err.Error(), "memory budget") {
		return errLarge
	}
	if strings.Contains(err.Error(), "divide by zero") {
		return failure("divides by zero")
	}
	if strings.Contains(err.Error(), "out of range") {
		return failure("the list has no such element")
	}
	return errBad
}

// measure pays for a result that is kept: one list may be in another many times
// over, which costs nothing before somebody writes it out.
func (r *run) measure(v any, depth int) error {
	if depth > maxDepth {
		return errLarge
	}
	switch v := v.(type) {
	case []any:
		if r.spend(len(v)) != nil {
			return errLarge
		}
		for _, e := range v {
			if err := r.measure(e, depth+1); err != nil {
				return err
			}
		}
	case map[string]any:
		if r.spend(len(v)) != nil {
			return errLarge
		}
		for _, e := range v {
			if err := r.measure(e, depth+1); err != nil {
				return err
			}
		}
	case string:
		if depth > 0 && r.spendText(v) != nil {
			return errLarge
		}
	case float64:
		if v-v != 0 { // neither JSON nor people can do with infinity
			return failure("is not a number")
		}
	}
	return nil
}
