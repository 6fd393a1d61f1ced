// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// warm is how long a program is asked before it is measured.
const warm = 100 * time.Millisecond

// A rate is what one measurement of one program gave.
type rate struct {
	perSecond float64
	busy      time.Duration // processor time of the serving process for each operation
}

// measure has the workers do the operation for a time.
func measure(ctx context.Context, p *process, m measurement, d time.Duration) (rate, error) {
	if _, _, err := work(ctx, p, m, warm); err != nil {
		return rate{}, err
	}
	runtime.GC()
	busy := p.busy()
	n, took, err := work(ctx, p, m, d)
	if err != nil {
		return rate{}, err
	}
	busy = p.busy() - busy
	return rate{float64(n) / took.Seconds(), busy / time.Duration(max(n, 1))}, nil
}

// work returns how often the operation was done. A worker that hangs when the
// measurement is interrupted is left alone: the end of its mount frees it.
func work(ctx context.Context, p *process, m measurement, d time.Duration) (n uint64, took time.Duration, err error) {
	var stop atomic.Bool
	var wg sync.WaitGroup
	counts, errs := make([]uint64, m.workers), make([]error, m.workers)
	start := time.Now()
	for i := range m.workers {
		path := p.path(m.paths[i%len(m.paths)])
		wg.Go(func() {
			buf := make([]byte, 32<<10)
			n := uint64(0)
			for errs[i] == nil && !stop.Load() {
				errs[i] = m.op(path, buf)
				n++
			}
			counts[i] = n
		})
	}
	done := make(chan struct{})
	go func() {
		wg.Wait()
		close(done)
	}()
	select {
	case <-ctx.Done():
		stop.Store(true)
		return 0, 0, ctx.Err()
	case <-done: // all failed
	case <-time.After(d):
	}
	stop.Store(true)
	select {
	case <-ctx.Done():
		return 0, 0, ctx.Err()
	case <-done:
	}
	took = time.Since(start)
	for _, c := range counts {
		n += c
	}
	return n, took, errors.Join(errs...)
}

// series are the figures of one program, run by run.
type series []float64

func (s series) median() float64 {
	if len(s) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s))
	if n := len(sorted); n%2 == 0 {
		return (sorted[n/2-1] + sorted[n/2]) / 2
	}
	return sorted[len(sorted)/2]
}

// over returns the ratios of figures that were taken one after the other.
func (s series) over(t series) series {
	var out series
	for i := range min(len(s), len(t)) {
		out = append(out, s[i]/t[i])
	}
	return out
}
