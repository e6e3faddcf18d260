package webchat

import (
	"fmt"
	"math"
	"strconv"
)

// A color has red, green and blue from 0 to 1.
type color [3]float64

// The surfaces of chat.css on which text in the color of the channel stands.
var (
	black        = color{0, 0, 0}
	white        = color{1, 1, 1}
	darkSurface  = color{0x25 / 255.0, 0x28 / 255.0, 0x30 / 255.0}
	lightSurface = color{0xf4 / 255.0, 0xf5 / 255.0, 0xf8 / 255.0}
)

// readable is the contrast that WCAG 2.2 AA asks for small text.
const readable = 4.5

func parseColor(s string) (color, error) {
	bad := fmt.Errorf("%q is not like #3d5af1", s)
	if len(s) != 7 || s[0] != '#' {
		return color{}, bad
	}
	n, err := strconv.ParseUint(s[1:], 16, 32)
	if err != nil {
		return color{}, bad
	}
	return color{float64(n>>16) / 255, float64(n>>8&0xff) / 255, float64(n&0xff) / 255}, nil
}

func (c color) String() string {
	byteOf := func(v float64) int { return int(math.Round(v * 255)) }
	return fmt.Sprintf("#%02x%02x%02x", byteOf(c[0]), byteOf(c[1]), byteOf(c[2]))
}

// luminance is the relative luminance of WCAG 2.2.
func (c color) luminance() float64 {
	linear := func(v float64) float64 {
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c[0]) + 0.7152*linear(c[1]) + 0.0722*linear(c[2])
}

// contrast is the ratio of WCAG 2.2, from 1 to 21.
func contrast(a, b color) float64 {
	l, m := a.luminance(), b.luminance()
	return (max(l, m) + 0.05) / (min(l, m) + 0.05)
}

// toward mixes c with other until it is readable on the background.
func (c color) toward(other, background color) color {
	mixed := c
	for step := 0.0; step <= 1 && contrast(mixed, background) < readable; step += 0.04 {
		mixed = c.mixed(other, step)
	}
	return mixed
}

// mixed returns c with a share of other.
func (c color) mixed(other color, share float64) color {
	for i := range c {
		c[i] += (other[i] - c[i]) * share
	}
	return c
}

// hover is how much of the accent the rows of a list take on under the pointer.
const hover = 0.09

// A theme is one color and those that follow from it.
type theme struct {
	accent   color // fills
	onAccent color // text on accent
	light    color // text on light surfaces
	dark     color // text on dark surfaces
}

func newTheme(accent color) theme {
	on := white
	if contrast(accent, white) < readable {
		on = black // one of the two is readable on any color
	}
	return theme{
		accent:   accent,
		onAccent: on,
		light:    accent.toward(black, darkest(lightSurface, white.mixed(accent, hover))),
		dark:     accent.toward(white, brightest(darkSurface, darkSurface.mixed(accent, hover))),
	}
}

func darkest(a, b color) color {
	if a.luminance() < b.luminance() {
		return a
	}
	return b
}

func brightest(a, b color) color {
	if a.luminance() > b.luminance() {
		return a
	}
	return b
}

// css is the style sheet that chat.css builds on. The scheme is light, dark or auto.
func (t theme) css(scheme string, radius int) string {
	if scheme == "auto" {
		scheme = "light dark"
	}
	return fmt.Sprintf(":root{color-scheme:%s;--accent:%s;--on-accent:%s;--accent-text:light-dark(%s,%s);--round:%dpx}\n",
		scheme, t.accent, t.onAccent, t.light, t.dark, radius)
}
