package flows

import (
	"strings"

	"github.com/parley-chat/parley/flows/spec"
)

// botTable describes bot.yaml.
func botTable() *spec.Table {
	name := spec.Shape{Kind: spec.Name}
	text := spec.Shape{Kind: spec.Text}
	duration := spec.Shape{Kind: spec.Duration}
	words := spec.Shape{Kind: spec.OneOrList, Of: &name}
	number := spec.Shape{Kind: spec.Int}
	anyMap := spec.Shape{Kind: spec.MapOf, Of: &spec.Shape{Kind: spec.Any}}
	types := spec.Shape{Kind: spec.MapOf, Of: &spec.Shape{Kind: spec.TypeSpec}}
	command := spec.Shape{Kind: spec.OneOf, Shapes: []spec.Shape{words, {Kind: spec.Nested, Table: commandTable()}}}
	return &spec.Table{Name: "bot.yaml", Doc: "What the whole bot shares: channels, secrets, fields, schedules, commands, limits.", Unknown: laterFor("gather", "pace", "typing"), Fields: []spec.Field{
		{Name: "bot", Shape: spec.Shape{Kind: spec.Ident}, Required: true, Doc: "The name of the bot.", Example: "support"},
		{Name: "language", Shape: name, Default: "en", Doc: "The language that texts are written in, as a BCP 47 tag.", Example: "en"},
		{Name: "zone", Shape: name, Default: "UTC", Doc: "The time zone of dates and times, unless the contact has one.", Example: "Africa/Lagos"},
		{Name: "state", Shape: name, Default: "file:data", Doc: "Where conversations are kept: `file:DIR`, `redis://HOST`, `rediss://HOST`, `redis+cluster://HOST,HOST`, `redis+sentinel://MASTER@HOST,HOST`, or `memory:`.", Example: "file:data"},
		{Name: "profile", Shape: spec.Shape{Kind: spec.Enum, Values: profiles()}, Doc: "What the store must keep of what it acknowledged; one that keeps less is refused at start. `strict`: everything, as the disk is synced first. `replicated`: everything, also when a server of Redis is lost, as every replica has it first. `fast`: all but the last second or two before a power cut, or before a kill of Redis on a busy disk. `memory`: nothing. Unless given, the log says what the store keeps.", Example: "strict"},
		{Name: "retention", Shape: spec.Shape{Kind: spec.Nested, Table: &spec.Table{Name: "retention", Fields: []spec.Field{
			{Name: "conversation", Shape: duration, Default: "400d", Doc: "After the last turn of a conversation, for its state and the contact's fields. An hour at least."},
			{Name: "history", Shape: duration, Default: "90d", Doc: "For messages; the last 50 of a conversation are kept at most."},
		}}}, Doc: "How long what people said is kept. What waits is kept in any case, dead letters 30 days.", Example: "{conversation: 90d, history: 30d}"},
		{Name: "public_url", Shape: name, Doc: "Where platforms reach the bot from outside.", Example: "https://bot.example.com"},
		{Name: "api_token", Shape: name, Secret: true, Doc: "The token of `POST /events`, by which programs of yours send events: of your own, and of people who took over. 16 characters at least; without it there is no such page.", Example: "${ env.API_TOKEN }"},
		{Name: "channels", Shape: anyMap, Required: true, Doc: "Channels by name: a `type`, its settings, and `optional: true` for one that is left out while a variable of its environment is missing."},
		{Name: "secrets", Shape: spec.Shape{Kind: spec.MapOf, Of: &name}, Secret: true, Doc: "Values that `http` and `do` read as `secret.NAME`; they never show.", Example: "{SHOP_TOKEN: \"${ env.SHOP_TOKEN }\"}"},
		{Name: "constants", Shape: anyMap, Doc: "Values that flows read as `constants.NAME`.", Example: "{brand: Acme, refund_days: 14}"},
		{Name: "contact", Shape: types, Doc: "Fields of your own about a person, kept for good, read as `contact.NAME`.", Example: "{plan: text, vip: bool = false}"},
		{Name: "session", Shape: types, Doc: "Fields that end at `restart`, or 24 h after the last message."},
		{Name: "events", Shape: anyMap, Doc: "Events of your own and the types of their data.", Example: "{refund_paid: {reference: text}}"},
		{Name: "schedules", Shape: spec.Shape{Kind: spec.MapOf, Of: &spec.Shape{Kind: spec.Nested, Table: scheduleTable()}}, Doc: "Opening hours by name.", Example: "{support: {hours: {mon-fri: \"09:00-17:00\"}}}"},
		{Name: "interrupts", Shape: words, Doc: "Flows that may cut in while a question is open, in every flow that has no list of its own.", Example: "[hours]"},
		{Name: "commands", Shape: spec.Shape{Kind: spec.MapOf, Of: &command}, Doc: "Words that work in any conversation. A list replaces the words of a built-in command (" + strings.Join(commandNames(), ", ") + "), an empty one removes it; a map adds one: `words`, and `flow` to start or `handoff` to a team."},
		{Name: "opt_out", Shape: words, Default: "stop, unsubscribe", Doc: "Words that end everything and silence the bot.", Example: "[stop, unsubscribe]"},
		{Name: "opt_in", Shape: words, Default: "start, subscribe", Doc: "Words that undo an opt-out.", Example: "[start]"},
		{Name: "texts", Shape: spec.Shape{Kind: spec.MapOf, Of: &text}, Doc: "The bot's own sentences, in place of those that it has: " + strings.Join(textNames(), ", ") + ".", Example: "{agent: One moment please.}"},
		{Name: "limits", Shape: spec.Shape{Kind: spec.Nested, Table: &spec.Table{Name: "limits", Fields: []spec.Field{
			{Name: "steps", Shape: number, Default: "200", Doc: "Steps of one turn."},
			{Name: "call_depth", Shape: number, Default: "16", Doc: "Calls within calls."},
			{Name: "runs", Shape: number, Default: "20", Doc: "Runs of one conversation that wait."},
			{Name: "variables", Shape: number, Default: "65536", Doc: "Bytes of variables of one run."},
			{Name: "question", Shape: duration, Default: "24h", Doc: "How long a question without a timeout stays open."},
			{Name: "session", Shape: duration, Default: "24h", Doc: "How long `session.*` lasts after the last message."},
			{Name: "once", Shape: duration, Default: "30d", Doc: "How long a `once_per` key is remembered."},
		}}}, Doc: "What a conversation may take at most.", Example: "{question: 12h}"},
		{Name: "http", Shape: spec.Shape{Kind: spec.Nested, Table: &spec.Table{Name: "http", Fields: []spec.Field{
			{Name: "allow", Shape: words, Doc: "Hosts that calls may reach although their address is private: `host`, `host:port` or a range such as `10.1.0.0/16`.", Example: "[\"127.0.0.1:8090\"]"},
		}}}, Doc: "What calls of flows may reach.", Example: "{allow: [\"127.0.0.1:8090\"]}"},
		{Name: "media", Shape: spec.Shape{Kind: spec.Nested, Table: mediaTable()}, Doc: "How files that people send are kept, and for how long links open them.", Example: "{max_size: 10MB, keep: 7d}"},
		{Name: "moved", Shape: spec.Shape{Kind: spec.MapOf, Of: &name}, Doc: "Old flow id to new flow id, for conversations that wait in a flow that is gone.", Example: "{returns: refund}"},
		{Name: "on_upgrade", Shape: spec.Shape{Kind: spec.Enum, Values: upgrades()}, Default: "ask_again", Refuse: laterValue("finish_old"), Doc: "What happens to a conversation that waits at a step that is gone."},
		{Name: "on_error", Shape: spec.Shape{Kind: spec.Ident}, Doc: "The flow that takes over when a step fails and nothing nearer handles it.", Example: "trouble"},
	}}
}

func profiles() []string { return []string{"strict", "replicated", "fast", "memory"} }

func upgrades() []string { return []string{"ask_again", "restart", "handoff"} }

func scheduleTable() *spec.Table {
	name := spec.Shape{Kind: spec.Name}
	return &spec.Table{Name: "schedule", Doc: "Opening hours.", Fields: []spec.Field{
		{Name: "hours", Shape: spec.Shape{Kind: spec.MapOf, Of: &spec.Shape{Kind: spec.OneOrList, Of: &name}}, Required: true, Doc: "Days and their hours.", Example: "{mon-fri: \"09:00-17:00\"}"},
		{Name: "holidays", Shape: spec.Shape{Kind: spec.ListOf, Of: &spec.Shape{Kind: spec.Date}}, Doc: "Days that are closed.", Example: "[2026-12-25]"},
		{Name: "zone", Shape: name, Doc: "Its time zone; the bot's unless given.", Example: "Europe/Berlin"},
	}}
}
