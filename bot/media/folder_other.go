//go:build !linux && !darwin && !freebsd

package media

// adopt does nothing here.
func adopt(string) error { return nil }

// free is not known here.
func free(string) (bytes uint64, known bool) { return 0, false }
