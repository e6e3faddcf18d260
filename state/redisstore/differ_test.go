package redisstore

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/statetest"
)

// plainOnly has a store never use the ordinary scripts.
func plainOnly(s *Store) {
	const nothing = "#!lua\nreturn ''\n"
	sum := sha1.Sum([]byte(nothing))
	for _, name := range []string{"accept", "commit", "mark"} {
		s.scripts["ordinary_"+name] = script{source: nothing, sha: hex.EncodeToString(sum[:])}
	}
}

// told is what of a hand-out does not depend on which numbers were given.
func told(o state.HandOut) string {
	return fmt.Sprint(o.Kind, o.Now.UnixMicro(), o.Left, o.Token.Number > 0, o.Token.Process, o.Event.Wake, len(o.Event.Payload), o.Event.At.UnixMicro(),
		o.Event.First == o.Event.Number, o.State == nil, len(o.State), len(o.Journal), o.Rows, o.Deaths, o.Fails, len(o.Row.Payload), o.Row.At.UnixMicro(), o.Attempt, o.Unknown)
}

// TestOrdinaryScriptsDoWhatTheOthersDo: the same calls, at the same times, get the same
// answers and leave the same history with and without them.
func TestOrdinaryScriptsDoWhatTheOthersDo(t *testing.T) {
	address := startServer(t).url()
	for seed := range uint64(12) {
		clock := statetest.NewClock()
		a := open(t, address, Options{Bot: fmt.Sprint("with", seed), Now: clock.Now})
		b := open(t, address, Options{Bot: fmt.Sprint("without", seed), Now: clock.Now})
		plainOnly(b)
		d := &differ{t: t, r: rand.New(rand.NewPCG(seed, 1)), stores: []*Store{a, b}}
		for step := range 150 {
			if step%15 == 0 {
				d.conv, d.held, d.old = state.NewConv("chat", "main", fmt.Sprint(step)), make([]state.HandOut, 2), make([]state.HandOut, 2)
			}
			clock.Advance([]time.Duration{0, 0, 0, time.Millisecond, time.Second, time.Second, 4 * time.Second, 13 * time.Second}[d.r.IntN(8)])
			d.step(clock.Now())
			if t.Failed() {
				t.Fatalf("seed %d: %s", seed, strings.Join(d.did, "\n"))
			}
		}
	}
}

// A differ makes the same calls to two stores.
type differ struct {
	t         *testing.T
	conv      state.Conv
	r         *rand.Rand
	stores    []*Store
	held, old []state.HandOut
	events    int
	did       []string
}

// each calls both and compares.
func (d *differ) each(what string, call func(i int, s *Store) (state.HandOut, string)) {
	var answers [2]string
	for i, s := range d.stores {
		out, more := call(i, s)
		answers[i] = told(out) + " " + more
		switch out.Kind {
		case state.Turn, state.Send:
			d.old[i], d.held[i] = d.held[i], out
		case state.Free, state.Lost:
			d.old[i], d.held[i] = d.held[i], state.HandOut{}
		}
	}
	d.did = append(d.did, what+" -> "+answers[0])
	if answers[0] != answers[1] {
		d.t.Errorf("%s:\n%s\n%s", what, answers[0], answers[1])
	}
	var histories [2][]string
	for i, s := range d.stores {
		entries, err := s.History(d.t.Context(), d.conv, 0, 200)
		if err != nil {
			d.t.Error(err)
		}
		for _, e := range entries {
			histories[i] = append(histories[i], fmt.Sprint(e.Direction, e.At.UnixMicro(), e.MessageID, e.Status, string(e.Payload)))
		}
	}
	if !reflect.DeepEqual(histories[0], histories[1]) {
		d.t.Errorf("%s: history\n%v\n%v", what, histories[0], histories[1])
	}
	due := [2]string{}
	for i, s := range d.stores {
		all, _, err := s.Due(d.t.Context(), 100)
		due[i] = fmt.Sprint(all, err)
	}
	if due[0] != due[1] {
		d.t.Errorf("%s: due\n%s\n%s", what, due[0], due[1])
	}
}

func (d *differ) size() int {
	return []int{0, 1, 511, 512, 513, 2048 - elementHead, 2049 - elementHead, 5000}[d.r.IntN(8)]
}

func (d *differ) step(now time.Time) {
	ctx := d.t.Context()
	process := []string{"p", "longer-process"}[d.r.IntN(2)]
	held := func(i int) state.HandOut { return d.held[i] }
	if d.r.IntN(12) == 0 {
		held = func(i int) state.HandOut { return d.old[i] }
	}
	ended := func(out state.HandOut, err error) (state.HandOut, string) { return out, fmt.Sprint(err) }
	kind := d.r.IntN(20)
	current := d.held[0].Kind
	switch {
	case kind < 2 || current == "" && kind < 17:
		d.events++
		id, size, flows := fmt.Sprint("e", d.events-d.r.IntN(2)), d.size(), uint64(d.r.IntN(3))
		room := d.r.IntN(8) > 0
		d.each(fmt.Sprint("accept ", id, size, room, flows), func(_ int, s *Store) (state.HandOut, string) {
			v, out, err := s.Accept(ctx, d.conv, []state.NewEvent{{DedupeID: id, Window: 10 * time.Second, Payload: []byte(strings.Repeat("e", size))}},
				state.Caller{Process: process, Room: room, Flows: flows})
			return out, fmt.Sprint(v, err)
		})
	case kind < 3 || current == "":
		d.each("claim", func(_ int, s *Store) (state.HandOut, string) {
			return ended(s.Claim(ctx, d.conv, state.Caller{Process: process, Room: true}))
		})
	case kind == 6:
		d.each("release", func(i int, s *Store) (state.HandOut, string) { return ended(s.Release(ctx, d.conv, held(i).Token)) })
	case kind == 7:
		d.each("status", func(_ int, s *Store) (state.HandOut, string) {
			rose, err := s.Status(ctx, d.conv, "m1", "read")
			return state.HandOut{}, fmt.Sprint(rose, err)
		})
	case current == state.Turn && kind == 8:
		delay := time.Duration(d.r.IntN(2)) * time.Second
		d.each("fail", func(i int, s *Store) (state.HandOut, string) {
			return ended(s.Fail(ctx, d.conv, held(i).Token, held(i).Event.Number, state.Failure{Delay: delay, Cause: "x"}))
		})
	case current == state.Turn && kind == 9:
		d.each("journal", func(i int, s *Store) (state.HandOut, string) {
			return ended(s.Journal(ctx, d.conv, held(i).Token, held(i).Event.Number, []state.JournalEntry{{Key: "k", Payload: []byte("v")}}, nil))
		})
	case current == state.Turn:
		d.commit(now, held, ended)
	default:
		o := state.Outcome{Kind: state.Sent, MessageID: fmt.Sprint("m", d.r.IntN(3)), History: []byte("out")}
		switch d.r.IntN(8) {
		case 0:
			o = state.Outcome{Kind: state.Later, Delay: time.Second}
		case 1:
			o.History = nil
		}
		d.each(fmt.Sprint("mark ", o.Kind), func(i int, s *Store) (state.HandOut, string) {
			return ended(s.Mark(ctx, d.conv, held(i).Token, held(i).Row.Number, held(i).Attempt, o))
		})
	}
}

func (d *differ) commit(now time.Time, held func(int) state.HandOut, ended func(state.HandOut, error) (state.HandOut, string)) {
	r := state.Result{History: []byte("in"), Flows: uint64(d.r.IntN(3)), Cancel: d.r.IntN(8) == 0}
	if d.r.IntN(6) > 0 {
		r.State = []byte(strings.Repeat("s", d.size()))
	}
	for range d.r.IntN(4) {
		r.Rows = append(r.Rows, []byte(strings.Repeat("r", d.size())))
	}
	switch d.r.IntN(5) {
	case 0:
		r.Wake = now.Add(3 * time.Second)
	case 1:
		r.Wake = now.Add(-time.Second)
	}
	d.each(fmt.Sprint("commit ", len(r.State), len(r.Rows), r.Wake, r.Cancel), func(i int, s *Store) (state.HandOut, string) {
		return ended(s.Commit(d.t.Context(), d.conv, held(i).Token, held(i).Event.Number, r))
	})
}
