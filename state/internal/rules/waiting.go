package rules

import (
	"context"

	"github.com/parley-chat/parley/state"
)

var _ state.Waiter = (*Store)(nil)

// waitingPiece is how many conversations one transaction looks at: a reader that
// stays keeps what is freed from being used again.
const waitingPiece = 500

// Waiting tells what waits: see state.Waiter.
func (s *Store) Waiting(ctx context.Context, limit int) ([]state.Waits, error) {
	var all []state.Waits
	var from []byte
	for looked := 0; looked < limit; {
		before := looked
		err := s.view(ctx, "look at what waits", func(r Reader) error {
			for looked < min(limit, before+waitingPiece) {
				key, _ := r.Seek(DueIndex, from)
				if key == nil {
					return nil
				}
				_, conv, err := splitDue(key)
				if err != nil {
					return err
				}
				from = append(append(from[:0], key...), 0)
				looked++
				w, err := waitsIn(r, conv)
				if err != nil {
					return err
				}
				if w.Events+w.Rows > 0 {
					all = append(all, w)
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if looked < before+waitingPiece {
			break
		}
	}
	return all, nil
}

// WaitsIn tells what waits in one conversation: see state.Waiter.
func (s *Store) WaitsIn(ctx context.Context, conv state.Conv) (out state.Waits, err error) {
	err = s.view(ctx, "look at what waits", func(r Reader) (err error) {
		out, err = waitsIn(r, conv)
		return err
	})
	return out, err
}

func waitsIn(r Reader, conv state.Conv) (state.Waits, error) {
	out := state.Waits{Conv: conv}
	key := convKey(conv)
	v := r.Get(Headers, key)
	if v == nil {
		return out, nil
	}
	h, err := decodeHeader(v)
	if err != nil {
		return out, err
	}
	out.Events, out.Rows = int(h.events), int(h.rows)
	for _, first := range []struct {
		table  Table
		number uint64
	}{{Inbox, h.event}, {Outbox, h.row}} {
		if first.number == 0 {
			continue
		}
		_, v, ok := seekItem(r, first.table, key, first.number)
		if !ok {
			return out, errDamaged
		}
		_, at, _, err := unseal(v)
		if err != nil {
			return out, err
		}
		if out.Since.IsZero() || timeOf(at).Before(out.Since) {
			out.Since = timeOf(at)
		}
	}
	return out, nil
}
