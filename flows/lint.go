package flows

import "github.com/parley-chat/parley/flows/spec"

// lint warns of what is right and yet likely not meant.
func lint(b *Bot, r *spec.Report, compilers []*compiler) {
}
