package flows

import "github.com/parley-chat/parley/flows/spec"

// flowTable describes a flow file.
func flowTable() *spec.Table {
	types := spec.Shape{Kind: spec.MapOf, Of: &spec.Shape{Kind: spec.TypeSpec}}
	names := spec.Shape{Kind: spec.OneOrList, Of: &spec.Shape{Kind: spec.Name}}
	return &spec.Table{Name: "flow file", Doc: "One flow: how it starts, what it keeps, and its steps.", Unknown: laterFor("gather"), Fields: []spec.Field{
		{Name: "flow", Shape: spec.Shape{Kind: spec.Ident}, Required: true, Doc: "The id of the flow, unique in the bot.", Example: "refund"},
		{Name: "description", Shape: spec.Shape{Kind: spec.Name}, Doc: "A sentence for people.", Example: "What the bot does for a returning customer."},
		{Name: "start", Shape: spec.Shape{Kind: spec.OneOrList, Of: &spec.Shape{Kind: spec.Nested, Table: startTable()}}, Doc: "What begins the flow. Without it only `call` and commands do."},
		{Name: "params", Shape: types, Doc: "Values that the start or a `call` gives; one without a first value must be given.", Example: "{came_from: text = direct}"},
		{Name: "returns", Shape: types, Doc: "Variables that a caller gets when the flow ends.", Example: "{resolved: bool}"},
		{Name: "vars", Shape: types, Doc: "Variables with type and first value.", Example: "{tries_left: int = 3}"},
		{Name: "interrupts", Shape: names, Doc: "Flows that may cut in while a question of this flow is open; [] for none.", Example: "[hours]"},
		{Name: "moved", Shape: spec.Shape{Kind: spec.MapOf, Of: &spec.Shape{Kind: spec.Name}}, Doc: "Old step id to new step id, for conversations that wait there.", Example: "{order_id: order_no}"},
		{Name: "on_upgrade", Shape: spec.Shape{Kind: spec.Enum, Values: upgrades()}, Default: "ask_again", Refuse: laterValue("finish_old"), Doc: "What happens to a conversation that waits at a step that is gone."},
		{Name: "on_error", Shape: spec.Shape{Kind: spec.Target}, Doc: "Where any step goes that fails and has no `on_error` of its own.", Example: "agent"},
		{Name: "steps", Shape: spec.Shape{Kind: spec.Steps}, Required: true, Doc: "The steps, in order."},
	}}
}
