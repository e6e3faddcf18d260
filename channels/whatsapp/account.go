package whatsapp

import (
	"encoding/json"

	"github.com/parley-chat/parley/channels"
)

// family says what kind of event a field is that is not about a person's messages:
// …/webhooks/reference, and …/webhooks/override for some names. What was written before
// the bot came (history) and the address book of the app start nothing, and are not
// kept. A name that is not documented is unknown.
func family(field word) channels.Kind {
	switch field {
	case "message_template_status_update", "message_template_quality_update", "message_template_components_update",
		"template_category_update":
		return channels.KindTemplate
	case "account_alerts", "account_review_update", "account_settings_update", "account_update", "automatic_events",
		"business_capability_update", "consumer_profile", "group_lifecycle_update", "group_participants_update",
		"group_settings_update", "group_status_update", "partner_solutions", "payment_configuration_update",
		"phone_number_name_update", "phone_number_quality_update", "security", "user_id_update":
		return channels.KindChannel
	case "history", "smb_app_state_sync":
		return channels.KindEcho
	}
	return channels.KindUnknown
}

// templateValue is the value of the fields about templates.
type templateValue struct {
	ID          word `json:"message_template_id"`
	Name        word `json:"message_template_name"`
	Language    word `json:"message_template_language"`
	Category    word `json:"message_template_category"`
	NewCategory word `json:"new_category"`
	Event       word `json:"event"`
	Reason      word `json:"reason"`
	Quality     word `json:"new_quality_score"`
}

// account adds what became of the account, a number or a template. The value is payload
// in the event's data. It has no id, and the same may come again later: the time of the
// entry tells them apart.
func (b *batch) account(en *entry, field word, raw json.RawMessage) {
	kind := family(field)
	e := channels.Event{Kind: kind, Account: string(en.ID), Time: unix(en.Time), DedupeID: digest(raw, string(en.ID)+":"+string(en.Time))}
	var p struct {
		Value map[string]any `json:"value"`
	}
	if err := channels.Decode(raw, &p); err != nil || len(p.Value) == 0 {
		e.Kind = channels.KindUnknown
	}
	if e.Kind == channels.KindTemplate || e.Kind == channels.KindChannel {
		addData(&e, "event", field)
		e.Data["payload"] = p.Value
	}
	if e.Kind == channels.KindTemplate {
		addTemplate(&e, raw)
	}
	b.put(e, func() json.RawMessage { return raw })
}

// addTemplate adds which template it is and what became of it.
func addTemplate(e *channels.Event, raw json.RawMessage) {
	var p struct {
		Value templateValue `json:"value"`
	}
	if err := channels.Decode(raw, &p); err != nil {
		return
	}
	t := &p.Value
	category := t.Category
	if category == "" {
		category = t.NewCategory
	}
	for name, value := range map[string]word{
		"template_id": t.ID, "name": t.Name, "language": t.Language, "category": category, "status": t.Event,
		"reason": t.Reason, "quality": t.Quality,
	} {
		addData(e, name, value)
	}
}
