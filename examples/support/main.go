// Command support runs the support example: the bot in this folder, and beside it
// the API of the shop that it asks for orders. `make run` starts it.
//
// It shows how a program of your own embeds Parley: make the options, serve.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/bot/cli"
	"github.com/parley-chat/parley/channels/builtin"
	"github.com/parley-chat/parley/examples/support/shop"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "support:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("support", flag.ContinueOnError)
	listen := flags.String("listen", bot.DefaultListen, "address to listen on")
	dir := flags.String("dir", folder(), "bot folder")
	state := flags.String("state", "", "store, instead of the one in bot.yaml")
	if err := flags.Parse(args); err != nil {
		return err
	}
	url, closeShop, err := startShop(ctx)
	if err != nil {
		return err
	}
	defer closeShop()
	return cli.Serve(ctx, bot.Options{
		Dir: *dir, Listen: *listen, State: *state, Factories: builtin.Factories(),
		Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Env: func(name string) (string, bool) {
			if v, ok := os.LookupEnv(name); ok || name != "SHOP_URL" {
				return v, ok
			}
			return url, true
		},
	}, os.Stdout)
}

// startShop serves the shop on a free port of this machine.
func startShop(ctx context.Context) (url string, stop func(), err error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("start the shop: %w", err)
	}
	server := &http.Server{Handler: shop.New("demo", time.Now).Handler(), ReadHeaderTimeout: 5 * time.Second}
	go func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			slog.Error("the shop ended", "error", err)
		}
	}()
	return "http://" + l.Addr().String(), func() { _ = server.Close() }, nil
}

// folder is where this file lies when run from the source, else where one stands.
func folder() string {
	if _, file, _, ok := runtime.Caller(0); ok {
		if dir := filepath.Dir(file); fileExists(filepath.Join(dir, "bot.yaml")) {
			return dir
		}
	}
	return "."
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
