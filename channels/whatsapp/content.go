package whatsapp

import (
	"math"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// addContent adds what somebody wrote, tapped or shared, of a type that is text, media
// or a choice; the kind stays as it is when there is nothing to add.
func addContent(e *channels.Event, kind word, c *content) {
	e.RefersTo = string(c.Context.ID)
	switch kind {
	case "text":
		if c.Text.Body != "" {
			e.Kind, e.Text = channels.KindMessage, string(c.Text.Body)
		}
	case "image":
		addMedia(e, channels.Image, c.Image)
	case "sticker":
		addMedia(e, channels.Image, c.Sticker)
	case "audio":
		addMedia(e, channels.Audio, c.Audio)
	case "voice": // before 2022
		addMedia(e, channels.Audio, c.Voice)
	case "video":
		addMedia(e, channels.Video, c.Video)
	case "document":
		addMedia(e, channels.File, c.Document)
	case "location":
		addLocation(e, c.Location)
	case "contacts":
		addContacts(e, c.Contacts)
	case "interactive":
		addInteractive(e, c.Interactive)
	case "button":
		if b := c.Button; b != nil {
			setChoice(e, b.Payload, b.Text)
		}
	case "order":
		addOrder(e, c.Order)
	}
	if e.Kind == channels.KindMessage || e.Kind == channels.KindChoice {
		addOrigin(e, c)
	}
}

// addMedia adds media by id: their address opens with the access token only, and for
// five minutes.
func addMedia(e *channels.Event, kind channels.MediaKind, m *media) {
	if m == nil || m.ID == "" {
		return
	}
	e.Kind, e.Text = channels.KindMessage, string(m.Caption)
	e.Media = []channels.Media{{Kind: kind, ID: string(m.ID), MIME: string(m.MIMEType), Name: string(m.Filename)}}
}

func addLocation(e *channels.Event, p *place) {
	if p == nil {
		return
	}
	latitude, ok1 := degrees(p.Latitude, 90)
	longitude, ok2 := degrees(p.Longitude, 180)
	if ok1 && ok2 {
		e.Kind = channels.KindMessage
		e.Location = &channels.Location{Latitude: latitude, Longitude: longitude, Name: string(p.Name), Address: string(p.Address)}
	}
}

func degrees(w word, most float64) (float64, bool) {
	f, err := strconv.ParseFloat(string(w), 64)
	return f, err == nil && math.Abs(f) <= most
}

func addContacts(e *channels.Event, cards []card) {
	for i := range cards {
		c := &cards[i]
		out := channels.Contact{Name: string(c.Name.Formatted), VCard: string(c.VCard)}
		if out.Name == "" {
			out.Name = strings.TrimSpace(string(c.Name.First) + " " + string(c.Name.Last))
		}
		for _, p := range c.Phones {
			switch {
			case p.Phone != "":
				out.Phones = append(out.Phones, string(p.Phone))
			case p.WaID != "":
				out.Phones = append(out.Phones, phone(string(p.WaID)))
			}
		}
		for _, m := range c.Emails {
			if m.Email != "" {
				out.Emails = append(out.Emails, string(m.Email))
			}
		}
		if out.Name != "" || out.Phones != nil || out.Emails != nil || out.VCard != "" {
			e.Kind, e.Contacts = channels.KindMessage, append(e.Contacts, out)
		}
	}
}

// addInteractive adds a tap on a button or a row, the answers of a form (a Flow), or
// whether the business may call.
func addInteractive(e *channels.Event, i *interactive) {
	if i == nil {
		return
	}
	switch i.Type {
	case "button_reply":
		setChoice(e, i.Button.ID, i.Button.Title)
	case "list_reply":
		setChoice(e, i.List.ID, i.List.Title)
	case "nfm_reply":
		var response map[string]any
		if err := channels.Decode([]byte(i.Flow.Response), &response); err != nil || response == nil {
			return
		}
		e.Kind, e.Text = channels.KindMessage, string(i.Flow.Body)
		e.Data = map[string]any{"form": string(i.Flow.Name), "response": response}
	case "call_permission_reply":
		if i.Permission.Response != "" {
			e.Kind = channels.KindCall
			addData(e, "permission", i.Permission.Response)
			addData(e, "permanent", i.Permission.Permanent)
			addData(e, "until", i.Permission.Until)
		}
	}
}

func setChoice(e *channels.Event, id, title word) {
	if id == "" && title == "" {
		return
	}
	e.Kind, e.Text = channels.KindChoice, string(title)
	e.Choice = &channels.Choice{ID: string(id), Title: string(title)}
}

// addOrder adds what a person ordered: a message with what was written to it.
func addOrder(e *channels.Event, o *order) {
	if o == nil || len(o.Items) == 0 {
		return
	}
	e.Kind, e.Text = channels.KindMessage, string(o.Text)
	items := make([]any, len(o.Items))
	for i, p := range o.Items {
		items[i] = map[string]any{
			"product": string(p.ID), "quantity": string(p.Quantity), "price": string(p.Price), "currency": string(p.Currency),
		}
	}
	e.Data = map[string]any{"order": map[string]any{"catalog": string(o.CatalogID), "items": items}}
}

// addOrigin adds where a message comes from: an ad, a product, another conversation.
func addOrigin(e *channels.Event, c *content) {
	if c.Context.Forwarded == "true" {
		addData(e, "forwarded", c.Context.Forwarded)
	}
	addData(e, "catalog", c.Context.Product.CatalogID)
	addData(e, "product", c.Context.Product.ID)
	if r := c.Referral; r != nil {
		addData(e, "referral_url", r.SourceURL)
		addData(e, "referral_id", r.SourceID)
		addData(e, "referral_type", r.SourceType)
		addData(e, "referral_headline", r.Headline)
		addData(e, "referral_body", r.Body)
		addData(e, "referral_click", r.ClickID)
	}
}

func addData(e *channels.Event, name string, value word) {
	if value == "" {
		return
	}
	if e.Data == nil {
		e.Data = map[string]any{}
	}
	e.Data[name] = string(value)
}

// phone writes a number, which has its country and no plus, with the plus; "" for
// what is no number.
func phone(s string) string {
	if s = strings.TrimPrefix(s, "+"); !digits(s) {
		return ""
	}
	return "+" + s
}
