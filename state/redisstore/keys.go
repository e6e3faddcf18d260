package redisstore

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"

	"github.com/parley-chat/parley/state"
)

// keys makes the names of all keys: "p:{<bot>.<partition>}:<name>". The part in
// braces alone decides the slot, so all keys of a partition lie in one.
//
//	h:<conv>     string   header of a conversation, with its state if it is short
//	s:<conv>     string   its state if it is not
//	i:<conv>     list     its inbox
//	o:<conv>     list     its outbox
//	j:<conv>     hash     the journal of its turn in hand
//	m:<conv>     list     its history
//	due          zset     conversation -> when somebody must look at it
//	n            hash     last: the last number given out; dead: bytes of dead letters
//	dead         stream   dead letters
//	shelf        zset     hash of a conversation and id of a dead letter, by name
//	once:<hash>  string   the end of the window of a dedupe id; expires with it
//	w            string   empty; written for WAIT to wait for, see replicas
//	ref:<hash>   string   the conversation of a message, or what came before it
//
// and, where the hash is of a message, the partition is its too. What processes
// share has a slot for each key: "b:{<bot>.<name>}".
//
//	flows        hash     number and digest of the newest flows
//	procs        hash     process -> number of its flows, and when it counts as gone
//	lead.<name>  string   who leads
//	rate.<name>  string   the tokens in a bucket
type keys struct {
	bot        string
	partitions *[state.Partitions]partition
}

// A partition has the beginning of its keys, and those that are not of one
// conversation.
type partition struct{ prefix, due, numbers, dead, shelf string }

// conversationKeys is how many keys a script on a conversation has at most.
const conversationKeys = 10

func newKeys(bot string) (keys, error) {
	if bot == "" {
		bot = "bot"
	}
	if !regexp.MustCompile(`^[A-Za-z0-9_-]+$`).MatchString(bot) {
		return keys{}, fmt.Errorf("state: open redis: %q cannot be part of a key: the name of a bot has letters, digits, - and _", bot)
	}
	k := keys{bot: bot, partitions: &[state.Partitions]partition{}}
	for i := range k.partitions {
		p := "p:{" + bot + "." + hex.EncodeToString([]byte{byte(i)}) + "}:"
		k.partitions[i] = partition{prefix: p, due: p + "due", numbers: p + "n", dead: p + "dead", shelf: p + "shelf"}
	}
	return k, nil
}

func (k keys) partition(p uint8) string { return k.partitions[p].prefix }

// conversation returns the ten keys of a script on a conversation, in the order
// of lua/header.lua.
func (k keys) conversation(conv state.Conv) []string {
	return k.add(nil, conv, conversationKeys)
}

// add appends the first of the keys of a conversation to texts, those that an
// ordinary message needs and then the others. Those with its name are cut from one
// text.
func (k keys) add(texts []string, conv state.Conv, count int) []string {
	p := &k.partitions[conv.Partition()]
	ours := [...]string{3: p.due, 4: p.numbers, 8: p.dead, 9: p.shelf}
	const named = "hsm  ioj"
	var b strings.Builder
	size := len(p.prefix) + 2 + len(conv)
	b.Grow(6 * size)
	for i := range count {
		if ours[i] != "" {
			texts = append(texts, ours[i])
			continue
		}
		from := b.Len()
		_, _ = b.WriteString(p.prefix)
		_ = b.WriteByte(named[i])
		_ = b.WriteByte(':')
		_, _ = b.WriteString(string(conv))
		texts = append(texts, b.String()[from:])
	}
	return texts
}

func (k keys) state(conv state.Conv) string {
	return k.partition(conv.Partition()) + "s:" + string(conv)
}

func (k keys) history(conv state.Conv) string {
	return k.partition(conv.Partition()) + "m:" + string(conv)
}

func (k keys) due(p uint8) string { return k.partitions[p].due }

func (k keys) letters(p uint8) string { return k.partitions[p].dead }

// beside returns the key of that name in the partition that another key is of.
func beside(key, name string) string {
	partition, _, _ := strings.Cut(key, "}:")
	return partition + "}:" + name
}

// once is the mark of a dedupe id: a hash with the conversation, so that ids of
// any length cost the same and nobody can make two that collide.
func (k keys) once(conv state.Conv, id string) string {
	return k.partition(conv.Partition()) + "once:" + hashOf(string(conv), id)
}

// ref is what is known of a message by the provider's id alone, which decides the
// partition too.
func (k keys) ref(channel, messageID string) string {
	p := state.Conv(channel + "/" + messageID).Partition()
	return k.partition(p) + "ref:" + hashOf(channel, messageID)
}

func hashOf(a, b string) string {
	buf := make([]byte, 0, len(a)+len(b)+binary.MaxVarintLen32)
	buf = binary.AppendUvarint(buf, uint64(len(a)))
	sum := sha256.Sum256(append(append(buf, a...), b...))
	return string(sum[:16])
}

// shared is the key of something that is no conversation's.
func (k keys) shared(name string) string { return "b:{" + k.bot + "." + name + "}" }
