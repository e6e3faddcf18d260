package zalo

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// A template is a ZBS template message, formerly ZNS: its number and the names of its
// parameters.
type template struct {
	id     string
	params []string
}

// askInfo in the place of a number is no template of the account's but the consultation
// message that asks a person for their name, number and address, with a button that shares
// them: OA/tin-nhan/tin-tu-van, gui-tin-yeu-cau-thong-tin-nguoi-dung.
const askInfo = "request_user_info"

// The texts of askInfo, in characters.
const (
	maxInfoTitle    = 100
	maxInfoSubtitle = 500
)

// readTemplates reads the setting templates.
func readTemplates(list []string) (map[string]template, error) {
	form := regexp.MustCompile(`^\s*([^=]*[^=\s])\s*=\s*(` + askInfo + `|[0-9A-Za-z]+)\s*\(([^()]*)\)\s*$`)
	out := map[string]template{}
	for _, s := range list {
		m := form.FindStringSubmatch(s)
		if m == nil {
			return nil, fmt.Errorf(`setting "templates" has %q, which is not NAME = ID(PARAMETER, PARAMETER)`, s)
		}
		if _, ok := out[m[1]]; ok {
			return nil, fmt.Errorf(`setting "templates" has the name %q twice`, m[1])
		}
		t := template{id: m[2]}
		if strings.TrimSpace(m[3]) != "" {
			for _, param := range strings.Split(m[3], ",") {
				if param = strings.TrimSpace(param); param == "" {
					return nil, fmt.Errorf(`setting "templates" has a parameter without a name in %q`, s)
				}
				if t.id == askInfo && !slices.Contains([]string{"title", "subtitle", "image_url"}, param) {
					return nil, fmt.Errorf(`setting "templates" has the parameter %q for %s, which has title, subtitle and image_url`, param, askInfo)
				}
				t.params = append(t.params, param)
			}
		}
		out[m[1]] = t
	}
	return out, nil
}

// template makes the request that sends a template: to a person by id, at the lower price,
// or to a phone number: ZBS/gui-tin-template-qua-uid and -qua-sdt. Only the latter takes a
// tracking id, which comes back with receipts and answers.
func (c *Channel) template(m *channels.Message) (request, error) {
	t, ok := c.templates[m.Template.Name]
	if !ok {
		return request{}, fmt.Errorf(`no template %q in the setting "templates"`, m.Template.Name)
	}
	if len(m.Template.Values) != len(t.params) {
		return request{}, fmt.Errorf("the template %q has %d parameters, not %d", m.Template.Name, len(t.params), len(m.Template.Values))
	}
	values := object{}
	for i, param := range t.params {
		values[param] = m.Template.Values[i]
	}
	if t.id == askInfo {
		return c.ask(m.Conversation, values)
	}
	in := object{"template_id": t.id, "template_data": values}
	if number, ok := strings.CutPrefix(m.Conversation, phonePrefix); ok {
		in["phone"], in["tracking_id"] = number, trackingID(number, m.Ref)
		return request{method: http.MethodPost, url: c.templateURL + "/message/template", in: in}, nil
	}
	if !isPerson(m.Conversation) {
		return request{}, errors.New("templates go to people and phone numbers only")
	}
	in["user_id"] = m.Conversation
	return request{method: http.MethodPost, url: c.apiURL + "/v3.0/oa/message/template", in: in}, nil
}

// ask makes the request that asks a person for their contact. They answer by
// user_submit_info, if they do.
func (c *Channel) ask(person string, element object) (request, error) {
	for name, most := range map[string]int{"title": maxInfoTitle, "subtitle": maxInfoSubtitle} {
		if s, _ := element[name].(string); channels.Measure(s, channels.UTF16) > most {
			return request{}, fmt.Errorf("the %s of %s has more than %d characters", name, askInfo, most)
		}
	}
	if !isPerson(person) {
		return request{}, fmt.Errorf("%s goes to people only", askInfo)
	}
	return request{method: http.MethodPost, url: c.apiURL + "/v3.0/oa/message/cs", in: object{
		"recipient": object{"user_id": person},
		"message": object{"attachment": object{"type": "template", "payload": object{
			"template_type": askInfo, "elements": []object{element},
		}}},
	}}, nil
}

// isPerson reports whether a conversation is that of one person with a Zalo account.
func isPerson(conversation string) bool { return !strings.Contains(conversation, ":") }

// trackMark stands between the number and the reference in a tracking id, of which Zalo
// takes 48 letters and digits.
const trackMark = "r"

const maxTracking = 48

func trackingID(number, ref string) string {
	id := number + trackMark + ref
	return id[:min(len(id), maxTracking)]
}

// phoneOf is the conversation that a tracking id of this channel is of; "" for others.
func phoneOf(tracking word) word {
	number, _, ok := strings.Cut(string(tracking), trackMark)
	if !ok || !phoneNumber(number) {
		return ""
	}
	return word(phonePrefix + number)
}

// phoneNumber reports whether a text is a number as Zalo takes it: with its country and
// without +.
func phoneNumber(s string) bool {
	return len(s) >= 8 && len(s) <= 15 && strings.Trim(s, "0123456789") == "" && s[0] != '0'
}
