package channels

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// An ErrorKind says what a failed send means for the message. There is one
// table, [ErrorKinds], that says what happens next.
type ErrorKind string

// The kinds of send errors.
const (
	// ErrRefused: the request did not reach the platform. Again later.
	ErrRefused ErrorKind = "refused"
	// ErrRateLimited: too many requests. Again after RetryAfter.
	ErrRateLimited ErrorKind = "rate_limited"
	// ErrUnavailable: the platform said that it can't now (5xx). Again later.
	ErrUnavailable ErrorKind = "unavailable"
	// ErrUnknown: cut between request and answer; it may have been sent.
	ErrUnknown ErrorKind = "unknown"
	// ErrInvalid: the platform will never take this message.
	ErrInvalid ErrorKind = "invalid"
	// ErrUnauthorized: the credentials are wrong. Again later: an operator mends
	// it, and nothing is lost meanwhile.
	ErrUnauthorized ErrorKind = "unauthorized"
	// ErrBlocked: the person blocked the bot, left, or does not exist.
	ErrBlocked ErrorKind = "blocked"
	// ErrWindowClosed: free text is not allowed now.
	ErrWindowClosed ErrorKind = "window_closed"
)

// ErrorKinds says of each kind whether another attempt can succeed.
func ErrorKinds() map[ErrorKind]bool {
	return map[ErrorKind]bool{
		ErrRefused: true, ErrRateLimited: true, ErrUnavailable: true, ErrUnknown: true, ErrUnauthorized: true,
		ErrInvalid: false, ErrBlocked: false, ErrWindowClosed: false,
	}
}

// A SendError tells why a message was not sent.
type SendError struct {
	Kind ErrorKind
	// RetryAfter is what the platform asked for; 0 when it did not.
	RetryAfter time.Duration
	// Code is the platform's own code or word.
	Code string
	// Err is the cause. Neither it nor the message holds a secret.
	Err error
}

// Error names the kind, the code and the cause.
func (e *SendError) Error() string {
	s := string(e.Kind)
	if e.Code != "" {
		s += " (" + e.Code + ")"
	}
	if e.Err != nil {
		s = fmt.Sprintf("%s: %v", s, e.Err)
	}
	return s
}

// Unwrap returns the cause.
func (e *SendError) Unwrap() error { return e.Err }

// KindOf returns the kind of a send error: ErrUnknown for any other error, since
// nothing is known then.
func KindOf(err error) ErrorKind {
	if e, ok := errors.AsType[*SendError](err); ok {
		return e.Kind
	}
	return ErrUnknown
}

// A MediaError says that a file can't be kept.
type MediaError struct {
	// Status is 413 for one that is too large, and 415 for one of a type that is not
	// allowed.
	Status int
	// MaxSize is the limit in bytes, with 413; MIME the type that was found, with
	// 415.
	MaxSize int64
	MIME    string
}

// Error says which limit it is.
func (e *MediaError) Error() string {
	if e.Status == http.StatusRequestEntityTooLarge {
		return fmt.Sprintf("the file is over %d bytes", e.MaxSize)
	}
	return fmt.Sprintf("a file of type %s is not allowed", e.MIME)
}
