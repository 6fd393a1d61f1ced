// SPDX-License-Identifier: Apache-2.0

package owproto

import "sync"

// pool knows all connections of a Client: the idle ones, of which the last put
// back is the first taken, and those in use, for Close.
type pool struct {
	max int

	mu     sync.Mutex
	closed bool
	idle   []*conn
	active map[*conn]struct{}
}

// take returns an idle connection that the peer has not closed, or nil.
func (p *pool) take() *conn {
	for {
		cn := p.pop()
		if cn == nil || cn.quiet() {
			return cn
		}
		p.drop(cn)
	}
}

func (p *pool) pop() *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle)
	if n == 0 {
		return nil
	}
	cn := p.idle[n-1]
	p.idle[n-1] = nil
	p.idle = p.idle[:n-1]
	p.active[cn] = struct{}{}
	return cn
}

// add takes a new connection in. It reports false if the pool is closed.
func (p *pool) add(cn *conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	if p.active == nil {
		p.active = make(map[*conn]struct{})
	}
	p.active[cn] = struct{}{}
	return true
}

// put ends the use of a connection that can be used again.
func (p *pool) put(cn *conn) {
	p.mu.Lock()
	full := p.closed || len(p.idle) >= p.max
	if !full {
		delete(p.active, cn)
		p.idle = append(p.idle, cn)
	}
	p.mu.Unlock()
	if full {
		p.drop(cn)
	}
}

// drop ends the use of a connection that cannot be used again.
func (p *pool) drop(cn *conn) {
	p.mu.Lock()
	delete(p.active, cn)
	p.mu.Unlock()
	cn.Close()
}

// closeIdle closes the idle connections.
func (p *pool) closeIdle() {
	p.mu.Lock()
	idle := p.idle
	p.idle = nil
	p.mu.Unlock()
	for _, cn := range idle {
		cn.Close()
	}
}

// closeAll closes all connections and lets no more in.
func (p *pool) closeAll() {
	p.mu.Lock()
	p.closed = true
	for cn := range p.active {
		cn.Close() // its user then drops it
	}
	p.mu.Unlock()
	p.closeIdle()
}

func (p *pool) counts() (idle, active int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.idle), len(p.active)
}
