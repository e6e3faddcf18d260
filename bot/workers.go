package bot

import "sync/atomic"

// maxIdle is how many goroutines wait for work.
const maxIdle = 64

// workers run work beside the caller in goroutines that are used again: a new one
// would have to grow its stack for each message, which costs more than the message
// does in the flows. There are as many as there is work.
type workers struct {
	jobs chan func()
	idle atomic.Int64
	over <-chan struct{} // closed when none wait any more
}

// run begins a job.
func (w *workers) run(job func()) {
	select {
	case w.jobs <- job:
	default:
		go w.work(job)
	}
}

func (w *workers) work(job func()) {
	for {
		job()
		if w.idle.Add(1) > maxIdle {
			w.idle.Add(-1)
			return
		}
		select {
		case job = <-w.jobs:
			w.idle.Add(-1)
		case <-w.over:
			w.idle.Add(-1)
			return
		}
	}
}
