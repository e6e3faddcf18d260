package greenapi

import (
	"encoding/json"
	"strings"
	"testing"
)

// FuzzParseGreenapiQueue: whatever the queue answers is nothing, an error, or a
// head that can be deleted by its receipt and kept as an event.
func FuzzParseGreenapiQueue(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `{}`, `[]`, `<html></html>`, `{"receiptId":1}`, `{"receiptId":1,"body":null}`, `{"receiptId":"1"}`,
		`{"receiptId":9007199254740993,"body":{"typeWebhook":"x","instanceData":{"idInstance":12}}}`,
		`{"body":{"a":[{}]},"receiptId":2}`, `{"receiptId":3,"body":{"a":`, `{"receiptId":-1}`, `{"receiptId":1e3}`,
		`{"receiptId":4,"receiptId":5,"body":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}`,
	} {
		f.Add([]byte(seed))
	}
	c := &Channel{name: "main", instance: "12"}
	f.Fuzz(func(t *testing.T, body []byte) {
		a := &answer{body: body}
		if a.empty() {
			return
		}
		h, err := readHead(a)
		if err != nil {
			return
		}
		if h.receipt == "" || strings.Trim(h.receipt, "0123456789") != "" {
			t.Fatalf("the receipt is %q", h.receipt)
		}
		e := c.eventOfHead(h)
		if !fits(&e) || e.DedupeID == "" || len(e.DedupeID) > maxDedupe {
			t.Errorf("cannot be kept: %+v", e)
		}
		if _, err := json.Marshal(e); err != nil {
			t.Error(err)
		}
	})
}
