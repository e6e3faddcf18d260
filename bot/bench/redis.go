package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// A redisServer is a Redis of its own, with its data in a folder that goes with it.
type redisServer struct {
	*process
	address string
}

// startRedis starts a server as GUARANTEES.md wants it: profile "fast". It does
// not rewrite its log, since a child that does would be measured by chance.
func startRedis(ctx context.Context, dir string) (*redisServer, error) {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, errors.New("redis-server is missing: make tools installs it")
	}
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	p, err := start(ctx, []string{
		path, "--bind", host, "--port", port, "--dir", dir, "--save", "", "--appendonly", "yes",
		"--appendfsync", "everysec", "--auto-aof-rewrite-percentage", "0", "--maxmemory-policy", "noeviction",
	}, nil)
	if err != nil {
		return nil, err
	}
	r := &redisServer{process: p, address: address}
	if err := p.ready(ctx, func(ctx context.Context) error { _, err := r.info(ctx, "server"); return err }); err != nil {
		p.stop()
		return nil, err
	}
	return r, nil
}

// info asks for a section of INFO.
func (r *redisServer) info(ctx context.Context, section string) (map[string]string, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", r.address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(conn, "INFO %s\r\n", section); err != nil {
		return nil, err
	}
	in := bufio.NewReader(conn)
	head, err := in.ReadString('\n')
	if err != nil {
		return nil, err
	}
	size, err := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(head, "$")))
	if err != nil {
		return nil, fmt.Errorf("redis answered %q", head)
	}
	text := make([]byte, size)
	if _, err := io.ReadFull(in, text); err != nil {
		return nil, err
	}
	all := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			all[name] = value
		}
	}
	return all, nil
}

// memory is what the data of the server take, in bytes.
func (r *redisServer) memory(ctx context.Context) (int64, error) {
	info, err := r.info(ctx, "memory")
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(info["used_memory"], 10, 64)
}
