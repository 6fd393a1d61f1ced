// SPDX-License-Identifier: Apache-2.0

package config

import "log/slog"

// LevelTrace is below slog.LevelDebug: bytes and other things only the authors want to see.
const LevelTrace = slog.LevelDebug - 4

// LogLevel returns the lowest level to print at an --error_level: 0 errors and what a user must see, 1 connections too,
// 2 to 4 calls and their data, from 5 on everything.
func LogLevel(errorLevel int) slog.Level {
	switch {
	case errorLevel <= 0:
		return slog.LevelWarn
	case errorLevel == 1:
		return slog.LevelInfo
	case errorLevel < 5:
		return slog.LevelDebug
	default:
		return LevelTrace
	}
}
