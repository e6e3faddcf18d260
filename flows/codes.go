package flows

import (
	"slices"
	"strings"

	"github.com/parley-chat/parley/flows/envfile"
	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/spec"
)

// Codes returns every code that a report of [Load] may have, sorted: E1xx for how
// YAML is written and for keys and values, E2xx for what a bot says, W2xx and
// W3xx for warnings, H4xx for hints, and words for expressions.
func Codes() []spec.CodeDoc {
	docs := slices.Concat(spec.Codes(), stepCodes(), nameCodes(), botCodes(), warningCodes(), hintCodes())
	problems := expression.Codes()
	for code, explanation := range problems {
		docs = append(docs, spec.CodeDoc{Code: code, Title: "In an expression", Explanation: explanation})
	}
	slices.SortFunc(docs, func(a, b spec.CodeDoc) int { return strings.Compare(a.Code, b.Code) })
	return docs
}

// stepCodes are those of steps and of how they hang together.
func stepCodes() []spec.CodeDoc {
	return []spec.CodeDoc{
		{Code: "E200", Title: "No such verb", Explanation: "The key that should say what the step does is none of the verbs. Write the one that the message suggests."},
		{Code: "E201", Title: "Not a step", Explanation: "A step is a map with one verb, such as `- say: Hello`; moves may stand alone, as in `- end`. Add the verb, or the key before the text."},
		{Code: "E202", Title: "Two things where one is wanted", Explanation: "Two verbs in a step, `text` and `any_of` in a message, `json` and `form` in a call, and the like. Leave one out, or make two steps."},
		{Code: "E203", Title: "An id that is taken", Explanation: "Ids of steps are unique in a flow, ids of options in a question. A question is named by its variable: two that fill the same need an `id:` for one of them."},
		{Code: "E204", Title: "No such step", Explanation: "`goto`, `on_…` and `moved` name steps of the same flow, or a move. Name the step with `id:`, or run another flow with `call`."},
		{Code: "E205", Title: "Two steps that are alike", Explanation: "A step that a conversation may rest at is known by its `id`, or else by its verb and what it names. Two that are alike could not be told apart after a change of the flow: give one an `id:`."},
		{Code: "E206", Title: "A name with two types", Explanation: "A variable has one type in a flow. Use two names, or give both the same type."},
		{Code: "E207", Title: "A name that is taken", Explanation: "Words such as `contact`, `event` or `end` have a meaning of their own. Choose another name."},
		{Code: "E208", Title: "No such flow", Explanation: "The flow is named by the `flow:` in its file, not by the file. Check the name."},
		{Code: "E209", Title: "A param that is missing or unknown", Explanation: "`call` and `do` give what the flow or handler takes under `with:`. A param with a first value, `name: type = value`, may be left out. What no start gives needs one, too, and so does every param of a flow that a command starts."},
		{Code: "E210", Title: "A value of another type", Explanation: "The value can't be stored where it should go. Convert it, or change the type that is declared."},
		{Code: "E225", Title: "No such variable or field", Explanation: "`set` writes variables of the flow, which `vars`, `params`, `returns`, `ask` and `save` declare, and fields of `contact` and `session`, which bot.yaml declares. `keep` writes such fields as well."},
		{Code: "E238", Title: "An option without a fixed id", Explanation: "Options are told apart by their `id`, or by the label where there is none. With `${ }` in the label, add a plain `id:`."},
		{Code: "E239", Title: "A reminder that comes too late", Explanation: "The question is closed before the reminder. Make it shorter, or the `timeout` longer."},
		{Code: "E240", Title: "A secret answer that would be kept", Explanation: "`secret: true` forgets the answer when its turn ends, `keep` keeps it for good. Leave one of them out."},
		{Code: "E241", Title: "Arms behind `else`", Explanation: "The first arm that fits is taken, and `else` always fits. Move it to the end."},
		{Code: "E242", Title: "first_in() in a step without a name", Explanation: "It asks when its own step last ran for this person. Add an `id:` to the step."},
		{Code: "E243", Title: "Nothing to save", Explanation: "The flow or handler gives nothing back. Leave `save` out, or add `returns:` to the flow."},
		{Code: "E244", Title: "Too many steps", Explanation: "A flow has at most 5,000 steps. Divide it, and use `call`."},
		{Code: "E245", Title: "Not the name of a header", Explanation: "Names of headers have letters, digits, - and a few signs, but no space and no colon. Names are keys of `headers:`, as in `{X-Trace: on}`."},
	}
}

// nameCodes are those of starts and of what flows name in bot.yaml.
func nameCodes() []spec.CodeDoc {
	return []spec.CodeDoc{
		{Code: "E211", Title: "Two flows with one id", Explanation: "The `flow:` of every file is unique in the bot. Rename one."},
		{Code: "E213", Title: "Two fallbacks", Explanation: "One flow on each channel takes what nothing else does. Leave one `fallback: true`, or give them different `channels:`."},
		{Code: "E214", Title: "No such channel", Explanation: "`channels:` of a start has names from bot.yaml, or types of channels."},
		{Code: "E215", Title: "A broken pattern", Explanation: "Patterns of `match` are RE2: no look-ahead and no back references. One that matches an empty text would take every message: anchor it with ^ and $."},
		{Code: "E216", Title: "A group without a param", Explanation: "A named group of `match` fills the param of its name. Declare it under `params:`, or write `(?:…)` for a group that fills nothing."},
		{Code: "E217", Title: "No such event", Explanation: "Events are the kinds that the reference lists, and those under `events:` in bot.yaml."},
		{Code: "E218", Title: "No such schedule", Explanation: "Opening hours are under `schedules:` in bot.yaml. `handoff` looks for one with the name of its team, or the one under `hours:`."},
		{Code: "E223", Title: "No such handler", Explanation: "`do` calls handlers that are registered with the bot in Go. Check the name."},
		{Code: "E224", Title: "A broken address", Explanation: "`http` has a method and an address, `GET https://…`. In the host only `constants` and `secret` may stand, so that nobody else can choose whom the bot calls. A host must be there, a port is a number, and behind a % stand two hexadecimal digits."},
		{Code: "E226", Title: "A secret in the wrong place", Explanation: "`secret.NAME` is for `http` and `do`. It can't stand in a text or a condition, where it would be shown."},
		{Code: "E236", Title: "A word without letters", Explanation: "Words are compared without punctuation and emoji borders, so nothing is left of this one. Use `match:` for signs."},
		{Code: "E237", Title: "A start that takes everything", Explanation: "Channels alone do not choose a message. Add `words`, `match`, `event` or `if`; or write `fallback: true`, which stands behind all others."},
	}
}

// botCodes are those of bot.yaml, of types, and of files.
func botCodes() []spec.CodeDoc {
	return []spec.CodeDoc{
		{Code: "E219", Title: "${ } that bot.yaml can't compute", Explanation: "bot.yaml reads variables of the environment, `${ env.NAME }` or `${ env.NAME ?? \"default\" }`, and nothing else; flows do not read them at all. Make it a constant."},
		{Code: "E220", Title: "A variable of the environment is missing", Explanation: "Set it, in the environment or in `.env` beside bot.yaml, write a default, or give its channel `optional: true`."},
		{Code: "E221", Title: "No such type of channel", Explanation: "The types are listed in the reference. An embedder may add others."},
		{Code: "E222", Title: "A setting that does not fit", Explanation: "The value, after variables of the environment are filled in, does not have the form of the setting, or is empty where it must not be."},
		{Code: "E227", Title: "Not in this version", Explanation: "The word belongs to the language, but this version of Parley does not have it. Leave it out."},
		{Code: "E228", Title: "No such type", Explanation: "Types are the words that the reference lists, `[T]` for a list, `{name: T}` for a record, and `maybe T` for what may be missing."},
		{Code: "E229", Title: "A function or handler in Go that does not fit", Explanation: "Its name is taken or no name, or one of its types is none. It is mended in Go."},
		{Code: "E230", Title: "A file or folder that can't be read", Explanation: "A bot is a folder with a bot.yaml and flows/*.yaml. The message says which of them is missing or can't be read."},
		{Code: "E231", Title: "No such time zone or language", Explanation: "Zones are named as in Europe/Berlin, languages as in en or pt-BR."},
		{Code: "E232", Title: "Hours or days that are none", Explanation: "Hours are written as \"09:00-17:00\", in quotes, days as mon-fri or sat. A day stands in one line."},
		{Code: "E233", Title: "A number out of range", Explanation: "The message says which numbers are possible."},
		{Code: "E234", Title: "A command that does nothing", Explanation: "A command of your own has `words`, and `flow` or `handoff`."},
		{Code: envfile.Code, Title: "A line of .env that can't be read", Explanation: "A line is NAME=value, the value bare or in quotes, on one line. Nothing is computed: a `$` that a shell would fill in stands in single quotes."},
		{Code: "E235", Title: "A word of two commands", Explanation: "A word can mean one command only, and nothing else where it is under `opt_out:`; no word is under `opt_out:` and `opt_in:`. Remove it from one of them; a list replaces the words of a built-in command."},
	}
}

// warningCodes are those of warnings.
func warningCodes() []spec.CodeDoc {
	return []spec.CodeDoc{
		{Code: "W220", Title: "A variable of the environment is missing", Explanation: "Serving the bot would refuse. Set it there, or write a default."},
		{Code: "W301", Title: "A step that is never reached", Explanation: "It stands behind an `end`, a `goto` or the like, and nothing leads to it. Delete it, or give it an `id:` and a `goto`."},
		{Code: "W302", Title: "Two flows that begin alike", Explanation: "Both have the same words, pattern or event, at the same priority and on the same channel; the name of the flow decides. Take it out of one, or give one a `priority:`."},
		{Code: "W303", Title: "A loop in which nobody is asked", Explanation: "The steps lead back to themselves without an `ask`, a `wait` or a call, until the limit of steps ends the turn. Ask in between, or end the loop with a condition on something that the loop sets."},
		{Code: "W304", Title: "A label that is too long", Explanation: "The channel has no button or list row that long, so all options of the question become a numbered text. Shorten the label, and say the rest in `hint:`."},
		{Code: "W305", Title: "A text that is too long", Explanation: "The channel sends it as several messages. Shorten it, or divide it where you like. A text that buttons, a list or links hang on may be shorter than others; what is before the last part goes out without them."},
		{Code: "W306", Title: "A variable that may have no value", Explanation: "There is a way to this step around the one that fills the variable; it then reads as nothing. Write `name ?? …`, or ask `filled(name)` before."},
		{Code: "W307", Title: "An option without an arm", Explanation: "Every arm of the `switch` compares the same choice, and some of its options have no arm. Add one, or an `else`."},
		{Code: "W308", Title: "A message after the window", Explanation: "A time after the person's last message the platform takes approved templates only, and what is said here comes later: behind a `wait`, a timeout or as a reminder. Add a `template:` to the message, or wait for a shorter time. What follows a question is not meant, since the answer opens the window; what a called flow says is not looked at."},
	}
}

// hintCodes are those of hints: what a channel shows in another way than others.
func hintCodes() []spec.CodeDoc {
	return []spec.CodeDoc{
		{Code: "H401", Title: "Options as a numbered text", Explanation: "The channel has no buttons or lists, or not for as many options or as long a hint. A number, the label or a synonym is taken as an answer all the same."},
		{Code: "H402", Title: "Media as a link", Explanation: "The channel can't send media of this kind: the address stands in the text."},
		{Code: "H403", Title: "A caption that follows", Explanation: "The channel shows no text with media of this kind, or none as long: the media come first, then the text. Nothing has to be done."},
		{Code: "H404", Title: "A place, a card or links as text", Explanation: "The channel has no form of its own for them: they are lines of the text, a place with a link to a map."},
	}
}
