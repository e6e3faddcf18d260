package webchat

import "testing"

// TestNobodyKeepsTheOthersOut: one visitor has few uploads under way, all have many.
func TestNobodyKeepsTheOthersOut(t *testing.T) {
	c := newCarried(5, 3)
	for i := range 4 {
		if ok := c.enter("a"); ok != (i < 3) {
			t.Errorf("upload %d of one visitor begins: %t", i+1, ok)
		}
	}
	for i := range 3 {
		if ok := c.enter("b"); ok != (i < 2) {
			t.Errorf("upload %d of another, with 3 under way: %t", i+1, ok)
		}
	}
	for range 3 {
		c.leave("a")
	}
	for range 2 {
		c.leave("b")
	}
	if c.all != 0 || len(c.of) != 0 {
		t.Errorf("%d are under way, of %v", c.all, c.of)
	}
}
