package bot

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/parley-chat/parley/bot/media"
	"github.com/parley-chat/parley/state"
)

// mediaServeTime is how long a file may take on its way to who opened the link.
const mediaServeTime = 5 * time.Minute

// mediaCacheTime is how long a browser may keep it, while the link lasts.
const mediaCacheTime = time.Hour

// mediaPage opens a link. Whatever is wrong with it, there is nothing there; 502 says
// that the platform or the store did not answer.
func (b *Bot) mediaPage(c *gin.Context) {
	ctx := c.Request.Context()
	ref, ok := b.media.links.Read(c.Param("link"))
	if !ok || b.o.Now().After(ref.Until) {
		c.Status(http.StatusNotFound)
		return
	}
	answer := http.NewResponseController(c.Writer)
	_ = answer.SetWriteDeadline(time.Now().Add(mediaTime + mediaServeTime)) // not all servers have one
	// Who reads slowly does not hold up a bot that shall stop.
	defer context.AfterFunc(b.life.stopping, func() { _ = answer.SetWriteDeadline(time.Now().Add(abortTime)) })()
	kept, content, err := b.media.content(ctx, ref)
	if err != nil {
		b.log.WarnContext(ctx, "media not opened", "conversation_hash", hashed(state.Conv(ref.Owner)), "error", err)
		if again(err) {
			c.Status(http.StatusBadGateway)
			return
		}
		c.Status(http.StatusNotFound)
		return
	}
	defer content.Close()
	left := min(ref.Until.Sub(b.o.Now()), mediaCacheTime)
	c.Header("Cache-Control", fmt.Sprintf("private, max-age=%d", int(left.Seconds())))
	serveMedia(c, ref, kept, content)
}

// content opens what a link leads to. What is not kept yet, or not any more, is
// fetched.
func (k *keeper) content(ctx context.Context, ref media.Ref) (kept media.Stored, content *media.Content, err error) {
	kept = media.Stored{Hash: ref.Hash, MIME: ref.MIME}
	if ref.Hash == "" {
		kept, err = k.store.Find(ctx, ref.Owner, ref.Source())
	}
	if err == nil {
		content, err = k.store.Open(ctx, ref.Owner, kept.Hash)
	}
	if !errors.Is(err, media.ErrNotFound) || ref.Hash != "" {
		return kept, content, err
	}
	if kept, err = k.fetch(ctx, ref); err == nil {
		content, err = k.store.Open(ctx, ref.Owner, kept.Hash)
	}
	return kept, content, err
}

// serveMedia sends content in a way that a browser runs nothing of it.
func serveMedia(c *gin.Context, ref media.Ref, kept media.Stored, content *media.Content) {
	shown := "attachment"
	if media.Inline(kept.MIME) {
		shown = "inline"
	}
	disposition := shown
	if ref.Name != "" {
		disposition = mime.FormatMediaType(shown, map[string]string{"filename": ref.Name})
	}
	h := c.Writer.Header()
	h.Set("Content-Type", kept.MIME)
	h.Set("Content-Disposition", disposition)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin") // a page that shows it may be elsewhere
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("ETag", `"`+kept.Hash+`"`)
	http.ServeContent(c.Writer, c.Request, "", content.Time, content)
}
