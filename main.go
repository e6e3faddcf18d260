// Command parley runs bots. `parley help` lists what it can do.
package main

import (
	"os"

	"github.com/parley-chat/parley/bot/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
