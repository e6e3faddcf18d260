package examples

import "testing"

// The hello example has the web chat alone: what it says comes in its stream.
func TestHelloLearnsAName(t *testing.T) {
	t.Parallel()
	s := start(t, "hello", monday(), nil)
	v := s.visit()
	v.says("hi")
	v.hears("Hello! What is your name?")
	v.says("Ann")
	v.hears("Nice to meet you, Ann.")
	v.says("something else")
	v.hears("Hello! What is your name?")
	again := s.visitAs(v.token)
	for _, text := range []string{"Hello! What is your name?", "Nice to meet you, Ann.", "Hello! What is your name?"} {
		again.hears(text) // who comes back sees what was said
	}
	stranger := s.visit()
	stranger.says("Dana")
	stranger.hears("Hello! What is your name?")
}

func TestWhatPeopleWriteIsNeverEvaluated(t *testing.T) {
	t.Parallel()
	s := start(t, "hello", monday(), nil)
	for _, name := range []string{
		"${ name }", "${ 7*7 }", "$${ 7*7 }", "{{7*7}}", "${ env.SHOP_TOKEN }", "<%= 7*7 %> #{7*7}", `<b onclick="x()">Ann</b>`, "%s %d %!v(MISSING)",
	} {
		v := s.visit()
		v.says("hi")
		v.hears("Hello! What is your name?")
		v.says(name)
		v.hears("Nice to meet you, " + name + ".")
	}
}
