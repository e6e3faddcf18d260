package redisstore

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// What a server must be.
var (
	errOld      = errors.New("Parley needs Redis 7.0 or newer")
	errReplica  = errors.New("the server is a replica: name its master, or write redis+sentinel://")
	errCluster  = errors.New("the server is part of a cluster: write redis+cluster://")
	errSentinel = errors.New("the server is a sentinel: write redis+sentinel://, with the name of the master")
)

// kept is what the servers keep.
type kept struct {
	profile   string
	unchecked []string // settings that could not be asked for
}

// prepare checks every server that takes writes, gives it the scripts, and returns
// what the weakest keeps.
func prepare(ctx context.Context, client redis.UniversalClient, scripts map[string]script, o Options) (kept, error) {
	var mu sync.Mutex
	var profiles []string
	var all kept
	visit := func(ctx context.Context, node *redis.Client) error {
		_, single := client.(*redis.Client)
		k, err := examine(ctx, node, single, o)
		if err != nil {
			return err
		}
		mu.Lock()
		profiles = append(profiles, k.profile())
		all.unchecked = k.unknown()
		mu.Unlock()
		for _, s := range scripts {
			if err := node.ScriptLoad(ctx, s.source).Err(); err != nil {
				return fmt.Errorf("load a script: %w", err)
			}
		}
		return nil
	}
	var err error
	switch c := client.(type) {
	case *redis.Client:
		err = visit(ctx, c)
	case *redis.ClusterClient:
		err = c.ForEachMaster(ctx, visit)
	}
	all.profile = weakest(profiles)
	if o.Profile == Replicated || len(all.unchecked) > 0 && o.Profile == Strict {
		all.profile = o.Profile
	}
	return all, err
}

// examine checks one server.
func examine(ctx context.Context, node *redis.Client, single bool, o Options) (keeping, error) {
	text, err := node.Info(ctx).Result()
	if err != nil {
		return keeping{}, err
	}
	info := facts(text)
	if err := fit(info, single); err != nil {
		return keeping{}, err
	}
	k, err := inquire(ctx, node, info, o.Profile)
	if err != nil || o.Profile == "" {
		return k, err
	}
	return k, k.refuse(o.Profile, o.Replicas)
}

// fit reports whether a server can keep what it is given, and what to do if not.
func fit(info map[string]string, single bool) error {
	version := info["redis_version"]
	major, err := strconv.Atoi(strings.Split(version, ".")[0])
	switch {
	case err != nil || major < 7:
		return fmt.Errorf("the server has version %q: %w", version, errOld)
	case single && info["redis_mode"] == "sentinel":
		return errSentinel
	case single && info["redis_mode"] == "cluster":
		return errCluster
	case info["role"] != "master":
		return errReplica
	case info["maxmemory_policy"] != "noeviction":
		return fmt.Errorf("the server throws keys away when its memory is full: set maxmemory-policy to noeviction; it is %q", info["maxmemory_policy"])
	}
	return nil
}

// facts reads the answer to INFO.
func facts(text string) map[string]string {
	all := map[string]string{}
	for lines := bufio.NewScanner(strings.NewReader(text)); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok {
			all[name] = value
		}
	}
	return all
}
