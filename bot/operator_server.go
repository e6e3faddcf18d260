package bot

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/parley-chat/parley/state"
)

// operatorStopTime is for what operators have under way when the bot stops.
const operatorStopTime = 2 * time.Second

// backupDone is the trailer of a backup that is whole.
const backupDone = "Parley-Backup"

// operators serves operators on the socket of the embedded store; nil when the
// bot has another one, or has no socket.
type operators struct {
	dir    string
	server *http.Server
}

// serveOperators begins to listen to operators, if the store is one that nobody
// else can open. Without the socket the bot runs all the same.
func (b *Bot) serveOperators(ctx context.Context) {
	dir := b.at.Dir
	if dir == "" {
		return
	}
	listener, err := listenSocket(ctx, dir)
	if err != nil {
		b.log.WarnContext(ctx, "operators can't reach the bot while it runs", "socket", filepath.Join(dir, socketFile), "error", err)
		return
	}
	b.operators = &operators{dir: dir, server: &http.Server{
		Handler: operatorPages(b.Operator().on), ReadHeaderTimeout: readHeaderTimeout, IdleTimeout: idleTimeout,
		BaseContext: func(net.Listener) context.Context { return b.life.running },
	}}
	go func(server *http.Server) {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			b.log.WarnContext(ctx, "operators can't reach the bot any more", "error", err)
		}
	}(b.operators.server)
}

// stop ends the service. It must be over when the store is given free, so that
// the socket of the next process is not taken away.
func (o *operators) stop(ctx context.Context) error {
	if o == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, operatorStopTime)
	defer cancel()
	err := removeSocket(o.dir)
	if o.server.Shutdown(ctx) != nil {
		err = errors.Join(err, o.server.Close())
	}
	if err != nil {
		return fmt.Errorf("stop serving operators: %w", err)
	}
	return nil
}

// operatorPages lays out what operators ask for:
//
//	GET    /letters?after=ID&limit=N   dead letters without their payloads
//	GET    /letters/ID                 one, with its payload
//	POST   /letters/ID/retry
//	DELETE /letters/ID
//	POST   /forget                     {"conversation": …} gives {"found": …}
//	POST   /conversation               {"conversation": …} gives a ConversationReport
//	GET    /channels                   ChannelReports
//	GET    /arrivals/CHANNEL           Arrivals
//	GET    /report                     a StoreReport
//	GET    /backup                     a copy of the store, with a trailer if whole
//
// An error is {"error": …}: 404 of what is not there, 409 where there is no room,
// 413 of what is too large, 501 of what the store can't do.
func operatorPages(on operations) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.UseRawPath, e.UnescapePathValues = true, true
	e.GET("/letters", func(c *gin.Context) {
		limit, err := strconv.Atoi(c.Query("limit"))
		if err != nil || limit < 1 || limit > lettersAtOnce {
			limit = lettersAtOnce
		}
		letters, err := on.letters(c.Request.Context(), c.Query("after"), limit)
		answer(c, letters, err)
	})
	e.GET("/letters/:id", func(c *gin.Context) {
		letter, err := on.letter(c.Request.Context(), c.Param("id"))
		answer(c, letter, err)
	})
	e.POST("/letters/:id/retry", func(c *gin.Context) {
		answer(c, gin.H{}, on.retry(c.Request.Context(), c.Param("id")))
	})
	e.DELETE("/letters/:id", func(c *gin.Context) {
		answer(c, gin.H{}, on.drop(c.Request.Context(), c.Param("id")))
	})
	e.POST("/forget", func(c *gin.Context) {
		if conv, ok := conversationOf(c); ok {
			found, err := on.forget(c.Request.Context(), conv)
			answer(c, forgetAnswer{Found: found}, err)
		}
	})
	e.POST("/conversation", func(c *gin.Context) {
		if conv, ok := conversationOf(c); ok {
			r, err := on.conversation(c.Request.Context(), conv)
			answer(c, r, err)
		}
	})
	e.GET("/channels", func(c *gin.Context) {
		all, err := on.waiting(c.Request.Context())
		answer(c, all, err)
	})
	e.GET("/arrivals/:channel", func(c *gin.Context) {
		r, err := on.arrivals(c.Request.Context(), c.Param("channel"))
		answer(c, r, err)
	})
	e.GET("/report", func(c *gin.Context) {
		r, err := on.examine(c.Request.Context())
		answer(c, r, err)
	})
	e.GET("/backup", func(c *gin.Context) { serveBackup(c, on) })
	return e
}

// A conversationRequest names a conversation in its body: an address has no place
// in what logs have.
type conversationRequest struct {
	Conversation state.Conv `json:"conversation"`
}

// conversationOf reads a conversationRequest, or answers what is wrong with it.
func conversationOf(c *gin.Context) (state.Conv, bool) {
	var in conversationRequest
	if err := c.ShouldBindJSON(&in); err != nil || in.Conversation == "" {
		c.JSON(http.StatusBadRequest, gin.H{"error": "the request names no conversation"})
		return "", false
	}
	return in.Conversation, true
}

type forgetAnswer struct {
	Found bool `json:"found"`
}

// answer writes what came of a request.
func answer(c *gin.Context, out any, err error) {
	if err == nil {
		c.JSON(http.StatusOK, out)
		return
	}
	c.JSON(operatorStatus(err), gin.H{"error": err.Error()})
}

// operatorStatus is the status of an error, and operatorError the way back.
func operatorStatus(err error) int {
	switch {
	case errors.Is(err, state.ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, state.ErrFull):
		return http.StatusConflict
	case errors.Is(err, state.ErrTooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, ErrNotEmbedded):
		return http.StatusNotImplemented
	case errors.Is(err, state.ErrClosed):
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

func operatorError(status int, text string) error {
	for _, known := range []error{state.ErrNotFound, state.ErrFull, state.ErrTooLarge, ErrNotEmbedded, state.ErrClosed} {
		if operatorStatus(known) == status {
			return known
		}
	}
	return errors.New(text)
}

// serveBackup streams. Once the first byte has left only the trailer can tell that
// the copy is whole.
func serveBackup(c *gin.Context, on operations) {
	c.Header("Content-Type", "application/octet-stream")
	c.Header("Trailer", backupDone)
	if err := on.backup(c.Request.Context(), c.Writer); err != nil {
		if !c.Writer.Written() {
			c.Writer.Header().Del("Trailer")
			c.Writer.Header().Del("Content-Type")
			answer(c, nil, err)
		}
		return
	}
	c.Header(backupDone, "whole")
}
