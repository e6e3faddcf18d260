package bot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/parley-chat/parley/bot/media"
	"github.com/parley-chat/parley/state"
)

// Errors of operators.
var (
	// ErrNoData: the folder of the store has no data yet: the bot never ran.
	ErrNoData = errors.New("there is no data yet")
	// ErrInMemory: the store is in the memory of the bot's process, where only
	// [Bot.Operator] reaches it.
	ErrInMemory = errors.New("memory: keeps nothing that could be looked at from outside")
	// ErrNotEmbedded: only a store that is embedded, file:, can do this by itself.
	ErrNotEmbedded = errors.New("this is for the embedded store (file:)")
)

// An Operator is for people who mend what is stuck: it lists dead letters, puts
// them back or drops them, forgets conversations, and tells how the store does.
// The commands of parley are made of it, and pages of your own can be. Its methods
// are safe for concurrent use. They find out by themselves whether the bot runs.
type Operator struct {
	on   operations
	info StoreInfo
}

// StoreInfo says which store it is, without secrets.
type StoreInfo struct {
	// Kind is file, redis, rediss, redis+cluster, redis+sentinel, memory or own.
	Kind string
	// Dir is the folder of an embedded store, else empty.
	Dir string
	// Running is true when a bot that runs is asked, and false when the store is
	// opened for this operator.
	Running bool
}

// operations are what a store does for operators, one here or one that a bot that
// runs holds.
type operations interface {
	letterOperations
	forget(ctx context.Context, conv state.Conv) (bool, error)
	examine(ctx context.Context) (StoreReport, error)
	waiting(ctx context.Context) ([]ChannelReport, error)
	conversation(ctx context.Context, conv state.Conv) (ConversationReport, error)
	backup(ctx context.Context, w io.Writer) error
}

type letterOperations interface {
	// letters returns up to limit dead letters after an id, oldest first.
	letters(ctx context.Context, after string, limit int) ([]DeadLetter, error)
	letter(ctx context.Context, id string) (state.Letter, error)
	retry(ctx context.Context, id string) error
	drop(ctx context.Context, id string) error
}

// A DeadLetter is one of a list: without its payload, but with its size in bytes.
type DeadLetter struct {
	state.Letter
	Size int
}

// A LetterFilter chooses dead letters. Its zero value takes all.
type LetterFilter struct {
	// Channel is the name of one.
	Channel string
	// Conversation is its name, channel/account/key, or its hash as the log has it.
	Conversation string
	// Cause is a part of the cause, in small or capital letters.
	Cause string
	// Since is when they were set aside, at the earliest.
	Since time.Time
	// Limit is how many, the newest; zero is all.
	Limit int
}

// takes reports whether the filter takes a letter.
func (f LetterFilter) takes(l state.Letter) bool {
	return (f.Channel == "" || l.Conv.Channel() == f.Channel) &&
		(f.Conversation == "" || string(l.Conv) == f.Conversation || hashed(l.Conv) == f.Conversation) &&
		strings.Contains(strings.ToLower(l.Cause), strings.ToLower(f.Cause)) &&
		!l.At.Before(f.Since)
}

// ConversationHash is what stands for a conversation where its address, which may
// be a phone number, has no place: in logs and lists.
func ConversationHash(conv state.Conv) string { return hashed(conv) }

// WebhookURL is where a platform delivers what is for a channel, if public is where
// it reaches the bot.
func WebhookURL(public, channel string) (string, error) {
	u, err := url.Parse(public)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", errors.New("public_url: not an address that begins with http:// or https://")
	}
	return u.JoinPath(webhookPath(channel)).String(), nil
}

// Operator returns an operator of a bot in this process, also of one that keeps
// its store in memory. It works until the bot stops and need not be closed.
func (b *Bot) Operator() *Operator {
	on := &storeOperations{store: b.store, media: func() (*media.Store, error) { return b.media.store, nil }, again: b.sweeper.lookIn, hindrances: b.hindrances, process: b.process}
	return &Operator{on: on, info: StoreInfo{Kind: b.at.Kind, Dir: b.at.Dir, Running: true}}
}

// Info says which store it is.
func (o *Operator) Info() StoreInfo { return o.info }

// lettersAtOnce is how many letters are asked for in one call of a store.
const lettersAtOnce = 1000

// Letters returns the dead letters that the filter takes, oldest first. There are
// at most [state.MaxLetters].
func (o *Operator) Letters(ctx context.Context, f LetterFilter) ([]DeadLetter, error) {
	var all []DeadLetter
	for after := ""; ; {
		page, err := o.on.letters(ctx, after, lettersAtOnce)
		if err != nil {
			return nil, fmt.Errorf("list the dead letters: %w", err)
		}
		for _, l := range page {
			if f.takes(l.Letter) {
				all = append(all, l)
			}
		}
		if f.Limit > 0 && len(all) > f.Limit {
			all = append(all[:0], all[len(all)-f.Limit:]...)
		}
		if len(page) < lettersAtOnce {
			return all, nil
		}
		after = page[len(page)-1].ID
	}
}

// Letter returns a dead letter with its payload: the JSON of a [channels.Event]
// or, of one that went out, of a [channels.Message]. It is [state.ErrNotFound]
// when there is none of that id.
func (o *Operator) Letter(ctx context.Context, id string) (state.Letter, error) {
	return o.on.letter(ctx, id)
}

// Retry puts a dead letter back, as the last of its inbox or outbox: see
// [state.Operator] for the errors.
func (o *Operator) Retry(ctx context.Context, id string) error { return o.on.retry(ctx, id) }

// Drop deletes a dead letter, or returns [state.ErrNotFound].
func (o *Operator) Drop(ctx context.Context, id string) error { return o.on.drop(ctx, id) }

// Forget erases a conversation, its media and its dead letters, and reports whether there was
// anything: see [ConversationReport]. What remains is a hash of the ids of its
// events, for the dedupe window of the channel, the links of its messages, for
// [state.LinkTime], and what backups and logs have.
func (o *Operator) Forget(ctx context.Context, conv state.Conv) (found bool, err error) {
	return o.on.forget(ctx, conv)
}

// Backup writes a copy of an embedded store, as it is at one moment, while the bot
// goes on. Media are not in it: their folder can be copied at any time. After an error what was written is no backup. It is [ErrNotEmbedded]
// for other stores.
func (o *Operator) Backup(ctx context.Context, w io.Writer) error { return o.on.backup(ctx, w) }

// A StoreReport is how a store does.
type StoreReport struct {
	// Letters counts the dead letters, Oldest is when the first of them was set
	// aside; zero with none.
	Letters int       `json:"letters"`
	Oldest  time.Time `json:"oldest,omitzero"`
	// Backlog counts the conversations that somebody must look at now, up to a
	// hundred thousand.
	Backlog int `json:"backlog"`
	// Channels are those on which something waits, also for later, or that pause or
	// are off.
	Channels []ChannelReport `json:"channels,omitempty"`
	// Accept is how long the store takes to make an event durable: the median of 20,
	// in a conversation that is forgotten again.
	Accept time.Duration `json:"accept"`
	// Ahead is how far the clock of the store is ahead of that of this machine.
	Ahead time.Duration `json:"ahead"`
	// Findings are what the store knows of its server or its disk.
	Findings []state.Finding `json:"findings,omitempty"`
}

// Examine looks how the store does. It writes a little, and takes that away again.
func (o *Operator) Examine(ctx context.Context) (StoreReport, error) { return o.on.examine(ctx) }

// Close gives back what [OpenOperator] opened.
func (o *Operator) Close() error {
	if c, ok := o.on.(io.Closer); ok {
		return c.Close()
	}
	return nil
}
