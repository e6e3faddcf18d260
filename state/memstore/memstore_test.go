package memstore_test

import (
	"testing"

	"github.com/parley-chat/parley/state/memstore"
	"github.com/parley-chat/parley/state/statetest"
)

func harness(*testing.T) statetest.Harness {
	clock := statetest.NewClock()
	return statetest.Harness{Store: memstore.New(memstore.Options{Now: clock.Now}), Advance: clock.Advance, Ages: true}
}

func TestStoreKeepsTheContract(t *testing.T) {
	statetest.Run(t, harness)
}

func TestStoreAgreesWithTheModel(t *testing.T) {
	statetest.Model(t, harness)
}

func BenchmarkTurn(b *testing.B) {
	statetest.BenchmarkTurn(b, memstore.New(memstore.Options{}))
}
