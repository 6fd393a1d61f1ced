// SPDX-License-Identifier: Apache-2.0

package config

import "strings"

// fuseOpt reads the value of --fuse_opt and --fuse_open_opt: words as a program of the FUSE library takes them. The
// original wants double quotes around the whole; here they may stand or be missing. A list without -o is taken as well.
func (p *parser) fuseOpt(text string) error {
	fields := strings.Fields(unquote(text))
	p.cfg.Mount.FuseOpts = append(p.cfg.Mount.FuseOpts, fields...)
	for i := 0; i < len(fields); i++ {
		list, isList := strings.CutPrefix(fields[i], "-o")
		switch {
		case isList && list == "":
			if i++; i == len(fields) {
				return badValue("-o needs a value").hint("write \"-o option,...\"")
			}
			list = fields[i]
		case isList:
		case fields[i] == "-s", fields[i] == "-f", fields[i] == "-d":
			continue // threads, foreground and debugging are ours to choose
		case strings.HasPrefix(fields[i], "-"):
			return badValue("%q is not a FUSE option", fields[i]).hint("only -o option,... has a meaning here")
		default:
			list = fields[i]
		}
		if err := p.mountOptions(list); err != nil {
			return err
		}
	}
	return nil
}

// unquote takes away one pair of double quotes around text.
func unquote(text string) string {
	text = strings.TrimSpace(text)
	if len(text) >= 2 && text[0] == '"' && text[len(text)-1] == '"' {
		return text[1 : len(text)-1]
	}
	return text
}
