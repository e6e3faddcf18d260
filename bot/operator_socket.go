package bot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// socketFile is where a bot that runs listens to operators, in the folder of its
// store, which it holds for itself.
const socketFile = "parley.sock"

// privatePrefix begins the name of the folder in which a socket is made.
const privatePrefix = ".sock-"

// maxSocketPath is the longest path of a socket that every system takes.
const maxSocketPath = 100

// within calls do with a path of a file in dir that is short enough for a socket.
// Where the real one is too long, that is one through a link which lives as long
// as the call: the socket itself always lies in dir.
func within(dir, name string, do func(path string) error) error {
	path := filepath.Join(dir, name)
	if len(path) <= maxSocketPath {
		return do(path)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	temp, err := os.MkdirTemp("", "parley")
	if err != nil {
		return fmt.Errorf("the path of the folder is too long for a socket: %w", err)
	}
	defer func() { _ = os.RemoveAll(temp) }() // of the link, not of what it leads to
	link := filepath.Join(temp, "d")
	if err := os.Symlink(abs, link); err != nil {
		return fmt.Errorf("the path of the folder is too long for a socket: %w", err)
	}
	if path = filepath.Join(link, name); len(path) > maxSocketPath {
		return fmt.Errorf("the paths of the folder and of %s are too long for a socket", os.TempDir())
	}
	return do(path)
}

// listenSocket listens in dir, and replaces what an earlier process left there. The
// socket is made in a folder that nobody else can enter, so that there is no moment
// in which somebody else could use it, and then moved to its place.
func listenSocket(ctx context.Context, dir string) (net.Listener, error) {
	old, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, o := range old { // of a process that died right here
		if strings.HasPrefix(o.Name(), privatePrefix) {
			if err := os.RemoveAll(filepath.Join(dir, o.Name())); err != nil {
				return nil, err
			}
		}
	}
	private, err := os.MkdirTemp(dir, privatePrefix)
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(private) }()
	var listener net.Listener
	err = within(private, "s", func(path string) (err error) {
		var config net.ListenConfig
		listener, err = config.Listen(ctx, "unix", path)
		return err
	})
	if err != nil {
		return nil, err
	}
	if l, ok := listener.(*net.UnixListener); ok {
		l.SetUnlinkOnClose(false) // it would look for the first path
	}
	made := filepath.Join(private, "s")
	if err := errors.Join(os.Chmod(made, 0o600), os.Rename(made, filepath.Join(dir, socketFile))); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return listener, nil
}

// dialSocket connects to the bot that runs on dir.
func dialSocket(ctx context.Context, dir string) (conn net.Conn, err error) {
	err = within(dir, socketFile, func(path string) (err error) {
		var d net.Dialer
		conn, err = d.DialContext(ctx, "unix", path)
		return err
	})
	return conn, err
}

// removeSocket takes the socket away when the bot stops.
func removeSocket(dir string) error {
	err := os.Remove(filepath.Join(dir, socketFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
