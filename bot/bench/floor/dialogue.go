package floor

import "strings"

// incoming is what is kept of a message.
type incoming struct {
	Text string `json:"text"`
	Name string `json:"name"`
}

// outgoing is the body of sendMessage.
type outgoing struct {
	Chat     int64     `json:"chat_id"`
	Text     string    `json:"text"`
	Keyboard *keyboard `json:"reply_markup,omitempty"`
}

type keyboard struct {
	Rows [][]button `json:"inline_keyboard"`
}

type button struct {
	Text string `json:"text"`
	Data string `json:"callback_data"`
}

func buttons(all ...button) *keyboard {
	k := &keyboard{Rows: make([][]button, len(all))}
	for i := range all {
		k.Rows[i] = all[i : i+1]
	}
	return k
}

// dialogue is the state of a conversation: the open question, empty for none, and
// the answers.
type dialogue struct {
	Asked string `json:"asked,omitempty"`
	Order string `json:"order,omitempty"`
}

// The questions.
const (
	topic  = "topic"
	number = "order_no"
	more   = "anything_else"
)

// isOrder reports whether a text looks like A-1234.
func isOrder(s string) bool {
	return len(s) == 6 && s[0] >= 'A' && s[0] <= 'Z' && s[1] == '-' && strings.Trim(s[2:], "0123456789") == ""
}

// answer is the whole conversation, as in testdata/orderstatus/flows.
func (d *dialogue) answer(in incoming) outgoing {
	text := strings.TrimSpace(in.Text)
	switch d.Asked {
	case topic:
		switch strings.ToLower(text) {
		case "track an order", "order", "track", "parcel", "1":
			d.Asked = number
			return outgoing{Text: "What is the order number? It looks like A-1234."}
		case "opening hours", "2":
			*d = dialogue{}
			return outgoing{Text: "We are open from 9 to 5."}
		}
		return outgoing{Text: "Please pick one of these."}
	case number:
		order := strings.ToUpper(text)
		if !isOrder(order) {
			return outgoing{Text: "I cannot read that as an order number. An example is A-1234."}
		}
		status := " is on its way"
		if strings.HasSuffix(order, "0") {
			status = " was delivered yesterday"
		}
		d.Asked, d.Order = more, order
		return outgoing{
			Text:     order + status + ". Anything else?",
			Keyboard: buttons(button{"Main menu", "again"}, button{"That is all", "done"}),
		}
	case more:
		switch strings.ToLower(text) {
		case "that is all", "no", "no, thanks", "done", "2":
			*d = dialogue{}
			return outgoing{Text: "Thank you for writing to Acme. Bye!"}
		}
	}
	name := in.Name
	if name == "" {
		name = "there"
	}
	*d = dialogue{Asked: topic}
	return outgoing{
		Text:     "Hi " + name + ", this is Acme. What can I do for you?",
		Keyboard: buttons(button{"Track an order", "order"}, button{"Opening hours", "hours"}),
	}
}
