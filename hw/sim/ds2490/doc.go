// SPDX-License-Identifier: Apache-2.0

// Package ds2490 is an emulated DS2490, the chip in a DS9490R stick, which makes
// a USB port into a 1-Wire bus master, over an emulated line. It is written from
// the data sheet (edition of December 2001, 50 pages), to which the page numbers here belong, and
// shares nothing with the package that drives such chips.
//
// # Use
//
//	line := sim.NewLine(hw.Wall{})
//	chip := ds2490.NewStick(line, rom81)  // or New(line), without the 81 chip
//	defer chip.Close()
//
// A Chip is a usb.Device. There are two ways to it:
//
//   - A driver's unit test calls Control, In and Out, which are the transfers
//     that libusb would make. In testing/synctest with hw.Wall as the line's
//     clock, that runs in virtual time. EP1 answers once per polling interval
//     (1 or 10 ms, by the alternate setting), so that polling lets time pass.
//   - A test in the virtual machine attaches it to the kernel with package
//     usbip; then it is found as 04fa:2490 by everybody.
//
// usb.Faulty around it makes transfers fail, usb.Traced writes them down.
// Registers shows the state registers at any time, Oddities tells what the host
// did that the data sheet does not foresee. PowerCycle is for the time between
// unplugging and plugging in.
//
// # What it does
//
// All control commands and mode commands, and of the communication commands
// SET DURATION, PULSE, 1-WIRE RESET, BIT I/O, BYTE I/O, BLOCK I/O, MATCH ACCESS,
// READ STRAIGHT and SEARCH ACCESS, as single commands and as macros; the state
// and result registers; the three FIFOs of 16, 128 and 128 bytes. The others are
// answered with a stall, as an unknown command is.
//
// # What the data sheet leaves open
//
// None of this was compared with silicon:
//
//   - When the EP3 FIFO is full, the chip waits with the next byte, and is not
//     idle, until the host has read. (The kernel's driver relies on it when it
//     asks for more than 16 devices in one search.)
//   - When the EP2 FIFO runs empty in a command, it waits likewise. Only
//     CTL_RESET_DEVICE ends that.
//   - A read of EP3 ends when the FIFO is empty, also after a full packet. With
//     nothing in the FIFO at its beginning, it waits.
//   - The eight bytes behind the last ROM code of a search that has more devices
//     to find are the ROM code to begin the next search with: as found up to the
//     last choice at which 0 was taken, there 1, then zeros.
//   - F = 1 clears the FIFOs if the command itself ends with an error, which EOS
//     is not. (Page 24 says so of SET PATH; page 40 speaks of the command before.
//     The kernel's driver sets F and reads what a search with EOS has found.)
//   - A command that the full FIFO has no room for is acknowledged and lost, not
//     answered with a stall. (The kernel's driver looks for it in the status.)
//   - Both halts let a command and a pulse of finite length end, and end an
//     infinite one.
//   - A reset takes as long as the one of the DS2480B.
//   - In the register of enabling flags, bit 0 is the pull-up, bit 1 the 12 V, bit
//     2 the change of speed.
//   - Results are given for the commands that the data sheet gives codes for: a
//     reset that is embedded in another command (RST) tells nothing.
package ds2490
