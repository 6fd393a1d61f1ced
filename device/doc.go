// SPDX-License-Identifier: Apache-2.0

// Package device knows what the files below a 1-Wire device are called, what they hold, how large they are and who may
// read or write them: one table of properties for every family of chips, and the same for the trees that are no device
// (settings, system, statistics, simultaneous, thermostat, interface). Nothing here touches a bus, so that names, sizes
// and modes can be answered at once.
//
// A family is one short file named after its code, with one row for each property; a row is plain data. Rows that several
// chips share stand in groups.go. New gathers all of them into a Table that the program builds once and passes around.
//
// The names, formats and sizes are those of OWFS 3.2p4, whose clients rely on them. To see what a row looks like from
// outside, read its text with Property.StructureText, which is what a server shows below /structure.
package device
