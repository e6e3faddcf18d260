package cli

import (
	"cmp"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/parley-chat/parley/flows"
)

// A jsonChannel is a channel of a list as programs read it.
type jsonChannel struct {
	Name string `json:"name"`
	Type string `json:"type"`
	On   bool   `json:"on"`
	// Why it is off.
	Why string `json:"why,omitempty"`
	// Account is what tells it from others of its type, without secrets.
	Account string `json:"account,omitempty"`
	// In is webhook, pull or page, and Address where that is.
	In      string `json:"in"`
	Address string `json:"address,omitempty"`
}

func (a *app) channelList() *cobra.Command {
	t := target{}
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list [--bot DIR]",
		Short:   "List the channels of a bot",
		Long:    "List shows each channel of bot.yaml: its type, whether it is on, which account it is, and where\nits messages come in. It asks no platform; `parley channel check` does.",
		Example: "  parley channel list --bot shop\n  parley channel list --bot shop --json",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			b, all, err := a.channelsOf(t, nil, flows.MissingEnvIgnore)
			if err != nil {
				return err
			}
			list := make([]jsonChannel, len(all))
			for i, s := range all {
				list[i] = listed(s, t.dir, b.PublicURL)
			}
			if asJSON {
				return a.json(list)
			}
			return a.sayChannels(list)
		},
	}
	botFlag(cmd, a, &t)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func listed(s flows.ChannelSpec, dir, public string) jsonChannel {
	c, end, err := connect(s, dir, nil)
	defer end()
	out := jsonChannel{Name: s.Name, Type: s.Factory.Type, On: s.Off == "" && err == nil, Why: s.Off, Account: c.account(), In: c.way(), Address: c.address(public)}
	if err != nil {
		out.Why = "a setting is missing or does not fit: " + err.Error()
	}
	return out
}

func (a *app) sayChannels(list []jsonChannel) error {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tTYPE\tSTATE\tIN\tADDRESS\tACCOUNT")
	for _, c := range list {
		state := "on"
		if !c.On {
			state = "off: " + plain(c.Why)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", c.Name, c.Type, state, c.In, cmp.Or(c.Address, "-"), cmp.Or(plain(c.Account), "-"))
	}
	return w.Flush()
}
