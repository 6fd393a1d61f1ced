// SPDX-License-Identifier: Apache-2.0

package fsnode

import (
	"context"
	"sync"
	"time"

	"owfs/transport"
)

// grace is how long a request goes on after its process got a signal. The
// kernel does not tell which: one that kills must not wait for a silent peer,
// but one that the process handles (a child has ended, a timer, Go's own
// signals) should not turn a read that is nearly done into EINTR, which few
// programs expect of a file.
const grace = time.Second

// patient is a transport whose requests go on for a moment when they are
// interrupted.
type patient struct{ transport.Transport }

func (p patient) Dir(ctx context.Context, req transport.Request) ([]transport.Entry, error) {
	wait := &patience{Context: ctx}
	defer wait.end()
	return p.Transport.Dir(wait, req)
}

func (p patient) Stat(ctx context.Context, req transport.Request) (transport.Entry, error) {
	wait := &patience{Context: ctx}
	defer wait.end()
	return p.Transport.Stat(wait, req)
}

func (p patient) Read(ctx context.Context, req transport.Request) ([]byte, error) {
	wait := &patience{Context: ctx}
	defer wait.end()
	return p.Transport.Read(wait, req)
}

func (p patient) Write(ctx context.Context, req transport.Request, data []byte) (int, error) {
	wait := &patience{Context: ctx}
	defer wait.end()
	return p.Transport.Write(wait, req, data)
}

func (p patient) Describe(ctx context.Context, req transport.Request) (map[string]string, error) {
	d, ok := p.Transport.(transport.Describer)
	if !ok {
		return nil, nil
	}
	wait := &patience{Context: ctx}
	defer wait.end()
	return d.Describe(wait, req)
}

// patience is a context that ends a grace after the one it is made of. It costs
// nothing until somebody waits for its end, which most requests never do.
type patience struct {
	context.Context

	mu   sync.Mutex
	done chan struct{} // closed at the end of the context
	over chan struct{} // closed at the end of the request
	err  error
}

// Done implements context.Context.
func (p *patience) Done() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.done == nil {
		p.done, p.over = make(chan struct{}), make(chan struct{})
		go p.watch(p.over)
	}
	return p.done
}

// Err implements context.Context.
func (p *patience) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

func (p *patience) watch(over <-chan struct{}) {
	select {
	case <-over:
		return
	case <-p.Context.Done():
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-over:
		return
	case <-timer.C:
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = p.Context.Err()
	close(p.done)
}

// end ends the watching: the request is done.
func (p *patience) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over != nil {
		close(p.over)
	}
}
