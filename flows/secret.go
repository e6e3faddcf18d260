package flows

// AsksSecret reports whether what a person writes in this state may be the answer
// to a secret question, so that it is kept nowhere. Of a state that can't be read
// nobody knows: it may.
func (b *Bot) AsksSecret(state []byte) bool {
	c, err := decodeConversation(state)
	if err != nil {
		return true
	}
	r := c.top()
	return r != nil && r.Rest.Secret
}
