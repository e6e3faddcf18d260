package channels

import (
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"time"
)

// A Simulation says how to play a platform towards a bot. With it `parley simulate`
// posts what the platform posts, and package channeltest checks that the channel
// takes it. Package corpus makes new payloads of the samples.
type Simulation struct {
	// Samples are payloads as the platform documents them: the files *.json, and *.form
	// for those that are posted as forms, one field in a line, anywhere in it, named as
	// the event. Their time is about [SampleTime].
	// nil: there are none, and people post payloads of their own.
	Samples fs.FS
	// Settings and Lists are those that the samples belong to, enough to make a channel.
	// A text among them that is a value in a sample is replaced by the channel's own.
	Settings map[string]string
	Lists    map[string][]string
	// Sign makes a request what the platform posts. Its body is a payload and its type
	// that of JSON or of a form, as the payload is; Sign encodes it if the platform posts
	// it in yet another way, and adds the proof to the headers or to the query of the
	// address, for the request's time. A proof needs a secret: without one Sign adds
	// none. An error is for people. nil: the payload is posted as it is.
	Sign func(r *Request) error
	// Secrets are settings that only Sign knows, because no bot has them: the private
	// half of a key. They are given with --set.
	Secrets []Setting
	// ID makes a new id in the place of an old one, for platforms whose ids hold the
	// time; nil: chance decides, in the form of the old one.
	ID func(old string, now time.Time) string
	// Text writes what somebody wrote as the platform does; nil: as it is.
	Text func(text string) string
	// Batch are the names, at the top of a payload, of the lists that may hold what
	// several payloads hold; none: the platform posts one by one.
	Batch []string
	// Timeout is how long the platform waits for an answer.
	Timeout time.Duration
	// Retries says when the platform posts a request again, before it was signed, that
	// was not answered with 2xx.
	Retries func(r *Request) Retries
	// Again marks a request as the attempt with a number, from 1, after the first, and
	// is called before Sign; nil: the platform posts the same again.
	Again func(r *Request, attempt int)
	// Handshake makes a request the GET by which the platform checks an address, and
	// returns what the answer must hold; nil: the platform does not.
	Handshake func(r *Request) string
	// Wants returns what the answer to a payload must hold, white space aside; "" for
	// nothing. nil: every 2xx will do.
	Wants func(payload []byte) string
}

// SampleTime is the time of the samples: an older one is not refused at it.
func SampleTime() time.Time { return time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC) }

// Retries are when a platform posts a webhook again.
type Retries struct {
	// Waits are the times before the second attempt, the third, and so on; none: a
	// webhook is posted once.
	Waits []time.Duration
	// For is how long after the first attempt there are others, after the last of Waits
	// each; 0: there are no more than Waits.
	For time.Duration
	// RetryAfter is the longest Retry-After of an answer that the platform obeys; 0: it
	// does not look.
	RetryAfter time.Duration
	// Assumed tells that the platform does not publish all of this.
	Assumed bool
}

// AssumedRetries are those of platforms that publish nothing about theirs.
func AssumedRetries(*Request) Retries {
	return Retries{Waits: []time.Duration{10 * time.Second, time.Minute, 5 * time.Minute}, Assumed: true}
}

// Next returns how long the platform waits after an attempt with a number, from 1,
// that was refused so long after the first; false: it gives up. The header is that of
// the answer; nil for none.
func (r Retries) Next(attempt int, since time.Duration, header http.Header) (time.Duration, bool) {
	if len(r.Waits) == 0 || attempt > len(r.Waits) && r.For == 0 {
		return 0, false
	}
	wait := r.Waits[min(attempt, len(r.Waits))-1]
	if r.RetryAfter > 0 && header != nil {
		now, _ := http.ParseTime(header.Get("Date"))
		if asked, ok := RetryAfter(header.Get("Retry-After"), now); ok {
			wait = min(max(wait, asked), r.RetryAfter)
		}
	}
	return wait, r.For == 0 || since+wait <= r.For
}

// String says it in words for people.
func (r Retries) String() string {
	if len(r.Waits) == 0 {
		return "posts each webhook once"
	}
	var waits []string
	for _, w := range r.Waits {
		word := "at once"
		if w > 0 {
			word = "after " + short(w)
		}
		if len(waits) == 0 || waits[len(waits)-1] != word {
			waits = append(waits, word)
		}
	}
	s := "posts again " + strings.Join(waits, ", ")
	if r.For > 0 {
		s += " and so on, for " + short(r.For)
	} else {
		s += fmt.Sprintf(", %d times at most", len(r.Waits))
	}
	if r.Assumed {
		s += " (assumed: it does not publish all of this)"
	}
	return s
}

// short writes a duration without the units that are 0: 24h, 1m30s, 7 days.
func short(d time.Duration) string {
	const day = 24 * time.Hour
	if d > day && d%day == 0 {
		return fmt.Sprintf("%d days", d/day)
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
