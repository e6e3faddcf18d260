package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/gin-gonic/gin"
)

// The limits of the server: slow clients can't hold it. Answers that take longer,
// such as event streams, set their own deadlines.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 10 * time.Second
	writeTimeout      = 15 * time.Second
	idleTimeout       = 75 * time.Second
	maxHeaderBytes    = 32 << 10
)

// NewServer returns an HTTP server with Parley's limits, for programs that serve
// [Bot.Handler] themselves. gin's own Run and http.ListenAndServe have none.
func NewServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// listen takes the address.
func (b *Bot) listen(ctx context.Context) error {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", b.o.Listen)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("listen on %s: the address is in use; stop what listens there, or choose another one (--listen 127.0.0.1:8081)", b.o.Listen)
	}
	if err != nil {
		return fmt.Errorf("listen on %s: %w", b.o.Listen, err)
	}
	b.listener, b.server = listener, NewServer(b.handler, b.log)
	return nil
}

// serve begins to serve what listen took.
func (b *Bot) serve(ctx context.Context) {
	b.log.InfoContext(ctx, "listening", "address", b.listener.Addr().String())
	go func() {
		if err := b.server.Serve(b.listener); !errors.Is(err, http.ErrServerClosed) {
			b.failed <- fmt.Errorf("serve: %w", err)
		}
	}()
}

// newHandler lays out the pages.
func (b *Bot) newHandler() http.Handler {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.HandleMethodNotAllowed = true
	e.RedirectTrailingSlash = false
	e.UseRawPath, e.UnescapePathValues = true, true // names may hold a slash
	e.ForwardedByClientIP = false                   // nobody is believed about addresses
	e.Use(b.recovered)
	e.POST("/webhooks/:channel", b.webhook)
	e.GET("/webhooks/:channel", b.handshake)
	e.POST(eventsPath, b.events)
	e.GET(mediaPath+":link", b.mediaPage)
	e.HEAD(mediaPath+":link", b.mediaPage)
	e.GET("/healthz", b.healthz)
	e.GET("/readyz", b.readyz)
	e.GET("/", b.home)
	e.GET("/channels/:channel", b.pageWithoutSlash)
	e.Any("/channels/:channel/*path", b.page)
	return e
}

// recovered answers 500 for a page that panics. What gin would print has the
// query and the headers, secrets with them.
func (b *Bot) recovered(c *gin.Context) {
	err := guarded(func() error {
		c.Next()
		return nil
	})
	if p, ok := errors.AsType[*panicError](err); ok {
		b.log.ErrorContext(c.Request.Context(), "panic in a page", "page", c.FullPath(), "panic", p.what, "stack", p.stack)
		if !c.Writer.Written() {
			c.Status(http.StatusInternalServerError)
		}
		c.Abort()
	}
}

// page serves what a channel serves itself, such as a web chat. Its requests end
// when the bot stops: some would go on for ever.
func (b *Bot) page(c *gin.Context) {
	ch, ok := b.version.Load().channels[c.Param("channel")]
	if !ok || ch.pages == nil {
		c.Status(http.StatusNotFound)
		return
	}
	ctx, cancel := context.WithCancel(c.Request.Context())
	defer cancel()
	defer context.AfterFunc(b.life.stopping, cancel)()
	prefix := pagePath(ch.name)
	http.StripPrefix(strings.TrimSuffix(prefix, "/"), ch.pages).ServeHTTP(c.Writer, c.Request.WithContext(ctx))
}

// pageWithoutSlash leads on to the pages, whose addresses are relative.
func (b *Bot) pageWithoutSlash(c *gin.Context) {
	ch, ok := b.version.Load().channels[c.Param("channel")]
	if !ok || ch.pages == nil {
		c.Status(http.StatusNotFound)
		return
	}
	c.Header("Location", url.PathEscape(ch.name)+"/")
	c.Status(http.StatusPermanentRedirect)
}

// pagePath is where a channel's own pages are.
func pagePath(channel string) string { return "/channels/" + url.PathEscape(channel) + "/" }

// home leads to the first chat page.
func (b *Bot) home(c *gin.Context) {
	v := b.version.Load()
	for _, name := range v.order {
		if v.channels[name].pages != nil {
			c.Redirect(http.StatusFound, "."+pagePath(name))
			return
		}
	}
	c.String(http.StatusOK, "%s is running. Webhooks go to /webhooks/<channel>.\n", v.name)
}
