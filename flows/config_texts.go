package flows

import "github.com/parley-chat/parley/flows/expression"

// A botText is a sentence that the bot says by itself.
type botText struct{ name, text, doc string }

// botTexts are those that bot.yaml may replace.
func botTexts() []botText {
	return []botText{
		{"agent", "A colleague will answer here.", "The command `agent` hands over, or an update does (`on_upgrade: handoff`)."},
		{"apology", "Sorry, something went wrong here. Please try again in a moment.", "A step fails and nothing handles it, or a limit is reached. It ends the run."},
		{"cancelled", "OK, cancelled.", "The command `cancel`."},
		{"invalid", "I did not understand that.", "An answer is refused, and the question has no `invalid` of its own. Then the question follows."},
		{"opted_in", "Welcome back. You will get our messages again.", "An opt-in word, after an opt-out."},
		{"opted_out", "You will get no more messages from us. Write \"start\" to undo this.", "An opt-out word."},
	}
}

// textNames are the names of the bot's own sentences.
func textNames() []string {
	var names []string
	for _, t := range botTexts() {
		names = append(names, t.name)
	}
	return names
}

// texts compiles the bot's own sentences.
func (l *configLoader) texts() {
	l.b.texts = map[string]*expression.Template{}
	scope := l.botScope()
	for _, t := range botTexts() {
		l.b.texts[t.name], _ = scope.Text(t.text)
	}
	for _, p := range l.v.Map("texts") {
		if l.b.texts[p.Key.Text()] == nil {
			l.r.Error(p.Key.Pos(), "E120", didYouMean(p.Key.Text(), textNames()), "there is no text %q", p.Key.Text())
			continue
		}
		if t := compileText(l.r, scope, p.Value); t != nil {
			l.b.texts[p.Key.Text()] = t
		}
	}
}
