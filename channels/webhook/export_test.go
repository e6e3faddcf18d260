package webhook

import (
	"maps"
	"slices"

	"github.com/parley-chat/parley/channels"
)

// NamesOf are the settings that have a value, with those of the preset.
func NamesOf(c *channels.Config) []string {
	s := resolve(c)
	return append(slices.Collect(maps.Keys(s.values)), slices.Collect(maps.Keys(s.lists))...)
}
