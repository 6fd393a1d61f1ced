// SPDX-License-Identifier: Apache-2.0

package config

import "time"

// The functions below make the set function of a table row.

func turn(f func(*Config)) func(*parser, string) error {
	return func(p *parser, _ string) error {
		f(p.cfg)
		return nil
	}
}

func nothing() func(*parser, string) error { return turn(func(*Config) {}) }

func choose(field func(*Config) *Opt[bool], value bool) func(*parser, string) error {
	return turn(func(c *Config) { *field(c) = Some(value) })
}

func word(field func(*Config) *string) func(*parser, string) error {
	return func(p *parser, text string) error {
		*field(p.cfg) = text
		return nil
	}
}

func words(field func(*Config) *[]string) func(*parser, string) error {
	return func(p *parser, text string) error {
		f := field(p.cfg)
		*f = append(*f, text)
		return nil
	}
}

func number(low, high int64, put func(*Config, int64)) func(*parser, string) error {
	return func(p *parser, text string) error {
		n, err := parseInt(text, low, high)
		if err != nil {
			return err
		}
		put(p.cfg, n)
		return nil
	}
}

func real(field func(*Config) *Opt[float64]) func(*parser, string) error {
	return func(p *parser, text string) error {
		f, err := parseFloat(text)
		if err != nil {
			return err
		}
		*field(p.cfg) = Some(f)
		return nil
	}
}

func seconds(field func(*Config) *Opt[time.Duration]) func(*parser, string) error {
	return func(p *parser, text string) error {
		d, err := parseSeconds(text)
		if err != nil {
			return err
		}
		*field(p.cfg) = Some(d)
		return nil
	}
}

func bus(kind BusKind) func(*parser, string) error {
	return func(p *parser, arg string) error { return p.addBus(kind, arg) }
}
