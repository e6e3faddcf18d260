package bot

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// A panicError is what foreign code ended with. The value may hold texts of
// people, so unless it comes from the runtime the error names only its type.
type panicError struct {
	what  string
	stack string
}

func (e *panicError) Error() string { return "panic: " + e.what }

// guarded turns a panic of foreign code into a *panicError.
func guarded(f func() error) (err error) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case runtime.Error:
			err = &panicError{what: v.Error(), stack: string(debug.Stack())}
		default:
			err = &panicError{what: fmt.Sprintf("%T", v), stack: string(debug.Stack())}
		}
	}()
	return f()
}
