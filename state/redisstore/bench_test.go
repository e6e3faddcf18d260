package redisstore

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/parley-chat/parley/state"
)

// BenchmarkScripts measures what Redis does for one message, in batches of 64:
// the processor time of the server for all of it, and how long it was in each
// script, which is without reading, answering, and the file.
func BenchmarkScripts(b *testing.B) {
	r := startServer(b, "--appendonly", "yes", "--appendfsync", "everysec")
	s, c := open(b, r.url(), Options{}), r.client(b)
	const batch = 64
	names := []string{"accept", "commit", "mark"}
	spent := make([]float64, len(names))
	before := r.cpu(b)
	b.ResetTimer()
	for i := range b.N {
		outs := make([]state.HandOut, batch)
		for phase := range names {
			at := inScripts(b, c)
			var all sync.WaitGroup
			for j := range batch {
				all.Go(func() {
					conv := state.NewConv("bench", "main", fmt.Sprint("4915100", i%50, "-", j))
					out, err := step(b.Context(), s, conv, phase, outs[j], fmt.Sprint(i, "-", j))
					if outs[j] = out; err != nil {
						b.Error(err)
					}
				})
			}
			all.Wait()
			spent[phase] += inScripts(b, c) - at
		}
	}
	b.StopTimer()
	messages := float64(b.N * batch)
	for phase, name := range names {
		b.ReportMetric(spent[phase]/messages, name+"-µs")
	}
	b.ReportMetric((r.cpu(b)-before)*1e6/messages, "redis-µs")
}

// step is one of the three calls of an ordinary message, with texts as long as those
// of a conversation about an order.
func step(ctx context.Context, s *Store, conv state.Conv, phase int, before state.HandOut, id string) (out state.HandOut, err error) {
	event, row, body := make([]byte, 288), make([]byte, 196), make([]byte, 276)
	want := state.Turn
	switch phase {
	case 0:
		events := []state.NewEvent{{DedupeID: id, Window: 9 * 24 * time.Hour, Payload: event}}
		_, out, err = s.Accept(ctx, conv, events, caller("0123456789abcdef"))
	case 1:
		want = state.Send
		r := state.Result{State: body, Rows: [][]byte{row}, History: event}
		out, err = s.Commit(ctx, conv, before.Token, before.Event.Number, r)
	case 2:
		want = state.Free
		o := state.Outcome{Kind: state.Sent, MessageID: "wamid." + id, History: row}
		out, err = s.Mark(ctx, conv, before.Token, before.Row.Number, before.Attempt, o)
	}
	if err == nil && out.Kind != want {
		err = fmt.Errorf("%s in place of %s", out.Kind, want)
	}
	return out, err
}

// inScripts returns the microseconds that the server spent in scripts.
func inScripts(b *testing.B, c *redis.Client) float64 {
	b.Helper()
	stats := facts(c.Info(b.Context(), "commandstats").Val())["cmdstat_evalsha"]
	_, rest, _ := strings.Cut(stats, "usec=")
	text, _, _ := strings.Cut(rest, ",")
	if text == "" {
		return 0
	}
	usec, err := strconv.ParseFloat(text, 64)
	if err != nil {
		b.Fatal(err)
	}
	return usec
}
