package redisstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/parley-chat/parley/state"
)

var _ state.Inspector = (*Store)(nil)

// Inspect looks at every server that takes writes: see [state.Inspector].
func (s *Store) Inspect(ctx context.Context) []state.Finding {
	all := []state.Finding{promised(s.Profile())}
	if err := s.enter(); err != nil {
		return append(all, unanswered(err))
	}
	defer s.running.Done()
	var mu sync.Mutex
	byServer := map[string][]state.Finding{}
	visit := func(ctx context.Context, node *redis.Client) error {
		info, err := node.Info(ctx).Result()
		if err != nil {
			return err
		}
		found := inspectServer(ctx, node, facts(info))
		mu.Lock()
		defer mu.Unlock()
		byServer[node.Options().Addr] = found
		return nil
	}
	var err error
	switch c := s.client.(type) {
	case *redis.Client:
		err = visit(ctx, c)
	case *redis.ClusterClient:
		err = c.ForEachMaster(ctx, visit)
	default:
		err = errors.New("a client of an unknown kind")
	}
	if err != nil {
		all = append(all, unanswered(err))
	}
	var servers []string
	for server := range byServer {
		servers = append(servers, server)
	}
	slices.Sort(servers)
	for _, server := range servers {
		for _, f := range byServer[server] {
			if len(servers) > 1 {
				f.Text = server + ": " + f.Text
			}
			all = append(all, f)
		}
	}
	return all
}

// Fix is one line that mends what an error of Open says; empty when there is none
// but to start Redis, or to name another one.
func Fix(err error) string {
	text := err.Error()
	switch {
	case errors.Is(err, errOld):
		return "install Redis 7.0 or newer"
	case errors.Is(err, errReplica):
		return "name the master in state:, or write redis+sentinel://MASTER@HOST"
	case errors.Is(err, errCluster):
		return "write redis+cluster:// in state:"
	case errors.Is(err, errSentinel):
		return "write redis+sentinel://MASTER@HOST in state:"
	case strings.Contains(text, "maxmemory-policy"):
		return noEviction
	case strings.Contains(text, "NOAUTH"):
		return "write the password into state:, redis://:PASSWORD@HOST, from the environment: ${ env.REDIS_PASSWORD }"
	case strings.Contains(text, "WRONGPASS"), strings.Contains(text, "invalid password"):
		return "put the right user and password into state:, or into the environment that it takes them from"
	case strings.Contains(text, "NOPERM"):
		return "give the user of state: all commands and keys (ACL SETUSER), or name another user"
	}
	return ""
}

// noEviction keeps Redis from throwing keys away.
const noEviction = "redis-cli CONFIG SET maxmemory-policy noeviction, and the same in redis.conf"

func unanswered(err error) state.Finding {
	return state.Finding{Level: state.Fail, What: "redis", Text: err.Error(), Fix: cmp.Or(Fix(err), "start Redis, or mend the address in state:")}
}

// promised says what the profile keeps.
func promised(profile string) state.Finding {
	f := state.Finding{Level: state.OK, What: "profile"}
	switch profile {
	case Strict:
		f.Text = "strict: Redis syncs its disk before each answer; a crash loses nothing"
	case Fast:
		f.Text = "fast: a power cut may take the last second or two of what was acknowledged"
	case Memory:
		f.Level, f.Text = state.Warn, "memory: a restart of Redis loses every conversation"
		f.Fix = "redis-cli CONFIG SET appendonly yes, and the same in redis.conf"
	case Replicated:
		f.Text = "replicated: each answer waits until every replica has it; the loss of a server loses nothing"
	default:
		f.Text = profile
	}
	return f
}

// inspectServer says what the settings and the health of one server come to.
func inspectServer(ctx context.Context, node *redis.Client, info map[string]string) []state.Finding {
	all := []state.Finding{
		{Level: state.OK, What: "version", Text: "Redis " + info["redis_version"]},
		eviction(info["maxmemory_policy"]), memoryLeft(info), persistence(info),
	}
	if info["aof_enabled"] == "1" {
		all = append(all, aofSync(settingOf(ctx, node, "appendfsync")))
	}
	return append(all, replication(info, settingOf(ctx, node, "min-replicas-to-write")))
}

// settingOf asks for a setting; empty when the server does not let it be asked for.
func settingOf(ctx context.Context, node *redis.Client, name string) string {
	answer, err := node.ConfigGet(ctx, name).Result()
	if err != nil {
		return ""
	}
	return answer[name]
}

func eviction(policy string) state.Finding {
	if policy == "noeviction" {
		return state.Finding{Level: state.OK, What: "eviction", Text: "none: when the memory is full, Redis refuses instead of throwing keys away"}
	}
	return state.Finding{
		Level: state.Fail, What: "eviction", Text: fmt.Sprintf("maxmemory-policy is %s: a full Redis throws conversations away", policy),
		Fix: noEviction,
	}
}

// crowded is the part of maxmemory, in percent, from which on somebody should look.
const crowded = 80

func memoryLeft(info map[string]string) state.Finding {
	used, err := strconv.ParseFloat(info["used_memory"], 64)
	limit, err2 := strconv.ParseFloat(info["maxmemory"], 64)
	f := state.Finding{Level: state.OK, What: "memory", Text: info["used_memory_human"] + " used, without a limit of its own"}
	if cmp.Or(err, err2) != nil || limit == 0 {
		return f
	}
	percent := int(used * 100 / limit)
	f.Text = fmt.Sprintf("%s used of %s, %d %%", info["used_memory_human"], info["maxmemory_human"], percent)
	if percent >= crowded {
		f.Level, f.Fix = state.Warn, "give Redis more memory: when it is full, webhooks are answered with 503"
	}
	return f
}

// persistence looks whether the last write to disk went well.
func persistence(info map[string]string) state.Finding {
	f := state.Finding{Level: state.OK, What: "persistence", Text: "no append-only file: what is in memory is all there is"}
	if info["aof_enabled"] == "1" {
		f.Text = "append-only file, last write ok"
	}
	var broken []string
	for name, of := range map[string]string{
		"aof_last_write_status": "the last write of the append-only file", "aof_last_bgrewrite_status": "its last rewrite",
		"rdb_last_bgsave_status": "the last snapshot",
	} {
		if info[name] != "" && info[name] != "ok" {
			broken = append(broken, of+" failed")
		}
	}
	if len(broken) > 0 {
		slices.Sort(broken)
		f.Level, f.Text, f.Fix = state.Fail, strings.Join(broken, ", "), "look into the log of Redis; the disk may be full"
	}
	return f
}

func aofSync(value string) state.Finding {
	f := state.Finding{Level: state.OK, What: "appendfsync", Text: value}
	switch value {
	case "":
		f.Text = "not known: the server does not let its settings be asked for"
	case "no":
		f.Level, f.Text = state.Warn, "no: a power cut may take half a minute of what was acknowledged"
		f.Fix = "redis-cli CONFIG SET appendfsync everysec, and the same in redis.conf"
	}
	return f
}

// replication warns of a master that goes on to acknowledge when it has lost its
// replicas, which a failover would lose.
func replication(info map[string]string, least string) state.Finding {
	f := state.Finding{Level: state.OK, What: "replicas"}
	n, err := strconv.Atoi(info["connected_slaves"])
	switch {
	case err != nil || n == 0:
		f.Text = "none"
	case least == "":
		f.Text = fmt.Sprintf("%d; min-replicas-to-write is not known", n)
	case least == "0":
		f.Level, f.Text = state.Warn, fmt.Sprintf("%d, and min-replicas-to-write is 0: a master that is cut off acknowledges what a failover loses", n)
		f.Fix = "redis-cli CONFIG SET min-replicas-to-write 1, and the same in redis.conf"
	default:
		f.Text = fmt.Sprintf("%d, min-replicas-to-write is %s", n, least)
	}
	return f
}
