package redisstore

import (
	"context"

	"github.com/parley-chat/parley/state"
)

// Accept takes events in: see state.Intake.
func (s *Store) Accept(ctx context.Context, conv state.Conv, events []state.NewEvent, caller state.Caller) ([]state.Verdict, state.HandOut, error) {
	marks := make([]string, 0, len(events))
	args := make([]any, 0, 3+3*len(events))
	args = append(args, caller.Process, bit(caller.Room), caller.Flows)
	for _, e := range events {
		marks = append(marks, s.keys.once(conv, e.DedupeID))
		window := microsOf(e.Window)
		args = append(args, window, (window+999)/1000, string(e.Payload))
	}
	answer, err := s.run(ctx, "accept", conv, marks, args...)
	if err != nil {
		return nil, state.HandOut{}, err
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
