// Package language reads what people type: words to compare, and numbers,
// dates, durations and the like as they are written in a message.
//
// Everything here is a pure function of its arguments and safe for concurrent
// use. Nothing reads a clock: "tomorrow" needs the [Locale] that says when now
// is and where.
package language

import "time"

// A Locale is where and when a text was written.
type Locale struct {
	// Language is a BCP 47 tag such as "en" or "pt-BR"; empty means English.
	Language string
	// Zone is the time zone of dates and times; nil means UTC.
	Zone *time.Location
	// Now is the time of the message.
	Now time.Time
	// Country is an ISO 3166 code for phone numbers without a country code; empty
	// refuses those.
	Country string
}
