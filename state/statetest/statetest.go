// Package statetest is the suite that every store of package state passes.
//
// [Run] checks the behaviours of the contract one by one, each as a named
// subtest. [Model] runs random workers that crash, stop and lose answers
// against a simple account of what must come out. Nothing in either depends on
// how a store works.
//
// After every step of both, the work index is checked: see [Auditor]. And each
// behaviour ends by draining the store through Due and Claim alone, which must
// bring out every event that was taken in.
package statetest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/parley-chat/parley/state"
)

// A Harness is a store to test, fresh, with what a test may do to it.
type Harness struct {
	Store state.Store
	// Advance moves the clock of the store ahead. Nil for a store whose clock
	// cannot be moved: behaviours that need time to pass are then left out, and
	// so is Model.
	Advance func(time.Duration)
	// Reopen closes the store, or breaks it off, and opens it again on the same
	// data, as a process of its own does that starts again: all leases are free.
	// Nil for a store that has no such thing.
	Reopen func() state.Store
	// Ages is true for a store with the contract's Retention that deletes by the
	// clock that Advance moves, as it is used.
	Ages bool
}

// An Auditor is a store that can check itself by reading all that it holds:
// headers, work index and lengths agree, and nothing lies about that no header
// knows. The suite calls it after every step.
type Auditor interface {
	Audit(ctx context.Context) error
}

// A Clock is a clock that stands until it is moved. It is safe for concurrent
// use.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that stands at some noon.
func NewClock() *Clock {
	return &Clock{now: time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)}
}

// Now returns the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// A behaviour is one promise of the contract.
type behaviour struct {
	name  string
	needs need
	run   func(*kit)
}

// A need is what a behaviour asks of the harness.
type need int

const (
	nothing need = iota
	clock        // Advance
	reopen       // Advance and Reopen
	ages         // Advance and Ages
)

// has reports whether the harness gives what a behaviour needs.
func (h Harness) has(n need) bool {
	switch n {
	case clock:
		return h.Advance != nil
	case reopen:
		return h.Advance != nil && h.Reopen != nil
	case ages:
		return h.Advance != nil && h.Ages
	}
	return true
}

// Run checks every behaviour on a fresh store. The harness must clean up after
// itself with t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) Harness) {
	able := open(t)
	for _, group := range []struct {
		name string
		all  []behaviour
	}{
		{"Intake", intake()},
		{"Lease", leases()},
		{"Turn", turns()},
		{"Journal", journals()},
		{"Wake", wakes()},
		{"Outbox", outboxes()},
		{"Repeat", repeats()},
		{"Index", indexes()},
		{"Reader", readers()},
		{"Facts", facts()},
		{"Flows", flows()},
		{"Operator", operators()},
		{"Forget", forgetting()},
		{"Retention", retention()},
		{"Shared", shared()},
		{"Store", stores()},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, b := range group.all {
				if !able.has(b.needs) {
					continue
				}
				t.Run(b.name, func(t *testing.T) {
					k := newKit(t, open(t))
					b.run(k)
					k.s.drain()
				})
			}
		})
	}
}
