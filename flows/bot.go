// Package flows turns a bot folder into a compiled bot, and runs one turn of a
// conversation on it.
//
// [Load] reads bot.yaml and flows/*.yaml and reports every mistake with its file,
// line and column; nothing loads unless everything is right. [Bot.Turn] is a pure
// function: compiled flows, state, event, clock and chance give the new state,
// the replies, the next wake time and, where a step needs one, a request for
// I/O. The package does no I/O of its own beyond reading the folder.
//
// The language is described once, by the tables beside each verb: step_say.go
// has those of `say`, and so on. They feed decoding, errors, the JSON Schema and
// REFERENCE.md.
//
// The files are named by what they are for. load.go reads the folder, config*.go
// bot.yaml, and compile.go, draft.go and what they call make flows of the rest;
// step*.go have a verb each, how it is compiled and what it does; triggers*.go
// find the flows that a message could mean; lint*.go have a warning each.
// engine.go runs a turn, and turn*.go have its parts.
package flows

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/spec"
)

// A Bot is a compiled bot folder. It is immutable and safe for concurrent use.
type Bot struct {
	// Name is the `bot:` of bot.yaml, Version a fingerprint of all sources.
	Name, Version string
	// Environment is another text for another .env, and empty without one. It is for
	// comparing only: it has no place in a log.
	Environment string
	// Language is a BCP 47 tag; Zone that of dates and times.
	Language string
	Zone     *time.Location
	// State is the address of the store, as written; PublicURL is where
	// platforms reach the bot, or empty.
	State, PublicURL string
	// Profile is what the store must keep: strict, replicated, fast or memory; empty
	// takes it as it is.
	Profile string
	// Retention is how long things are kept.
	Retention Retention
	// Media says how files that people send are kept.
	Media Media
	// APIToken lets programs send events to the bot; empty lets none. It is a
	// secret.
	APIToken string
	Channels []ChannelSpec
	// HTTPAllow are the hosts or addresses (host, host:port, CIDR) that calls of
	// flows may reach although they are private.
	HTTPAllow []string
	// Warnings found while loading.
	Warnings *spec.Report

	secrets                    map[string]any
	constants                  map[string]any
	contact                    []field
	session                    []field
	contactTypes, sessionTypes map[string]expression.Type
	events                     map[string]expression.Type
	schedules                  map[string]*expression.Schedule
	commands                   []*command
	optOut                     []string
	optIn                      []string
	texts                      map[string]*expression.Template
	limits                     Limits
	flows                      map[string]*Flow
	ids                        []string // of flows, sorted
	moved                      map[string]string
	onUpgrade                  string
	onError                    *Flow
	triggers                   *triggers
	// defaultInterrupts are those of flows without a list of their own.
	defaultInterrupts []string
	handlers          map[string]HandlerInfo
	zones             sync.Map // of contacts, by name: *time.Location
}

// A ChannelSpec is a channel of bot.yaml with its settings checked.
type ChannelSpec struct {
	Name    string
	Factory channels.Factory
	// Config and Lists are the settings, defaults filled in.
	Config map[string]string
	Lists  map[string][]string
	// Pace replaces what is known of the platform's limits where it is not zero.
	Pace channels.Pace
	// Hold sets a message aside whose outcome is unknown, instead of sending it again.
	Hold bool
	// Off says why an optional channel is left out; empty when it is on.
	Off string
}

// Retention is how long the store keeps an idle conversation after its last turn,
// and an entry of its history. Zero is the store's own.
type Retention struct{ Conversation, History time.Duration }

// A HandlerInfo describes a handler written in Go that `do` may call.
type HandlerInfo struct {
	Name, Doc string
	// With is the record of its arguments, Returns that of its result.
	With, Returns expression.Type
	// Read is true when calling it again changes nothing.
	Read bool
}

// Limits bound what a conversation may take. Zero values stand for the defaults.
type Limits struct {
	// Steps of one turn (200), CallDepth of a run (16), Runs that wait (20).
	Steps, CallDepth, Runs int
	// Variables of a run, encoded, in bytes (64 kB).
	Variables int
	// Question is how long a question without a timeout stays open (24 h).
	Question time.Duration
	// Session is how long session.* lasts after the last message (24 h).
	Session time.Duration
	// Once is how long a once_per key is remembered (30 days).
	Once time.Duration
}

func defaultLimits() Limits {
	return Limits{
		Steps: 200, CallDepth: 16, Runs: 20, Variables: 64 << 10,
		Question: 24 * time.Hour, Session: 24 * time.Hour, Once: 30 * 24 * time.Hour,
	}
}

// A field is a named value with a type and maybe a first value.
type field struct {
	name  string
	typ   expression.Type
	first any // nil: unset
	// must is true for a param that every call has to give.
	must bool
}

// A Flow is one compiled flow.
type Flow struct {
	ID          string
	Description string
	File        string

	starts     []*start
	params     []field
	returns    []field
	vars       []field // of `vars`
	types      map[string]expression.Type
	interrupts []string
	moved      map[string]string
	onUpgrade  string
	onError    *target
	first      *step
	steps      map[string]*step // those with an identity
	all        []*step          // in the order of the file
	// secrets are the variables of secret questions: they end with their turn.
	secrets map[string]bool
}

// A step is one compiled step. Steps are chained by next: where a list runs out
// it points behind the step that owns the list, nil at the end of the flow.
type step struct {
	verb string
	// id is the step's identity: as written, else verb and what it names. It is
	// empty for steps that are never rested at or repeated.
	id string
	// key is the id with that of the flow before it, by which conversations know the
	// step; empty when the id is.
	key string
	// address is the method and address of an http step without an id of its own,
	// by which people know it.
	address string
	pos     spec.Pos
	flow    *Flow
	cond    *expression.Program
	onError *target
	next    *step
	// fingerprint is what an answer at this step means.
	fingerprint string
	op          op
}

// label names the step for people.
func (s *step) label() string {
	switch {
	case s.address != "":
		return s.address
	case s.id != "":
		return s.id
	}
	return s.verb
}

// An op is what a step does. It returns where the run goes on.
type op interface {
	run(t *turn, s *step) outcome
}

// A target is where a `goto` or an `on_*` leads: a step, a move, or a list.
type target struct {
	// move is one of the move words; empty when step says where.
	move string
	step *step
	// inside are the steps of a list: what fails in a remedy is not led to it.
	inside []*step
	pos    spec.Pos
	name   string // as written, until links are resolved
}

// IDs returns the ids of all flows, sorted.
func (b *Bot) IDs() []string { return b.ids }

// Channel returns the channel with a name.
func (b *Bot) Channel(name string) (ChannelSpec, bool) {
	for _, c := range b.Channels {
		if c.Name == name {
			return c, true
		}
	}
	return ChannelSpec{}, false
}

// WantsStatus reports whether a flow starts on, or may wait for, the statuses of
// messages that went out.
func (b *Bot) WantsStatus() bool { return b.triggers.wantsStatus }

// CheckEvent says what is wrong with an event of the bot's own: bot.yaml declares
// none of the name, or the data lacks a field, has one too many or one of another
// type. The error is for whoever sends the event.
func (b *Bot) CheckEvent(name string, data map[string]any) error {
	typ, ok := b.events[name]
	if !ok {
		hint := didYouMean(name, slices.Collect(maps.Keys(b.events)))
		return errors.New(strings.TrimSpace(fmt.Sprintf("there is no event %q under events: in bot.yaml. %s", name, hint)))
	}
	known := fieldsOf(typ)
	for _, field := range slices.Sorted(maps.Keys(data)) {
		if _, ok := known[field]; !ok {
			hint := didYouMean(field, slices.Collect(maps.Keys(known)))
			return errors.New(strings.TrimSpace(fmt.Sprintf("the event %s has no field %q. %s", name, field, hint)))
		}
	}
	if data == nil {
		data = map[string]any{}
	}
	if _, err := typ.Coerce(data); err != nil {
		return fmt.Errorf("the data of the event %s: %w", name, err)
	}
	return nil
}

// Apology is what a person hears when a message could not be handled, as it is
// written in bot.yaml, without what stands in ${ }.
func (b *Bot) Apology() string {
	text, _ := b.texts["apology"].Literal()
	return text
}
