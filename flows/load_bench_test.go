package flows

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// manyFlows writes a folder with a flow of real size and n small ones, as bots have
// that answer many questions: words of their own, and each fifth a pattern.
func manyFlows(t testing.TB, n int) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "flows"), 0o700); err != nil {
		t.Fatal(err)
	}
	write("bot.yaml", "bot: test\nchannels:\n  web: {type: test}\n")
	for i := range n {
		pattern := ""
		if i%5 == 0 {
			pattern = fmt.Sprintf("\n  match: \"(?i)^open( .+)? case %d$\"", i)
		}
		write(fmt.Sprintf("flows/topic_%05d.yaml", i), fmt.Sprintf("flow: topic_%d\nstart:\n  words: [\"topic %d\", \"question %d\"]%s\nsteps:\n  - say: This is about topic %d.\n", i, i, i, pattern, i))
	}
	return dir
}

// BenchmarkLoad loads a folder. live_B/flow is what the bot keeps, heap_MB how far the
// heap grows while it is loaded.
func BenchmarkLoad(b *testing.B) {
	for _, n := range []int{10, 1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			dir := manyFlows(b, n)
			before := liveHeap()
			var bot *Bot
			b.ReportAllocs()
			for b.Loop() {
				bot, _ = Load(dir, testOptions())
			}
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(liveHeap()-before)/float64(n), "live_B/flow")
			b.ReportMetric(float64(m.HeapSys)/1e6, "heapsys_MB")
			runtime.KeepAlive(bot)
		})
	}
}

func liveHeap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
