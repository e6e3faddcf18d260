package redisstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/state"
)

// A letterID orders the dead letters of all partitions: by time, and within one
// moment by number and partition. Time and number are its id in the stream of its
// partition.
type letterID struct {
	at, number uint64
	partition  uint8
}

func (id letterID) String() string {
	return fmt.Sprintf("%014x-%014x-%02x", id.at, id.number, id.partition)
}

func (id letterID) stream() string { return fmt.Sprintf("%d-%d", id.at, id.number) }

func parseLetterID(text string) (id letterID, err error) {
	parts := strings.Split(text, "-")
	if len(parts) == 3 {
		at, err1 := strconv.ParseUint(parts[0], 16, 64)
		number, err2 := strconv.ParseUint(parts[1], 16, 64)
		partition, err3 := strconv.ParseUint(parts[2], 16, 8)
		id = letterID{at, number, uint8(partition)}
		if cmp.Or(err1, err2, err3) == nil && id.String() == text {
			return id, nil
		}
	}
	return letterID{}, fmt.Errorf("state: %q is not the id of a dead letter", text)
}

// from is where the stream of a partition goes on after the id.
func (id letterID) from(partition uint8) string {
	if partition > id.partition {
		return id.stream()
	}
	return "(" + id.stream()
}

// DeadLetters lists what was set aside: see state.Reader. It fails if a partition
// does not answer. A letter that is written while somebody reads in pages may get
// an id below the last page, if the clocks of two servers differ.
func (s *Store) DeadLetters(ctx context.Context, after string, limit int) ([]state.Letter, error) {
	id := letterID{}
	if after != "" {
		var err error
		if id, err = parseLetterID(after); err != nil {
			return nil, err
		}
	}
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.running.Done()
	if limit <= 0 {
		return nil, nil
	}
	all, err := s.letters(ctx, id, limit)
	if err != nil {
		return nil, wrap("list dead letters", err)
	}
	return all, nil
}

func (s *Store) letters(ctx context.Context, after letterID, limit int) ([]state.Letter, error) {
	now, err := s.clock(ctx)
	if err != nil {
		return nil, err
	}
	if kept := now - state.LetterTime.Microseconds(); kept > int64(after.at) {
		after = letterID{at: uint64(kept)}
	}
	calls := make([]*call, state.Partitions)
	for p := range calls {
		key := s.keys.letters(uint8(p))
		calls[p] = newCall(ctx, key, "", []any{"xrange", key, after.from(uint8(p)), "+", "count", limit})
	}
	var all []state.Letter
	answers := 0
	err = s.each(ctx, calls, func(p int, answer any) error {
		letters, err := readLetters(uint8(p), answer)
		all = append(all, letters...)
		answers++
		return err
	})
	if err != nil {
		return nil, err
	}
	if answers < len(calls) {
		return nil, fmt.Errorf("%d of %d partitions do not answer", len(calls)-answers, len(calls))
	}
	slices.SortFunc(all, func(a, b state.Letter) int { return strings.Compare(a.ID, b.ID) })
	return all[:min(len(all), limit)], nil
}

// readLetters reads what set_aside in lua/setaside.lua wrote.
func readLetters(partition uint8, answer any) ([]state.Letter, error) {
	var all []state.Letter
	for entries := newReply(answer); len(entries.rest) > 0; {
		entry := newReply(entries.next())
		var id letterID
		_, err := fmt.Sscanf(entry.text(), "%d-%d", &id.at, &id.number)
		id.partition = partition
		l := state.Letter{ID: id.String(), At: timeOf(int64(id.at))}
		for fields := newReply(entry.next()); len(fields.rest) > 0; {
			name, value := fields.text(), fields.text()
			switch name {
			case "conv":
				l.Conv = state.Conv(value)
			case "direction":
				l.Direction = state.Direction(value)
			case "number":
				l.Number, err = strconv.ParseUint(value, 10, 64)
			case "cause":
				l.Cause = value
			case "payload":
				l.Payload = []byte(value)
			case "wake":
				l.Wake = value == "1"
			}
		}
		if err != nil || entry.bad {
			return nil, errDamaged
		}
		all = append(all, l)
	}
	return all, nil
}
