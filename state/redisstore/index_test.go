package redisstore

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/statetest"
)

// put has work wait in a conversation.
func put(t *testing.T, s *Store, conv state.Conv, events ...state.NewEvent) []state.Verdict {
	t.Helper()
	verdicts, _, err := s.Accept(t.Context(), conv, events, state.Caller{Process: "a"})
	if err != nil {
		t.Fatal(err)
	}
	return verdicts
}

// TestDueIsExactWhereWorkIsCrowded: most work lies in one partition, more than a
// look reads at first, between work of others.
func TestDueIsExactWhereWorkIsCrowded(t *testing.T) {
	clock := statetest.NewClock()
	s := open(t, startServer(t).url(), Options{Now: clock.Now})
	crowd, others := convsOf(3, 3*lookFirst), convs(20)
	var want []state.Conv
	for i, conv := range crowd {
		add := []state.Conv{conv}
		if i < len(others) {
			add = append(add, others[i])
		}
		for _, conv := range add {
			if slices.Contains(want, conv) {
				continue
			}
			put(t, s, conv, event("1")...)
			clock.Advance(time.Millisecond)
			want = append(want, conv)
		}
	}
	out, err := s.Claim(t.Context(), want[len(want)-1], caller("a"))
	if err != nil || out.Kind != state.Turn {
		t.Fatalf("claim: %s, %v", out.Kind, err)
	}
	end := out.Now.Add(out.Left)
	want = want[:len(want)-1]
	for limit := range len(want) + 3 {
		due, next, err := s.Due(t.Context(), limit)
		if err != nil || !next.Equal(end) {
			t.Fatalf("limit %d: next at %s, want %s; %v", limit, next, end, err)
		}
		var got []state.Conv
		for _, d := range due {
			got = append(got, d.Conv)
		}
		if !slices.Equal(got, want[:min(limit, len(want))]) {
			t.Fatalf("limit %d: got %v, want the first of %v", limit, got, want)
		}
	}
}

// large is an event that is set aside.
func large(id string) state.NewEvent {
	return state.NewEvent{DedupeID: id, Payload: make([]byte, state.MaxEvent+1)}
}

func letters(t *testing.T, s *Store) []state.Letter {
	t.Helper()
	all, err := s.DeadLetters(t.Context(), "", 10_000)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestDeadLettersAreCapped(t *testing.T) {
	s := newAudited(t, open(t, startServer(t).url(), Options{}))
	s.use(ann)
	var events []state.NewEvent
	for i := range state.MaxInboxEvents + state.MaxLettersEach + 5 {
		events = append(events, state.NewEvent{DedupeID: fmt.Sprint(i), Payload: []byte(strconv.Itoa(i))})
	}
	put(t, s.Store, ann, events...)
	if all := letters(t, s.Store); len(all) != state.MaxLettersEach || string(all[0].Payload) != strconv.Itoa(state.MaxInboxEvents+5) {
		t.Fatalf("%d letters are kept from %q on", len(all), all[0].Payload)
	}
	const fit = maxLetterBytes / (state.MaxEvent + 1)
	for range fit + 5 {
		put(t, s.Store, ann, large(""))
	}
	if all := letters(t, s.Store); len(all) != fit {
		t.Fatalf("%d large letters are kept, want %d", len(all), fit)
	}
	if err := s.Audit(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestOldDeadLettersGo(t *testing.T) {
	clock := statetest.NewClock()
	s := newAudited(t, open(t, startServer(t).url(), Options{Now: clock.Now}))
	put(t, s.Store, ann, large("1"), large("2"))
	clock.Advance(state.LetterTime + time.Second)
	if all := letters(t, s.Store); len(all) != 0 {
		t.Fatalf("%d letters are shown that are too old", len(all))
	}
	put(t, s.Store, ann, large("3"))
	if all := letters(t, s.Store); len(all) != 1 {
		t.Fatalf("%d letters, want the new one", len(all))
	}
	if n := s.client.XLen(t.Context(), s.keys.letters(ann.Partition())).Val(); n != 1 {
		t.Fatalf("%d letters are kept", n)
	}
}

func TestDeadLettersOfAllPartitionsAreInOrder(t *testing.T) {
	clock := statetest.NewClock()
	s := open(t, startServer(t).url(), Options{Now: clock.Now})
	var want []string
	for i, conv := range convs(30) {
		e := large("1")
		e.Payload = append(e.Payload, fmt.Sprint(i)...)
		put(t, s, conv, e)
		want = append(want, string(conv))
		if i%2 == 0 {
			clock.Advance(time.Millisecond)
		}
	}
	var got []string
	last := ""
	for {
		page, err := s.DeadLetters(t.Context(), last, 7)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, l := range page {
			if l.ID <= last {
				t.Fatalf("id %s after %s", l.ID, last)
			}
			last = l.ID
			got = append(got, string(l.Conv))
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Fatalf("read %v, want %v", got, want)
	}
	if _, err := s.DeadLetters(t.Context(), "7", 1); err == nil {
		t.Fatal("an id that is none was taken")
	}
}

// TestHeaderOfAnIdleConversationEnds: it has the state, and lasts as long.
func TestHeaderOfAnIdleConversationEnds(t *testing.T) {
	s := open(t, startServer(t).url(), Options{})
	out := accept(t, s, ann, "a", "1")
	header := s.keys.conversation(ann)[0]
	if ttl := s.client.PTTL(t.Context(), header).Val(); ttl != -1 {
		t.Fatalf("the header of a leased conversation ends in %s", ttl)
	}
	if out, err := s.Commit(t.Context(), ann, out.Token, out.Event.Number, state.Result{}); err != nil || out.Kind != state.Free {
		t.Fatalf("commit: %s, %v", out.Kind, err)
	}
	if ttl := s.client.PTTL(t.Context(), header).Val(); ttl <= 0 || ttl > state.Retention || ttl < state.Retention-time.Minute {
		t.Fatalf("the header of an idle conversation ends in %s", ttl)
	}
	mark := s.keys.once(ann, "1")
	if ttl := s.client.PTTL(t.Context(), mark).Val(); ttl <= 0 || ttl > time.Hour {
		t.Fatalf("a dedupe id ends in %s", ttl)
	}
	// Without its header, the conversation goes on as if it had never been in hand.
	if err := s.client.Del(t.Context(), header).Err(); err != nil {
		t.Fatal(err)
	}
	if next := accept(t, s, ann, "a", "2"); next.Event.Number <= out.Event.Number || next.Token.Number <= out.Token.Number {
		t.Fatalf("event %d and token %d after %d and %d", next.Event.Number, next.Token.Number, out.Event.Number, out.Token.Number)
	}
}
