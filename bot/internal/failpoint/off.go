//go:build !failpoints || !unix

package failpoint

import "time"

// Hit does nothing.
func Hit(string) {}

// Clock returns the clock that it got.
func Clock(now func() time.Time) func() time.Time { return now }
