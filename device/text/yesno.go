// SPDX-License-Identifier: Apache-2.0

package text

import (
	"strconv"
	"strings"
	"syscall"
)

// yesNo reads a number of 64 bits, of which all but 0 is yes, or a word by its first letters.
func yesNo(data []byte, want string) (bool, error) {
	if strings.Trim(string(data), " \t") == "" {
		return false, refuse(syscall.EFAULT, data, want)
	}
	word := strings.ToLower(strings.TrimLeft(string(data), blanks))
	if digits := decimal(word); digits != "" {
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			return false, refuse(syscall.EINVAL, data, want)
		}
		return n != 0, nil
	}
	switch {
	case strings.HasPrefix(word, "y"), strings.HasPrefix(word, "on"):
		return true, nil
	case strings.HasPrefix(word, "n"), strings.HasPrefix(word, "off"):
		return false, nil
	}
	return false, refuse(syscall.EINVAL, data, want)
}
