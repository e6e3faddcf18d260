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

// harness opens stores that do not sync, for speed: no power is cut in the suite.
func harness(t *testing.T) statetest.Harness {
	clock, dir := statetest.NewClock(), t.TempDir()
	reopen := func() *Store {
		s := open(t, dir, Options{Now: clock.Now})
		s.db.NoSync = true
		return s
	}
	s := reopen()
	return statetest.Harness{
		Store:   s,
		Advance: clock.Advance,
		Ages:    true,
		Reopen: func() state.Store {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = reopen()
			return s
		},
	}
}

func TestStoreKeepsTheContract(t *testing.T) {
	statetest.Run(t, harness)
}

func TestStoreAgreesWithTheModel(t *testing.T) {
	statetest.Model(t, harness)
}

func BenchmarkTurn(b *testing.B) {
	statetest.BenchmarkTurn(b, open(b, b.TempDir(), Options{}))
}
