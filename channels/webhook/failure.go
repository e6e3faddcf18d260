package webhook

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

func hours(n int) time.Duration { return time.Duration(n) * time.Hour }

// A failureRule says what an answer means.
type failureRule struct {
	kind channels.ErrorKind
	// status is one such as 429, or 4xx; "" is any.
	status string
	when   conditions
}

// failureKinds are the kinds that rules may name.
func failureKinds() []string {
	return []string{
		string(channels.ErrRateLimited), string(channels.ErrUnavailable), string(channels.ErrUnknown), string(channels.ErrInvalid),
		string(channels.ErrUnauthorized), string(channels.ErrBlocked), string(channels.ErrWindowClosed),
	}
}

// readAnswers reads what answers mean.
func (o *sender) readAnswers(s *settings) (err error) {
	for i, line := range s.lists["success"] {
		r := &scanner{text: line}
		when, err := r.conditions()
		if err == nil && !r.end() {
			err = r.fail("this does not belong to the condition")
		}
		if err != nil {
			return fmt.Errorf(`setting "success" line %d %w`, i+1, err)
		}
		o.success = append(o.success, when...)
	}
	if err := o.readMessageID(s); err != nil {
		return err
	}
	if o.errorCode, err = s.expr("error_code"); err != nil {
		return err
	}
	for i, line := range s.lists["failures"] {
		rule, err := newFailureRule(line)
		if err != nil {
			return fmt.Errorf(`setting "failures" line %d %w`, i+1, err)
		}
		o.failures = append(o.failures, rule)
	}
	return nil
}

// readMessageID reads where the id of a message comes from: the answer, or the
// reference that every request of a message has then.
func (o *sender) readMessageID(s *settings) (err error) {
	at := s.text("message_id")
	if at != "{ref}" && at != "{uuid}" {
		o.messageID, err = s.expr("message_id")
		return err
	}
	o.byRef = strings.Trim(at, "{}")
	for kind, r := range o.requests {
		if r != nil && !r.uses(o.byRef) && (o.byRef != "ref" || o.refHeader == "") {
			return fmt.Errorf("setting \"message_id\" is %s, but %s has it not", at, strings.TrimSuffix("send_"+kind, "_"))
		}
	}
	return nil
}

// newFailureRule reads a line such as "400, code=131047: window_closed".
func newFailureRule(line string) (failureRule, error) {
	var r failureRule
	s := &scanner{text: line}
	s.space()
	start := s.at
	if word := s.bare(); isStatus(word) {
		if s.space(); strings.HasPrefix(line[s.at:], ",") || strings.HasPrefix(line[s.at:], ":") {
			r.status = strings.ToLower(word)
		}
	}
	if r.status == "" {
		s.at = start
	}
	var err error
	if r.status == "" || s.take(",") {
		if r.when, err = s.conditions(); err != nil {
			return r, err
		}
	}
	if s.space(); !s.take(":") {
		return r, s.fail("a line is such as `429: rate_limited` or `error.code=131047: window_closed`")
	}
	s.space()
	at := s.at
	kind := s.bare()
	if !slices.Contains(failureKinds(), kind) {
		s.at = at
		return r, s.fail("%.40q is no kind; one of %s", kind, strings.Join(failureKinds(), ", "))
	}
	if !s.end() {
		return r, s.fail("this does not belong to the kind")
	}
	r.kind = channels.ErrorKind(kind)
	return r, nil
}

// isStatus reports whether a word is an HTTP status such as 429, or a class: 4xx.
func isStatus(w string) bool {
	return len(w) == 3 && w[0] >= '1' && w[0] <= '5' &&
		(strings.Trim(w, "0123456789") == "" || strings.EqualFold(w[1:], "xx"))
}

func (r failureRule) fits(status int, d *document) bool {
	code := strconv.Itoa(status)
	return (r.status == "" || r.status == code || len(code) == 3 && r.status == code[:1]+"xx") && r.when.fit(d)
}

// failure says what an answer means: by the first rule that fits, else by its
// status, else by what a success has. The platform's own sentences may quote the
// message, so only its code is kept.
func (o *sender) failure(status int, header http.Header, body []byte) *channels.SendError {
	d := answerOf(body, header)
	e := channels.StatusError(status, header, body)
	i := slices.IndexFunc(o.failures, func(r failureRule) bool { return r.fits(status, d) })
	refused := e == nil && slices.ContainsFunc(o.success, func(c condition) bool {
		// What is absent tells nothing: the outcome is unknown then.
		return !c.fits(d) && slices.ContainsFunc(c.path.values(d), present)
	})
	switch {
	case e == nil && i < 0 && !refused:
		return nil
	case e == nil:
		e = &channels.SendError{Kind: channels.ErrInvalid, Code: "not_success", Err: errors.New("the platform refused the request")}
	}
	if code := o.errorCode.text(d); isCode(code) {
		e.Code = code
	}
	if i >= 0 {
		e.Kind = o.failures[i].kind
		if e.Kind == channels.ErrRateLimited || e.Kind == channels.ErrUnavailable {
			now, _ := http.ParseTime(header.Get("Date"))
			e.RetryAfter, _ = channels.RetryAfter(header.Get("Retry-After"), now)
		} else {
			e.RetryAfter = 0
		}
	}
	return e
}

// isCode keeps words and numbers, and no sentences.
func isCode(s string) bool {
	return s != "" && len(s) <= 60 && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r > '~'
	})
}

// answerOf makes a document of an answer; one that is no JSON is a text.
func answerOf(body []byte, header http.Header) *document {
	d := &document{header: header}
	if channels.Decode(body, &d.item) != nil {
		d.item = string(body[:min(len(body), 4096)])
	}
	d.body = d.item
	return d
}

// receipt reads the answer of a success. One that has not what a success has leaves
// the outcome unknown.
func (o *sender) receipt(answer []byte, m *channels.Message) (channels.Receipt, error) {
	d := answerOf(answer, nil)
	unknown := func(text string) error {
		return &channels.SendError{Kind: channels.ErrUnknown, Err: errors.New(text)}
	}
	if !o.success.fit(d) {
		return channels.Receipt{}, unknown("the answer does not say that it is a success")
	}
	switch o.byRef {
	case "ref":
		return channels.Receipt{MessageID: m.Ref}, nil
	case "uuid":
		return channels.Receipt{MessageID: uuid(m.Ref)}, nil
	}
	if len(o.messageID) == 0 {
		return channels.Receipt{}, nil
	}
	id := o.messageID.text(d)
	if id == "" || len(id) > 1024 {
		return channels.Receipt{}, unknown("the answer has no id of the message")
	}
	return channels.Receipt{MessageID: id}, nil
}
