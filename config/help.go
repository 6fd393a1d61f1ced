// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"io"
	"strings"
)

// Topic is a page of the help.
type Topic struct {
	Name  string
	Title string
}

// Topics returns the pages of the help, the overview first.
func Topics() []Topic {
	return []Topic{
		{"overall", "Overview"},
		{"device", "Bus masters and servers"},
		{"cache", "Cache and timing"},
		{"program", "Mount point and network service"},
		{"job", "Process, messages, files and rights"},
		{"temperature", "Units and the form of names"},
		{"error", "Exit codes"},
	}
}

// findTopic finds a page by its name, a beginning of it, or another word for it.
func findTopic(text string) (string, error) {
	text = strings.ToLower(text)
	switch text {
	case "":
		return "overall", nil
	case "bus":
		text = "device"
	case "display", "format":
		text = "temperature"
	case "mount", "fuse":
		text = "program"
	case "time", "timeout":
		text = "cache"
	}
	var names []string
	for _, topic := range Topics() {
		if strings.HasPrefix(topic.Name, text) {
			return topic.Name, nil
		}
		names = append(names, topic.Name)
	}
	return "", badValue("there is no help on %q", text).hint("topics are " + strings.Join(names, ", "))
}

// Help writes a page of the help for a program. topic is one that Parse put into Config.Help.
func Help(w io.Writer, program Program, topic string) error {
	page := optionPage
	switch topic {
	case "overall":
		page = overviewPage
	case "error":
		page = exitPage
	}
	_, err := io.WriteString(w, page(program, topic))
	return err
}

func overviewPage(program Program, _ string) string {
	var b strings.Builder
	mount := ""
	if program == Owfs {
		mount = " mountpoint"
	}
	fmt.Fprintf(&b, "Usage: %s [options] [bus ...]%s\n\n", program, mount)
	b.WriteString("A bus is host:port of an owserver, /dev/... for a serial adapter, or u, u2, uall for USB.\n\nHelp:\n")
	for _, topic := range Topics() {
		fmt.Fprintf(&b, "  %s --help=%-12s %s\n", program, topic.Name, topic.Title)
	}
	b.WriteString("\nLong options may be cut short as long as they stay clear. Config files (-c) take the same options.\n")
	return b.String()
}

func exitPage(program Program, _ string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Exit codes of %s\n\n", program)
	for code, text := range exitTexts() {
		fmt.Fprintf(&b, "  %d  %s\n", code, text)
	}
	b.WriteString("\nThe return codes of owserver are explained in settings/return_codes of a mount.\n")
	return b.String()
}

func exitTexts() []string {
	return []string{
		ExitOK:      "all went well; also after help and version",
		ExitFailure: "failure while running",
		ExitUsage:   "bad option or value, unusable config or alias file, no mount point named",
		ExitMount:   "the mount point is missing or in use, or the mount failed",
		ExitNoBus:   "no bus was given, or with --wait none answered",
	}
}
