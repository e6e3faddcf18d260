package channels

import (
	"net/http"
	"testing"
	"time"
)

func TestRetriesEndAndObeyRetryAfter(t *testing.T) {
	asks := func(s string) http.Header { return http.Header{"Retry-After": {s}} }
	listed := Retries{Waits: []time.Duration{0, time.Minute}}
	going := Retries{Waits: []time.Duration{time.Second, time.Hour}, For: 3 * time.Hour, RetryAfter: 2 * time.Hour}
	for name, c := range map[string]struct {
		r       Retries
		attempt int
		since   time.Duration
		header  http.Header
		wait    time.Duration
		again   bool
	}{
		"none":                       {Retries{}, 1, 0, nil, 0, false},
		"at once":                    {listed, 1, 0, nil, 0, true},
		"the last":                   {listed, 2, 0, nil, time.Minute, true},
		"after the last":             {listed, 3, 0, nil, 0, false},
		"does not look":              {listed, 2, 0, asks("600"), time.Minute, true},
		"the last goes on":           {going, 3, time.Hour, nil, time.Hour, true},
		"until it is over":           {going, 4, 2*time.Hour + time.Second, nil, time.Hour, false},
		"obeys":                      {going, 1, 0, asks("7"), 7 * time.Second, true},
		"obeys no less than its own": {going, 2, 0, asks("7"), time.Hour, true},
		"obeys so much":              {Retries{Waits: []time.Duration{0}, RetryAfter: time.Minute}, 1, 0, asks("600"), time.Minute, true},
		"obeys no nonsense":          {going, 1, 0, asks("soon"), time.Second, true},
	} {
		wait, again := c.r.Next(c.attempt, c.since, c.header)
		if again != c.again || again && wait != c.wait {
			t.Errorf("%s: %v, %v", name, wait, again)
		}
	}
}

func TestRetriesInWords(t *testing.T) {
	for want, r := range map[string]Retries{
		"posts each webhook once":                                                            {},
		"posts again at once, after 1m, after 1m30s, 3 times at most":                        {Waits: []time.Duration{0, time.Minute, 90 * time.Second}},
		"posts again after 10s, 19 times at most (assumed: it does not publish all of this)": {Waits: make19(), Assumed: true},
		"posts again after 1h and so on, for 7 days":                                         {Waits: []time.Duration{time.Hour}, For: 7 * 24 * time.Hour},
		"posts again after 1m and so on, for 24h":                                            {Waits: []time.Duration{time.Minute}, For: 24 * time.Hour},
	} {
		if got := r.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func make19() []time.Duration {
	waits := make([]time.Duration, 19)
	for i := range waits {
		waits[i] = 10 * time.Second
	}
	return waits
}
