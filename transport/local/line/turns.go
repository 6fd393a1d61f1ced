// SPDX-License-Identifier: Apache-2.0

package line

import (
	"sync"

	"owfs/hw"
)

// turns are whose turn it is to change a device in parts. There are so few that
// they need not be thrown away; that two devices share one now and then only
// makes somebody wait.
type turns struct {
	once sync.Once
	all  [64]chan struct{}
}

// of returns the channel that holds a token while somebody has his turn.
func (t *turns) of(rom hw.ROM) chan struct{} {
	t.once.Do(func() {
		for i := range t.all {
			t.all[i] = make(chan struct{}, 1)
		}
	})
	return t.all[hw.CRC8(rom[:7])%64]
}
