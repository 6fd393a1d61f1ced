// SPDX-License-Identifier: Apache-2.0

// Package text writes the values of properties as text, and reads what clients write: columns, scales, dates, arrays. It
// knows no wire and no bus, only the table's rows.
//
// Texts are those of OWFS 3.2p4, whose clients rely on them: numbers have six significant digits as C's %G writes them,
// and may stand at the right of 12 columns; leading blanks, and whatever follows a number, do not count. The vectors in
// testdata are captured from its programs.
//
// # Differences from OWFS 3.2p4
//
//   - A whole number beyond 32 bits is refused with ERANGE; it was cut to 32 bits without a word. So is a negative one
//     where only 0 and more can be; -1 became 4294967295.
//   - PIO.BYTE and its like refuse a number with more bits than there are elements with ERANGE; any number was taken.
//   - nan and inf are refused with EINVAL, as is no number at all: no device can hold them. A number that becomes infinite
//     when it is converted from the client's scale is refused with ERANGE.
//   - A number too small for a double is 0; it was refused with ERANGE.
//   - A date that is written means local time with the daylight saving rules of its own day; it could be an hour off,
//     because a flag was not initialised.
//   - A date before 1970 or after 2106 is refused with ERANGE, since clocks count seconds in 32 bits; it was cut to them.
//   - A date that does not exist (30 February) is refused with EINVAL; it became one in the next month. So is text behind
//     a date, such as a time zone, which was ignored. Blanks between the parts of a date are free.
//   - An element of a text array that is too long is refused with EMSGSIZE; it was cut. A newline at the end of the whole
//     is no part of the last element.
//   - Text and binary data longer than the property is refused with EMSGSIZE. Callers that take a part, as the original
//     does, cut it before.
//   - More than 64 KiB for anything but text and binary data is refused with EMSGSIZE before it is looked at.
package text
