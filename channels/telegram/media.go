package telegram

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// OpenMedia opens a file by the id that an event gave, and returns its MIME type.
// The Bot API gives out files of up to 20 MB. The address with the token is seen
// by nobody.
func (c *Channel) OpenMedia(ctx context.Context, id string) (io.ReadCloser, string, error) {
	var f struct {
		FilePath string `json:"file_path"`
	}
	if err := c.call(ctx, "getFile", payload{"file_id": id}, &f); err != nil {
		return nil, "", fmt.Errorf("ask for the file: %w", err)
	}
	if f.FilePath == "" || strings.HasPrefix(f.FilePath, "/") || strings.Contains(f.FilePath, "..") {
		return nil, "", &channels.SendError{Kind: channels.ErrInvalid, Err: errors.New("the file has no path to fetch")}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.fileURL(f.FilePath), http.NoBody)
	if err != nil {
		return nil, "", &channels.SendError{Kind: channels.ErrInvalid, Err: errors.New("the file has no address")}
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, "", &channels.SendError{Kind: channels.ErrUnavailable, Err: c.withoutURL(err)}
	}
	if e := channels.StatusError(resp.StatusCode, resp.Header, nil); e != nil {
		_ = resp.Body.Close()
		return nil, "", e
	}
	return resp.Body, mediaType(resp.Header.Get("Content-Type"), f.FilePath), nil
}

func (c *Channel) fileURL(file string) string {
	return c.apiURL + "/file/bot" + c.token + "/" + (&url.URL{Path: file}).EscapedPath()
}

// withoutURL drops the address that net/http puts into its errors.
func (c *Channel) withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// mediaType goes by the file's name where Telegram says only that it is bytes.
func mediaType(header, file string) string {
	if t, _, err := mime.ParseMediaType(header); err == nil && t != "application/octet-stream" {
		return t
	}
	if t := mime.TypeByExtension(path.Ext(file)); t != "" {
		return t
	}
	return "application/octet-stream"
}
