package greenapi

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// maxFile is the longest file that GREEN-API takes, in bytes.
const maxFile = 100 << 20

// uploads reports whether a file is sent itself and not its address: when it is in
// the address (data:), or where GREEN-API cannot reach it, as upload_from says.
// Nothing else is ever fetched, since an address may come from anybody.
func (c *Channel) uploads(address string) bool {
	if isData(address) {
		return true
	}
	u, err := url.Parse(address)
	if err != nil || u.User != nil {
		return false
	}
	for _, from := range c.uploadFrom {
		if u.Scheme == from.Scheme && strings.EqualFold(u.Host, from.Host) && below(u, from.Path) {
			return true
		}
	}
	return false
}

// below reports whether a path is in a folder, and does not leave it again.
func below(u *url.URL, folder string) bool {
	at, folder := path.Clean("/"+u.Path), path.Clean("/"+folder)
	return at == folder || strings.HasPrefix(at, strings.TrimSuffix(folder, "/")+"/")
}

func isData(address string) bool { return len(address) > 5 && strings.EqualFold(address[:5], "data:") }

// A source is a file on its way.
type source struct {
	io.ReadCloser
	// size in bytes; -1 when unknown.
	size int64
	mime string
}

// upload sends a file itself, as a form:
// https://green-api.com/en/waba/api/sending/SendFileByUpload. It goes from the one
// server to the other without being kept.
func (c *Channel) upload(ctx context.Context, m *channels.Message, out any) error {
	file, err := c.open(ctx, m.Media)
	if err != nil {
		return err
	}
	defer file.Close()
	if file.size > maxFile {
		return &channels.SendError{Kind: channels.ErrInvalid, Err: errors.New("the file is over 100 MB")}
	}
	form, contentType, size, err := formOf(m, file)
	if err != nil {
		return &channels.SendError{Kind: channels.ErrInvalid, Err: fmt.Errorf("make the form: %w", err)}
	}
	call := c.request(http.MethodPost, "sendFileByUpload", "")
	call.URL = c.mediaURL + strings.TrimPrefix(call.URL, c.apiURL)
	call.Out = out
	client := *c.http
	client.Transport = &bodied{base: client.Transport, body: form, contentType: contentType, size: size}
	return call.Do(ctx, &client)
}

// open opens the file of a message. Nothing is sent yet, so that a file that is
// not there now leaves no doubt about the message.
func (c *Channel) open(ctx context.Context, m *channels.Media) (*source, error) {
	if isData(m.URL) {
		return openData(m.URL)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, m.URL, nil)
	if err != nil {
		return nil, &channels.SendError{Kind: channels.ErrInvalid, Err: errors.New("the address of the file can't be read")}
	}
	resp, err := c.http.Do(r)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // without the address
		}
		return nil, &channels.SendError{Kind: channels.ErrRefused, Err: fmt.Errorf("fetch the file: %w", err)}
	}
	if e := channels.StatusError(resp.StatusCode, resp.Header, nil); e != nil {
		resp.Body.Close()
		if e.Kind == channels.ErrUnauthorized {
			e.Kind = channels.ErrInvalid // not of this channel's credentials
		}
		e.Err = fmt.Errorf("fetch the file: %w", e.Err)
		return nil, e
	}
	return &source{resp.Body, resp.ContentLength, resp.Header.Get("Content-Type")}, nil
}

// openData opens a file that is in its address: https://www.rfc-editor.org/rfc/rfc2397.
func openData(address string) (*source, error) {
	head, data, ok := strings.Cut(address[len("data:"):], ",")
	typ, encoded := strings.CutSuffix(head, ";base64")
	invalid := &channels.SendError{Kind: channels.ErrInvalid, Err: errors.New("the data: address of the file can't be read")}
	if !ok {
		return nil, invalid
	}
	text, err := url.PathUnescape(data)
	if err != nil {
		return nil, invalid
	}
	b := []byte(text)
	if encoded {
		if b, err = base64.StdEncoding.DecodeString(text); err != nil {
			return nil, invalid
		}
	}
	return &source{io.NopCloser(bytes.NewReader(b)), int64(len(b)), typ}, nil
}

// formOf puts a file into a form, in three parts: what is before the file, the
// file as it comes, and what is behind. Size is -1 when that of the file is
// unknown.
func formOf(m *channels.Message, file *source) (form io.Reader, contentType string, size int64, err error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	name := fileName(m.Media)
	fields := [][2]string{{"chatId", m.Conversation}, {"fileName", name}}
	if m.Text != "" {
		fields = append(fields, [2]string{"caption", m.Text})
	}
	for _, f := range fields {
		if err := w.WriteField(f[0], f[1]); err != nil {
			return nil, "", 0, err
		}
	}
	h := make(map[string][]string)
	h["Content-Disposition"] = []string{multipart.FileContentDisposition("file", name)}
	h["Content-Type"] = []string{mediaType(m.Media.MIME, file.mime)}
	if _, err := w.CreatePart(h); err != nil {
		return nil, "", 0, err
	}
	before := bytes.Clone(b.Bytes())
	b.Reset()
	if err := w.Close(); err != nil {
		return nil, "", 0, err
	}
	size = -1
	if file.size >= 0 {
		size = int64(len(before)) + file.size + int64(b.Len())
	}
	return io.MultiReader(bytes.NewReader(before), &limited{file, maxFile}, bytes.NewReader(b.Bytes())), w.FormDataContentType(), size, nil
}

// mediaType is the first of some types that is one.
func mediaType(types ...string) string {
	for _, t := range types {
		if _, _, err := mime.ParseMediaType(t); err == nil {
			return t
		}
	}
	return "application/octet-stream"
}

// limited fails behind a number of bytes, where a longer file would be cut.
type limited struct {
	r    io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, errors.New("the file is over 100 MB")
	}
	return n, err
}

// bodied gives a request another body, one that is no JSON.
type bodied struct {
	base        http.RoundTripper
	body        io.Reader
	contentType string
	size        int64
	used        bool
}

// RoundTrip makes the request. It cannot be made a second time, as a redirect
// would: the body is gone by then.
func (b *bodied) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.used {
		return nil, errors.New("the API redirects an upload")
	}
	b.used = true
	base := b.base
	if base == nil {
		base = http.DefaultTransport
	}
	out := r.Clone(r.Context())
	out.Body, out.ContentLength, out.GetBody = io.NopCloser(b.body), b.size, nil
	out.Header.Set("Content-Type", b.contentType)
	return base.RoundTrip(out)
}
