package innopaas

import (
	"context"
	"errors"
	"net/http"

	"github.com/parley-chat/parley/channels"
)

// answer is how the API answers: code "0" is a success, whose data is the id of
// the message. Code and message are confirmed by the vendor's list of codes, data
// by https://github.com/chuanglan-international/whatsapp/blob/main/api_cn/whatsapp_message.md.
type answer struct {
	Code word `json:"code"`
	Data word `json:"data"`
}

// Send submits a message to InnoPaaS; the receipt is no delivery. The status of an
// HTTP answer says little: the code in it does.
func (c *Channel) Send(ctx context.Context, m *channels.Message) (channels.Receipt, error) {
	p, err := c.render(m)
	if err != nil {
		return channels.Receipt{}, &channels.SendError{Kind: channels.ErrInvalid, Err: err}
	}
	var a answer
	call := channels.Call{
		Method: http.MethodPost, URL: c.apiURL + "/api/whatsapp/v3/msg/submit", Header: c.credentials(), In: p, Out: &a,
		Secrets: []string{c.appKey, c.token, c.webhookToken}, Failure: failure,
	}
	if err := call.Do(ctx, c.http); err != nil {
		return channels.Receipt{}, err
	}
	if a.Code == "" {
		return channels.Receipt{}, &channels.SendError{Kind: channels.ErrUnknown, Err: errors.New("the answer has no code")}
	}
	if a.Data == "" {
		// It was taken all the same: sent again, it would arrive twice.
		c.log.WarnContext(ctx, "a message was sent, but its statuses are lost: the answer has no id", "channel", c.name)
	}
	return channels.Receipt{MessageID: string(a.Data)}, nil
}

// credentials are the headers of every request:
// https://docs.innopaas.com/api-reference/api-reference-en.
func (c *Channel) credentials() http.Header {
	return http.Header{"AppKey": {c.appKey}, "Authorization": {c.token}}
}
