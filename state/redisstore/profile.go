package redisstore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"
)

// The profiles of a store: what it keeps of what it acknowledged. Replicated
// supposes that a replica takes over from a server that is lost: one that is
// started again with an older copy, before that, has its replicas follow it.
const (
	Strict     = "strict"     // all: the server syncs its disk before each answer
	Replicated = "replicated" // all, also when a server is lost: every replica has it before each answer
	Fast       = "fast"       // all but the last second or two before a power cut, or before a kill of Redis while its disk is busy
	Memory     = "memory"     // nothing that a restart of the server would need
)

// A setting of a server, and the values of it that will do, the weakest first.
type setting struct {
	name   string
	values []string
}

// needs are the settings of a server for a profile. What an answer waits for in
// Replicated is not a setting.
func needs(profile string) []setting {
	on := setting{"appendonly", []string{"yes"}}
	switch profile {
	case Strict:
		return []setting{on, {"appendfsync", []string{"always"}}, {"no-appendfsync-on-rewrite", []string{"no"}}}
	case Replicated, Fast:
		return []setting{on, {"appendfsync", []string{"everysec", "always"}}}
	}
	return nil
}

// A keeping is what is known of how a server keeps its data.
type keeping struct {
	at       string            // where it is, for people
	cluster  bool              // it is part of one
	settings map[string]string // without those that nobody may ask for
	replicas int               // that are attached; counted for Replicated only
}

// missing are the settings that are not as the profile needs them. A setting that
// is not known will do.
func (k keeping) missing(profile string) []setting {
	return slices.DeleteFunc(needs(profile), func(s setting) bool {
		value, known := k.settings[s.name]
		return !known || slices.Contains(s.values, value)
	})
}

// unknown are the names of the settings that could not be asked for.
func (k keeping) unknown() []string {
	var all []string
	for _, s := range needs(Strict) {
		if _, known := k.settings[s.name]; !known {
			all = append(all, s.name)
		}
	}
	return all
}

// profile is the best that the server is known to keep without replicas.
func (k keeping) profile() string {
	switch {
	case len(k.missing(Fast)) > 0:
		return Memory
	case len(k.missing(Strict)) > 0 || len(k.unknown()) > 0:
		return Fast
	}
	return Strict
}

// refuse is the error for a server that keeps less than the profile, with the
// command that mends it; nil if it keeps enough. least is how many replicas it
// must have at least.
func (k keeping) refuse(profile string, least int) error {
	if missing := k.missing(profile); len(missing) > 0 {
		var wanted, has, set []string
		for _, s := range missing {
			wanted = append(wanted, s.name+" "+s.values[0])
			has = append(has, k.settings[s.name])
			set = append(set, s.name+" "+s.values[0])
		}
		return fmt.Errorf("profile: %s needs %s; Redis at %s has %s. Run CONFIG SET %s, or write profile: %s",
			profile, strings.Join(wanted, " and "), k.at, strings.Join(has, " and "), strings.Join(set, " "), k.profile())
	}
	if profile == Replicated && k.replicas < least {
		return fmt.Errorf("profile: replicated needs replicas, %d at least; Redis at %s has %d. Run %s, or write profile: %s",
			least, k.at, k.replicas, k.attach(), k.profile())
	}
	return nil
}

// attach is the command that makes another server a replica.
func (k keeping) attach() string {
	host, port, err := net.SplitHostPort(k.at)
	switch {
	case k.cluster:
		return "redis-cli --cluster add-node HOST:PORT " + k.at + " --cluster-slave"
	case err != nil:
		return "REPLICAOF on another server"
	}
	return fmt.Sprintf("REPLICAOF %s %s on another server", host, port)
}

// inquire asks a server how it keeps its data. info is its answer to INFO.
func inquire(ctx context.Context, node *redis.Client, info map[string]string, profile string) (keeping, error) {
	k := keeping{at: node.Options().Addr, cluster: info["redis_mode"] == "cluster", settings: map[string]string{"appendonly": "no"}}
	if k.at == "FailoverClient" {
		k.at = "the address that Sentinel gives"
	}
	if info["aof_enabled"] == "1" {
		k.settings["appendonly"] = "yes"
	}
	for _, s := range needs(Strict)[1:] {
		answer, err := node.ConfigGet(ctx, s.name).Result()
		if value, ok := answer[s.name]; err == nil && ok {
			k.settings[s.name] = value
		} else if !forbidden(err) {
			return k, err
		}
	}
	if profile != Replicated {
		return k, nil
	}
	role := newRole(ctx)
	if err := node.Process(ctx, role); err != nil {
		return k, fmt.Errorf("count the replicas: %w", err)
	}
	var err error
	k.replicas, err = attached(role)
	return k, err
}

// forbidden reports whether a server does not let its settings be asked for, as
// hosted ones do: it says that there is no such command, that we may not, or
// nothing.
func forbidden(err error) bool {
	var answer redis.Error
	return err == nil || errors.As(err, &answer) && !repeatable(err)
}

// weakest is the worst of some profiles.
func weakest(profiles []string) string {
	for _, p := range []string{Memory, Fast} {
		if slices.Contains(profiles, p) {
			return p
		}
	}
	return Strict
}
