// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"

	"owfs/owproto"
)

// A failure is an error with what to do about it.
type failure struct {
	err  error
	hint string
	code int // 0: exitFailure
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// errTold is a failure that was told already, or needs no words.
var errTold = errors.New("failed")

// complain tells an error and what to do about it, and returns the exit code.
func (j *job) complain(err error) int {
	var option *badOption
	var fail *failure
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errTold):
	case errors.As(err, &option): // --quiet does not silence getopt
		fmt.Fprintf(j.errs, "%s: %s\n", j.name, option.text)
		j.hint(option.hint)
	case errors.As(err, &fail):
		j.tell(err, fail.hint)
		return max(fail.code, exitFailure)
	default:
		j.tell(err, "")
	}
	return exitFailure
}

// tell prints an error as one line and a hint as a second.
func (j *job) tell(err error, hint string) {
	if j.set.quiet {
		return
	}
	fmt.Fprintf(j.errs, "%s: error: %v\n", j.name, err)
	j.hint(hint)
}

func (j *job) hint(text string) {
	if text != "" && !j.set.quiet {
		fmt.Fprintf(j.errs, "%s: hint: %s\n", j.name, text)
	}
}

// pathFailed tells that a request has failed. It returns an error that ends the
// program if those for other paths would fail the same way.
func (j *job) pathFailed(path string, err error) error {
	j.tell(fmt.Errorf("%s: %w", shorten(path), cause(err)), hintFor(err))
	if isDial(err) {
		return errTold
	}
	return nil
}

// cause is the error without what the client has put around it, as the message
// names the path itself.
func cause(err error) error {
	var op *owproto.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}

func isDial(err error) bool {
	var dial *owproto.DialError
	return errors.As(err, &dial)
}

func hintFor(err error) string {
	var code owproto.Errno
	var protocol *owproto.ProtocolError
	var unproven *tls.CertificateVerificationError
	var remote *net.OpError
	switch {
	case errors.As(err, &code):
		return hintForErrno(code)
	case errors.As(err, &unproven):
		return "--tls_ca names the authorities that vouch for the server"
	case errors.As(err, &remote) && remote.Op == "remote error": // so crypto/tls calls what the other side complains of
		return "--tls_cert names our certificate: it must be one that the server's authorities vouch for"
	case isDial(err):
		return "start an owserver there, or name another with -s host:port"
	case errors.Is(err, owproto.ErrWriteUnknown):
		return "read the value to see whether it was written"
	case errors.Is(err, owproto.ErrSilence):
		return "give a slow server more time, such as --timeout_network=10"
	case errors.As(err, &protocol):
		return "see whether it is an owserver that listens there"
	}
	return ""
}

func hintForErrno(code owproto.Errno) string {
	switch code {
	case owproto.ErrUnknownPath, owproto.ErrNoEntry, owproto.ErrNoDevice:
		return "owdir lists the devices, and owdir with a device its properties"
	case owproto.ErrIsDir:
		return "owdir lists a directory"
	case owproto.ErrNotDir:
		return "owread prints a property"
	case owproto.ErrInvalid, owproto.ErrFault, owproto.ErrRange:
		return "owread prints a value in the form that the property takes"
	case owproto.ErrReadOnly:
		return "the server was started with --readonly"
	case owproto.ErrNotSupported:
		return "some properties can only be read, others only be written"
	case owproto.ErrMessageSize:
		return "--size is too small or too large for this property, or the path too long"
	case owproto.ErrIO:
		return "see the log of the server: the bus, or a server behind it, does not answer"
	case owproto.ErrInUse:
		return "somebody else uses the bus: try again"
	}
	return ""
}

// shorten keeps paths of thousands of bytes off the screen.
func shorten(path string) string {
	const most = 200
	if len(path) > most {
		path = path[:most] + "..."
	}
	return strings.ToValidUTF8(path, "\uFFFD")
}
