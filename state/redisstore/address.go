package redisstore

import (
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// errAddress says what an address looks like. It does not repeat the address,
// which may hold a password.
var errAddress = errors.New("state: not an address of Redis; write redis://host:6379, redis+cluster://host:7000,host:7001 " +
	"or redis+sentinel://master@host:26379,host:26379")

const (
	redisPort    = "6379"
	sentinelPort = "26379"
)

// parseAddress returns the options of a client for the address: see Open.
func parseAddress(address string) (*redis.UniversalOptions, error) {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return nil, errAddress
	}
	// Lists of hosts are not what net/url takes: the hosts are cut out first.
	end := len(rest)
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		end = i
	}
	user, hosts := "", rest[:end]
	if i := strings.LastIndex(hosts, "@"); i >= 0 {
		user, hosts = hosts[:i+1], hosts[i+1:]
	}
	u, err := url.Parse("redis://" + user + "host" + rest[end:])
	if err != nil || hosts == "" {
		return nil, errAddress
	}
	o := newOptions()
	port := redisPort
	switch scheme {
	case "redis", "rediss":
		if strings.Contains(hosts, ",") {
			return nil, errAddress
		}
	case "redis+cluster":
		o.IsClusterMode = true
	case "redis+sentinel":
		port = sentinelPort
	default:
		return nil, errAddress
	}
	for host := range strings.SplitSeq(hosts, ",") {
		o.Addrs = append(o.Addrs, withPort(host, port))
	}
	if o.TLSConfig, err = newTLS(scheme, u.Query()); err != nil {
		return nil, err
	}
	return o, login(o, scheme, u)
}

// login sets who we are, and the database.
func login(o *redis.UniversalOptions, scheme string, u *url.URL) error {
	o.Username, o.Password = u.User.Username(), ""
	o.Password, _ = u.User.Password()
	if scheme == "redis+sentinel" {
		q := u.Query()
		o.MasterName, o.Username, o.Password = u.User.Username(), q.Get("username"), q.Get("password")
		o.SentinelPassword = q.Get("sentinel_password")
		if o.MasterName == "" {
			return errAddress
		}
	}
	db := strings.Trim(u.Path, "/")
	if db == "" {
		return nil
	}
	n, err := strconv.Atoi(db)
	if err != nil || n < 0 || o.IsClusterMode {
		return errAddress
	}
	o.DB = n
	return nil
}

func withPort(host, port string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), port)
}

// newOptions are the options that do not depend on the address. The client
// repeats nothing by itself and ends with the context: the store repeats.
func newOptions() *redis.UniversalOptions {
	const timeout = time.Second
	return &redis.UniversalOptions{
		// The answers of scripts have the same form in both; 2 spares a greeting.
		Protocol:              2,
		DisableIdentity:       true,
		MaxRetries:            -1,
		ContextTimeoutEnabled: true,
		DialTimeout:           timeout,
		DialerRetries:         1,
		ReadTimeout:           timeout,
		WriteTimeout:          timeout,
		PoolSize:              64,
		PipelinePoolSize:      -1,
		FailingTimeoutSeconds: 1,
	}
}
