package bot

import (
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/parley-chat/parley/channels"
)

// All jobs run, at once if they must, and few goroutines wait afterwards.
func TestWorkersRunAllAtOnce(t *testing.T) {
	over := make(chan struct{})
	w := &workers{jobs: make(chan func()), over: over}
	for range 3 {
		var all sync.WaitGroup
		meet := make(chan struct{})
		all.Add(300)
		for i := range 300 {
			w.run(func() {
				if i == 299 {
					close(meet) // all others wait for the last
				}
				<-meet
				all.Done()
			})
		}
		all.Wait()
	}
	if n := w.idle.Load(); n > maxIdle+300 { // each that ends looks for a place first
		t.Errorf("%d wait", n)
	}
	close(over)
}

// An event that is taken as it came is what would be read from the store.
func TestPlainEventIsReadAsItCame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 8), func(b []byte) string { return string(b) }))
		e := channels.Event{
			Kind: channels.KindMessage, Channel: "c", Account: text.Draw(t, "account"), Conversation: text.Draw(t, "conversation"),
			ID: text.Draw(t, "id"), Text: text.Draw(t, "text"), RefersTo: text.Draw(t, "refers to"), DedupeID: "d",
			Sender: channels.Sender{ID: text.Draw(t, "sender"), Name: text.Draw(t, "name"), Language: "en"},
			Time:   time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "time"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanos")).UTC(),
			Bulk:   rapid.Bool().Draw(t, "bulk"),
		}
		if rapid.Bool().Draw(t, "choice") {
			e.Kind, e.Choice = channels.KindChoice, &channels.Choice{ID: text.Draw(t, "choice id"), Title: text.Draw(t, "title")}
		}
		if !plain(&e) {
			return
		}
		stored, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		var read channels.Event
		if err := json.Unmarshal(stored, &read); err != nil {
			t.Fatal(err)
		}
		e.DedupeID = ""
		if diff := cmp.Diff(read, e); diff != "" {
			t.Fatalf("read (-) and as it came (+):\n%s", diff)
		}
	})
}
