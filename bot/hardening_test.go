package bot

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"
)

// The address of a call may hold secrets: no level of the log has it.
func TestFailedCallLogsNoAddress(t *testing.T) {
	var logs syncBuffer
	b := startTestBot(t, setup{engine: script(echo), channel: newPlatform(), logs: &logs, debug: true, allow: []string{"127.0.0.1"}})
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	if r := b.testCall(t, httpCall(gone.URL+"/PIN-4455?key=t0ken")); r.Error != callNetwork {
		t.Errorf("a call to nobody: %+v", r)
	}
	if text := logs.String(); strings.Contains(text, "t0ken") || strings.Contains(text, "PIN-4455") {
		t.Errorf("the log has the address:\n%s", text)
	}
}

// A length that is announced sets no memory aside: anybody can announce one.
func TestAnnouncedBodyTakesNoMemory(t *testing.T) {
	b := startTestBot(t, setup{engine: script(echo), channel: newPlatform()})
	v := b.version.Load()
	const requests = 50
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range requests {
		c, _ := gin.CreateTestContext(httptest.NewRecorder())
		c.Request = httptest.NewRequest(http.MethodPost, "/webhooks/fake", strings.NewReader("{"))
		c.Request.ContentLength = maxWebhook
		if _, _, err := b.request(c, v, maxWebhook); err != nil {
			t.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / requests; each > 10*firstBody {
		t.Errorf("a body of one byte took %d bytes", each)
	}
}

// A loop that hangs, in a load of flows say, does not keep the bot from ending.
func TestDrainDoesNotWaitForALoopThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLifetime()
		hang := make(chan struct{})
		l.always(func(context.Context) { <-hang })
		l.stopNow()
		ctx, cancel := context.WithTimeout(t.Context(), stopTime-abortTime)
		defer cancel()
		began := time.Now()
		if left := l.drain(ctx, abortTime); left != 0 {
			t.Errorf("%d left", left)
		}
		if took := time.Since(began); took > stopTime {
			t.Errorf("took %s", took)
		}
		close(hang)
		synctest.Wait()
	})
}
