package redisstore

import (
	"os"
	"syscall"
	"testing"

	"github.com/parley-chat/parley/state"
)

func TestMain(m *testing.M) {
	Quiet() // servers are killed here
	os.Exit(m.Run())
}

// TestNothingAcknowledgedIsLostInAKill kills the server under load, again and
// again. The store itself repeats what the kill interrupted. It is for Strict alone:
// with appendfsync everysec, Redis holds what it answered back in memory for up to
// two seconds while its disk is still busy with the last sync.
func TestNothingAcknowledgedIsLostInAKill(t *testing.T) {
	r := startServer(t, profiles()[Strict]...)
	l := startLoad(t, open(t, r.url(), Options{}), convs(8))
	for range 3 {
		l.goOn(t, 100)
		r.stop(t, syscall.SIGKILL)
		r.start(t)
	}
	l.goOn(t, 100)
	l.compare(t)
}

// TestScriptsAreLoadedAgain: a server that forgot them gets them with the next
// call.
func TestScriptsAreLoadedAgain(t *testing.T) {
	r := startServer(t)
	l := startLoad(t, open(t, r.url(), Options{}), convs(4))
	for range 5 {
		l.goOn(t, 20)
		if err := r.client(t).ScriptFlush(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
	}
	l.goOn(t, 20)
	l.compare(t)
	l.smooth(t)
}

// TestFullMemoryIsAnErrorAndChangesNothing: no operation stops half way.
func TestFullMemoryIsAnErrorAndChangesNothing(t *testing.T) {
	r := startServer(t)
	s := newAudited(t, open(t, r.url(), Options{}))
	sent := state.Outcome{Kind: state.Sent}
	send := accept(t, s, ann, "a", "1")
	send, err := s.Commit(t.Context(), ann, send.Token, send.Event.Number, state.Result{Rows: [][]byte{[]byte("x")}})
	if err != nil {
		t.Fatal(err)
	}
	r.config(t, "maxmemory", "1")
	if _, _, err := s.Accept(t.Context(), ann, event("2"), caller("a")); err == nil {
		t.Error("an event was taken in with no memory left")
	}
	if _, err := s.Mark(t.Context(), ann, send.Token, send.Row.Number, send.Attempt, sent); err == nil {
		t.Error("a row was marked with no memory left")
	}
	if err := s.Audit(t.Context()); err != nil {
		t.Error(err)
	}
	r.config(t, "maxmemory", "0")
	if _, err := s.Mark(t.Context(), ann, send.Token, send.Row.Number, send.Attempt, sent); err != nil {
		t.Error(err)
	}
	accept(t, s, ann, "a", "2")
}
