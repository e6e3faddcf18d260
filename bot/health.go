package bot

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"
)

// healthz says that the process lives.
func (b *Bot) healthz(c *gin.Context) { c.String(http.StatusOK, "ok\n") }

// readyz says whether requests should come here: the store answers and the bot
// does not stop.
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
	c.JSON(status, gin.H{"ready": len(reasons) == 0, "reasons": reasons, "paused": paused, "version": v.fingerprint})
}
