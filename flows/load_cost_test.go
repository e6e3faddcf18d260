package flows

import (
	"fmt"
	"runtime"
	"testing"
)

// manyFlows writes a folder with n small flows, as bots have that answer many
// questions: words of their own, and each fifth a pattern as well.
func manyFlows(t testing.TB, n int) string {
	t.Helper()
	folder := map[string]string{"bot.yaml": "bot: test\nchannels:\n  web: {type: test}\n"}
	for i := range n {
		pattern := ""
		if i%5 == 0 {
			pattern = fmt.Sprintf("\n  match: \"(?i)^open( .+)? case %d$\"", i)
		}
		folder[fmt.Sprintf("flows/topic_%05d.yaml", i)] = fmt.Sprintf(
			"flow: topic_%d\nstart:\n  words: [\"topic %d\", \"question %d\"]%s\nsteps:\n  - say: This is about topic %d.\n", i, i, i, pattern, i)
	}
	return writeBot(t, folder)
}

// heapNow is what is in use, in bytes.
func heapNow() int64 {
	runtime.GC()
	runtime.GC() // pools give up what they hold in two steps
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// allocated is what was ever allocated, in bytes.
func allocated() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.TotalAlloc)
}

// BenchmarkLoad loads a folder: live_B/flow is what the bot keeps.
func BenchmarkLoad(b *testing.B) {
	for _, n := range []int{10, 1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			dir := manyFlows(b, n)
			before := heapNow()
			var bot *Bot
			b.ReportAllocs()
			for b.Loop() {
				bot, _ = Load(dir, testOptions())
			}
			b.ReportMetric(float64(heapNow()-before)/float64(n), "live_B/flow")
			runtime.KeepAlive(bot)
		})
	}
}

// What one more small flow may cost, in bytes: while the folder is loaded, and for
// as long as the bot runs.
const (
	maxLoadBytes = 45_000
	maxLiveBytes = 4_000
)

// TestOneMoreFlowIsCheap: what is the same for all flows is there once, and what a
// load needs alone ends with it.
func TestOneMoreFlowIsCheap(t *testing.T) {
	const few, many = 50, 450
	load := func(n int) (bytes, live int64) {
		dir := manyFlows(t, n)
		heap, began := heapNow(), allocated()
		bot, report := Load(dir, testOptions())
		bytes = allocated() - began
		if bot == nil {
			t.Fatal(text(t, report))
		}
		live = heapNow() - heap
		runtime.KeepAlive(bot)
		return bytes, live
	}
	load(few) // once before, for what is made once in a process
	bytes, live := load(few)
	moreBytes, moreLive := load(many)
	if n := (moreBytes - bytes) / (many - few); n > maxLoadBytes {
		t.Errorf("to load one more flow allocates %d bytes, more than %d", n, maxLoadBytes)
	}
	if n := (moreLive - live) / (many - few); n > maxLiveBytes {
		t.Errorf("one more flow keeps %d bytes, more than %d", n, maxLiveBytes)
	}
}
