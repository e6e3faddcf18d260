package redisstore

import (
	"context"
	"strconv"

	"github.com/parley-chat/parley/state"
)

// Accept takes events in: see state.Intake.
func (s *Store) Accept(ctx context.Context, conv state.Conv, events []state.NewEvent, caller state.Caller) ([]state.Verdict, state.HandOut, error) {
	marks := make([]string, 0, len(events))
	args := make([]string, 0, 1+2*len(events))
	args = append(args, packed([]uint64{caller.Flows}, []byte{oneOrZero(caller.Room)}, caller.Process))
	for _, e := range events {
		marks = append(marks, s.keys.once(conv, e.DedupeID))
		window := (microsOf(e.Window) + 999) / 1000
		args = append(args, strconv.FormatInt(window, 10), string(e.Payload))
	}
	var answer any
	var err error
	if len(events) == 1 && events[0].Window > 0 && isShort(events[0].Payload) {
		answer, err = s.runOrdinary(ctx, "accept", conv, marks, args, len(args))
	} else {
		answer, err = s.run(ctx, "accept", conv, marks, args)
	}
	if err != nil {
		return nil, state.HandOut{}, err
	}
	if text, ok := answer.(string); ok {
		out, err := shortHandOut("accept", text, caller.Process, events[0].Payload)
		return []state.Verdict{state.Appended}, out, err
	}
	r := newReply(answer)
	verdicts := make([]state.Verdict, 0, len(events))
	for _, v := range r.list() {
		text, _ := v.(string)
		verdicts = append(verdicts, state.Verdict(text))
	}
	out, err := handOut("accept", r.list())
	if err == nil && len(verdicts) != len(events) {
		err = wrap("accept", errDamaged)
	}
	if err != nil {
		return nil, state.HandOut{}, err
	}
	return verdicts, out, nil
}
