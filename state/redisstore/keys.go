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
//	h:<conv>     string   header of a conversation, while something is pending
//	s:<conv>     string   its state
//	i:<conv>     list     its inbox
//	o:<conv>     list     its outbox
//	j:<conv>     hash     the journal of its turn in hand
//	m:<conv>     list     its history
//	due          zset     conversation -> when somebody must look at it
//	n            hash     last: the last number given out; dead: bytes of dead letters
//	dead         stream   dead letters
//	once:<hash>  string   the end of the window of a dedupe id; expires with it
//	w            string   empty; written for WAIT to wait for, see replicas
type keys struct{ bot string }

func newKeys(bot string) (keys, error) {
	if bot == "" {
		bot = "bot"
	}
	if !regexp.MustCompile(`^[A-Za-z0-9_-]+$`).MatchString(bot) {
		return keys{}, fmt.Errorf("state: open redis: %q cannot be part of a key: the name of a bot has letters, digits, - and _", bot)
	}
	return keys{bot: bot}, nil
}

func (k keys) partition(p uint8) string {
	return "p:{" + k.bot + "." + hex.EncodeToString([]byte{p}) + "}:"
}

// conversation returns the nine keys of a script on a conversation, in the order
// of lua/conversation.lua.
func (k keys) conversation(conv state.Conv) [9]string {
	p, c := k.partition(conv.Partition()), string(conv)
	return [...]string{p + "h:" + c, p + "s:" + c, p + "i:" + c, p + "o:" + c, p + "j:" + c, p + "m:" + c, p + "due", p + "n", p + "dead"}
}

func (k keys) state(conv state.Conv) string {
	return k.partition(conv.Partition()) + "s:" + string(conv)
}

func (k keys) history(conv state.Conv) string {
	return k.partition(conv.Partition()) + "m:" + string(conv)
}

func (k keys) due(p uint8) string { return k.partition(p) + "due" }

func (k keys) letters(p uint8) string { return k.partition(p) + "dead" }

// beside returns the key of that name in the partition that another key is of.
func beside(key, name string) string {
	partition, _, _ := strings.Cut(key, "}:")
	return partition + "}:" + name
}

// once is the mark of a dedupe id: a hash with the conversation, so that ids of
// any length cost the same and nobody can make two that collide.
func (k keys) once(conv state.Conv, id string) string {
	b := make([]byte, 0, len(conv)+len(id)+binary.MaxVarintLen32)
	b = binary.AppendUvarint(b, uint64(len(conv)))
	sum := sha256.Sum256(append(append(b, conv...), id...))
	return k.partition(conv.Partition()) + "once:" + string(sum[:16])
}
