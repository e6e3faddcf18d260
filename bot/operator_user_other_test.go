//go:build !linux

package bot

import "testing"

// asAnother does something while nobody may enter the folder.
func asAnother(t *testing.T, dir string, do func()) {
	t.Helper()
	forbid(t, dir)
	do()
}
