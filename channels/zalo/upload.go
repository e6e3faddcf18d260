package zalo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/gif"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// uploads reports whether a file is fetched by the bot and uploaded: below the addresses of
// upload_from. Nothing else is ever fetched, since an address may come from anybody.
func (c *Channel) uploads(address string) bool {
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

// upload fetches a file, uploads it, and makes the attachment that sends it:
// OA/tin-nhan/quan-ly-tin-nhan, upload image, gif and file. nil is what Zalo does not take.
// It keeps an upload for seven days, so that none is used twice.
func (c *Channel) upload(ctx context.Context, m *channels.Media, ending string) (object, error) {
	switch ending {
	case ".jpg", ".jpeg", ".png":
		b, err := c.fetch(ctx, m.URL, maxImageSize)
		if b == nil || err != nil {
			return nil, err
		}
		d, err := c.post(ctx, "image", "picture"+ending, b)
		if err != nil {
			return nil, err
		}
		return media(object{"media_type": "image", "attachment_id": d.AttachmentID}), nil
	case ".gif":
		return c.uploadGIF(ctx, m)
	case ".pdf", ".doc", ".docx", ".csv":
		b, err := c.fetch(ctx, m.URL, maxFileSize)
		if b == nil || err != nil {
			return nil, err
		}
		d, err := c.post(ctx, "file", nameOf(m, ending), b)
		if err != nil {
			return nil, err
		}
		return object{"type": "file", "payload": object{"token": d.Token}}, nil
	}
	return nil, nil
}

// uploadGIF uploads a GIF, of which Zalo wants to know the width and the height.
func (c *Channel) uploadGIF(ctx context.Context, m *channels.Media) (object, error) {
	b, err := c.fetch(ctx, m.URL, maxFileSize)
	if b == nil || err != nil {
		return nil, err
	}
	size, err := gif.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return nil, errors.New("the file is no GIF")
	}
	d, err := c.post(ctx, "gif", "picture.gif", b)
	if err != nil {
		return nil, err
	}
	return media(object{"media_type": "gif", "attachment_id": d.AttachmentID, "width": size.Width, "height": size.Height}), nil
}

// fetch fetches a file; nil when it is longer than Zalo takes. Nothing is sent yet, so that
// a file that is not there now leaves no doubt about the message.
func (c *Channel) fetch(ctx context.Context, address string, most int64) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, errors.New("the address of the file can't be read")
	}
	resp, err := c.http.Do(r)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // without the address
		}
		return nil, &channels.SendError{Kind: channels.ErrRefused, Err: fmt.Errorf("fetch the file: %w", err)}
	}
	defer resp.Body.Close()
	if e := channels.StatusError(resp.StatusCode, resp.Header, nil); e != nil {
		if e.Kind == channels.ErrUnauthorized {
			e.Kind = channels.ErrInvalid // not of this channel's credentials
		}
		e.Err = fmt.Errorf("fetch the file: %w", e.Err)
		return nil, e
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, most+1))
	if err != nil {
		return nil, &channels.SendError{Kind: channels.ErrRefused, Err: fmt.Errorf("fetch the file: %w", err)}
	}
	if int64(len(b)) > most {
		return nil, nil
	}
	return b, nil
}

// post uploads a file as a form with the field file. An upload whose outcome is unknown is
// no message: it is made again.
func (c *Channel) post(ctx context.Context, kind, name string, file []byte) (*data, error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(file)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, fmt.Errorf("make the form: %w", err)
	}
	d, err := c.do(ctx, request{
		method: http.MethodPost, url: c.apiURL + "/v2.0/oa/upload/" + kind, form: b.Bytes(), contentType: w.FormDataContentType(),
	})
	if e, ok := errors.AsType[*channels.SendError](err); ok {
		out := *e
		if out.Kind == channels.ErrUnknown {
			out.Kind = channels.ErrRefused
		}
		out.Err = fmt.Errorf("upload the file: %w", out.Err)
		return nil, &out
	}
	if err != nil {
		return nil, err
	}
	if d.AttachmentID == "" && d.Token == "" {
		return nil, &channels.SendError{Kind: channels.ErrRefused, Err: errors.New("the answer to the upload has no id")}
	}
	return d, nil
}

// nameOf is the name of a document with the ending of its address.
func nameOf(m *channels.Media, ending string) string {
	name := oneLine(strings.Map(func(r rune) rune {
		if r == '/' || r == '\\' {
			return ' '
		}
		return r
	}, m.Name))
	if u, err := url.Parse(m.URL); err == nil && name == "" {
		name = path.Base(u.Path)
	}
	if !strings.EqualFold(path.Ext(name), ending) {
		name += ending
	}
	return name
}
