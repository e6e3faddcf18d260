package bot

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
)

// healthz says that the process lives.
func (b *Bot) healthz(c *gin.Context) { c.String(http.StatusOK, "ok\n") }

// refusals counts messages in a row that the store did not take: one whose memory
// or disk is full answers all the same.
type refusals struct{ count, last atomic.Int64 }

// Not ready after so many refusals, and for so long after the last: then requests
// show whether it is over.
const (
	manyRefusals = 3
	refusalTime  = 10 * time.Second
)

func (r *refusals) note(err error, now time.Time) {
	if err == nil {
		if r.count.Load() > 0 {
			r.count.Store(0)
		}
		return
	}
	r.last.Store(now.UnixNano())
	r.count.Add(1)
}

func (r *refusals) many(now time.Time) bool {
	return r.count.Load() >= manyRefusals && now.UnixNano()-r.last.Load() < int64(refusalTime)
}

// readyz says whether requests should come here: the store answers and takes
// messages, and the bot does not stop. It also names the channels that pause, and
// why: messages to them wait.
func (b *Bot) readyz(c *gin.Context) {
	reasons := []string{}
	if b.life.leaving.Load() || b.life.isStopping() {
		reasons = append(reasons, "the bot is stopping")
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), intakeTime)
	defer cancel()
	if _, _, err := b.store.Due(ctx, 1); err != nil {
		b.log.DebugContext(ctx, "not ready", "error", err)
		reasons = append(reasons, "the store does not answer")
	} else if b.refusals.many(time.Now()) {
		reasons = append(reasons, "the store takes no messages")
	}
	if b.crowded.Load() {
		reasons = append(reasons, "too much waits")
	}
	paused := gin.H{}
	v := b.version.Load()
	for _, name := range v.order {
		if kind := v.channels[name].breaker.state(); kind != "" {
			paused[name] = kind
		}
	}
	status := http.StatusOK
	if len(reasons) > 0 {
		status = http.StatusServiceUnavailable
	}
	c.JSON(status, gin.H{"ready": len(reasons) == 0, "reasons": reasons, "paused": paused, "flows": v.fingerprint})
}
