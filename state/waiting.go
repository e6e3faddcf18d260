package state

import (
	"context"
	"time"
)

// Waits is what waits in a conversation, whatever for: a pause of its channel, the
// rate of its platform, another attempt, or somebody who takes it.
type Waits struct {
	Conv Conv `json:"conversation"`
	// Events wait to be handled, Rows to be sent.
	Events int `json:"events"`
	Rows   int `json:"rows"`
	// Since is when the first of them was accepted or committed; zero with none.
	Since time.Time `json:"since,omitzero"`
}

// A Waiter is a store that can tell what waits, also what is not due yet. It changes
// nothing, and may be a little behind where others work at the same time.
type Waiter interface {
	// Waiting looks at the conversations of the work index, those that are due first
	// before others and up to limit of them, and returns those in which something
	// waits, in no order.
	Waiting(ctx context.Context, limit int) ([]Waits, error)
	// WaitsIn returns what waits in one conversation.
	WaitsIn(ctx context.Context, conv Conv) (Waits, error)
}
