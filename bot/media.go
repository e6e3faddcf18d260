package bot

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/parley-chat/parley/channels"
)

// The limits of media that are passed on.
const (
	linkTime  = 24 * time.Hour
	mediaTime = 30 * time.Second
	maxMedia  = 25 << 20
)

// A signer makes links that nobody can guess and that end. Its key ends with the
// process, and the links with it.
type signer struct{ key [32]byte }

func newSigner() signer {
	var s signer
	_, _ = rand.Read(s.key[:]) // never fails
	return s
}

// sign covers the channel, the id and the end of a link.
func (s signer) sign(channel, id string, until int64) string {
	mac := hmac.New(sha256.New, s.key[:])
	fmt.Fprintf(mac, "%d\x00%s\x00%s", until, channel, id)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// linkMedia gives media that came without an address one of ours, where a channel
// can open them and the bot has a public address. It opens for a day.
func (b *Bot) linkMedia(v *version, ch *channel, e *channels.Event) {
	if _, ok := ch.Channel.(channels.MediaOpener); !ok || v.public == nil || len(e.Media) == 0 {
		return
	}
	linked := make([]channels.Media, len(e.Media))
	for i, m := range e.Media {
		if m.URL == "" && m.ID != "" {
			until := b.o.Now().Add(linkTime).Unix()
			u := v.public.JoinPath("media", url.PathEscape(ch.name), base64.RawURLEncoding.EncodeToString([]byte(m.ID)))
			u.RawQuery = url.Values{
				"until": {strconv.FormatInt(until, 10)}, "key": {b.signer.sign(ch.name, m.ID, until)},
			}.Encode()
			m.URL = u.String()
		}
		linked[i] = m
	}
	e.Media = linked
}

// media opens such a link. Whatever is wrong with it, there is nothing there.
func (b *Bot) media(c *gin.Context) {
	ch, ok := b.version.Load().channels[c.Param("channel")]
	if !ok {
		c.Status(http.StatusNotFound)
		return
	}
	opener, ok := ch.Channel.(channels.MediaOpener)
	id, err := base64.RawURLEncoding.DecodeString(c.Param("id"))
	until, err2 := strconv.ParseInt(c.Query("until"), 10, 64)
	if !ok || err != nil || err2 != nil || b.o.Now().Unix() > until ||
		!channels.Equal(b.signer.sign(ch.name, string(id), until), c.Query("key")) {
		c.Status(http.StatusNotFound)
		return
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), mediaTime)
	defer cancel()
	_ = http.NewResponseController(c.Writer).SetWriteDeadline(time.Now().Add(mediaTime)) // not all servers have one
	var body io.ReadCloser
	var mime string
	err = guarded(func() (err error) {
		body, mime, err = opener.OpenMedia(ctx, string(id))
		return err
	})
	if err != nil {
		b.log.WarnContext(ctx, "media not opened", "channel", ch.name, "kind", string(channels.KindOf(err)))
		c.Status(http.StatusBadGateway)
		return
	}
	defer body.Close()
	h := c.Writer.Header()
	h.Set("Content-Type", mime)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cache-Control", "private, no-store")
	c.Status(http.StatusOK)
	if n, err := io.Copy(c.Writer, io.LimitReader(body, maxMedia+1)); err != nil || n > maxMedia {
		b.log.WarnContext(ctx, "media cut off", "channel", ch.name, "bytes", n)
	}
}
