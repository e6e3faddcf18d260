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
	run, given := s.run, []byte(nil)
	if len(events) == 1 && events[0].Window > 0 && short(events[0].Payload) {
		run, given = s.runOrdinary, events[0].Payload
	}
	answer, err := run(ctx, "accept", conv, marks, args)
	if err != nil {
		return nil, state.HandOut{}, err
	}
	r := newReply(answer)
	verdicts := make([]state.Verdict, 0, len(events))
	for _, v := range r.list() {
		text, _ := v.(string)
		verdicts = append(verdicts, state.Verdict(text))
	}
	out, err := handOut("accept", r.list(), given)
	if err == nil && len(verdicts) != len(events) {
		err = wrap("accept", errDamaged)
	}
	if err != nil {
		return nil, state.HandOut{}, err
	}
	return verdicts, out, nil
}
