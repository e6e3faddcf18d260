package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/flows/expression"
)

// A Handler is a Go function that `do` calls.
type Handler struct {
	// Name is what flows write, Doc one sentence for the reference.
	Name, Doc string
	// With is the record of the arguments, Returns that of the result. Flows are
	// checked against them when they load.
	With, Returns expression.Type
	// Read is true when calling it again changes nothing.
	Read bool
	// Call does the work. It may be called again after a crash, and by many
	// conversations at once. Its result is encoded as JSON and read as Returns. An
	// error takes the flow's error path, its text is error.text there. The
	// context ends with the step's timeout: a function that goes on is left
	// behind, and its result is dropped.
	Call func(ctx context.Context, c HandlerCall) (any, error)
}

// A HandlerCall is one call of a handler.
type HandlerCall struct {
	// With holds the arguments as a JSON object.
	With json.RawMessage
	// Channel, Account and Conversation say on whose behalf it is called.
	Channel, Account, Conversation string
	// Key is the same when the call is made again after a crash, and never the
	// same for another call of the conversation.
	Key string
	// Now is the clock of the turn.
	Now time.Time
}

// Decode reads the arguments into a struct or a map.
func (c HandlerCall) Decode(v any) error {
	if err := json.Unmarshal(c.With, v); err != nil {
		return fmt.Errorf("read the arguments: %w", err)
	}
	return nil
}

// info is what flows need to know of a handler.
func (h Handler) info() flows.HandlerInfo {
	return flows.HandlerInfo{Name: h.Name, Doc: h.Doc, With: h.With, Returns: h.Returns, Read: h.Read}
}
