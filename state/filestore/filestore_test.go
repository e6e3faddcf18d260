package filestore

import (
	"testing"

	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/statetest"
)

func open(t testing.TB, dir string, o Options) *Store {
	t.Helper()
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func harness(t testing.TB) statetest.Harness {
	clock, dir := statetest.NewClock(), t.TempDir()
	s := open(t, dir, Options{Now: clock.Now})
	return statetest.Harness{
		Store:   s,
		Advance: clock.Advance,
		Reopen: func() state.Store {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = open(t, dir, Options{Now: clock.Now})
			return s
		},
	}
}

func TestStoreKeepsTheContract(t *testing.T) {
	statetest.Run(t, func(t *testing.T) statetest.Harness { return harness(t) })
}

// TestStoreAgreesWithTheModel leaves out the sync: no power is cut here.
func TestStoreAgreesWithTheModel(t *testing.T) {
	statetest.Model(t, func(t *testing.T) statetest.Harness { return harness(t) })
}
