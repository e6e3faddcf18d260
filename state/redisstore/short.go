package redisstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"time"

	"github.com/parley-chat/parley/state"
)

// Ordinary messages have scripts of their own, lua/ordinary_*.lua between lua/short.lua
// and lua/short_end.lua, which do in little time what the scripts of the same name do,
// and leave to them what is not ordinary.
// They answer with a short hand-out, a text in place of a list:
//
//	kind   1 byte: shortTurn and so on
//	number 8 of the token, 0 for none
//	now    8 microseconds
//	left   8 microseconds
//	given  8 number of the event or row that the caller gave: with a turn and a row
//	state  1 if there is one, and the state: with a turn
const (
	shortTurn = 1
	shortSend = 2
	shortBusy = 3
	shortFree = 4
)

// isShort reports whether an element with that payload may lie behind the header.
func isShort(payload []byte) bool { return len(payload) <= maxHead-elementHead }

// runOrdinary runs the ordinary form of a script, see above, with the first count of its
// arguments. Nobody shall wait for replicas twice.
func (s *Store) runOrdinary(ctx context.Context, name string, conv state.Conv, more, args []string, count int) (any, error) {
	if s.confirmed == nil {
		answer, err := s.one(ctx, name, s.scripted(ctx, "ordinary_"+name, conv, more, args[:count]))
		if text, ok := answer.(string); err != nil || !ok || text != "" {
			return answer, err
		}
	}
	return s.run(ctx, name, conv, more, args)
}

// askOrdinary does so with a script that answers with a hand-out, short or not, to a
// process. What was given may be handed out.
func (s *Store) askOrdinary(ctx context.Context, name string, conv state.Conv, process string, given []byte, args []string, count int) (state.HandOut, error) {
	answer, err := s.runOrdinary(ctx, name, conv, nil, args, count)
	if err != nil {
		return state.HandOut{}, err
	}
	if text, ok := answer.(string); ok {
		return shortHandOut(name, text, process, given)
	}
	all, _ := answer.([]any)
	return handOut(name, all)
}

// shortHandOut reads a short hand-out.
func shortHandOut(name, text, process string, given []byte) (state.HandOut, error) {
	kinds := [...]state.HandOutKind{shortTurn: state.Turn, shortSend: state.Send, shortBusy: state.Busy, shortFree: state.Free}
	sizes := [...]int{shortTurn: 34, shortSend: 33, shortBusy: 25, shortFree: 25}
	b := []byte(text)
	if len(b) == 0 || int(b[0]) >= len(kinds) || kinds[b[0]] == "" || len(b) < sizes[b[0]] {
		return state.HandOut{}, wrap(name, errDamaged)
	}
	kind := b[0]
	number := func(i int) uint64 { return binary.BigEndian.Uint64(b[1+8*i:]) }
	out := state.HandOut{Kind: kinds[kind], Now: timeOf(int64(number(1))), Left: time.Duration(number(2)) * time.Microsecond}
	if n := number(0); n > 0 {
		out.Token = state.Token{Number: n, Process: process}
	}
	switch kind {
	case shortTurn:
		n := number(3)
		out.Event = state.Event{Number: n, First: n, At: out.Now, Payload: bytes.Clone(given)}
		if b[33] == 1 {
			out.State = b[34:]
		}
	case shortSend:
		out.Row = state.Row{Number: number(3), At: out.Now, Payload: bytes.Clone(given)}
		out.Attempt = 1
	}
	return out, nil
}
