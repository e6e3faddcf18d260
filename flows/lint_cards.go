package flows

// lintCards hints at places, cards and links that become text.
func lintCards(c *compiler, forms []form, lacks *lacking) {
	for _, s := range c.messages() {
		if s.m == nil {
			continue
		}
		if s.m.latitude != nil {
			lacks.add("H404 the place becomes a text with a link to a map", s.at("location"), forms, func(f form) bool { return !f.can.Location })
		}
		if s.m.contact != nil {
			lacks.add("H404 the card of the contact becomes text", s.at("contact"), forms, func(f form) bool { return !f.can.Contact })
		}
		if len(s.m.links) > 0 {
			lacks.add("H404 the links become lines of the text", s.at("links"), forms, func(f form) bool { return !f.can.Links })
		}
	}
}
