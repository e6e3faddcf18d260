package statetest

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-chat/parley/state"
)

// BenchmarkTurn measures the life of one message on a store with a clock that
// runs: accept, commit with a state of 350 bytes, one row and a history entry,
// and mark; by many callers at once, each with conversations of its own.
func BenchmarkTurn(b *testing.B, s state.Store) {
	var callers atomic.Int64
	payload := make([]byte, 350)
	b.ReportAllocs()
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		n := callers.Add(1)
		by := caller(fmt.Sprint("process ", n))
		for i := 0; pb.Next(); i++ {
			conv := state.NewConv("bench", "main", fmt.Sprint(n, "-", i%100))
			if err := oneTurn(b, s, conv, by, fmt.Sprint(n, "-", i), payload); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func oneTurn(b *testing.B, s state.Store, conv state.Conv, by state.Caller, id string, payload []byte) error {
	ctx := b.Context()
	events := []state.NewEvent{{DedupeID: id, Window: 24 * time.Hour, Payload: payload}}
	_, out, err := s.Accept(ctx, conv, events, by)
	if err != nil {
		return err
	}
	if out.Kind != state.Turn {
		return fmt.Errorf("accept handed out %s", out.Kind)
	}
	out, err = s.Commit(ctx, conv, out.Token, out.Event.Number, state.Result{
		State: payload, Rows: [][]byte{payload}, History: payload,
	})
	if err != nil {
		return err
	}
	if out.Kind != state.Send {
		return fmt.Errorf("commit handed out %s", out.Kind)
	}
	out, err = s.Mark(ctx, conv, out.Token, out.Row.Number, out.Attempt, state.Outcome{
		Kind: state.Sent, MessageID: id, History: payload,
	})
	if err == nil && out.Kind != state.Free {
		return fmt.Errorf("mark handed out %s", out.Kind)
	}
	return err
}
